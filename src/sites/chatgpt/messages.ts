import { addBounded, setBounded } from '../../bounded-map.ts'
import { type Json, listAt, objectAt, shapeOf, textAt } from '../../decode/json.ts'
import { idOverLimit, maxIdChars, maxTitleChars, overLimit } from '../../decode/limits.ts'
import { type Oddity, oddity } from '../../decode/oddity.ts'
import type { ImageFacts } from '../facts.ts'
import { type Findings, mergeFindings, nothingFound, type OpenTurn, oddly } from '../findings.ts'
import type { FileId } from '../ids.ts'
import { type Circumstances, type FoundMessage, hasUsableIds, longIds } from './found-message.ts'
import { parsePointer } from './ids.ts'
import { imageFacts } from './image-facts.ts'
import { imagePartsOf, originOf } from './image-parts.ts'
import { type Note, noteAsJson, reviveNote } from './note.ts'
import { createNotes, type Notes } from './notes.ts'
import { createSightings, type Sighting, seenImage } from './sightings.ts'

/** Reads the messages of all channels of one site together, since one channel completes what another began. */
export interface MessageReader {
  /** Reads messages of any channel; facts of earlier images may come again, completed. */
  read(messages: readonly FoundMessage[], circumstances: Circumstances): Findings
  /** Remembers links of a tree that carry no message, so that ancestors can still be found across them. */
  link(nodeId: string, parentId: string | null): Findings
  /** Files that another source, such as the library, says are generated. */
  generated(fileIds: readonly FileId[]): void
  isGenerated(fileId: FileId): boolean
  /** A turn goes on elsewhere under this name. */
  handedOff(turnId: string, askedId: string | null): void
  /** The person's message that a turn answers, where that is known. */
  askedIn(turnId: string | null): string | null
  /** Learns a conversation's title, and completes the images already read from it. */
  title(conversationId: string, title: string): Findings
  /**
   * A turn has ended. Final are now the images of its own stream, unless the site said that the result comes later, and
   * those of finished messages that other streams carried in the named conversation.
   */
  turnEnded(circumstances: Circumstances, conversationId: string | null): Findings
}

/** A message that was noted: its images, and whether it says anything that it did not say before. */
interface Noted {
  readonly found: FoundMessage
  readonly note: Note
  readonly parts: ReturnType<typeof imagePartsOf>
  readonly isNews: boolean
}

const maxTitles = 2_000
const maxKnownIds = 50_000

/**
 * The one reader of messages for every channel.
 *
 * Shape   a message is `{ id, author: { role, name }, content: { content_type, parts, text }, status, metadata }`; an
 *         image is a part whose `content_type` is `image_asset_pointer`. Which images are generated, which are only
 *         previews, and where the prompt is: docs/wire/messages.md.
 * Errors  throws none. A part without a readable pointer: oddity "image-without-pointer". An image that nothing shows
 *         to be generated or uploaded: oddity "image-of-unknown-origin". The others are still read.
 * State   notes of messages and sightings of images (bounded, oldest forgotten first), because the prompt of an image
 *         may have come minutes earlier on another channel, or come later. Ends with the reader.
 * Source  docs/wire/messages.md; recordings conversation-sanitized-2026-05.json, sse-image-turn-inline-2026-05.json
 */
