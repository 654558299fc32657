import { addBounded } from '../bounded-map.ts'
import { createOpenLoads } from '../observe/open-loads.ts'
import type { Findings } from '../sites/findings.ts'

/** Whether a picture is being made whose turn has ended: it will come later, by another way. */
export interface Generation {
  /** The person has begun a turn. */
  turn(): void
  heard(findings: Pick<Findings, 'openTurns' | 'facts'>): void
  readonly isAny: boolean
}

/** Pictures mostly take a minute or two; longer than this nothing stands back for one. */
const longestMs = 4 * 60_000
const maxKnown = 1_000

/** What stands for a picture to come says so in old conversations, too: only after a turn it is being made now. */
export function createGeneration(now: () => number = Date.now): Generation {
  const pictures = createOpenLoads(longestMs, now)
  const turns = createOpenLoads(longestMs, now)
  const known = new Set<string>()
  return {
    turn: () => turns.began('last'),
    heard({ openTurns, facts }) {
      for (const { messageId } of openTurns) {
        if (!turns.isAny || known.has(messageId)) continue
        addBounded(known, messageId, maxKnown)
        pictures.began(messageId)
      }
      for (const { messageId } of facts) if (messageId !== null) pictures.ended(messageId)
    },
    get isAny() {
      return pictures.isAny
    },
  }
}
