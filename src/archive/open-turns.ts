import { isObject, type Json, listAt, momentAt, textAt } from '../decode/json.ts'
import { maxIdChars } from '../decode/limits.ts'
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

/** Pictures come within minutes; whoever was away for a week opens the conversation again. */
const maxAgeMs = 7 * 24 * 60 * 60 * 1000
const maxTurns = 500

/** A turn as it stands in the file. */
interface KeptTurn extends OpenTurn {
  readonly at: string
}

/**
 * Opens `pending/turns.ndjson`.
 *
 * Errors  lines that are none of ours, and those older than a week, are passed over. What the disk refuses is known
 *         until the end of this run.
 */
export async function readOpenTurns(
  file: string,
  now: () => Date,
  ready: () => Promise<void> = async () => {},
): Promise<OpenTurns> {
  const revive = (line: unknown) => turnIn(line, now())
  const options = { ready, revive, keyOf: ({ messageId }: KeptTurn) => messageId, maxSize: maxTurns, isOptional: true }
  const turns: JournaledMap<KeptTurn> = await openJournaledMap(file, options)
  return {
    all: () => [...turns.values()].map(({ messageId, notes }) => ({ messageId, notes })),
    async keep({ messageId, notes }) {
      const known = turns.get(messageId)
      if (known && JSON.stringify(known.notes) === JSON.stringify(notes)) return
      await turns.set({ messageId, notes, at: now().toISOString() })
    },
    drop: async (messageId) => void (await turns.delete(messageId)),
    tidy: async () => turns.tidy(),
  }
}

/** Written by us, but a person may have edited it. */
function turnIn(line: unknown, now: Date): KeptTurn | undefined {
  const [messageId, at] = [textAt(line, 'messageId'), momentAt(line, 'at')]
  const notes = listAt(line, 'notes').filter(isObject).filter(hasId)
  if (messageId === null || messageId.length > maxIdChars || notes.length === 0 || !at) return undefined
  return now.getTime() - at.getTime() < maxAgeMs ? { messageId, notes, at: at.toISOString() } : undefined
}

const hasId = (note: Json) => {
  const id = textAt(note, 'id')
  return id !== null && id.length <= maxIdChars
}
