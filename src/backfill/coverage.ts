import { archiveFolder } from '../archive/confined.ts'
import { type ReadArchive, readArchive } from '../archive/read-archive.ts'
import { type Attempts, attemptsFile, openAttempts } from '../ask/attempts.ts'
import { asKnown } from '../profile-rules.ts'
import { type ImageFacts, mayBeOf } from '../sites/facts.ts'
import { siteOf } from '../sites/ids.ts'
import { type Account, note } from './account.ts'
import { readAccount } from './account-digest.ts'
import { type CoverageRow, type LackReason, lackReasons, rowOf, rowOfMany } from './coverage-rows.ts'
import { readExportFacts } from './export-facts.ts'
import { askedProfiles } from './journals.ts'
import { compare, type Lacking, lackingOf, refusalOf, refusedBytes, unsaid } from './lacking.ts'
import { listsOfPictures, sitesWithHistory } from './lists-of-pictures.ts'
import { countUnlisted } from './unlisted.ts'

/** A list of pictures, as it was walked through last. */
export interface ListedCatalogue {
  readonly name: string
  /** Distinct files: of that walk where it came to the list's end, else all that the list has ever named. */
  readonly files: number
  /** "cursor" when it was read to its end; null while it is not. */
  readonly end: string | null
  /** When the walk began, and when it was last heard of; null for a list that was never asked for. */
  readonly walk: string | null
  readonly at: string | null
}

/** What an account is known to hold, what the archive holds, and what lies between. */
export interface Coverage {
  /** The label of the profile whose account it is; null for the one without. */
  readonly profile: string | null
  /** All accounts that the archive knows of. */
  readonly profiles: readonly (string | null)[]
  /** Something was ever asked. */
  readonly isAsked: boolean
  readonly counters: { readonly active: number; readonly archived: number; readonly at: string } | null
  /** Every list of pictures that there is. */
  readonly catalogues: readonly ListedCatalogue[]
  /** Distinct files that any list has named: those held, those lacking, and those not generated. */
  readonly listed: number
  readonly held: number
  readonly lackingListed: number
  /** Not generated, as far as their conversations say: uploads. */
  readonly uploads: number
  readonly records: number
  /** `counters.active + counters.archived` less `held`; null where there are no counters. */
  readonly difference: number | null
  /** Facts without their image, and images without their facts. */
  readonly waiting: { readonly facts: number; readonly bytes: number }
  readonly lacking: readonly Lacking[]
  /** Conversations that could not be read; their pictures may be there all the same. */
  readonly failedConversations: number
  /** What is lacking, what waits, and what is kept though the account has it no more; each with what would help. */
  readonly rows: readonly CoverageRow[]
  /** All lists were read to their ends on one day, and nothing is lacking. */
  readonly isComplete: boolean
}

/**
 * Compares an archive with what was learned of an account, live, by its history and from exports; asks nobody.
 *
 * Shape   that of a profile, or the one without a label; left out, the first that was asked.
 * Errors  ArchiverError "disk" when there is no archive.
 */
export async function coverageOf(given: string, wanted?: string | null): Promise<Coverage> {
  const root = await archiveFolder(given)
  const profiles = await askedProfiles(root)
  const profile = labelOf(wanted, profiles)
  const [archive, account, attempts, ofExports] = await Promise.all([
    readArchive(root),
    readAccount(root, profile),
    openAttempts(attemptsFile(root, profile)),
    readExportFacts(root),
  ])
  const isOwn = (facts: ImageFacts) => mayBeOf(facts, profile)
  const { counters } = account
  const listed = account.files.ids
  const { held, withoutConversation, lacking: ofLists } = compare(account, archive, attempts)
  const lacking = [
    ...ofLists,
    ...lackingElsewhere({ archive, attempts, listed, ofExports: ofExports.filter(isOwn), isOwn }),
  ]
  const failed = account.conversations.filter(({ state }) => state === 'failed').map(refusalOf)
  const unlisted = wereAllKnown(account)
    ? await countUnlisted(archive, profile, listed, held)
    : { count: 0, fromExports: 0 }
  const waiting = waitingIn(archive, isOwn)
  const catalogues = listsOfPictures.map((name) => catalogueOf(name, account))
  return {
    ...{ profile, profiles },
    isAsked: counters !== undefined || account.catalogues.length > 0,
    counters: counters ? { active: counters.active, archived: counters.archived, at: counters.at } : null,
    catalogues,
    ...{ listed: listed.length, held, lackingListed: ofLists.length, uploads: listed.length - held - ofLists.length },
    records: archive.count,
    difference: counters ? counters.active + counters.archived - held : null,
    waiting,
    lacking,
    failedConversations: failed.length,
    rows: [
      ...lackReasons.flatMap((reason) => rowOf(reason, withReason(lacking, reason))),
      ...rowOf('conversation-refused', failed),
      ...rowOfMany('without-bytes', waiting.facts),
      ...rowOfMany('without-facts', waiting.bytes),
      ...rowOf('kept-conversation-gone', withoutConversation),
      ...rowOfMany('kept-unlisted', unlisted.count - unlisted.fromExports),
      ...rowOfMany('kept-only-export', unlisted.fromExports),
    ],
    isComplete: lacking.length === 0 && failed.length === 0 && wereRead(catalogues),
  }
}