export function createMessageReader(openTurns: readonly OpenTurn[] = []): MessageReader {
  const notes = createNotes(openTurns.flatMap((turn) => turn.notes.flatMap(reviveNote)))
  const sightings = createSightings()
  const titles = new Map<string, string>()
  const generated = new Set<FileId>()
  /** Previews that another file has replaced. */
  const replaced = new Set<FileId>()
  const shownOrigins = new Set<FileId>()
  /** What was linked or joined since the last reading says more of images read before. */
  let versionAtEnd = notes.version

  /** Facts that say more than was reported of these images before. */
  const newFacts = (among: readonly Sighting[]): ImageFacts[] =>
    among
      .filter((sighting) => !sighting.isPreview)
      .flatMap((sighting) => {
        const facts = imageFacts(sighting, notes, titles, sightings)
        if (JSON.stringify(facts) === JSON.stringify(sighting.lastFacts)) return []
        sightings.reported(sighting, facts)
        return [facts]
      })

  const noteDown = (found: FoundMessage): Noted => {
    const before = notes.version
    const note = notes.add(found)
    return { found, note, parts: imagePartsOf(found.message), isNews: notes.version !== before }
  }

  /** Remembers the images of a message that are generated; says which files are none to archive. */
  const look = ({ found, note, parts }: Noted, circumstances: Circumstances): Findings => {
    const dismissed = attachmentsOf(found.message)
    const oddities: Oddity[] = []
    for (const [index, part] of parts) {
      const pointer = parsePointer(textAt(part, 'asset_pointer') ?? '')
      if (!pointer) oddities.push(oddity('image-without-pointer', `keys ${shapeOf(part)}`))
      if (!pointer || pointer.isDerivative) continue
      const { fileId } = pointer
      const origin = originOf(found.message, part)
      if (origin === 'generated') {
        addBounded(generated, fileId, maxKnownIds)
        const previews = sightings.add(seenImage(found, note, circumstances, { index, part, fileId }))
        for (const preview of previews) addBounded(replaced, preview, maxKnownIds)
        dismissed.push(...previews)
      } else if (origin === 'uploaded') dismissed.push(fileId)
      else oddities.push(...unknownOrigin(fileId, note))
    }
    return { ...nothingFound, dismissed, oddities }
  }

  const unknownOrigin = (fileId: FileId, note: Note): Oddity[] => {
    if (shownOrigins.has(fileId) || generated.has(fileId)) return []
    addBounded(shownOrigins, fileId, maxKnownIds)
    return [oddity('image-of-unknown-origin', `role ${note.role ?? 'none'}, name ${note.authorName ?? 'none'}`)]
  }

  return {
    read(messages, circumstances) {
      const versionAtStart = notes.version
      // All are noted before any is looked at: what an image needs may stand behind it.
      const noted = messages.filter(hasUsableIds).map(noteDown)
      const looked = mergeFindings(noted.map((one) => look(one, circumstances)))
      // Messages of an older page or a later channel may hold the prompt of an image that was reported before. One that
      // grows while it streams says nothing new of any image, and a conversation may hold hundreds.
      const isLinked = versionAtEnd !== versionAtStart
      const news = noted.filter(({ isNews, parts }) => isLinked || isNews || parts.length > 0)
      const facts = newFacts(sightings.ofConversations(new Set(news.map(({ note }) => note.conversationId))))
      versionAtEnd = notes.version
      sightings.shrink()
      return {
        ...nothingFound,
        facts,
        dismissed: looked.dismissed.filter((fileId) => !generated.has(fileId) || replaced.has(fileId)),
        oddities: [...messages.flatMap(longIds), ...looked.oddities],
        openTurns: noted.flatMap(({ found, note }) => openTurnOf(found.message, note, notes)),
      }
    },
    link(nodeId, parentId) {
      const chars = Math.max(nodeId.length, parentId?.length ?? 0)
      if (chars > maxIdChars) return oddly([idOverLimit(chars)])
      notes.link(nodeId, parentId)
      return nothingFound
    },
    generated(fileIds) {
      for (const fileId of fileIds) addBounded(generated, fileId, maxKnownIds)
    },
    isGenerated: (fileId) => generated.has(fileId),
    handedOff(turnId, askedId) {
      if (askedId !== null && Math.max(turnId.length, askedId.length) <= maxIdChars) notes.join(turnId, askedId)
    },
    askedIn: (turnId) => notes.ofTurn(turnId ?? '').find(({ userText }) => userText !== null)?.id ?? null,
    title(conversationId, title) {
      if (title.length > maxTitleChars) {
        return oddly([overLimit('characters of a title', title.length, maxTitleChars)])
      }
      if (conversationId.length > maxIdChars) return oddly([idOverLimit(conversationId.length)])
      if (titles.get(conversationId) === title) return nothingFound
      setBounded(titles, conversationId, title, maxTitles)
      const ofConversation = sightings.ofConversations(new Set([conversationId]))
      return { ...nothingFound, facts: newFacts(ofConversation.filter(({ lastFacts }) => lastFacts !== undefined)) }
    },
    turnEnded(circumstances, conversationId) {
      const isOver = (sighting: Sighting) =>
        sighting.circumstances === circumstances
          ? !sighting.isAsync
          : sighting.circumstances.isTurn === true && sighting.isFinished
      const over = sightings.ofAnswer(circumstances, conversationId).filter(isOver)
      for (const sighting of over) sighting.isPreview = false
      return { ...nothingFound, facts: newFacts(over) }
    },
  }
}

/** The files a message says are attached to it, which are uploads unless they are known to be generated. */
const attachmentsOf = (message: Json): FileId[] =>
  listAt(message.metadata, 'attachments')
    .map((attachment) => parsePointer(textAt(attachment, 'id') ?? '')?.fileId)
    .filter((fileId) => fileId !== undefined)

/** What to remember over a restart, for a placeholder whose turn says what its picture is made from. */
function openTurnOf(message: Json, note: Note, notes: Notes): OpenTurn[] {
  if (!isPlaceholder(message, note)) return []
  const above = notes.ancestors(note)
  const userAt = above.findIndex(({ role, isHidden }) => role === 'user' && !isHidden)
  const turn = [note, ...(userAt < 0 ? above : above.slice(0, userAt + 1))]
  const saysPrompt = turn.some(({ callPrompt, isSkipped }) => callPrompt !== null || isSkipped)
  return saysPrompt ? [{ messageId: note.id, notes: turn.map(noteAsJson) }] : []
}

/** A message of the image tool that stands for a picture which will come later, under the same id. */
function isPlaceholder(message: Json, { id, role }: Note): boolean {
  const metadata = objectAt(message, 'metadata')
  const isAnnounced = 'image_gen_task_id' in metadata || metadata.image_gen_async === true
  return id !== '' && role === 'tool' && isAnnounced && imagePartsOf(message).length === 0
}
