import type { Archive } from '../archive/archive.ts'
import { contentInMemory } from '../archive/content.ts'
import { findLeftoverImage } from '../archive/leftover-image.ts'
import type { Origin } from '../archive/origins.ts'
import { type PictureRecord, storedRecord } from '../archive/records.ts'
import type { WaitingBytes } from '../archive/waiting-bytes.ts'
import { type ImageKind, inspectImage } from '../decode/image-bytes.ts'
import { type Oddity, oddity } from '../decode/oddity.ts'
import { type DatedFacts, dated, type ImageFacts, mergeFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { mismatch } from '../sites/mismatch.ts'
import type { PictureStore } from './picture-store.ts'
import type { Verdict } from './verdict.ts'

/** Image bytes with what they themselves say. */
export interface InspectedBytes extends WaitingBytes {
  readonly kind: ImageKind
  readonly origin?: Origin
}

/** The two halves of pictures, which meet here: what is known of each file is found, learned from, and judged. */
export interface Halves {
  learn(news: ImageFacts): Promise<Verdict>
  receive(fileId: FileId, image: InspectedBytes): Promise<Verdict>
  /** Writes a picture both halves of which wait; `isLate` no longer waits for its prompt. */
  writeWaiting(fileId: FileId, isLate: boolean): Promise<Verdict>
  /** Deals with what a run that was killed has left: both halves of a picture, or an image without its record. */
  recover(fileId: FileId): Promise<void>
}

export interface HalvesOptions {
  readonly archive: Archive
  readonly origin: Origin
  readonly pictures: PictureStore
  readonly now: () => Date
  readonly onStored: (record: PictureRecord) => void
  readonly onOddity: (oddity: Oddity) => void
  /** The picture could be written but for its prompt. */
  readonly onPromptWanted: (fileId: FileId) => void
  /** Nothing is waited for any more. */
  readonly isClosing: () => boolean
}

const waiting = { kind: 'waiting' } as const

/** Makes the meeting place over an archive's pending halves. Errors: throws what the disk says. */
export function createHalves(options: HalvesOptions): Halves {
  const { archive, origin, pictures, now, onStored, onOddity, onPromptWanted, isClosing } = options
  const { pending } = archive

  /** A date is fixed when an image is first heard of, so that a later attempt finds the same folder and name. */
  const withDate = (facts: ImageFacts): DatedFacts => dated(facts, now(), 'seen')

  const learn: Halves['learn'] = async (news) => {
    const wasArchived = archive.has(news.fileId)
    const isCompleted = wasArchived && (await archive.complete(news))
    if (archive.has(news.fileId)) {
      await forget(news.fileId)
      return { kind: 'known', image: null, isCompleted }
    }
    const known = pending.facts(news.fileId)
    const facts = mergeFacts(known, withDate(news))
    if (pending.isBehind || JSON.stringify(facts) !== JSON.stringify(known)) await pending.keepFacts(facts)
    // Its record was torn; its image may well be whole.
    if (wasArchived && (await adoptLeftover(facts))) return { kind: 'known', image: null, isCompleted: true }
    return writeWaiting(news.fileId, isClosing())
  }

  const writeWaiting: Halves['writeWaiting'] = async (fileId, isLate) => {
    const facts = pending.facts(fileId)
    if (!facts || !pending.hasBytes(fileId)) return waiting
    if (mayGetPrompt(facts) && !isLate) {
      onPromptWanted(fileId)
      return waiting
    }
    const there = await pending.bytes(fileId)
    if (!there) return waiting
    const kind = inspectImage(there.bytes)
    if (!kind) {
      await pending.dropBytes(fileId)
      return waiting
    }
    const verdict = await write(facts, { ...there, kind })
    if (verdict.kind === 'unfit') pending.markUnfit(fileId)
    return verdict
  }

  const receive: Halves['receive'] = async (fileId, image) => {
    if (archive.has(fileId)) return { kind: 'known', image: null, isCompleted: false }
    const facts = pending.facts(fileId)
    const mayWrite = facts && (!mayGetPrompt(facts) || isClosing())
    const keepWaiting = async () => {
      for (const dropped of await pending.keepBytes(fileId, image)) onOddity(droppedFromWaiting(dropped))
    }
    if (!mayWrite) {
      const isKept = !isWorse(fileId, image, facts)
      if (isKept) await keepWaiting()
      const verdict = isKept ? await writeWaiting(fileId, isClosing()) : waiting
      // While the prompt is waited for, it is known already that these bytes are not the picture.
      const reason = facts && mismatch(facts, image.kind, image.bytes.length)
      return verdict.kind === 'waiting' && reason !== undefined ? { kind: 'unfit', reason } : verdict
    }
    // A name may be refused where another is not: in `pending/` the bytes outlive this run.
    const verdict = await write(facts, image).catch(async (error: unknown) => {
      await keepWaiting().catch(() => {})
      throw error
    })
    if (verdict.kind !== 'unfit' || isWorse(fileId, image, facts)) return verdict
    await keepWaiting()
    pending.markUnfit(fileId)
    return verdict
  }

  /** Whether what waits already is to be preferred: whole before cut, and longer as long as nobody says how long. */
  const isWorse = (fileId: FileId, { bytes, kind }: InspectedBytes, facts: ImageFacts | undefined) =>
    (!kind.isWhole || (!facts && bytes.length <= pending.lengthOf(fileId))) &&
    pending.hasBytes(fileId) &&
    !pending.isUnfit(fileId)

  /** Writes the picture if the bytes are the whole original of it. */
  const write = async (facts: ImageFacts, image: InspectedBytes): Promise<Verdict> => {
    const { bytes, kind, host } = image
    const reason = mismatch(facts, kind, bytes.length)
    if (reason !== undefined) {
      onOddity({ kind: 'bytes-that-do-not-fit', detail: `${facts.fileId}: ${reason}` })
      return { kind: 'unfit', reason }
    }
    const content = contentInMemory(bytes, kind)
    const verdict = await pictures.add({
      facts: withDate(facts),
      content,
      source: { origin: image.origin ?? origin, channel: facts.channel, host },
    })
    if (verdict.kind === 'stored') onStored(verdict.record)
    await forget(facts.fileId)
    return verdict
  }

  /** Nothing waits for an archived picture; a disk that refuses to note that is told at another time. */
  const forget = (fileId: FileId) => pending.dropArchived(fileId).catch(() => {})

  const recover: Halves['recover'] = async (fileId) => {
    const facts = pending.facts(fileId)
    if (archive.has(fileId)) return pending.dropArchived(fileId)
    const isAdopted = facts !== undefined && (await adoptLeftover(withDate(facts)))
    if (!isAdopted && pending.hasBytes(fileId)) await writeWaiting(fileId, true)
  }

  /** Writes the record of an image that has none; false when there is no such image. */
  const adoptLeftover = async (facts: DatedFacts): Promise<boolean> => {
    const left = await findLeftoverImage(archive.root, facts)
    if (!left) return false
    const source = { origin, channel: facts.channel, host: null }
    const record = storedRecord(facts, left.content, left.image, source, now())
    await archive.addRecord(facts, record)
    await pending.dropArchived(facts.fileId)
    onStored(record)
    return true
  }

  return { learn, receive, writeWaiting, recover }
}

const droppedFromWaiting = (fileId: FileId) =>
  oddity('lost', `${fileId}: its bytes waited longest, and more wait than may`)

/** A live result may overtake the stream that said its prompt, and the prompt is part of the name. */
const mayGetPrompt = ({ prompt, channel }: ImageFacts) =>
  prompt === null && (channel === 'websocket' || channel === 'stream')
