import path from 'node:path'
import { isObject, type Json, listAt, textAt } from '../decode/json.ts'
import { maxIdChars } from '../decode/limits.ts'
import { fileOfProfile } from '../profile-rules.ts'
import type { OpenTurn } from '../sites/findings.ts'
import { type JournaledMap, openJournaledMap } from './journaled-map.ts'

/** What was said of turns whose pictures are still to come, kept over restarts. */
export interface OpenTurns {
  all(): readonly OpenTurn[]
  keep(turn: OpenTurn): Promise<void>
  /** The picture of a message has come. */
  drop(messageId: string): Promise<void>
  /** Leaves in the file nothing but what still counts; only for whoever holds the archive's lock. */
  tidy(): Promise<void>
}

/** Bounded in number and length, not in age: a clock that is set makes nothing old. */
const maxTurns = 500
const maxChars = 8_000_000

/** The journal of them: each profile has its own, for a reader hears of one account only. */
export const openTurnsFile = (root: string, profile: string | null): string =>
  path.join(root, 'pending', fileOfProfile('turns', profile))

/**
 * Opens such a journal.
 *
 * Errors  lines that are none of ours are passed over. What the disk refuses is known until the end of this run.
 */
export async function readOpenTurns(file: string, ready: () => Promise<void> = async () => {}): Promise<OpenTurns> {
  const keyOf = ({ messageId }: OpenTurn) => messageId
  const options = { ready, revive: turnIn, keyOf, maxSize: maxTurns, maxChars, isOptional: true }
  const turns: JournaledMap<OpenTurn> = await openJournaledMap(file, options)
  return {
    all: () => [...turns.values()],
    async keep({ messageId, notes }) {
      const known = turns.get(messageId)
      if (known && JSON.stringify(known.notes) === JSON.stringify(notes)) return
      await turns.set({ messageId, notes })
    },
    drop: async (messageId) => void (await turns.delete(messageId)),
    tidy: async () => turns.tidy(),
  }
}

/** Written by us, but a person may have edited it. */
function turnIn(line: unknown): OpenTurn | undefined {
  const messageId = textAt(line, 'messageId')
  const notes = listAt(line, 'notes').filter(isObject).filter(hasId)
  if (messageId === null || messageId.length > maxIdChars || notes.length === 0) return undefined
  return { messageId, notes }
}

const hasId = (note: Json) => {
  const id = textAt(note, 'id')
  return id !== null && id.length <= maxIdChars
}
