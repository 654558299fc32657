import type { Archive } from './archive/archive.ts'
import type { DatedFacts, PictureRecord } from './archive/records.ts'
import type { FileId, ImageFacts, Oddity } from './decode/facts.ts'
import { inspectImage } from './decode/image-bytes.ts'
import { messageOf } from './errors.ts'
import { learn, misfit } from './pair/picture.ts'

/** Bytes as they came from somewhere. */
export interface ImageBytes {
  readonly fileId: FileId
  readonly bytes: Buffer
  /** Host they came from; null when they did not come from the web. */
  readonly host: string | null
  readonly receivedAt: Date
}

/** Where every spring of pictures ends: facts and bytes go in, in any order, and pictures come to rest. */
export interface Keep {
  learnFacts(facts: ImageFacts): Promise<void>
  takeBytes(image: ImageBytes): Promise<void>
  /** A file is no picture of its own; its waiting bytes go when the keep closes, unless it was generated after all. */
  dismiss(fileId: FileId): void
  /** Bytes that came under one id are those of another file. */
  sameFile(guessed: FileId, fileId: FileId): Promise<void>
  /** Whether bytes of this file would be news. */
  wantsBytes(fileId: FileId): boolean
  /**
   * The one file still without bytes whose original is exactly this long; undefined when there is none, or more than
   * one. For pictures that are shown under an address that does not name their file.
   */
  fileOfLength(lengthBytes: number): FileId | undefined
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>
  /** Settles, and removes bytes nobody will ask for: what was dismissed, and what waited too long. */
  close(): Promise<void>
}

export interface KeepOptions {
  readonly archive: Archive
  readonly now: () => Date
  readonly onKept: (record: PictureRecord) => void
  readonly onOddity: (oddity: Oddity) => void
  /** What is archived or waiting has changed. */
  readonly onChange?: () => void
  /** How long bytes may wait for facts. */
  readonly maxWaitMs: number
}

/**
 * Finds what is known of a file, learns the news, and writes the picture when both halves are there.
 *
 * Errors  throws none: what goes wrong with one picture is an oddity with its reason, and both halves stay in `pending/`.
 * State   one queue per file, so that halves which arrive together do not overtake each other; gone when it is empty.
 */
export function createKeep({ archive, now, onKept, onOddity, onChange, maxWaitMs }: KeepOptions): Keep {
  const { pending } = archive
  const queues = new Map<FileId, Promise<void>>()
  const dismissed = new Set<FileId>()
  /** Storage ids that turned out to be another file's. */
  const aliases = new Map<FileId, FileId>()
  /** Pictures that could be written but for their prompt. */
  const patience = new Map<FileId, NodeJS.Timeout>()
  let isClosing = false

  const enqueue = (fileId: FileId, work: () => Promise<void>): Promise<void> => {
    const before = queues.get(fileId) ?? Promise.resolve()
    const after = before.then(work).catch((error: unknown) => {
      onOddity({ kind: 'not-written', detail: `${fileId}: ${messageOf(error)}` })
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
      await archive.complete(news.fileId, (known) => learn(known, news))
      await pending.drop(news.fileId)
      return
    }
    const known = pending.facts(news.fileId)
    const facts = learn(known, dated(news))
    if (JSON.stringify(facts) !== JSON.stringify(known)) await pending.keepFacts(facts)
    await writeWaiting(news.fileId)
  }

  /** Writes a picture both halves of which wait, unless its prompt may still come. */
  const writeWaiting = async (fileId: FileId, isLate = isClosing) => {
    const facts = pending.facts(fileId)
    if (!facts || !pending.hasBytes(fileId)) return
    if (mayGetPrompt(facts) && !isLate) return waitForPrompt(fileId)
    const waiting = await pending.bytes(fileId)
    if (waiting) await tryWrite(facts, waiting.bytes, waiting.host)
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
    if (mayWrite && (await tryWrite(facts, bytes, host))) return
    if (!kind.isWhole && pending.hasBytes(fileId) && !pending.isCut(fileId)) return
    await pending.keepBytes(fileId, { bytes, host, receivedAt })
    if (!mayWrite) await writeWaiting(fileId)
  }

  /** Writes the picture if the bytes are the whole original of it. */
  const tryWrite = async (facts: ImageFacts, bytes: Buffer, host: string | null): Promise<boolean> => {
    const kind = inspectImage(bytes)
    const reason = kind ? misfit(facts, kind, bytes.length) : 'no image'
    if (!kind || reason) {
      onOddity({ kind: 'bytes-that-do-not-fit', detail: `${facts.fileId}: ${reason}` })
      return false
    }
    let record: PictureRecord
    try {
      record = await archive.keep(dated(facts), bytes, kind, host)
    } catch (error) {
      onOddity({ kind: 'not-written', detail: `${facts.fileId}: ${messageOf(error)}` })
      return false
    }
    await pending.drop(facts.fileId)
    onKept(record)
    return true
  }

  const settled = async () => {
    while (queues.size > 0) await Promise.all(queues.values())
  }

  // A run that was killed may have left both halves of a picture behind.
  for (const fileId of pending.complete()) void enqueue(fileId, () => writeWaiting(fileId, true))

  let expiring: Promise<unknown> = Promise.resolve()
  const expire = () => {
    expiring = expiring.then(() => pending.expire(now(), maxWaitMs)).catch(() => {})
  }
  expire()
  const hourly = setInterval(expire, hourMs)
  hourly.unref()

  return {
    learnFacts: (facts) => enqueue(facts.fileId, () => learnFacts(facts)),
    takeBytes(image) {
      const fileId = aliases.get(image.fileId) ?? image.fileId
      return enqueue(fileId, () => takeBytes({ ...image, fileId }))
    },
    dismiss: (fileId) => void (pending.facts(fileId) || archive.has(fileId) || dismissed.add(fileId)),
    sameFile(guessed, fileId) {
      addBounded(aliases, guessed, fileId)
      return enqueue(guessed, async () => {
        const waiting = pending.facts(guessed) ? undefined : await pending.bytes(guessed)
        if (!waiting) return
        await enqueue(fileId, () => takeBytes({ fileId, ...waiting }))
        await pending.dropBytes(guessed)
      })
    },
    wantsBytes(fileId) {
      const isWaiting = pending.hasBytes(fileId) && !pending.facts(fileId) && !pending.isCut(fileId)
      return !archive.has(fileId) && !isWaiting
    },
    fileOfLength: (lengthBytes) => pending.fileOfLength(lengthBytes),
    settled,
    async close() {
      isClosing = true
      clearInterval(hourly)
      for (const timer of patience.values()) clearTimeout(timer)
      await settled()
      for (const fileId of patience.keys()) void enqueue(fileId, () => writeWaiting(fileId))
      await settled()
      for (const fileId of dismissed) if (!pending.facts(fileId)) await pending.dropBytes(fileId)
      expire()
      await expiring
      await pending.tidy()
    },
  }
}

const mayGetPrompt = ({ prompt, channel }: ImageFacts) =>
  prompt === null && (channel === 'websocket' || channel === 'stream')

const maxAliases = 5_000
const promptPatienceMs = 1_500
const hourMs = 60 * 60 * 1000

function addBounded(aliases: Map<FileId, FileId>, guessed: FileId, fileId: FileId) {
  aliases.set(guessed, fileId)
  if (aliases.size > maxAliases) aliases.delete(aliases.keys().next().value ?? guessed)
}
