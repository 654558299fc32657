import type { Archive } from '../archive/archive.ts'
import { reasonOf } from '../archive/files.ts'
import type { PictureRecord } from '../archive/records.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import type { Oddity } from '../decode/oddity.ts'
import type { DatedFacts, ImageFacts } from '../sites/facts.ts'
import { mergeFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { mismatch } from '../sites/mismatch.ts'
import { createUnwritten, type UnwrittenOptions } from './backlog.ts'

/** Bytes as they came from somewhere. */
export interface ImageBytes {
  readonly fileId: FileId
  readonly bytes: Buffer
  /** Host they came from; null when they did not come from the web. */
  readonly host: string | null
  readonly receivedAt: Date
}

/** Where every origin of pictures ends: facts and bytes go in, in any order, and pictures come to rest. */
export interface Keep {
  learnFacts(facts: ImageFacts): Promise<void>
  takeBytes(image: ImageBytes): Promise<void>
  /** A file is no picture of its own; its waiting bytes go when the keep closes, unless it was generated after all. */
  dismiss(fileId: FileId): void
  /** Bytes that came under one id are those of another file. */
  sameFile(guessed: FileId, fileId: FileId): Promise<void>
  /** Whether bytes of this file would be news; where others wait without facts, longer ones are, for they may be the original. */
  wantsBytes(fileId: FileId, lengthBytes?: number): boolean
  /**
   * The one file still without bytes whose original is exactly this long; undefined when there is none, or more than
   * one. For pictures that are shown under an address that does not name their file.
   */
  fileOfLength(lengthBytes: number): FileId | undefined
  /** Resolves at once, or, while more is received than a slow disk can take, when there is room again. */
  room(): Promise<void>
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>
  /**
   * Settles, and removes bytes nobody will ask for: what was dismissed, and what waited too long. Resolves with how many
   * pieces of news the disk has refused to the end.
   */
  close(): Promise<number>
}

export interface KeepOptions {
  readonly archive: Archive
  readonly now: () => Date
  readonly onKept: (record: PictureRecord) => void
  readonly onOddity: (oddity: Oddity) => void
  /** What is archived or waiting has changed. */
  readonly onChange?: () => void
  /** The disk refuses to be written, or takes it again. */
  readonly onNotice?: (text: string) => void
  /** How long bytes may wait for facts. */
  readonly maxWaitMs: number
  /** What may wait in memory for a disk that refuses, and when it is tried again. */
  readonly memory?: Pick<UnwrittenOptions, 'maxBytes' | 'pausesMs'>
}

/**
 * Finds what is known of a file, learns the news, and writes the picture when both halves are there.
 *
 * Errors  throws none: what the disk refuses is kept in memory, told once, and tried again until it is written.
 * State   one queue per file, so that halves which arrive together do not overtake each other; gone when it is empty.
 */
export function createKeep(options: KeepOptions): Keep {
  const { archive, now, onKept, onOddity, onChange, onNotice = () => {}, maxWaitMs } = options
  const { pending } = archive
  const queues = new Map<FileId, Promise<void>>()
  const dismissed = new Set<FileId>()
  /** Storage ids that turned out to be another file's. */
  const aliases = new Map<FileId, FileId>()
  /** Pictures that could be written but for their prompt. */
  const patience = new Map<FileId, NodeJS.Timeout>()
  let isClosing = false
  /** Bytes on their way to the disk, and the files they are of. */
  let inHand = 0
  const arriving = new Set<FileId>()

  const unwritten = createUnwritten({
    ...options.memory,
    onTrouble: (reason) =>
      onNotice(
        `The archive cannot be written (${reason}). What comes is kept in memory and written as soon as it can be.`,
      ),
    onRelief: (count) =>
      onNotice(`The archive can be written again; ${count} of what waited in memory is on disk now.`),
  })

  /** Does work in the order in which it came for a file; what the disk refuses is done again later. */
  const enqueue = (
    fileId: FileId,
    work: () => Promise<void>,
    { key = fileId as string, bytes = 0 } = {},
  ): Promise<void> => {
    const before = queues.get(fileId) ?? Promise.resolve()
    const after = before.then(work).catch((error: unknown) => {
      const isHeld = unwritten.add(key, bytes, reasonOf(error), () => enqueue(fileId, work, { key, bytes }))
      if (!isHeld) onOddity({ kind: 'lost', detail: `${fileId}: ${reasonOf(error)}, and memory is full` })
    })
    queues.set(fileId, after)
    return after.finally(() => {
      if (queues.get(fileId) === after) queues.delete(fileId)
      onChange?.()
    })
  }

  const learnFacts = async (news: ImageFacts) => {
    dismissed.delete(news.fileId)
    if (archive.has(news.fileId)) {
      await archive.complete(news)
      return forget(news.fileId)
    }
    const known = pending.facts(news.fileId)
    const facts = mergeFacts(known, dated(news))
    if (pending.isBehind || JSON.stringify(facts) !== JSON.stringify(known)) await pending.keepFacts(facts)
    await writeWaiting(news.fileId)
  }

  /** Writes a picture both halves of which wait, unless its prompt may still come. */
  const writeWaiting = async (fileId: FileId, isLate = isClosing) => {
    const facts = pending.facts(fileId)
    if (!facts || !pending.hasBytes(fileId)) return
    if (mayGetPrompt(facts) && !isLate) return waitForPrompt(fileId)
    const waiting = await pending.bytes(fileId)
    if (waiting && !inspectImage(waiting.bytes)) return pending.dropBytes(fileId)
    if (waiting && !(await tryWrite(facts, waiting.bytes, waiting.host))) pending.markUnfit(fileId)
  }

  /** A live result may overtake the stream that told its prompt, and the prompt is part of the name. */
  const waitForPrompt = (fileId: FileId) => {
    if (patience.has(fileId)) return
    const write = () => {
      patience.delete(fileId)
      void enqueue(fileId, () => writeWaiting(fileId, true))
    }
    patience.set(fileId, setTimeout(write, promptPatienceMs))
  }

  /** A date is settled when an image is first heard of, so that a later attempt finds the same folder and name. */
  const dated = (facts: ImageFacts): DatedFacts => ({
    ...facts,
    createdAt: facts.createdAt ?? now(),
    dateSource: facts.dateSource ?? 'seen',
  })

  const takeBytes = async ({ fileId, bytes, host, receivedAt }: ImageBytes) => {
    if (archive.has(fileId)) return
    const kind = inspectImage(bytes)
    if (!kind) {
      onOddity({ kind: 'not-an-image', detail: `${fileId}: ${bytes.length} bytes from ${host ?? 'nowhere'}` })
      return
    }
    const facts = pending.facts(fileId)
    const mayWrite = facts && (!mayGetPrompt(facts) || isClosing)
    const keepWaiting = () => pending.keepBytes(fileId, { bytes, host, receivedAt })
    if (mayWrite) {
      // A name may be refused where another is not: in `pending/` the bytes outlive this run.
      const isWritten = await tryWrite(facts, bytes, host).catch(async (error: unknown) => {
        await keepWaiting().catch(() => {})
        throw error
      })
      if (isWritten) return
    }
    const isWorse = !kind.isWhole || (!facts && bytes.length <= pending.lengthOf(fileId))
    if (isWorse && pending.hasBytes(fileId) && !pending.isUnfit(fileId)) return
    await keepWaiting()
    if (mayWrite) pending.markUnfit(fileId)
    else await writeWaiting(fileId)
  }

  /** Writes the picture if the bytes are the whole original of it. */
  const tryWrite = async (facts: ImageFacts, bytes: Buffer, host: string | null): Promise<boolean> => {
    const kind = inspectImage(bytes)
    const reason = kind ? mismatch(facts, kind, bytes.length) : 'no image'
    if (!kind || reason) {
      onOddity({ kind: 'bytes-that-do-not-fit', detail: `${facts.fileId}: ${reason}` })
      return false
    }
    onKept(await archive.keep(dated(facts), bytes, kind, host))
    await forget(facts.fileId)
    return true
  }

  /** Nothing waits for an archived picture; a disk that refuses to note that is told at another time. */
  const forget = (fileId: FileId) => pending.drop(fileId).catch(() => {})

  const settled = async () => {
    while (queues.size > 0) await Promise.all(queues.values())
  }

  /** What a run that was killed has left: both halves of a picture, or an image without its record. */
  const recover = async (fileId: FileId) => {
    const facts = pending.facts(fileId)
    if (archive.has(fileId)) return pending.drop(fileId)
    const record = facts && (await archive.recover(dated(facts)))
    if (!record) return pending.hasBytes(fileId) ? writeWaiting(fileId, true) : undefined
    await pending.drop(fileId)
    onKept(record)
  }
  for (const fileId of pending.fileIds()) void enqueue(fileId, () => recover(fileId))

  let expiring: Promise<unknown> = Promise.resolve()
  const expire = () => {
    expiring = expiring.then(() => pending.expire(now(), maxWaitMs)).catch(() => {})
  }
  expire()
  const hourly = setInterval(expire, hourMs)
  hourly.unref()

  return {
    learnFacts: (facts) =>
      enqueue(facts.fileId, () => learnFacts(facts), { key: `facts ${facts.fileId}`, bytes: factsBytes }),
    async takeBytes(image) {
      const fileId = aliases.get(image.fileId) ?? image.fileId
      const { length } = image.bytes
      inHand += length
      arriving.add(fileId)
      await enqueue(fileId, () => takeBytes({ ...image, fileId }), { key: `bytes ${fileId}`, bytes: length })
      inHand -= length
      arriving.delete(fileId)
    },
    dismiss(fileId) {
      if (!pending.facts(fileId) && !archive.has(fileId) && dismissed.size < maxDismissed) dismissed.add(fileId)
    },
    sameFile(guessed, fileId) {
      addBounded(aliases, guessed, fileId)
      return enqueue(guessed, async () => {
        const waiting = pending.facts(guessed) ? undefined : await pending.bytes(guessed)
        if (!waiting) return
        await enqueue(fileId, () => takeBytes({ fileId, ...waiting }))
        await pending.dropBytes(guessed)
      })
    },
    wantsBytes(fileId, lengthBytes = Number.POSITIVE_INFINITY) {
      const isWaiting = pending.hasBytes(fileId) && !pending.facts(fileId) && !pending.isUnfit(fileId)
      const isLonger = pending.lengthOf(fileId) > 0 && lengthBytes > pending.lengthOf(fileId)
      return !archive.has(fileId) && (!isWaiting || isLonger) && !unwritten.has(`bytes ${fileId}`)
    },
    fileOfLength: (lengthBytes) => pending.fileOfLength(lengthBytes, arriving),
    async room() {
      while (inHand > maxInHandBytes && queues.size > 0) await Promise.race(queues.values())
    },
    settled,
    async close() {
      isClosing = true
      clearInterval(hourly)
      for (const timer of patience.values()) clearTimeout(timer)
      await settled()
      for (const fileId of patience.keys()) void enqueue(fileId, () => writeWaiting(fileId))
      await settled()
      await unwritten.retry()
      await settled()
      unwritten.stop()
      for (const fileId of dismissed) if (!pending.facts(fileId)) await pending.dropBytes(fileId).catch(() => {})
      expire()
      await expiring
      await pending.tidy().catch(() => {})
      return unwritten.size
    },
  }
}

const mayGetPrompt = ({ prompt, channel }: ImageFacts) =>
  prompt === null && (channel === 'websocket' || channel === 'stream')

const maxAliases = 5_000
const maxDismissed = 5_000
/** What one piece of news takes in memory, roughly: some hold a long prompt. */
const factsBytes = 10_000
/** Received but not yet written; more than this only when a disk is slower than the network. */
const maxInHandBytes = 256 * 1024 * 1024
const promptPatienceMs = 1_500
const hourMs = 60 * 60 * 1000

function addBounded(aliases: Map<FileId, FileId>, guessed: FileId, fileId: FileId) {
  aliases.set(guessed, fileId)
  if (aliases.size > maxAliases) aliases.delete(aliases.keys().next().value ?? guessed)
}
