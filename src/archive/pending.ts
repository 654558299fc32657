import path from 'node:path'
import { inspectImage } from '../decode/image-bytes.ts'
import { type ImageFacts, reviveFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { openDayCount } from './day-count.ts'
import { ensureFolderIn } from './folders.ts'
import { openJournaledMap } from './journaled-map.ts'
import { openBytesStore, type WaitingBytes } from './waiting-bytes.ts'

/** The journal of facts in `pending/`. */
export const factsJournal = 'facts.ndjson'

/** Halves that wait on disk for their other half, so that a restart forgets none. */
export interface Pending {
  facts(fileId: FileId): ImageFacts | undefined
  keepFacts(facts: ImageFacts): Promise<void>
  /** The disk refused a change, and what it holds is behind what is known. */
  readonly isBehind: boolean
  hasBytes(fileId: FileId): boolean
  /** Waiting bytes that look cut short, or do not fit what is known: better ones are still wanted. */
  isUnfit(fileId: FileId): boolean
  markUnfit(fileId: FileId): void
  /** How many bytes wait; 0 when none do. */
  lengthOf(fileId: FileId): number
  bytes(fileId: FileId): Promise<WaitingBytes | undefined>
  /** In place of those that waited before. Resolves with the files whose bytes had to make room. */
  keepBytes(fileId: FileId, waiting: WaitingBytes): Promise<readonly FileId[]>
  /** One half is not wanted: nothing waits for this file any more. */
  drop(fileId: FileId): Promise<void>
  /**
   * The same when both halves have met, and the picture is archived. Facts are gone from the disk a moment later: a run
   * that still finds them drops them.
   */
  dropArchived(fileId: FileId): Promise<void>
  dropBytes(fileId: FileId): Promise<void>
  /**
   * The only file without bytes whose facts state this length, if this profile has shown it: a length is no id.
   * `except` those whose bytes are on their way.
   */
  fileOfLength(lengthBytes: number, profile: string | null, except: ReadonlySet<FileId>): FileId | undefined
  /** Facts whose bytes have not come, or not as they should be; oldest first. */
  withoutBytes(): ImageFacts[]
  /** Every file something waits for. */
  fileIds(): FileId[]
  /** Leaves on the disk nothing but what still waits; only for whoever holds the lock. */
  tidy(): Promise<void>
  /**
   * Removes bytes that have waited without any facts for more than so many days on which the program ran; returns how
   * many. To be called at least once an hour.
   */
  expire(now: Date, maxDays: number): Promise<number>
  readonly count: { readonly facts: number; readonly bytes: number }
}

/** What may wait; beyond it the oldest makes room. */
export interface PendingLimits {
  /** Image bytes on disk: some three hundred of the largest pictures. */
  readonly maxBytes: number
  /** Facts as JSON, which are also kept in memory: some fifty thousand pictures. */
  readonly maxFactsChars: number
}

const defaultLimits: PendingLimits = { maxBytes: 1024 ** 3, maxFactsChars: 64_000_000 }

export interface PendingOptions {
  /** Awaited before each write. */
  readonly ready?: () => Promise<void>
  readonly limits?: PendingLimits
  /** Facts that had to make room for newer ones. */
  readonly onForgotten?: (facts: ImageFacts) => void
}

/**
 * Opens `pending/`; nothing is written before something changes, or `tidy`.
 *
 * Shape   `facts.ndjson`, a journal of facts by file id; waiting bytes as files (waiting-bytes.ts); `days.json`, by
 *         which their age is counted (day-count.ts).
 * Errors  what cannot be read counts for nothing, but for the journal: rejects with what the file system says of that.
 */
export async function openPending(folder: string, options: PendingOptions = {}): Promise<Pending> {
  const { limits = defaultLimits, onForgotten = () => {} } = options
  const { ready = () => ensureFolderIn(path.dirname(folder), path.basename(folder), { isPrivate: true }) } = options
  const keyOf = ({ fileId }: ImageFacts) => fileId
  const factsOptions = { ready, keyOf, revive: reviveFacts, maxChars: limits.maxFactsChars, onForgotten }
  const days = await openDayCount(path.join(folder, 'days.json'), ready)
  const [facts, bytes] = await Promise.all([
    openJournaledMap(path.join(folder, factsJournal), factsOptions),
    openBytesStore(folder, ready, days),
  ])
  const isOpen = ({ fileId }: ImageFacts) => !bytes.has(fileId)

  /** The oldest make room, those that nothing is known of first; `except` the newest. */
  const makeRoom = async (except: FileId): Promise<readonly FileId[]> => {
    if (bytes.totalBytes <= limits.maxBytes) return []
    const others = [...bytes.fileIds()].filter((fileId) => fileId !== except)
    const inOrder = [...others.filter((fileId) => !facts.has(fileId)), ...others.filter((fileId) => facts.has(fileId))]
    const dropped: FileId[] = []
    for (const fileId of inOrder) {
      if (bytes.totalBytes <= limits.maxBytes) break
      await bytes.drop(fileId)
      dropped.push(fileId)
    }
    return dropped
  }

  return {
    facts: (fileId) => facts.get(fileId),
    keepFacts: (news) => facts.set(news),
    get isBehind() {
      return facts.isBehind
    },
    hasBytes: bytes.has,
    isUnfit: bytes.isUnfit,
    markUnfit: bytes.markUnfit,
    lengthOf: bytes.lengthOf,
    bytes: bytes.get,
    async keepBytes(fileId, waiting) {
      await bytes.put(fileId, waiting, inspectImage(waiting.bytes)?.isWhole === false)
      return makeRoom(fileId)
    },
    fileOfLength(lengthBytes, profile, except) {
      const isIt = (one: ImageFacts) => one.sizeBytes === lengthBytes && isOpen(one) && !except.has(one.fileId)
      const [found, another] = [...facts.values()].filter(isIt)
      const isShown = profile === null ? found?.profiles === null : found?.profiles?.includes(profile)
      return isShown && !another ? found?.fileId : undefined
    },
    withoutBytes: () => [...facts.values()].filter((one) => isOpen(one) || bytes.isUnfit(one.fileId)),
    fileIds: () => [...new Set([...facts.values()].map(keyOf).concat([...bytes.fileIds()]))],
    dropBytes: bytes.drop,
    async drop(fileId) {
      await facts.delete(fileId)
      await bytes.drop(fileId)
    },
    async dropArchived(fileId) {
      await facts.deleteSoon(fileId)
      await bytes.drop(fileId)
    },
    async tidy() {
      await facts.tidy()
      await bytes.tidy()
    },
    async expire(now, maxDays) {
      if (bytes.size === 0) {
        await days.drop()
        return 0
      }
      await days.look(now)
      const ageOf = (fileId: FileId) => days.today - (bytes.dayOf(fileId) ?? days.today)
      const old = [...bytes.fileIds()].filter((fileId) => !facts.has(fileId) && ageOf(fileId) > maxDays)
      for (const fileId of old) await bytes.drop(fileId)
      return old.length
    },
    get count() {
      return { facts: facts.size, bytes: bytes.size }
    },
  }
}
