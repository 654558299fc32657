import { countAt, type Json, listAt, numberAt, objectAt, shapeOf, textAt } from '../../decode/json.ts'
import { maxIdChars, maxTitleChars, overLimit } from '../../decode/limits.ts'
import { type Oddity, oddity } from '../../decode/oddity.ts'
import type { DateSource, ImageFacts } from '../facts.ts'
import type { OpenTurn } from '../findings.ts'
import { type Findings, nothingFound, oddly } from '../findings.ts'
import { type FileId, parseGenerationId } from '../ids.ts'
import type { Circumstances, FoundMessage } from './found-message.ts'
import { parsePointer } from './ids.ts'
import { captionAfter, genIdOf, imagePartsOf, isPreview, originOf } from './image-parts.ts'
import { createNotes, type Note, noteAsJson, reviveNote, weight } from './notes.ts'
import { findPrompt } from './prompt.ts'

export interface MessageReader {
  /** Reads messages of any channel; facts of earlier images may come again, completed. */
  read(messages: readonly FoundMessage[], circumstances: Circumstances): Findings
  /** Notes links of a tree that carry no message, so that ancestors can still be found across them. */
  link(nodeId: string, parentId: string | null): Findings
  /** Files that another witness says are generated. */
  generated(fileIds: readonly FileId[]): void
  /** Learns a conversation's title, and completes the images already read from it. */
  title(conversationId: string, title: string): Findings
  /**
   * A turn has ended. Images told of by its own stream are final now, unless the site said that the result comes later;
   * of those that other streams told of in the named conversation, the ones whose message is finished.
   */
  turnEnded(circumstances: Circumstances, conversationId: string | null): Findings
}

/** An image that was read, kept a while because later messages may complete it. */
interface Sighting {
  readonly note: Note
  readonly part: Json
  readonly caption: string | null
  readonly conversationTitle: string | null
  readonly conversationUpdatedAt: Date | null
  readonly fileId: FileId
  readonly circumstances: Circumstances
  isPreview: boolean
  readonly isFinished: boolean
  /** The site said that the result will come later, on another channel. */
  readonly isAsync: boolean
  told: ImageFacts | undefined
}

const maxSightings = 2_000
const maxSightingChars = 8_000_000
const maxTitles = 2_000
const maxKnownIds = 50_000

/**
 * The one reader of messages for every channel.
 *
 * Shape   a message is `{ id, author: { role, name }, content: { content_type, parts, text }, status, metadata }`; an
 *         image is a part whose `content_type` is `image_asset_pointer`. Which images are generated, which are only
 *         previews, and where the prompt is: docs/wire/messages.md.
 * Units   `create_time` is in Unix seconds with a fraction; facts carry `createdAt` as a Date.
 * Errors  throws none. A part without a readable pointer: oddity "image-without-pointer". An image that nothing shows
 *         to be generated or uploaded: oddity "image-of-unknown-origin". The others are still read.
 * State   notes of messages seen (bounded, oldest forgotten first), because the prompt of an image may have come
 *         minutes earlier on another channel. Ends with the reader.
 * Source  docs/wire/messages.md; recordings conversation-sanitized-2026-05.json, sse-image-turn-inline-2026-05.json
 */
