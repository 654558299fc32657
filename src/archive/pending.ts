import path from 'node:path'
import { inspectImage } from '../decode/image-bytes.ts'
import { type ImageFacts, reviveFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { ensureFolderIn } from './folders.ts'
import { openJournaledMap } from './journaled-map.ts'
import { openBytesStore, type WaitingBytes } from './waiting-bytes.ts'

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
  /** How many bytes wait; 0 when none do, or when a former run has left them. */
  lengthOf(fileId: FileId): number
  bytes(fileId: FileId): Promise<WaitingBytes | undefined>
  /** In place of those that waited before. */
  keepBytes(fileId: FileId, waiting: WaitingBytes): Promise<void>
  /** Both halves have met, or one is not wanted: nothing waits for this file any more. */
  drop(fileId: FileId): Promise<void>
  dropBytes(fileId: FileId): Promise<void>
  /** The only file without bytes whose facts state this length; `except` those whose bytes are on their way. */
  fileOfLength(lengthBytes: number, except: ReadonlySet<FileId>): FileId | undefined
  /** Facts whose bytes have not come, or not as they should be; oldest first. */
  withoutBytes(): ImageFacts[]
  /** Every file something waits for. */
  fileIds(): FileId[]
  /** Leaves on the disk nothing but what still waits; only for whoever holds the lock. */
  tidy(): Promise<void>
  /** Removes bytes that have waited longer than `maxAgeMs` without any facts; returns how many. */
  expire(now: Date, maxAgeMs: number): Promise<number>
  readonly count: { readonly facts: number; readonly bytes: number }
}

/**
 * Opens `pending/`; nothing is written before something changes, or `tidy`.
 *
 * Shape   `facts.ndjson`, a journal of facts by file id; waiting bytes as files (waiting-bytes.ts). `ready` is awaited
 *         before each write.
 * Errors  what cannot be read counts for nothing.
 */
export async function openPending(
  folder: string,
  ready = () => ensureFolderIn(path.dirname(folder), path.basename(folder), { isPrivate: true }),
): Promise<Pending> {
  const keyOf = ({ fileId }: ImageFacts) => fileId
  const [facts, bytes] = await Promise.all([
    openJournaledMap(path.join(folder, 'facts.ndjson'), { ready, keyOf, revive: reviveFacts }),
    openBytesStore(folder, ready),
  ])
  const isOpen = ({ fileId }: ImageFacts) => !bytes.has(fileId)

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
    keepBytes: (fileId, waiting) => bytes.put(fileId, waiting, inspectImage(waiting.bytes)?.isWhole === false),
    fileOfLength(lengthBytes, except) {
      const isIt = (one: ImageFacts) => one.sizeBytes === lengthBytes && isOpen(one) && !except.has(one.fileId)
      const found = [...facts.values()].filter(isIt)
      return found.length === 1 ? found[0]?.fileId : undefined
    },
    withoutBytes: () => [...facts.values()].filter((one) => isOpen(one) || bytes.isUnfit(one.fileId)),
    fileIds: () => [...new Set([...facts.values()].map(keyOf).concat([...bytes.fileIds()]))],
    dropBytes: bytes.drop,
    async drop(fileId) {
      await facts.delete(fileId)
      await bytes.drop(fileId)
    },
    async tidy() {
      await facts.tidy()
      await bytes.tidy()
    },
    async expire(now, maxAgeMs) {
      const isOld = (fileId: FileId) =>
        !facts.has(fileId) && now.getTime() - (bytes.since(fileId)?.getTime() ?? now.getTime()) > maxAgeMs
      const old = [...bytes.fileIds()].filter(isOld)
      for (const fileId of old) await bytes.drop(fileId)
      return old.length
    },
    get count() {
      return { facts: facts.size, bytes: bytes.size }
    },
  }
}
