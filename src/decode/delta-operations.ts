import { isObject } from './json.ts'
import { maxDepth, overLimit } from './limits.ts'
import { type Oddity, oddity } from './oddity.ts'

type Draft = Record<string, unknown>

/** Where a value stands, or may be put: under a key of an object, or at an index of a list. */
export interface Slot {
  readonly container: Draft | unknown[]
  readonly key: string | number
}

/** Largest list a path may grow; real messages hold a few parts. */
const maxIndex = 10_000

/** Keys that would reach beyond the object itself. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Applies one operation of a delta at the path below a slot, in place.
 *
 * Shape   add, replace, append, truncate, remove; `patch` is a list of `{ p, o, v }` below the same path.
 * Errors  an oddity, and nothing is changed, when the operation does not fit what is there; of a patch the steps before
 *         the one that does not fit stay applied.
 * Source  docs/wire/streams.md
 */
export function applyOperation(
  from: Slot,
  operation: string,
  path: string,
  value: unknown,
  depth = 0,
): Oddity | undefined {
  if (depth > maxDepth) return overLimit('levels of patches', depth, maxDepth)
  const segments = segmentsOf(path)
  if (segments.length > maxDepth) return overLimit('steps of a path', segments.length, maxDepth)
  const slot = resolve(from, segments)
  if (!slot) return doesNotFit(`path ${path}`)
  if (operation !== 'patch') {
    const flaw = operate(slot, operation, value)
    return flaw === undefined ? undefined : doesNotFit(flaw)
  }
  if (!Array.isArray(value)) return doesNotFit('patch without a list')
  for (const step of value) {
    if (!isObject(step) || typeof step.o !== 'string') return doesNotFit('patch step without an operation')
    const flaw = applyOperation(slot, step.o, typeof step.p === 'string' ? step.p : '', step.v, depth + 1)
    if (flaw) return flaw
  }
  return undefined
}

const doesNotFit = (detail: string) => oddity('delta-that-does-not-fit', detail)

/** The segments of a path (JSON pointer escapes). */
function segmentsOf(path: string): string[] {
  if (path === '') return []
  return path
    .replace(/^\//, '')
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Walks a path from a slot downward, making the objects and lists that are missing. */
function resolve(from: Slot, segments: readonly string[]): Slot | undefined {
  let slot = from
  for (const segment of segments) {
    const container = containerIn(slot, /^\d+$/.test(segment))
    if (!container || forbidden.has(segment)) return undefined
    if (!Array.isArray(container)) slot = { container, key: segment }
    else if (/^\d{1,5}$/.test(segment) && Number(segment) <= Math.min(container.length, maxIndex)) {
      slot = { container, key: Number(segment) }
    } else return undefined
  }
  return slot
}

/** The object or list in a slot; an empty one is put there when nothing is. */
function containerIn(slot: Slot, isList: boolean): Draft | unknown[] | undefined {
  const inside = get(slot)
  if (Array.isArray(inside)) return inside
  if (isObject(inside)) return inside as Draft
  if (inside !== undefined && inside !== null) return undefined
  const made = isList ? [] : {}
  set(slot, made)
  return made
}

const get = ({ container, key }: Slot): unknown => (container as Draft)[key]
const set = ({ container, key }: Slot, value: unknown) => {
  ;(container as Draft)[key] = value
}

/** Does one operation in a slot; returns what did not fit, if something did not. */
function operate(slot: Slot, operation: string, value: unknown): string | undefined {
  const { container, key } = slot
  switch (operation) {
    case 'add':
      if (Array.isArray(container) && typeof key === 'number') container.splice(key, 0, value)
      else set(slot, value)
      return undefined
    case 'replace':
      set(slot, value)
      return undefined
    case 'append':
      return append(slot, value)
    case 'truncate':
      return truncate(slot, value)
    case 'remove':
      if (Array.isArray(container) && typeof key === 'number') container.splice(key, 1)
      else delete (container as Draft)[key]
      return undefined
    default:
      return `operation ${operation}`
  }
}

function append(slot: Slot, value: unknown): string | undefined {
  const now = get(slot)
  if (now === undefined || now === null) set(slot, value)
  else if (typeof now === 'string' && typeof value === 'string') set(slot, now + value)
  else if (Array.isArray(now)) set(slot, now.concat(value))
  else if (isObject(now) && isObject(value)) set(slot, { ...now, ...value })
  else return `append to ${typeof now}`
  return undefined
}

function truncate(slot: Slot, value: unknown): string | undefined {
  const now = get(slot)
  if (typeof value !== 'number' || value < 0) return 'truncate without a length'
  if (typeof now === 'string' || Array.isArray(now)) set(slot, now.slice(0, value))
  else return `truncate of ${typeof now}`
  return undefined
}
