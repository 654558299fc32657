// Pure and without Node: the page of the gallery uses the same words.

/** Why a picture that is known of is not in the archive. */
export const lackReasons = [
  'not-asked-yet',
  'refused',
  'not-found',
  'unlisted',
  'nameless',
  'conversation-gone',
  'conversation-unread',
  'only-in-export',
] as const
export type LackReason = (typeof lackReasons)[number]

/** What is counted beside the lists: what is lacking, what waits or was refused, what is kept all the same. */
export type RowKind =
  | LackReason
  | 'without-bytes'
  | 'without-facts'
  | 'conversation-refused'
  | 'kept-conversation-gone'
  | 'kept-unlisted'
  | 'kept-only-export'

/** A number, what it is of, and what would help. */
export interface CoverageRow {
  readonly kind: RowKind
  readonly count: number
  /** What the site said, in its own words, with how often; empty where it has not been asked. */
  readonly said: Readonly<Record<string, number>>
  /** When it said so first and last, ISO 8601. */
  readonly first: string | null
  readonly last: string | null
  readonly remedy: string | null
}

interface Words {
  readonly noun?: string
  /** What follows the number and the noun; of one and of many alike. */
  readonly name: string
  /** What would help, as a person can do it; left out where nothing has to be done. */
  readonly remedy?: string
}

const words: Readonly<Record<RowKind, Words>> = {
  'not-asked-yet': { name: 'not asked for yet', remedy: 'dalle-archiver backfill' },
  refused: {
    name: 'refused',
    remedy: 'dalle-archiver backfill (asks again after an hour, a day, then weeks)',
  },
  'not-found': {
    name: 'not found: deleted, or of another account (the site says the same of both)',
    remedy: 'dalle-archiver backfill, logged in to the right account',
  },
  unlisted: {
    name: 'named by a list once and by none any more: deleted, or of another account',
    remedy: 'dalle-archiver backfill, logged in to the right account',
  },
  nameless: {
    name: 'that the library lists by ids of its own, and that no conversation names',
    remedy: 'dalle-archiver import, with an export that holds it',
  },
  'conversation-gone': {
    name: 'from a conversation that is not found: deleted, or of another account',
    remedy: 'dalle-archiver import, with an export that holds it',
  },
  'conversation-unread': { name: 'from a conversation that was not read yet', remedy: 'dalle-archiver backfill' },
  'only-in-export': {
    name: 'known only from an export that did not hold the image',
    remedy: 'dalle-archiver import, with another export; or dalle-archiver backfill --all',
  },
  'conversation-refused': { noun: 'conversation', name: 'could not be read', remedy: 'dalle-archiver backfill' },
  'without-bytes': { name: 'waiting for an image, the facts are known', remedy: 'dalle-archiver backfill' },
  'without-facts': { noun: 'image', name: 'waiting for facts', remedy: 'dalle-archiver backfill --all' },
  'kept-conversation-gone': { name: 'kept, from a conversation that is not found any more' },
  'kept-unlisted': { name: 'kept, not from an export, that no list of the account has named' },
  'kept-only-export': { name: 'kept from an export that no list of the account has named' },
}

/** "3 pictures refused". */
export function phraseOf({ kind, count }: Pick<CoverageRow, 'kind' | 'count'>): string {
  const { noun = 'picture', name } = words[kind]
  return `${count} ${noun}${count === 1 ? '' : 's'} ${name}`
}

export const remedyOf = (kind: RowKind): string | null => words[kind].remedy ?? null

/** One of those that a row counts. */
export interface Counted {
  readonly said: string | null
  readonly first: string | null
  readonly last: string | null
}

/** The row of so many of which the site has said nothing; none where there are none. */
export const rowOfMany = (kind: RowKind, count: number): readonly CoverageRow[] =>
  count === 0 ? [] : [{ kind, count, said: {}, first: null, last: null, remedy: remedyOf(kind) }]

/** The row of these; none where there are none. */
export function rowOf(kind: RowKind, all: readonly Counted[]): readonly CoverageRow[] {
  if (all.length === 0) return []
  const said: Record<string, number> = {}
  for (const one of all) if (one.said !== null) said[one.said] = (said[one.said] ?? 0) + 1
  const first = all.flatMap((one) => one.first ?? []).sort()[0] ?? null
  const last =
    all
      .flatMap((one) => one.last ?? [])
      .sort()
      .at(-1) ?? null
  return [{ kind, count: all.length, said, first, last, remedy: remedyOf(kind) }]
}

/** What was said, and from when to when: "HTTP 403 (2026-11-20 to 2026-11-29)"; empty where nothing was. */
export function saidIn({ said, first, last, count }: CoverageRow, dayOf = isoDay): string {
  const all = Object.entries(said).map(([what, times]) => (times === count ? what : `${times} × ${what}`))
  const days = [first, last].flatMap((at) => (at === null ? [] : dayOf(at)))
  const when = [...new Set(days)].join(' to ')
  return [all.join(', '), when && `(${when})`].filter((part) => part !== '').join(' ')
}

const isoDay = (at: string) => at.slice(0, 10)

/** How the walk through a list ended, as people read it. */
export function endName(end: string | null, isAsked: boolean): string {
  if (!isAsked) return 'never asked for'
  return end === null ? 'not read to its end yet' : (endNames[end] ?? end)
}

const endNames: Readonly<Record<string, string>> = {
  cursor: 'read to its end',
  known: 'read as far as it was new',
  since: 'read as far back as was wanted',
  'nothing-new': 'goes in circles; its end was not seen',
  empty: 'was empty, though the account is not',
  refused: 'refused',
}
