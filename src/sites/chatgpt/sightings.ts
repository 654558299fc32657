import { setBounded } from '../../bounded-map.ts'
import { type Json, listAt, numberAt, objectAt, textAt } from '../../decode/json.ts'
import type { ImageFacts } from '../facts.ts'
import type { FileId } from '../ids.ts'
import type { Circumstances, FoundMessage } from './found-message.ts'
import { captionAfter, genIdOf, isPreview } from './image-parts.ts'
import { charsInNote, type Note } from './note.ts'

/** One generated image of one message, as it stood when the message was read. */
export interface SeenImage {
  /** Message and part; a later sight of the same part replaces this one. */
  readonly key: string
  readonly note: Note
  /** Only what facts are made of: a stream goes on changing its parts in place. */
  readonly part: Json
  readonly genId: string | null
  readonly caption: string | null
  readonly conversationTitle: string | null
  readonly conversationUpdatedAt: Date | null
  readonly fileId: FileId
  /** Its place among the parts of its message. */
  readonly index: number
  readonly circumstances: Circumstances
  readonly isPreview: boolean
  readonly isFinished: boolean
  /** The site said that the result will come later, on another channel. */
  readonly isAsync: boolean
}

/** A seen image, remembered a while because later messages may complete it. */
export interface Sighting extends Omit<SeenImage, 'isPreview'> {
  isPreview: boolean
  /** What was reported of it last. */
  lastFacts: ImageFacts | undefined
  /** Counts upward: a younger sighting has the higher one. */
  readonly order: number
}

/** The images seen lately, each once, and the way to those that a piece of news concerns. */
export interface Sightings {
  /** Remembers an image as the newest; returns the files of previews that it replaces. */
  add(image: SeenImage): FileId[]
  /** Those of some conversations, oldest first; where one of them has no name (null), it may be any, so all. */
  ofConversations(ids: ReadonlySet<string | null>): Sighting[]
  /** Those of one answer and those of one conversation, oldest first. */
  ofAnswer(circumstances: Circumstances, conversationId: string | null): Sighting[]
  /** Remembers what was reported of an image. */
  reported(sighting: Sighting, facts: ImageFacts): void
  /** Forgets the oldest when their texts are too long together, but never the newest. */
  shrink(): void
}

const maxSightings = 2_000
const maxSightingChars = 8_000_000

/** A table of sightings, bounded by their number and their characters, oldest forgotten first. */
export function createSightings(): Sightings {
  const sightings = new Map<string, Sighting>()
  const byConversation = createGroups((sighting) => sighting.note.conversationId)
  const byAnswer = createGroups((sighting) => sighting.circumstances)
  const byGeneration = createGroups((sighting) => sighting.genId)
  const groups = [byConversation, byAnswer, byGeneration]
  let nextOrder = 0
  /** At most what all of them hold on to; counted anew when it is too much. */
  let heldChars = 0

  const forget = (sighting: Sighting) => {
    sightings.delete(sighting.key)
    for (const group of groups) group.delete(sighting)
  }

  /** Forgets previews of the same generation in other messages; returns their files. */
  const supersede = ({ genId, note, fileId }: SeenImage): FileId[] => {
    const previews = genId === null ? [] : byGeneration.of(genId).filter((other) => other.isPreview)
    const superseded = previews.filter((other) => other.note.id !== note.id)
    for (const preview of superseded) forget(preview)
    return superseded.map((preview) => preview.fileId).filter((id) => id !== fileId)
  }

  return {
    add(image) {
      const before = sightings.get(image.key)
      const isSameFile = before?.fileId === image.fileId
      const replaced = [...(before?.isPreview && !isSameFile ? [before.fileId] : []), ...supersede(image)]
      if (before) forget(before)
      const sighting = { ...image, lastFacts: isSameFile ? before.lastFacts : undefined, order: nextOrder++ }
      const oldest = setBounded(sightings, image.key, sighting, maxSightings)
      for (const group of groups) group.add(sighting)
      if (oldest) forget(oldest[1])
      heldChars += charsIn(sighting)
      return replaced
    },
    ofConversations(ids) {
      if (ids.has(null)) return [...sightings.values()]
      return [...ids].flatMap((id) => byConversation.of(id)).sort(byOrder)
    },
    ofAnswer(circumstances, conversationId) {
      const ofConversation = conversationId === null ? [] : byConversation.of(conversationId)
      return [...new Set([...byAnswer.of(circumstances), ...ofConversation])].sort(byOrder)
    },
    reported(sighting, facts) {
      sighting.lastFacts = facts
      heldChars += facts.prompt?.length ?? 0
    },
    shrink() {
      if (heldChars <= maxSightingChars) return
      heldChars = 0
      for (const sighting of [...sightings.values()].reverse()) {
        if (heldChars > maxSightingChars / 2) forget(sighting)
        else heldChars += charsIn(sighting)
      }
    },
  }
}

/** Sightings by something they share; a group without any is forgotten. */
function createGroups<Key>(keyOf: (sighting: Sighting) => Key) {
  const groups = new Map<Key, Set<Sighting>>()
  return {
    add(sighting: Sighting) {
      const key = keyOf(sighting)
      groups.set(key, (groups.get(key) ?? new Set()).add(sighting))
    },
    delete(sighting: Sighting) {
      const group = groups.get(keyOf(sighting))
      group?.delete(sighting)
      if (group?.size === 0) groups.delete(keyOf(sighting))
    },
    of: (key: Key): Sighting[] => [...(groups.get(key) ?? [])],
  }
}

const byOrder = (a: Sighting, b: Sighting) => a.order - b.order

/** Characters a sighting holds on to. */
const charsIn = ({ part, note, caption, conversationTitle, lastFacts }: Sighting) =>
  JSON.stringify([part, caption, conversationTitle, lastFacts?.prompt]).length + charsInNote(note)

/** The image that one part of a message shows. */
export function seenImage(
  { message, conversationTitle, conversationUpdatedAt }: FoundMessage,
  note: Note,
  circumstances: Circumstances,
  { index, part, fileId }: { index: number; part: Json; fileId: FileId },
): SeenImage {
  return {
    key: `${note.id || fileId}/${index}`,
    note,
    part: copyOf(part),
    genId: genIdOf(part),
    caption: captionAfter(part, listAt(message.content, 'parts')),
    conversationTitle: conversationTitle ?? null,
    conversationUpdatedAt: conversationUpdatedAt ?? circumstances.conversationUpdatedAt,
    fileId,
    index,
    circumstances,
    isPreview: isPreview(message, part, circumstances.isTurn === true),
    isFinished: message.status !== 'in_progress',
    isAsync: objectAt(message, 'metadata').image_gen_async === true,
  }
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
