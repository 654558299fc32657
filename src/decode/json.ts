/** Foreign JSON comes in as `unknown`; these are the only ways it is looked into. */

/** A JSON object of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>

/** Parses JSON text; `undefined` when it is none. A leading byte order mark is forgiven. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    return undefined
  }
}

/** A JSON object, not an array and not null. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The names of an object's first fields, or the type of anything else: what an oddity tells of a shape. */
export function shapeOf(value: unknown): string {
  return isObject(value) ? Object.keys(value).slice(0, 12).join(' ') : typeof value
}

/** The object under `key`, or an empty one: so that chains of optional fields read flat. */
export function objectAt(value: unknown, key: string): Json {
  const inner = isObject(value) ? value[key] : undefined
  return isObject(inner) ? inner : {}
}

/** The list under `key`, or an empty one. */
export function listAt(value: unknown, key: string): readonly unknown[] {
  const inner = isObject(value) ? value[key] : undefined
  return Array.isArray(inner) ? inner : []
}

/** The non-empty string under `key`, or null. */
export function textAt(value: unknown, key: string): string | null {
  const inner = isObject(value) ? value[key] : undefined
  return typeof inner === 'string' && inner !== '' ? inner : null
}

/** The finite number under `key`, or null. */
export function numberAt(value: unknown, key: string): number | null {
  const inner = isObject(value) ? value[key] : undefined
  return typeof inner === 'number' && Number.isFinite(inner) ? inner : null
}

/** The whole number above zero under `key` (pixels, bytes), or null. */
export function countAt(value: unknown, key: string): number | null {
  const inner = numberAt(value, key)
  return inner !== null && Number.isSafeInteger(inner) && inner > 0 ? inner : null
}

const year2100 = 4_102_444_800

/**
 * The moment under `key`, or null.
 *
 * Shape   Unix seconds with or without a fraction, or an ISO 8601 string (conversation lists).
 * Units   seconds on the wire; a value that only makes sense as milliseconds is read as such.
 * Errors  throws none: zero, negative and absurd values are null, as if the field were missing.
 */
export function momentAt(value: unknown, key: string): Date | null {
  const inner = isObject(value) ? value[key] : undefined
  if (typeof inner === 'string') return plausible(Date.parse(inner) / 1000)
  if (typeof inner !== 'number') return null
  return plausible(inner > 1e11 ? inner / 1000 : inner)
}

function plausible(seconds: number): Date | null {
  return seconds >= 1 && seconds < year2100 ? new Date(Math.round(seconds * 1000)) : null
}
