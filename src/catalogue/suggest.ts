import type { Collection } from '../archive/collections.ts'
import { flags } from '../archive/marks.ts'
import { origins } from '../archive/origins.ts'
import type { Catalogue } from './catalogue.ts'
import type { Entry } from './entry.ts'
import { shapes } from './filters.ts'
import { fold, foldedLine } from './fold.ts'
import { namesOf, type SharedName, tagNameOf } from './names.ts'
import { generators } from './record-fields.ts'
import { lastTermOf, type Term } from './where.ts'
import { qualityNames, searchKeys } from './where-keys.ts'

/** What the last word of a search may become. */
export interface Suggestion {
  /** What stands in its place then, ready to be searched: `tag:"red coat"`. */
  readonly text: string
  /** Pictures it would find; 0 where that is not counted. */
  readonly count: number
  readonly kind: 'word' | 'tag' | 'conversation' | 'collection' | 'key'
}

export interface SuggestOptions {
  readonly catalogue: Pick<Catalogue, 'entries' | 'tokens' | 'collections' | 'search'>
  /** The title of a picture's conversation as it is written. */
  titleOf(entry: Entry): Promise<string | undefined>
}

const maxSuggestions = 8
/** Behind a word that is not a key's, each other kind gets so many places. */
const maxOfKind = 2

/** Suggests how the last word of what is being typed may go on; nothing after a space. */
export async function suggest(options: SuggestOptions, q: string): Promise<readonly Suggestion[]> {
  const term = lastTermOf(q)
  if (!term) return []
  const found = term.key === undefined ? await forWord(options, term) : await forKey(options, term.key, term.value)
  const signed = found.map((one) => ({ ...one, text: `${term.minus}${one.text}` }))
  return signed.filter(({ text }) => text !== term.written).slice(0, maxSuggestions)
}

async function forWord(options: SuggestOptions, { phrase, bare }: Term): Promise<Suggestion[]> {
  const start = foldedLine(phrase ?? bare ?? '')
  if (start === '') return []
  const few = <T>(some: readonly T[]) => some.slice(0, maxOfKind)
  const others = [
    ...few(tagsWith(options, start)),
    ...few(collectionsWith(options, start)),
    ...few(await conversationsWith(options, start)),
    ...few(keysWith(start)),
  ]
  const words = phrase === undefined ? wordsWith(options, start, maxSuggestions - others.length) : []
  return [...words, ...others]
}

async function forKey(options: SuggestOptions, key: string, value: string): Promise<Suggestion[]> {
  const start = foldedLine(value)
  switch (key) {
    case 'tag':
      return tagsWith(options, start)
    case 'collection':
      return collectionsWith(options, start)
    case 'profile':
      return profilesWith(options, start)
    case 'in':
      return conversationsWith(options, start)
    default:
      return (valuesOf.get(key) ?? [])
        .filter((one) => one.startsWith(start))
        .map((one) => ({ text: `${key}:${one}`, count: 0, kind: 'key' }))
  }
}

const valuesOf: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['by', generators],
  ['source', origins],
  ['shape', shapes],
  ['flag', flags],
  ['is', qualityNames],
  ['stars', ['5', '>3', '>2', '>0', '0']],
])

function wordsWith({ catalogue: { tokens } }: SuggestOptions, start: string, most: number): Suggestion[] {
  const found: Suggestion[] = []
  for (const [word] of tokens?.words ?? []) {
    if (found.length === most) break
    if (word.startsWith(start) && word !== start)
      found.push({ text: word, count: countOf(tokens?.find(word)), kind: 'word' })
  }
  return found
}

const countOf = (marked: Uint8Array | undefined) => marked?.reduce((sum, one) => sum + one, 0) ?? 0

function tagsWith({ catalogue }: SuggestOptions, start: string): Suggestion[] {
  return startingWith(namesOf(catalogue.entries).tags, start).flatMap((tag) =>
    withKey('tag', tagNameOf(tag)).map((text) => ({ text, count: tag.count, kind: 'tag' })),
  )
}

function profilesWith({ catalogue }: SuggestOptions, start: string): Suggestion[] {
  const labels = new Set(catalogue.entries.flatMap(({ profiles }) => profiles))
  return [...labels]
    .filter((label) => fold(label).startsWith(start))
    .flatMap((label) => withKey('profile', label))
    .map((text) => ({ text, count: catalogue.search({ q: text }).length, kind: 'key' }))
}

async function conversationsWith({ catalogue, titleOf }: SuggestOptions, start: string): Promise<Suggestion[]> {
  const some = startingWith(namesOf(catalogue.entries).conversations, start)
  const titles = await Promise.all(some.map(async (one) => [one, await titleOf(one.newest)] as const))
  return titles.flatMap(([{ count }, title]) =>
    withKey('in', title ?? '').map((text) => ({ text, count, kind: 'conversation' })),
  )
}

/** Names that begin with a text, or have a word that does, the most frequent first. */
function startingWith(names: readonly SharedName[], start: string): SharedName[] {
  const found: SharedName[] = []
  for (const name of names) {
    if (found.length === maxSuggestions) break
    if (name.folded.startsWith(start) || name.folded.includes(` ${start}`)) found.push(name)
  }
  return found
}

function collectionsWith({ catalogue }: SuggestOptions, start: string): Suggestion[] {
  const isMeant = ({ name }: Collection) => fold(name).startsWith(start) || fold(name).includes(` ${start}`)
  const some = catalogue.collections.all.filter(isMeant).slice(0, maxSuggestions)
  return some.flatMap(({ name }) =>
    withKey('collection', name).map((text) => {
      return { text, count: catalogue.search({ q: text }).length, kind: 'collection' } as const
    }),
  )
}

const keysWith = (start: string): Suggestion[] =>
  searchKeys.filter((key) => key.startsWith(start)).map((key) => ({ text: `${key}:`, count: 0, kind: 'key' }))

/** A key with its value, in quotes where need be; none for a value that quotes cannot hold. */
function withKey(key: string, value: string): string[] {
  const text = value.trim()
  if (text === '' || /["“”„]/.test(text)) return []
  return [/\s/.test(text) ? `${key}:"${text}"` : `${key}:${text}`]
}
