import type { RecordedLine } from '../../src/observe/event-cleaner.ts'
import type { Dice } from './mutate.ts'
import { jsonText, mutateBytes, mutateJson, mutateText } from './mutate.ts'

const site = 'https://chatgpt.com/'
const at = 1_778_122_863_000

/** A recording in the making: what a browser would have reported of one tab, in order. */
export interface Tape {
  readonly lines: readonly RecordedLine[]
  /** A load with its body. */
  load(url: string, mimeType: string, body: Buffer | string, postData?: string): void
  /** A streamed answer, heard on both sessions of the tab; half of it lies in the start. */
  stream(url: string, text: string, postData?: string): void
  socket(url: string, frames: readonly string[]): void
}

/** Begins a recording of a tab; the letter tells its sessions and requests from those of other tabs. */
export function createTape(letter: string): Tape {
  const lines: RecordedLine[] = []
  const [main, plain] = [`${letter}-main`, `${letter}-plain`]
  let lastId = 0
  const emit = (method: string, params: Record<string, unknown>, sessionId?: string) =>
    void lines.push({ event: { method, params, sessionId, receivedAtMs: at + lines.length } })
  const reply = (name: string, sessionId: string, requestId: string, result: Record<string, unknown>) =>
    void lines.push({ reply: name, sessionId, requestId, result })

  const ask = (url: string, mimeType: string, sessions: readonly string[], postData?: string) => {
    lastId += 1
    const requestId = `${letter}${lastId}`
    for (const session of sessions) {
      const request = {
        url,
        method: postData === undefined ? 'GET' : 'POST',
        ...(postData !== undefined && { postData }),
      }
      emit('Network.requestWillBeSent', { requestId, documentURL: site, frameId: 'F', request }, session)
      emit('Network.responseReceived', { requestId, response: { url, status: 200, mimeType } }, session)
    }
    return requestId
  }

  for (const sessionId of [main, plain]) {
    const targetInfo = { targetId: `target-${letter}`, type: 'page', url: site }
    emit('Target.attachedToTarget', { sessionId, waitingForDebugger: true, targetInfo })
  }
  return {
    lines,
    load(url, mimeType, body, postData) {
      const requestId = ask(url, mimeType, [main], postData)
      const bytes = Buffer.from(body)
      emit('Network.dataReceived', { requestId, dataLength: bytes.length }, main)
      reply('Network.getResponseBody', main, requestId, { body: bytes.toString('base64'), base64Encoded: true })
      emit('Network.loadingFinished', { requestId, encodedDataLength: bytes.length }, main)
    },
    stream(url, text, postData) {
      const requestId = ask(url, 'text/event-stream', [main, plain], postData)
      const bytes = Buffer.from(text)
      const [start, rest] = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]
      reply('Network.streamResourceContent', plain, requestId, { bufferedData: start.toString('base64') })
      reply('Network.getResponseBody', main, requestId, { body: text, base64Encoded: false })
      for (const session of [main, plain])
        emit('Network.dataReceived', { requestId, dataLength: start.length }, session)
      const data = { requestId, dataLength: rest.length, data: rest.toString('base64') }
      emit('Network.dataReceived', data, plain)
      for (const session of [plain, main]) emit('Network.loadingFinished', { requestId, encodedDataLength: 0 }, session)
    },
    socket(url, frames) {
      lastId += 1
      const requestId = `${letter}${lastId}`
      emit('Network.webSocketCreated', { requestId, url }, main)
      for (const payloadData of frames) {
        emit('Network.webSocketFrameReceived', { requestId, response: { opcode: 1, payloadData } }, main)
      }
      emit('Network.webSocketClosed', { requestId }, main)
    },
  }
}

/** A recording with several of its lines damaged, as the text of a file. */
export function mutateTape(lines: readonly RecordedLine[], dice: Dice): string[] {
  const damaged = lines.map((line) => JSON.stringify(line))
  for (let left = 3 + dice.below(8); left > 0; left--) {
    const [at, other] = [dice.below(damaged.length), dice.below(damaged.length)]
    const [one = '', two = ''] = [damaged[at], damaged[other]]
    switch (dice.below(10)) {
      case 0:
        damaged.splice(at, 1)
        break
      case 1:
        damaged.splice(other, 0, one)
        break
      case 2:
        ;[damaged[at], damaged[other]] = [two, one]
        break
      case 3:
        damaged[at] = mutateText(one, dice)
        break
      case 4:
      case 5:
      case 6:
        damaged[at] = mutateInside(one, dice)
        break
      default:
        damaged[at] = isJson(one) ? jsonText(mutateJson(JSON.parse(one), dice)) : one
    }
  }
  return damaged
}

/** Damages what a line carries: the text of a frame, the JSON, image or stream of a body. */
function mutateInside(line: string, dice: Dice): string {
  const inside = (_: string, key: string, text: string) => {
    if (key === 'payloadData') return `"payloadData":${JSON.stringify(damage(JSON.parse(`"${text}"`) as string, dice))}`
    const bytes = Buffer.from(text, 'base64')
    const isText = isJson(bytes.toString())
    const spoilt = isText ? Buffer.from(damage(bytes.toString(), dice)) : mutateBytes(bytes, dice)
    return `"${key}":"${spoilt.toString('base64')}"`
  }
  return line.replace(/"(payloadData|body|bufferedData|data)":"((?:[^"\\]|\\.)*)"/, inside)
}

const damage = (text: string, dice: Dice) =>
  isJson(text) && dice.chance(0.8) ? jsonText(mutateJson(JSON.parse(text), dice)) : mutateText(text, dice)

/**
 * Whether a text is JSON that can be taken apart again: not so deep, by damage done before, that the runtime cannot.
 */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
  } catch {
    return false
  }
  let depth = 0
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    if (depth > 500) return false
  }
  return true
}

/** Two recordings as one: each keeps its order. */
export function interleave(one: readonly string[], two: readonly string[], dice: Dice): string {
  const left = [...one]
  const right = [...two]
  const all: string[] = []
  while (left.length > 0 || right.length > 0) {
    const from = right.length === 0 || (left.length > 0 && dice.below(left.length + right.length) < left.length)
    all.push((from ? left : right).shift() ?? '')
  }
  return all.join('\n')
}
