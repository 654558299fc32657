import { applyOperation } from './delta-operations.ts'
import { isObject, type Json } from './json.ts'
import { maxChannels, maxStreamChars, overLimit } from './limits.ts'
import type { Oddity } from './oddity.ts'

/** What a delta did: the channel's payload as it now stands, and whether its message may now say something new. */
export interface DeltaResult {
  readonly payload: Json | undefined
  /** The payload that stood in the channel before a new one replaced it. */
  readonly replaced: Json | undefined
  /** False for the appended tokens of an answer, of which there are hundreds in a turn. */
  readonly isTelling: boolean
  /** Why the delta could not be applied, if it could not. */
  readonly oddity: Oddity | undefined
}

/** Rebuilds what one stream says, delta by delta. */
export interface DeltaDecoder {
  /** Forgets everything: a stream has announced its encoding anew. */
  start(): void
  /** Applies a delta whose JSON had this many characters. */
  apply(delta: Json, chars?: number): DeltaResult
  /** The payload of each channel as it now stands. */
  payloads(): Json[]
}

/**
 * Rebuilds messages from the deltas of a "v1" stream.
 *
 * Shape   a delta is `{ c?, p?, o?, v }`: channel, path, operation, value. What is missing is as in the delta before,
 *         whatever its channel; `v` is never inherited. Operations: add, replace, append, truncate, remove, patch.
 * Errors  throws none; an operation that does not fit is an oddity and the payload stays as it was. What grows beyond
 *         a limit is an oddity "over-limit"; everything is forgotten then, and the next whole payload begins anew.
 * Source  docs/wire/streams.md; recording sse-image-turn-inline-2026-05.json
 */
export function createDeltaDecoder(): DeltaDecoder {
  const channels = new Map<number, unknown>()
  let last = { c: 0, p: '', o: 'add' }
  let lastAppendPath = ''
  let heldChars = 0

  const start = () => {
    channels.clear()
    last = { c: 0, p: '', o: 'add' }
    lastAppendPath = ''
    heldChars = 0
  }

  const growth = (): Oddity | undefined => {
    if (heldChars > maxStreamChars) return overLimit('characters of deltas', heldChars, maxStreamChars)
    return channels.size > maxChannels ? overLimit('channels of deltas', channels.size, maxChannels) : undefined
  }

  return {
    start,
    apply(delta, chars = 0) {
      last = {
        c: typeof delta.c === 'number' ? delta.c : last.c,
        p: typeof delta.p === 'string' ? delta.p : last.p,
        o: typeof delta.o === 'string' ? delta.o : last.o,
      }
      const before = channels.get(last.c)
      const root = { root: before }
      // After a patch the inherited operation is "patch"; bare text then goes on where text was appended last.
      const isBareText = last.o === 'patch' && delta.o === undefined && typeof delta.v === 'string'
      const { o, p } = isBareText ? { o: 'append', p: lastAppendPath } : last
      const flaw = applyOperation({ container: root, key: 'root' }, o, p, delta.v)
      lastAppendPath = appendPath(o, p, delta.v) ?? lastAppendPath
      channels.set(last.c, root.root)
      heldChars += chars
      const overgrown = growth()
      if (overgrown) start()
      return {
        payload: isObject(root.root) ? root.root : undefined,
        replaced: root.root !== before && isObject(before) ? before : undefined,
        isTelling: isTelling(o, p, delta.v),
        oddity: flaw ?? overgrown,
      }
    },
    payloads: () => [...channels.values()].filter(isObject),
  }
}

/** The path text was appended at by this operation, be it inside a patch. */
function appendPath(operation: string, path: string, value: unknown): string | undefined {
  if (operation === 'append') return path
  const steps = operation === 'patch' && Array.isArray(value) ? value : []
  const step = steps.findLast((one) => isObject(one) && one.o === 'append')
  return isObject(step) && typeof step.p === 'string' ? path + step.p : undefined
}

/** Appended text is a token among hundreds; everything else may complete a message. */
function isTelling(operation: string, path: string, value: unknown): boolean {
  return operation !== 'append' || path === '' || typeof value !== 'string'
}