export function createMessageReader(openTurns: readonly OpenTurn[] = []): MessageReader {
  const notes = createNotes(openTurns.flatMap((turn) => turn.notes.flatMap(reviveNote)))
  const sightings = new Map<string, Sighting>()
  const titles = new Map<string, string>()
  const generated = new Set<FileId>()
  /** Previews that another file has replaced. */
  const previews = new Set<FileId>()
  const shownOrigins = new Set<FileId>()
  /** At most what sightings hold on to; counted anew when it is too much. */
  let heldChars = 0

  const read: MessageReader['read'] = (all, circumstances) => {
    // Without its own id a message cannot be told from others; without a parent too long to remember, it can.
    const messages = all.filter((found) => longest(ownIds(found)) <= maxIdChars)
    const noted = messages.map((found) => notes.add(found))
    const dismissed: FileId[] = []
    const oddities = all
      .map((found) => longest([...ownIds(found), ...nearIds(found)]))
      .filter((chars) => chars > maxIdChars)
      .map(idOverLimit)
    for (const [index, found] of messages.entries()) {
      const note = noted[index]
      if (note) sight(found, note, circumstances, dismissed, oddities)
    }
    // Messages of an older page or a later channel may hold the prompt of an image that was told of before.
    const conversations = new Set(noted.map((note) => note.conversationId))
    // Where none is named, as in the request that begins one, it may be any.
    const facts = tell((sighting) => conversations.has(null) || conversations.has(sighting.note.conversationId))
    if (heldChars > maxSightingChars) forgetOldest()
    return {
      ...nothingFound,
      facts,
      dismissed: dismissed.filter((fileId) => !generated.has(fileId) || previews.has(fileId)),
      oddities,
      openTurns: noted.filter((note, index) => isPlaceholder(note, messages[index]?.message)).flatMap(openTurnOf),
    }
  }

  /** Of a placeholder whose turn says what the picture is made from. */
  function openTurnOf(note: Note): OpenTurn[] {
    const above = notes.ancestors(note)
    const userAt = above.findIndex(({ role, isHidden }) => role === 'user' && !isHidden)
    const turn = [note, ...(userAt < 0 ? above : above.slice(0, userAt + 1))]
    return turn.some(({ callPrompt, isSkipped }) => callPrompt !== null || isSkipped)
      ? [{ messageId: note.id, notes: turn.map(noteAsJson) }]
      : []
  }

  /** Looks at each image part of a message and remembers what it is; a preview gives way to what replaces it. */
  function sight(
    found: FoundMessage,
    note: Note,
    circumstances: Circumstances,
    dismissed: FileId[],
    oddities: Oddity[],
  ) {
    const { message } = found
    for (const attachment of listAt(message.metadata, 'attachments')) {
      const pointer = parsePointer(textAt(attachment, 'id') ?? '')
      if (pointer) dismissed.push(pointer.fileId)
    }
    for (const [index, part] of imagePartsOf(message)) {
      const pointer = parsePointer(textAt(part, 'asset_pointer') ?? '')
      if (!pointer) {
        oddities.push(oddity('image-without-pointer', `keys ${shapeOf(part)}`))
      } else if (!pointer.isDerivative) {
        const origin = originOf(message, part)
        if (origin === 'generated') dismissed.push(...remember(note, index, part, pointer.fileId, found, circumstances))
        else if (origin === 'uploaded') dismissed.push(pointer.fileId)
        else oddities.push(...unknownOrigin(pointer.fileId, note))
      }
    }
  }

  function unknownOrigin(fileId: FileId, note: Note): Oddity[] {
    if (shownOrigins.has(fileId) || generated.has(fileId)) return []
    addBounded(shownOrigins, fileId, maxKnownIds)
    return [oddity('image-of-unknown-origin', `role ${note.role ?? 'none'}, name ${note.authorName ?? 'none'}`)]
  }

  function remember(
    note: Note,
    index: number,
    part: Json,
    fileId: FileId,
    found: FoundMessage,
    circumstances: Circumstances,
  ): FileId[] {
    const { message } = found
    addBounded(generated, fileId, maxKnownIds)
    const key = `${note.id || fileId}/${index}`
    const before = sightings.get(key)
    const outdated = before?.isPreview === true && before.fileId !== fileId ? [before.fileId] : []
    const genId = genIdOf(part)
    for (const [other, sighting] of sightings) {
      if (!sighting.isPreview || genId === null) continue
      if (sighting.note.id === note.id || genIdOf(sighting.part) !== genId) continue
      sightings.delete(other)
      if (sighting.fileId !== fileId) outdated.push(sighting.fileId)
    }
    for (const preview of outdated) addBounded(previews, preview, maxKnownIds)
    const told = before?.fileId === fileId ? before.told : undefined
    const sighting: Sighting = {
      note,
      // The decoder goes on changing a streamed part in place; a sighting is a picture of one moment.
      part: copyOf(part),
      caption: captionAfter(part, listAt(message.content, 'parts')),
      conversationTitle: found.conversationTitle ?? null,
      conversationUpdatedAt: found.conversationUpdatedAt ?? circumstances.conversationUpdatedAt,
      fileId,
      circumstances,
      isPreview: isPreview(message, part, circumstances.isTurn === true),
      isFinished: message.status !== 'in_progress',
      isAsync: objectAt(message, 'metadata').image_gen_async === true,
      told,
    }
    sightings.delete(key)
    sightings.set(key, sighting)
    heldChars += charsIn(sighting)
    if (sightings.size > maxSightings) sightings.delete(sightings.keys().next().value ?? '')
    return outdated
  }

  /** Lets go of long texts, however few they are, but for the newest. */
  function forgetOldest() {
    heldChars = 0
    for (const [key, sighting] of [...sightings].reverse()) {
      if (heldChars > maxSightingChars / 2) sightings.delete(key)
      else heldChars += charsIn(sighting)
    }
  }

  /** Facts of the chosen sightings that say more than was told of them before. */
  function tell(isChosen: (sighting: Sighting) => boolean): ImageFacts[] {
    const told: ImageFacts[] = []
    for (const sighting of sightings.values()) {
      if (sighting.isPreview || !isChosen(sighting)) continue
      const facts = factsOf(sighting)
      if (sighting.told && JSON.stringify(facts) === JSON.stringify(sighting.told)) continue
      sighting.told = facts
      heldChars += facts.prompt?.length ?? 0
      told.push(facts)
    }
    return told
  }

  function factsOf(sighting: Sighting): ImageFacts {
    const { part, fileId, circumstances } = sighting
    // Its place in the turn may have come after it, by another channel and under the same id; its date is its own.
    const latest = notes.latest(sighting.note)
    const note = { ...latest, createdAt: sighting.note.createdAt ?? latest.createdAt }
    const metadata = objectAt(part, 'metadata')
    const [dalle, generation] = [objectAt(metadata, 'dalle'), objectAt(metadata, 'generation')]
    const id = (key: string) => parseGenerationId(textAt(dalle, key) ?? textAt(generation, key))
    return {
      fileId,
      genId: id('gen_id'),
      ...findPrompt(textAt(dalle, 'prompt'), sighting.caption ?? note.caption, note, notes),
      seed: numberAt(dalle, 'seed') ?? numberAt(generation, 'seed'),
      ...findDate(note, sighting),
      widthPx: countAt(part, 'width'),
      heightPx: countAt(part, 'height'),
      sizeBytes: countAt(part, 'size_bytes'),
      conversationId: note.conversationId,
      conversationTitle: titles.get(note.conversationId ?? '') ?? sighting.conversationTitle,
      messageId: note.id || null,
      parentGenId: id('parent_gen_id'),
      editOp: textAt(dalle, 'edit_op') ?? textAt(generation, 'edit_op'),
      channel: circumstances.channel,
    }
  }

  function findDate(
    note: Note,
    { circumstances, conversationUpdatedAt }: Sighting,
  ): { createdAt: Date | null; dateSource: DateSource | null } {
    const dates: [DateSource, Date | null][] = [
      ['message', note.createdAt],
      [
        'turn',
        [...notes.ancestors(note), ...(note.turnId ? notes.ofTurn(note.turnId) : [])].find((one) => one.createdAt)
          ?.createdAt ?? null,
      ],
      ['stream', circumstances.liveAt],
      ['conversation', conversationUpdatedAt],
    ]
    const found = dates.find(([, date]) => date)
    return { createdAt: found?.[1] ?? null, dateSource: found?.[0] ?? null }
  }

  return {
    read,
    link(nodeId, parentId) {
      const chars = Math.max(nodeId.length, parentId?.length ?? 0)
      if (chars > maxIdChars) return oddly([idOverLimit(chars)])
      notes.link(nodeId, parentId)
      return nothingFound
    },
    generated: (fileIds) => fileIds.forEach((fileId) => void addBounded(generated, fileId, maxKnownIds)),
    title(conversationId, title) {
      if (title.length > maxTitleChars) {
        return oddly([overLimit('characters of a title', title.length, maxTitleChars)])
      }
      if (conversationId.length > maxIdChars) return oddly([idOverLimit(conversationId.length)])
      if (titles.get(conversationId) === title) return nothingFound
      titles.set(conversationId, title)
      if (titles.size > maxTitles) titles.delete(titles.keys().next().value ?? '')
      const facts = tell((sighting) => sighting.told !== undefined && sighting.note.conversationId === conversationId)
      return { ...nothingFound, facts }
    },
    turnEnded(circumstances, conversationId) {
      const isOver = (sighting: Sighting) =>
        sighting.circumstances === circumstances
          ? !sighting.isAsync
          : conversationId !== null &&
            sighting.circumstances.isTurn === true &&
            sighting.note.conversationId === conversationId &&
            sighting.isFinished
      for (const sighting of sightings.values()) if (isOver(sighting)) sighting.isPreview = false
      return { ...nothingFound, facts: tell(isOver) }
    },
  }
}

