import { isObject, type Json } from './json.ts'
import { maxChannels, maxDepth, maxStreamChars, overLimit } from './limits.ts'
import { type Oddity, oddity } from './oddity.ts'

type Draft = Record<string, unknown>

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

export interface DeltaDecoder {
  /** Forgets everything: a stream has announced its encoding anew. */
  start(): void
  /** Applies a delta whose JSON had this many characters. */
  apply(delta: Json, chars?: number): DeltaResult
  /** The payload of each channel as it now stands. */
  payloads(): Json[]
}

/** Largest list a path may grow; real messages hold a few parts. */
const maxIndex = 10_000

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
      const flaw = applyOperation(root, 'root', o, p, delta.v)
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

const misfit = (detail: string) => oddity('delta-that-does-not-fit', detail)

/** Applies one operation below `holder[key]`; returns what was wrong with it. */
function applyOperation(
  holder: Draft | unknown[],
  key: string | number,
  operation: string,
  path: string,
  value: unknown,
  depth = 0,
): Oddity | undefined {
  if (depth > maxDepth) return overLimit('levels of patches', depth, maxDepth)
  const segments = segmentsOf(path)
  if (segments.length > maxDepth) return overLimit('steps of a path', segments.length, maxDepth)
  const place = resolve(holder, key, segments)
  if (!place) return misfit(`path ${path}`)
  if (operation !== 'patch') {
    const flaw = operate(place.holder, place.key, operation, value)
    return flaw === undefined ? undefined : misfit(flaw)
  }
  if (!Array.isArray(value)) return misfit('patch without a list')
  for (const step of value) {
    if (!isObject(step) || typeof step.o !== 'string') return misfit('patch step without an operation')
    const stepPath = typeof step.p === 'string' ? step.p : ''
    const flaw = applyOperation(place.holder, place.key, step.o, stepPath, step.v, depth + 1)
    if (flaw) return flaw
  }
  return undefined
}

interface Place {
  readonly holder: Draft | unknown[]
  readonly key: string | number
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/** The segments of a path (JSON pointer escapes). */
function segmentsOf(path: string): string[] {
  if (path === '') return []
  return path
    .replace(/^\//, '')
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Walks a path from `holder[key]`, making the containers that are missing. */
function resolve(holder: Draft | unknown[], key: string | number, segments: readonly string[]): Place | undefined {
  let place: Place = { holder, key }
  for (const segment of segments) {
    const inner = container(place, /^\d+$/.test(segment))
    if (!inner || forbidden.has(segment)) return undefined
    if (!Array.isArray(inner)) place = { holder: inner, key: segment }
    else if (/^\d{1,5}$/.test(segment) && Number(segment) <= Math.min(inner.length, maxIndex)) {
      place = { holder: inner, key: Number(segment) }
    } else return undefined
  }
  return place
}

/** The object or list at a place; an empty one is put there when nothing is. */
function container(place: Place, isList: boolean): Draft | unknown[] | undefined {
  const at = get(place.holder, place.key)
  if (Array.isArray(at)) return at
  if (isObject(at)) return at as Draft
  if (at !== undefined && at !== null) return undefined
  const made = isList ? [] : {}
  set(place.holder, place.key, made)
  return made
}

const get = (holder: Draft | unknown[], key: string | number): unknown => (holder as Draft)[key]
const set = (holder: Draft | unknown[], key: string | number, value: unknown) => {
  ;(holder as Draft)[key] = value
}

function operate(holder: Draft | unknown[], key: string | number, operation: string, value: unknown) {
  const now = get(holder, key)
  switch (operation) {
    case 'add':
      if (Array.isArray(holder) && typeof key === 'number') holder.splice(key, 0, value)
      else set(holder, key, value)
      return undefined
    case 'replace':
      set(holder, key, value)
      return undefined
    case 'append':
      return append(holder, key, now, value)
    case 'truncate':
      return truncate(holder, key, now, value)
    case 'remove':
      if (Array.isArray(holder) && typeof key === 'number') holder.splice(key, 1)
      else delete (holder as Draft)[key]
      return undefined
    default:
      return `operation ${operation}`
  }
}

function append(holder: Draft | unknown[], key: string | number, now: unknown, value: unknown) {
  if (now === undefined || now === null) set(holder, key, value)
  else if (typeof now === 'string' && typeof value === 'string') set(holder, key, now + value)
  else if (Array.isArray(now)) set(holder, key, now.concat(value))
  else if (isObject(now) && isObject(value)) set(holder, key, { ...now, ...value })
  else return `append to ${typeof now}`
  return undefined
}

function truncate(holder: Draft | unknown[], key: string | number, now: unknown, value: unknown) {
  if (typeof value !== 'number' || value < 0) return 'truncate without a length'
  if (typeof now === 'string' || Array.isArray(now)) set(holder, key, now.slice(0, value))
  else return `truncate of ${typeof now}`
  return undefined
}
