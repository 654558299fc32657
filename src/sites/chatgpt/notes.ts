import { addBounded, setBounded } from '../../bounded-map.ts'
import { textAt } from '../../decode/json.ts'
import type { FoundMessage } from './found-message.ts'
import { charsInNote, isSameNote, mergeNotes, type Note, readNote } from './note.ts'

/** The memory of messages, for what one says of an image further down. */
export interface Notes {
  /** Counts what was learned: as long as it stays the same, nothing that is asked here has another answer. */
  readonly version: number
  /** Remembers a message; what only an earlier sight of it said stays. */
  add(found: FoundMessage): Note
  /** Remembers the parent of a tree node that holds no message. */
  link(nodeId: string, parentId: string | null): void
  /** What is known by now of a message that was added before. */
  latest(note: Note): Note
  /** From the parent upward, nearest first. */
  ancestors(note: Note): Note[]
  /** Says which message of a person's a turn answers. */
  join(turnId: string, askedId: string): void
  get(id: string): Note | undefined
  /** The messages of one turn, in the order they were first seen. */
  ofTurn(turnId: string): Note[]
}

const maxNotes = 20_000
const maxChars = 8_000_000
/** Messages of one turn that are looked through for what belongs to a picture. */
const maxOfTurn = 256
/** Longest way upward: a turn has a dozen messages, a broken tree may have circles. */
const maxAncestors = 64

/** A bounded memory of messages by id, oldest forgotten first. */
export function createNotes(known: readonly Note[] = []): Notes {
  const notes = new Map<string, Note>()
  const parents = new Map<string, string | null>()
  /** Tree nodes are usually named after their message, but not always. */
  const idOfNode = new Map<string, string>()
  const turns = new Map<string, Set<string>>()
  let chars = 0
  let version = 0

  const forgetOldest = () => {
    const oldest = notes.values().next().value
    if (!oldest) return
    notes.delete(oldest.id)
    chars -= charsInNote(oldest)
    const turn = turns.get(oldest.turnId ?? '')
    turn?.delete(oldest.id)
    if (turn?.size === 0) turns.delete(oldest.turnId ?? '')
  }

  const joinTurn = (turnId: string, id: string) => {
    const turn = turns.get(turnId) ?? new Set()
    turns.set(turnId, turn)
    // A message seen again stays where it was: the order in the turn decides which call a picture came from.
    if (turn.has(id)) return
    version += 1
    addBounded(turn, id, maxOfTurn)
  }

  for (const note of known) {
    notes.set(note.id, note)
    chars += charsInNote(note)
    if (note.turnId) joinTurn(note.turnId, note.id)
  }

  /** The note behind an id of a message or a node, or the id itself where there is none. */
  const noteOr = (id: string): Note | string => notes.get(idOfNode.get(id) ?? id) ?? id

  /** One step upward, over a message or over a node without one. */
  const aboveOf = (at: Note | string): Note | string | undefined => {
    if (typeof at !== 'string') return at.parentId === null ? undefined : noteOr(at.parentId)
    const parentId = parents.get(at)
    return parentId ? noteOr(parentId) : undefined
  }

  return {
    get version() {
      return version
    },
    add(found) {
      const id = textAt(found.message, 'id') ?? found.nodeId ?? ''
      // Without an id nothing can be said of it later, and it must not be mixed up with others.
      if (id === '') {
        version += 1
        return readNote(id, found)
      }
      const before = notes.get(id)
      const note = mergeNotes(before, readNote(id, found))
      const isNewNode = found.nodeId && found.nodeId !== id && idOfNode.get(found.nodeId) !== id
      if (!before || isNewNode || !isSameNote(before, note)) version += 1
      if (found.nodeId && found.nodeId !== id) setBounded(idOfNode, found.nodeId, id, maxNotes)
      if (before) chars -= charsInNote(before)
      notes.delete(id)
      notes.set(id, note)
      chars += charsInNote(note)
      if (note.turnId) joinTurn(note.turnId, id)
      if (note.turnId && note.askedId) joinTurn(note.turnId, note.askedId)
      while (notes.size > maxNotes || (chars > maxChars && notes.size > 1)) forgetOldest()
      return note
    },
    link(nodeId, parentId) {
      if (parents.get(nodeId) !== parentId) version += 1
      setBounded(parents, nodeId, parentId, maxNotes)
    },
    join: joinTurn,
    get: (id) => notes.get(id),
    latest: (note) => notes.get(note.id) ?? note,
    ancestors(note) {
      const found: Note[] = []
      const seen = new Set([note.id])
      for (let above = aboveOf(note); above !== undefined && found.length < maxAncestors; above = aboveOf(above)) {
        const id = typeof above === 'string' ? above : above.id
        if (seen.has(id)) break
        seen.add(id)
        if (typeof above !== 'string') found.push(above)
      }
      return found
    },
    ofTurn: (turnId) => [...(turns.get(turnId) ?? [])].map((id) => notes.get(id)).filter((note) => note !== undefined),
  }
}
