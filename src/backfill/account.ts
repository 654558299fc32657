import type { BackfillJournal, CatalogueRow, ConversationRow, Counters } from './journal.ts'
import { listsOfPictures } from './lists-of-pictures.ts'

/** What was learned of an account, as far as it says which pictures there are. */
export interface Account {
  readonly counters: Counters | undefined
  /** Lists of pictures that were asked for. */
  readonly catalogues: readonly CatalogueRow[]
  /** Conversations that were not read to their ends. */
  readonly conversations: readonly ConversationRow[]
  /** Every file that a list has named; columns, since there may be a hundred thousand. */
  readonly files: {
    /** A file without another has its id in the library. */
    readonly ids: readonly string[]
    /** Of the conversation of each; empty where none was said. */
    readonly conversationIds: readonly string[]
    /** A sum for each: of `note`, and of `named` and `namedLast` for each list. */
    readonly notes: readonly number[]
  }
}

/** Bits of what is known of a file. */
export const note = {
  /** A list or a conversation says that it was generated. */
  isGenerated: 1,
  /** Its conversation was read to its end, or it is an upload: what has not been said by now is not said. */
  isSettled: 2,
  /** The list has ever named it. */
  named: (list: string) => 4 << (2 * listsOfPictures.indexOf(list)),
  /** The last walk through the list has. */
  namedLast: (list: string) => 8 << (2 * listsOfPictures.indexOf(list)),
} as const

/** What the journals of all its workspaces say of the account. */
export function accountIn(journals: readonly BackfillJournal[]): Account {
  const files = { ids: [] as string[], conversationIds: [] as string[], notes: [] as number[] }
  for (const journal of journals) addFiles(journal, files)
  return {
    counters: sumOf(journals.flatMap(({ counters }) => counters ?? [])),
    catalogues: listsOfPictures.flatMap((name) => wholeWalk(journals.map((journal) => journal.catalogue(name))) ?? []),
    conversations: journals.flatMap((journal) => journal.conversations().filter(({ state }) => state !== 'read')),
    files,
  }
}

function addFiles(journal: BackfillJournal, files: { ids: string[]; conversationIds: string[]; notes: number[] }) {
  const walks = journal
    .catalogues()
    .filter(({ name }) => listsOfPictures.includes(name))
    .map(({ name, walk }) => ({ name, walk, ever: note.named(name), last: note.namedLast(name) }))
  for (const { fileId, conversationId, isGenerated, isUpload, sameAs, seenIn } of journal.files()) {
    let sum = 0
    for (const { name, walk, ever, last } of walks) {
      const seen = seenIn[name]
      if (seen !== undefined) sum += ever + (seen >= walk ? last : 0)
    }
    // What its conversation knows under another id is counted under that one, and a list of uploads lists no pictures.
    if (sum === 0 || sameAs !== null) continue
    const isRead = conversationId !== null && journal.conversation(conversationId)?.state === 'read'
    const isSettled = isRead || (isUpload && !isGenerated)
    files.ids.push(fileId)
    files.conversationIds.push(conversationId ?? '')
    files.notes.push(sum + (isGenerated ? note.isGenerated : 0) + (isSettled ? note.isSettled : 0))
  }
}

function sumOf(all: readonly Counters[]): Counters | undefined {
  const [first, ...others] = all
  if (!first) return undefined
  const active = others.reduce((sum, one) => sum + one.active, first.active)
  const archived = others.reduce((sum, one) => sum + one.archived, first.archived)
  return { ...first, active, archived }
}

/** The walks through one list of every workspace, as one: only as whole as the least of them. */
function wholeWalk(walks: readonly (CatalogueRow | undefined)[]): CatalogueRow | undefined {
  const known = walks.flatMap((walk) => walk ?? [])
  const [first] = known
  if (!first) return undefined
  const open = known.length < walks.length ? null : known.find(({ end }) => end !== 'cursor')?.end
  return {
    ...first,
    end: open === undefined ? 'cursor' : open,
    walk: known.map(({ walk }) => walk).toSorted()[0] ?? first.walk,
    at:
      known
        .map(({ at }) => at)
        .toSorted()
        .at(-1) ?? first.at,
    isWhole: known.length === walks.length && known.every(({ isWhole }) => isWhole === true),
  }
}
