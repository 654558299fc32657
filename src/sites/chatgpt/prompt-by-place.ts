import type { Note } from './note.ts'
import type { Notes } from './notes.ts'
import type { Sighting } from './sightings.ts'

/**
 * The prompt of an image's own place, for a call that holds one for each of its pictures.
 *
 * Shape   the pictures of a call follow it in one message or one after the other; their order is that way downward, and
 *         the order of parts in a message.
 * Errors  null where there are not as many pictures as prompts, or two messages stand in one place: then nothing tells
 *         whose prompt it is.
 */
export function promptByPlace(call: Note, image: Sighting, notes: Notes, among: readonly Sighting[]): string | null {
  const places = new Map<string, { depth: number; sighting: Sighting }>()
  for (const sighting of among) {
    const depth = depthBelow(call, sighting, notes)
    const known = places.get(sighting.fileId)
    if (depth !== undefined && (!known || depth < known.depth)) places.set(sighting.fileId, { depth, sighting })
  }
  if (places.size !== call.callPrompts.length) return null
  const messages = new Map([...places.values()].map(({ depth, sighting }) => [depth, sighting.note.id]))
  const isInLine = [...places.values()].every(({ depth, sighting }) => messages.get(depth) === sighting.note.id)
  if (!isInLine) return null
  const inOrder = [...places.values()].sort((a, b) => a.depth - b.depth || a.sighting.index - b.sighting.index)
  return call.callPrompts[inOrder.findIndex(({ sighting }) => sighting.fileId === image.fileId)] ?? null
}

/** How many messages lie between a call and an image below it; undefined where another call lies between them. */
function depthBelow(call: Note, { note }: Sighting, notes: Notes): number | undefined {
  const above = notes.ancestors(notes.latest(note))
  const at = above.findIndex(({ isCall }) => isCall)
  return above[at]?.id === call.id ? at : undefined
}
