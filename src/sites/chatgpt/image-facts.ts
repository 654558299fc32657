import { countAt, numberAt, objectAt, textAt } from '../../decode/json.ts'
import { type DateSource, type ImageFacts, unsaidFacts } from '../facts.ts'
import { parseGenerationId } from '../ids.ts'
import type { Note } from './note.ts'
import type { Notes } from './notes.ts'
import { findPrompt } from './prompt.ts'
import { promptByPlace } from './prompt-by-place.ts'
import type { Sighting, Sightings } from './sightings.ts'

/**
 * All that is known by now of an image: what its own part says, and what the messages around it say.
 *
 * Units   `create_time` is in Unix seconds with a fraction; facts carry `createdAt` as a Date.
 * Errors  throws none; what is missing or of another type is null.
 * Source  docs/wire/messages.md
 */
export function imageFacts(
  sighting: Sighting,
  notes: Notes,
  titles: ReadonlyMap<string, string>,
  sightings: Pick<Sightings, 'ofConversations'>,
): ImageFacts {
  const { part, fileId, circumstances } = sighting
  // Its place in the turn may have come after it, by another channel and under the same id; its date is its own.
  const latest = notes.latest(sighting.note)
  const note = { ...latest, createdAt: sighting.note.createdAt ?? latest.createdAt }
  const metadata = objectAt(part, 'metadata')
  const [dalle, generation] = [objectAt(metadata, 'dalle'), objectAt(metadata, 'generation')]
  const id = (key: string) => parseGenerationId(textAt(dalle, key) ?? textAt(generation, key))
  return {
    ...unsaidFacts(fileId, circumstances.channel),
    genId: id('gen_id'),
    ...findPrompt(textAt(dalle, 'prompt'), sighting.caption ?? note.caption, note, notes, (call) =>
      promptByPlace(call, sighting, notes, sightings.ofConversations(new Set([note.conversationId]))),
    ),
    seed: numberAt(dalle, 'seed') ?? numberAt(generation, 'seed'),
    ...findDate(note, sighting, notes),
    widthPx: countAt(part, 'width'),
    heightPx: countAt(part, 'height'),
    sizeBytes: countAt(part, 'size_bytes'),
    conversationId: note.conversationId,
    conversationTitle: titles.get(note.conversationId ?? '') ?? sighting.conversationTitle,
    messageId: note.id || null,
    parentGenId: id('parent_gen_id'),
    editOp: textAt(dalle, 'edit_op') ?? textAt(generation, 'edit_op'),
  }
}

/** The best date there is, and where it was found. */
function findDate(
  note: Note,
  { circumstances, conversationUpdatedAt }: Sighting,
  notes: Notes,
): Pick<ImageFacts, 'createdAt' | 'dateSource'> {
  const around = [...notes.ancestors(note), ...(note.turnId ? notes.ofTurn(note.turnId) : [])]
  const dates: [DateSource, Date | null][] = [
    ['message', note.createdAt],
    ['turn', around.find((one) => one.createdAt)?.createdAt ?? null],
    ['stream', circumstances.liveAt],
    ['conversation', conversationUpdatedAt],
  ]
  const found = dates.find(([, date]) => date)
  return { createdAt: found?.[1] ?? null, dateSource: found?.[0] ?? null }
}
