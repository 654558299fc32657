import { createWriteStream, fchmodSync, openSync } from 'node:fs'
import type { Wire } from '../browser/wire.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import { createEventCleaner, type RecordedLine, type RecordedSite } from './event-cleaner.ts'

/** A recording that is being written. */
export interface Recorder {
  /** Puts the recorder between a browser and its watcher. */
  tap(wire: Wire): Wire
  close(): Promise<void>
}

const recordedReplies = new Set(['Network.getResponseBody', 'Network.streamResourceContent'])

/**
 * Writes a log of what a browser reported, one JSON object a line, cleaned by allow-list.
 *
 * Shape   the events of ours alone, each with the fields we read; bodies and stream chunks as the answers that brought
 *         them. No cookies, no headers but length and encoding, no tokens, no signatures.
 * Errors  ArchiverError "disk" when the file cannot be made.
 */
export function recordTo(file: string, site: RecordedSite): Recorder {
  const stream = createWriteStream(file, { fd: openFile(file) })
  // A full disk ends the recording, not the watch.
  stream.on('error', () => {})
  const cleaner = createEventCleaner(site)
  const write = (lines: readonly RecordedLine[]) => {
    for (const line of lines) stream.write(`${JSON.stringify(line)}\n`)
  }
  return {
    tap(wire) {
      wire.onEvent((event) => write(cleaner.event(event)))
      return {
        ...wire,
        async send(method, params = {}, sessionId = undefined, timeoutMs = undefined) {
          if (!recordedReplies.has(method)) return wire.send(method, params, sessionId, timeoutMs)
          const requestId = 'requestId' in params ? String(params.requestId) : ''
          if (method === 'Network.streamResourceContent') cleaner.hold(sessionId, requestId)
          try {
            const result = await wire.send(method, params, sessionId, timeoutMs)
            write(cleaner.reply(method, sessionId, requestId, result))
            return result
          } finally {
            write(cleaner.release(sessionId, requestId))
          }
        },
      }
    },
    async close() {
      await new Promise<void>((resolve) => stream.end(() => resolve()))
    },
  }
}

function openFile(file: string): number {
  try {
    const descriptor = openSync(file, 'w', 0o600)
    // A file that was there already has the rights it had.
    fchmodSync(descriptor, 0o600)
    return descriptor
  } catch (error) {
    throw new ArchiverError('disk', `The recording ${file} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