/** The label as it is known; where none is given, the first that is. */
function labelOf(wanted: string | null | undefined, profiles: Coverage['profiles']): string | null {
  if (wanted === undefined) return profiles[0] ?? null
  return wanted === null
    ? null
    : asKnown(
        wanted,
        profiles.filter((label) => label !== null),
      )
}

const withReason = (all: readonly Lacking[], wanted: LackReason) => all.filter(({ reason }) => reason === wanted)

interface Elsewhere {
  readonly archive: ReadArchive
  readonly attempts: Attempts
  readonly listed: readonly string[]
  readonly ofExports: Awaited<ReturnType<typeof readExportFacts>>
  isOwn(facts: ImageFacts): boolean
}

/** Pictures that no list names: a conversation may name them, or an export. */
function lackingElsewhere({ archive, attempts, listed, ofExports, isOwn }: Elsewhere): Lacking[] {
  const isLacking = ({ fileId }: (typeof ofExports)[number]) => !archive.has(fileId)
  const ofSites = ({ fileId }: (typeof ofExports)[number]) => sitesWithHistory.includes(siteOf(fileId))
  const waiting = archive.waiting.withoutBytes().filter(isOwn)
  const ofConversations = waiting.filter((facts) => isLacking(facts) && ofSites(facts))
  const leftByExports = ofExports.filter(isLacking)
  if (ofConversations.length + leftByExports.length === 0) return []
  const known = new Set<string>(listed)
  const lacking: Lacking[] = []
  const add = (all: typeof ofConversations, reason: LackReason) => {
    for (const { fileId, conversationId } of all) {
      if (known.has(fileId)) continue
      known.add(fileId)
      lacking.push(lackingOf(fileId, conversationId, refusedBytes(fileId, attempts) ?? unsaid(reason)))
    }
  }
  add(ofConversations, 'not-asked-yet')
  add(leftByExports, 'only-in-export')
  return lacking
}

/** Facts of pictures that are there say nothing that is waited for; of bytes alone nobody knows whose they are. */
function waitingIn({ waiting, has }: ReadArchive, isOwn: Elsewhere['isOwn']): Coverage['waiting'] {
  const facts = waiting.withoutBytes().filter((one) => isOwn(one) && !has(one.fileId)).length
  const bytes = waiting.fileIds().filter((fileId) => waiting.hasBytes(fileId) && !waiting.facts(fileId)).length
  return { facts, bytes }
}

function catalogueOf(name: string, { catalogues, files }: Account): ListedCatalogue {
  const row = catalogues.find((one) => one.name === name)
  if (!row) return { name, files: 0, end: null, walk: null, at: null }
  const bit = row.end === 'cursor' ? note.namedLast(name) : note.named(name)
  let count = 0
  for (const sum of files.notes) if ((sum & bit) !== 0) count += 1
  return { name, files: count, end: row.end, walk: row.walk, at: row.at }
}

/** Whatever the lists hold was named once: what they have not named, they do not hold. */
const wereAllKnown = ({ catalogues }: Account) =>
  listsOfPictures.every((name) =>
    catalogues.some((row) => row.name === name && (row.end === 'cursor' || row.isWhole === true)),
  )

/** Every list of pictures, each to its end, on one day. */
const wereRead = (catalogues: Coverage['catalogues']) =>
  catalogues.every(({ end }) => end === 'cursor') &&
  new Set(catalogues.flatMap(({ walk, at }) => [walk?.slice(0, 10), at?.slice(0, 10)])).size === 1
