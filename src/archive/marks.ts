import { isObject, listAt, parseJson, textAt } from '../decode/json.ts'

/** What the person adds to a picture. */
export interface Marks {
  readonly favourite: boolean
  readonly tags: readonly string[]
  readonly note: string
  /** The person deleted the image: no import puts it back. Set by deleting alone. */
  readonly imageDeleted?: true
}

/** A picture nobody has marked. */
export const noMarks: Marks = { favourite: false, tags: [], note: '' }

const maxTags = 100
const maxTagChars = 100
const maxNoteChars = 20_000
/** The longest body that marks can need. */
export const maxMarksBytes = 128 * 1024

/** The sidecar's name beside a record: `<record>.marks.json`, which no reader takes for a record. */
export const marksNameFor = (recordName: string): string => recordName.replace(/\.json$/, '.marks.json')

/** The record a sidecar belongs to; undefined when the name is none. */
export const recordNameOfMarks = (name: string): string | undefined =>
  name.endsWith('.marks.json') ? name.replace(/\.marks\.json$/, '.json') : undefined

/**
 * Checks changes of marks that came in.
 *
 * Shape   any of `{ favourite, tags, note }`; tags are trimmed, empty and repeated ones left out.
 * Errors  undefined when there is none, a type is wrong, or something is longer than anybody writes by hand.
 */
export function checkedChanges(json: unknown): Partial<Marks> | undefined {
  if (!isObject(json)) return undefined
  const { favourite, tags, note } = json
  const known = tags === undefined ? undefined : checkedTags(tags)
  const isRight =
    (favourite === undefined || typeof favourite === 'boolean') &&
    (tags === undefined || known !== undefined) &&
    (note === undefined || (typeof note === 'string' && note.length <= maxNoteChars))
  if (!isRight || (favourite === undefined && tags === undefined && note === undefined)) return undefined
  return {
    ...(favourite !== undefined && { favourite }),
    ...(known && { tags: known }),
    ...(note !== undefined && { note }),
  }
}

function checkedTags(json: unknown): string[] | undefined {
  if (!Array.isArray(json) || !json.every((tag): tag is string => typeof tag === 'string')) return undefined
  const tags = [...new Set(json.map((tag) => tag.trim()).filter((tag) => tag !== ''))]
  return tags.length > maxTags || tags.some((tag) => tag.length > maxTagChars) ? undefined : tags
}

/** Marks from a sidecar; what is none in it counts as not said. */
export function marksIn(text: string): Marks {
  const json = parseJson(text)
  const tags = listAt(json, 'tags').filter((tag) => typeof tag === 'string' && tag.length <= maxTagChars) as string[]
  return {
    favourite: isObject(json) && json.favourite === true,
    tags: tags.slice(0, maxTags),
    note: (textAt(json, 'note') ?? '').slice(0, maxNoteChars),
    ...(isObject(json) && json.imageDeleted === true && { imageDeleted: true }),
  }
}
