import { createHash } from 'node:crypto'
import { checkedChanges, type Marks, maxStars } from '../archive/marks.ts'
import type { Said } from './read-xmp.ts'
import { rejectedRating } from './xmp.ts'

/** What is remembered of what a sidecar said, to tell later what somebody changed in it. */
export interface Remembered extends Omit<Said, 'description' | 'prompt'> {
  /** Which description it was. */
  readonly descriptionKey: string
  /** The description itself where it was not the prompt; else empty. */
  readonly caption: string
}

/** What there is to remember of what is said now. */
export function remember({ description, prompt: said, ...rest }: Said, prompt: string | null): Remembered {
  const descriptionKey = keyOf(description)
  const isPrompt = descriptionKey === keyOf(prompt) || descriptionKey === keyOf(said)
  return { ...rest, descriptionKey, caption: isPrompt ? '' : (description ?? '') }
}

/** Programs change line ends, forms of letters and spaces at the ends: these are no edits. */
const keyOf = (text: string | null): string =>
  createHash('sha256')
    .update((text ?? '').normalize('NFC').replace(/\s+/g, ' ').trim())
    .digest('hex')
    .slice(0, 20)

/** From so many stars on a picture is a favourite. */
const favouriteFrom = 4

/**
 * What somebody changed in a sidecar since it was looked at last, as changes of marks; undefined when that is nothing.
 *
 * Shape   only differences between `before` and `now` count, so that what was marked in the gallery meanwhile stays.
 *         A rating is stars, and from four on a favourite; -1 is rejected. A description that is neither the one before
 *         nor the prompt becomes the note; a note of the gallery is kept before it.
 */
export function editsIn(
  before: Remembered,
  now: Said,
  marks: Marks,
  prompt: string | null,
): Partial<Marks> | undefined {
  const tags = tagsAfter(before, now, marks.tags)
  const note = noteAfter(before, now, marks.note, prompt)
  const changes = checkedChanges({
    ...ratingAfter(before, now, marks),
    ...(!isSameList(tags, marks.tags) && { tags: tags.filter((tag) => tag.length <= maxTagChars).slice(0, maxTags) }),
    ...(note !== marks.note && { note: note.slice(0, maxNoteChars) }),
  })
  const isNews = changes && Object.entries(changes).some(([name, value]) => value !== marks[name as keyof Marks])
  return isNews ? changes : undefined
}

const [maxTags, maxTagChars, maxNoteChars] = [100, 100, 20_000]

type Rated = Pick<Said, 'rating'>

const isFavourite = ({ rating }: Rated) => (rating ?? 0) >= favouriteFrom
const isRejected = ({ rating }: Rated) => rating === rejectedRating
const starsOf = ({ rating }: Rated) => Math.min(maxStars, Math.max(0, Math.round(rating ?? 0)))

/** Another rating is other stars, and may make a favourite; -1 alone rejects, and leaves stars and favourite alone. */
function ratingAfter(before: Rated, now: Rated, marks: Marks): Partial<Marks> {
  if (before.rating === now.rating) return {}
  if (isRejected(now)) return { flag: 'rejected' }
  return {
    ...(isRejected(before) && marks.flag === 'rejected' && { flag: '' }),
    ...(starsOf(now) !== starsOf(before) && { stars: starsOf(now) }),
    ...(isFavourite(now) !== isFavourite(before) && { favourite: isFavourite(now) }),
  }
}

function noteAfter(before: Remembered, now: Said, note: string, prompt: string | null): string {
  const key = keyOf(now.description)
  if (key === before.descriptionKey) return note
  const isPrompt = [prompt, now.prompt, null].some((one) => key === keyOf(one))
  const text = isPrompt ? '' : (now.description ?? '').trim()
  if (before.caption !== '' && note.includes(before.caption.trim()))
    return note.replace(before.caption.trim(), () => text).trim()
  return note === '' || text === '' || note.includes(text) ? note || text : `${note}\n\n${text}`
}

type Lists = Pick<Said, 'subject' | 'tagsList' | 'hierarchical'>
const listNames = ['subject', 'tagsList', 'hierarchical'] as const

/**
 * Tags are said in three lists, and each program keeps those it knows: a tag is gone once one of them has dropped it,
 * and new once one of them has it. A list that is not there says nothing, unless none is there.
 */
function tagsAfter(before: Lists, now: Lists, tags: readonly string[]): string[] {
  const isBare = listNames.every((list) => now[list] === null)
  const isGone = (tag: string) =>
    listNames.some((list) => says(before, list, tag) && (isBare || now[list] !== null) && !says(now, list, tag))
  const isNew = (tag: string) => !listNames.some((list) => says(before, list, tag)) && !isOfProgram(tag)
  const came = fullTagsIn(now).filter(isNew)
  const kept = tags.filter((tag) => !isGone(tag))
  const missing = came.filter((tag) => !kept.some((one) => pathOf(one) === tag))
  return [...kept, ...missing]
}

/** Every tag with all its steps; a step alone counts as said by the tag it is a step of. */
function fullTagsIn(now: Lists): string[] {
  const all = [...new Set(listNames.flatMap((list) => now[list] ?? []).map((tag) => pathOf(tag.trim())))]
  const isStep = (tag: string) =>
    all.some((one) => one !== tag && (one.endsWith(`/${tag}`) || one.startsWith(`${tag}/`)))
  return all.filter((tag) => tag !== '' && !isStep(tag))
}

/** The flat list of digiKam has only the last step of a tag. */
function says(lists: Lists, list: (typeof listNames)[number], tag: string): boolean {
  const path = pathOf(tag)
  const wanted = list === 'subject' ? [path, path.slice(path.lastIndexOf('/') + 1)] : [path]
  return (lists[list] ?? []).some((one) => wanted.includes(pathOf(one.trim())))
}

const pathOf = (tag: string) => tag.replaceAll('|', '/')

/** darktable notes in tags what it did. */
const isOfProgram = (tag: string) => tag.startsWith('darktable/')

const isSameList = (left: readonly string[], right: readonly string[]) =>
  left.length === right.length && left.every((one, at) => one === right[at])
