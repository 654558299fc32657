import { isObject, listAt, parseJson, textAt } from '../decode/json.ts'

/** What was decided about a picture: to go on with it, or to do without. */
export const flags = ['picked', 'rejected'] as const
export type Flag = (typeof flags)[number]

/** What the person adds to a picture. */
export interface Marks {
  readonly favourite: boolean
  /** 1 to 5; 0 for none. */
  readonly stars: number
  readonly flag: Flag | ''
  readonly tags: readonly string[]
  readonly note: string
  /** The person deleted the image: no import puts it back. Set by deleting alone. */
  readonly imageDeleted?: true
}

/** A picture nobody has marked. */
export const noMarks: Marks = { favourite: false, stars: 0, flag: '', tags: [], note: '' }

export const maxStars = 5
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

/** Whether a value is a number of stars. */
export const isStars = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maxStars

/** Whether a value is a flag, or none. */
export const isFlag = (value: unknown): value is Flag | '' => value === '' || flags.some((flag) => flag === value)

/**
 * Checks changes of marks that came in.
 *
 * Shape   any of `{ favourite, stars, flag, tags, note }`; tags are trimmed, empty and repeated ones left out.
 * Errors  undefined when there is none, a type is wrong, or something is longer than anybody writes by hand.
 */
export function checkedChanges(json: unknown): Partial<Marks> | undefined {
  if (!isObject(json)) return undefined
  const { favourite, stars, flag, tags, note } = json
  const known = tags === undefined ? undefined : checkedTags(tags)
  if (favourite !== undefined && typeof favourite !== 'boolean') return undefined
  if (stars !== undefined && !isStars(stars)) return undefined
  if (flag !== undefined && !isFlag(flag)) return undefined
  if (tags !== undefined && !known) return undefined
  if (note !== undefined && (typeof note !== 'string' || note.length > maxNoteChars)) return undefined
  const changes = {
    ...(favourite !== undefined && { favourite }),
    ...(stars !== undefined && { stars }),
    ...(flag !== undefined && { flag }),
    ...(known && { tags: known }),
    ...(note !== undefined && { note }),
  }
  return Object.keys(changes).length > 0 ? changes : undefined
}

/** Tags trimmed, each once; undefined when they are no texts, or more or longer than anybody writes by hand. */
export function checkedTags(json: unknown): string[] | undefined {
  if (!Array.isArray(json) || !json.every((tag): tag is string => typeof tag === 'string')) return undefined
  const tags = [...new Set(json.map((tag) => tag.trim()).filter((tag) => tag !== ''))]
  return tags.length > maxTags || tags.some((tag) => tag.length > maxTagChars) ? undefined : tags
}

/** Marks from a sidecar; what is none in it counts as not said. */
export function marksIn(text: string): Marks {
  const json = parseJson(text)
  const tags = listAt(json, 'tags').filter((tag) => typeof tag === 'string' && tag.length <= maxTagChars) as string[]
  const { favourite, stars, flag, imageDeleted } = isObject(json) ? json : {}
  return {
    favourite: favourite === true,
    stars: isStars(stars) ? stars : 0,
    flag: isFlag(flag) ? flag : '',
    tags: tags.slice(0, maxTags),
    note: (textAt(json, 'note') ?? '').slice(0, maxNoteChars),
    ...(imageDeleted === true && { imageDeleted: true }),
  }
}

/** The text of a sidecar; undefined for a picture that nobody marked. */
export function marksText(marks: Marks): string | undefined {
  const { favourite, stars, flag, tags, note, imageDeleted } = marks
  const isMarked = favourite || stars > 0 || flag !== '' || tags.length > 0 || note !== '' || imageDeleted
  return isMarked ? textOfMarks(marks) : undefined
}

/** Marks as they are written; stars and flag are said where there are any. */
export function textOfMarks({ stars, flag, ...marks }: Marks): string {
  const said = { version: 1, ...marks, ...(stars > 0 && { stars }), ...(flag !== '' && { flag }) }
  return `${JSON.stringify(said, null, 2)}\n`
}
