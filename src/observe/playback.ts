import { type Wire, WireError, type WireEvent, type WireReply } from '../browser/wire.ts'
import { isObject, numberAt, objectAt, parseJson, textAt } from '../decode/json.ts'
import type { RecordedLine } from './event-cleaner.ts'

/** A line of a recording, checked: one may have been cut short, or changed by hand. */
function readLine(text: string): RecordedLine | undefined {
  const line = parseJson(text)
  const sessionOf = (value: unknown) => textAt(value, 'sessionId') ?? undefined
  const reply = textAt(line, 'reply')
  if (isObject(line) && isObject(line.result) && reply !== null) {
    return { reply, sessionId: sessionOf(line), requestId: textAt(line, 'requestId') ?? '', result: line.result }
  }
  const event = objectAt(line, 'event')
  const [method, receivedAtMs] = [textAt(event, 'method'), numberAt(event, 'receivedAtMs')]
  if (method === null || receivedAtMs === null || Math.abs(receivedAtMs) > latestMs) return undefined
  return { event: { method, params: objectAt(event, 'params'), sessionId: sessionOf(event), receivedAtMs } }
}

/** The last moment of the year 9999. */
const latestMs = 253_402_300_799_999

/** A wire that plays a recording: the same door for recorded events as for live ones. */
export interface Playback extends Wire {
  /** Plays all events in their order, each when `isIdle` says that what came before has been dealt with. */
  play(isIdle?: () => boolean): Promise<void>
}

/**
 * Makes a wire out of the lines of a recording.
 *
 * Commands whose answers were recorded are answered so; those that only set things up succeed; other reads fail as they
 * would on a browser that has nothing. Lines that are no part of a recording are passed over.
 */
export function playback(text: string): Playback {
  const lines = text
    .split('\n')
    .map(readLine)
    .filter((line) => line !== undefined)
  const replies = new Map<string, WireReply[]>()
  for (const line of lines) {
    if (!('reply' in line)) continue
    const key = `${line.reply} ${line.sessionId} ${line.requestId}`
    const same = replies.get(key)
    if (same) same.push(line.result)
    else replies.set(key, [line.result])
  }
  const listeners: ((event: WireEvent) => void)[] = []
  let end = () => {}
  const closed = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    isRecorded: true,
    async send(method, params = {}, sessionId = undefined) {
      if (/^(Target|Runtime)\.|\.(enable|disable|configureDurableMessages)$/.test(method)) return {}
      const requestId = 'requestId' in params ? String(params.requestId) : ''
      const result = replies.get(`${method} ${sessionId} ${requestId}`)?.shift()
      if (!result || 'omitted' in result) throw new WireError(method, 'not in the recording')
      return result
    },
    onEvent: (listener) => void listeners.push(listener),
    async play(isIdle = () => true) {
      for (const line of lines) {
        if (!('event' in line)) continue
        for (const listener of listeners) listener(line.event)
        // Answers are awaited between events, as they would be on a wire.
        do await new Promise((resolve) => setImmediate(resolve))
        while (!isIdle())
      }
    },
    closed,
    close: async () => end(),
  }
}