function addBounded<T>(set: Set<T>, value: T, limit: number) {
  set.delete(value)
  set.add(value)
  if (set.size > limit) for (const oldest of set) return set.delete(oldest)
  return true
}

/** A message of the image tool that stands for a picture which will come later, under the same id. */
const isPlaceholder = ({ id, role }: Note, message: Json | undefined) => {
  const metadata = objectAt(message, 'metadata')
  const isAnnounced = 'image_gen_task_id' in metadata || metadata.image_gen_async === true
  return id !== '' && role === 'tool' && isAnnounced && message !== undefined && imagePartsOf(message).length === 0
}

/** Of a part only what facts are made of: it may change in place later, and hold anything. */
function copyOf(part: Json): Json {
  const metadata = objectAt(part, 'metadata')
  const pick = (key: string) => {
    const from = objectAt(metadata, key)
    const texts = ['gen_id', 'prompt', 'parent_gen_id', 'edit_op'].map((name) => [name, textAt(from, name)])
    return { ...Object.fromEntries(texts), seed: numberAt(from, 'seed') }
  }
  const [width, height, size_bytes] = ['width', 'height', 'size_bytes'].map((key) => numberAt(part, key))
  return { width, height, size_bytes, metadata: { dalle: pick('dalle'), generation: pick('generation') } }
}

/** Characters a sighting holds on to. */
const charsIn = ({ part, note, caption, conversationTitle, told }: Sighting) =>
  JSON.stringify([part, caption, conversationTitle, told?.prompt]).length + weight(note)

const ownIds = ({ message, nodeId, conversationId }: FoundMessage) => [message.id, nodeId, conversationId]

/** Ids of what is around a message; notes leave out those that are too long. */
const nearIds = ({ message, parentId }: FoundMessage) => {
  const { parent_id, turn_exchange_id } = objectAt(message, 'metadata')
  return [parentId, parent_id, turn_exchange_id]
}

const longest = (ids: readonly unknown[]) => Math.max(...ids.map((id) => (typeof id === 'string' ? id.length : 0)))

const idOverLimit = (chars: number) => overLimit('characters of an id', chars, maxIdChars)
