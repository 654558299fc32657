import type { Archive } from '../archive/archive.ts'
import type { Origin } from '../archive/origins.ts'
import type { PictureRecord } from '../archive/records.ts'
import { addBounded, setBounded } from '../bounded-map.ts'
import { type ImageKind, inspectImage } from '../decode/image-bytes.ts'
import { maxPromptChars, overLimit } from '../decode/limits.ts'
import type { Oddity } from '../decode/oddity.ts'
import type { ImageFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { createArrivals } from './arrivals.ts'
import { type BacklogOptions, createBacklog } from './backlog.ts'
import { createFileQueue } from './file-queue.ts'
import { createHalves } from './halves.ts'
import { createNews } from './news.ts'
import { createPatience } from './patience.ts'
import { createPictureStore } from './picture-store.ts'
import type { Verdict } from './verdict.ts'

/** Bytes as they came from somewhere. */
export interface ImageBytes {
  readonly fileId: FileId
  readonly bytes: Buffer
  /** What they are, if whoever hands them in has looked already: an image is looked through once. */
  readonly kind?: ImageKind | undefined
  /** Host they came from; null when they did not come from the web. */
  readonly host: string | null
  readonly receivedAt: Date
  /** Which way they came, where it is not the usual one of this intake. */
  readonly origin?: Origin
}

/** Where facts and bytes go in, in any order, and become pictures on disk. */
export interface Intake {
  learn(facts: ImageFacts): Promise<Verdict>
  receive(image: ImageBytes): Promise<Verdict>
  /**
   * A file is no picture of its own; its waiting bytes go when the intake closes, unless it was generated after all.
   */
  dismiss(fileId: FileId): void
  /** Bytes that came under one id are those of another file. */
  sameFile(guessed: FileId, fileId: FileId): Promise<void>
  /**
   * Whether bytes of this file would be news; where others wait without facts, longer ones are, for they may be the
   * original.
   */
  wantsBytes(fileId: FileId, lengthBytes?: number): boolean
  /**
   * The one file still without bytes whose original is exactly this long; undefined when there is none, or more than
   * one, or when it is not one of this profile. For pictures that are shown under an address that does not name their
   * file.
   */
  fileOfLength(lengthBytes: number, profile?: string | null): FileId | undefined
  /**
   * Resolves at once, or, as back-pressure while more is received than a slow disk can take, when there is room again.
   */
  room(): Promise<void>
  /** Resolves when nothing is being written any more. */
  drained(): Promise<void>
  /**
   * Waits for that, and removes bytes nobody will ask for: what was dismissed, and what waited too long. Resolves with
   * how many pieces of news the disk has refused to the end.
   */
  close(): Promise<number>
}

export interface IntakeOptions {
  readonly archive: Archive
  /** Which way these pictures come in: "live" if left out. */
  readonly origin?: Origin
  readonly now: () => Date
  readonly onStored: (record: PictureRecord) => void
  readonly onOddity: (oddity: Oddity) => void
  /** What is archived or waiting has changed. */
  readonly onChange?: () => void
  /** Writes began to fail, or work again. */
  readonly onNotice?: (text: string) => void
  /** On how many days on which the program runs bytes may wait for facts. */
  readonly maxWaitDays: number
  /** What may wait in memory for a disk that refuses, and when it is tried again. */
  readonly memory?: Pick<BacklogOptions, 'maxBytes' | 'pausesMs'>
}

const maxRedirected = 5_000
const maxDismissed = 5_000
const hourMs = 60 * 60 * 1000

/**
 * Opens the intake of an archive, and deals with what an earlier run has left.
 *
 * Errors  throws none: what the disk refuses is kept in memory, said once, and tried again until it is written.
 * State   one queue per file (file-queue.ts), waiting halves (the archive's), what the disk refused (backlog.ts,
 *         news.ts), pictures that wait for their prompt (patience.ts); all end with `close`.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { archive, origin = 'live', now, onStored, onOddity, onChange = () => {}, maxWaitDays } = options
  const { pending } = archive
  const dismissed = new Set<FileId>()
  /** Storage ids that turned out to be another file's. */
  const redirected = new Map<FileId, FileId>()
  const arrivals = createArrivals()
  let isClosing = false

  const backlog = createBacklog({ ...options.memory, ...noticesOf(options) })
  const onLost = (fileId: FileId, reason: string) => {
    news.forget(fileId)
    onOddity({ kind: 'lost', detail: `${fileId}: ${reason}, and memory is full` })
  }
  const queue = createFileQueue({ backlog, onChange, onLost })
  const writeNow = (fileId: FileId) => void queue.add(fileId, () => halves.writeWaiting(fileId, true))
  const patience = createPatience(writeNow)
  const halves = createHalves({
    archive,
    origin,
    pictures: createPictureStore({ archive, now }),
    now,
    onStored,
    onOddity,
    onPromptWanted: patience.waitFor,
    isClosing: () => isClosing,
  })
  const news = createNews(queue, (facts) => {
    dismissed.delete(facts.fileId)
    return halves.learn(facts)
  })

  const inspect = async ({ fileId, bytes, kind, host, receivedAt, origin }: ImageBytes): Promise<Verdict> => {
    const found = kind ?? inspectImage(bytes)
    if (found) return halves.receive(fileId, { bytes, kind: found, host, receivedAt, ...(origin && { origin }) })
    if (archive.has(fileId)) return { kind: 'known', image: null, isCompleted: false }
    onOddity({ kind: 'not-an-image', detail: `${fileId}: ${bytes.length} bytes from ${host ?? 'nowhere'}` })
    return { kind: 'unfit', reason: 'no image' }
  }

  for (const fileId of pending.fileIds()) void queue.add(fileId, () => halves.recover(fileId))
  const expiry = everyHour(() => pending.expire(now(), maxWaitDays))

  return {
    learn(facts) {
      const chars = facts.prompt?.length ?? 0
      if (chars <= maxPromptChars) return news.learn(facts)
      onOddity(overLimit('characters of a prompt', chars, maxPromptChars))
      return news.learn({ ...facts, prompt: null, promptSource: null })
    },
    async receive(image) {
      const fileId = redirected.get(image.fileId) ?? image.fileId
      const { length } = image.bytes
      const work = () => inspect({ ...image, fileId })
      const verdict = await arrivals.during(fileId, length, () =>
        queue.add(fileId, work, { key: `bytes ${fileId}`, bytes: length }),
      )
      return verdict ?? { kind: 'waiting' }
    },
    dismiss(fileId) {
      if (!pending.facts(fileId) && !archive.has(fileId)) addBounded(dismissed, fileId, maxDismissed)
    },
    async sameFile(guessed, fileId) {
      setBounded(redirected, guessed, fileId, maxRedirected)
      await queue.add(guessed, async () => {
        const there = pending.facts(guessed) ? undefined : await pending.bytes(guessed)
        if (!there) return
        await queue.add(fileId, () => inspect({ fileId, ...there }))
        await pending.dropBytes(guessed)
      })
    },
    wantsBytes(fileId, lengthBytes = Number.POSITIVE_INFINITY) {
      const isWaiting = pending.hasBytes(fileId) && !pending.facts(fileId) && !pending.isUnfit(fileId)
      const isLonger = pending.lengthOf(fileId) > 0 && lengthBytes > pending.lengthOf(fileId)
      return !archive.has(fileId) && (!isWaiting || isLonger) && !backlog.has(`bytes ${fileId}`)
    },
    fileOfLength: (lengthBytes, profile = null) => pending.fileOfLength(lengthBytes, profile, arrivals.fileIds),
    async room() {
      while (arrivals.isTooMuch && queue.size > 0) await queue.next()
    },
    drained: queue.drained,
    async close() {
      isClosing = true
      const impatient = patience.end()
      await queue.drained()
      impatient.forEach(writeNow)
      await queue.drained()
      await backlog.retry()
      await queue.drained()
      backlog.stop()
      for (const fileId of dismissed) if (!pending.facts(fileId)) await pending.dropBytes(fileId).catch(() => {})
      await expiry.end()
      await pending.tidy().catch(() => {})
      return backlog.size
    },
  }
}

function noticesOf({ onNotice = () => {} }: IntakeOptions): Pick<BacklogOptions, 'onTrouble' | 'onRelief'> {
  return {
    onTrouble: (reason) =>
      onNotice(
        `The archive cannot be written (${reason}). What comes is kept in memory and written as soon as it can be.`,
      ),
    onRelief: (count) =>
      onNotice(`The archive can be written again; ${count} of what waited in memory is on disk now.`),
  }
}

/** Does work now, each hour, and once more at the end; one after the other, whatever fails. */
function everyHour(work: () => Promise<unknown>) {
  let last: Promise<unknown> = Promise.resolve()
  const again = () => {
    last = last.then(work).catch(() => {})
  }
  again()
  const timer = setInterval(again, hourMs).unref()
  return {
    async end() {
      clearInterval(timer)
      again()
      await last
    },
  }
}
