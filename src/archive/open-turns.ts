import { isObject, type Json, listAt, momentAt, textAt } from '../decode/json.ts'
import { maxIdChars } from '../decode/limits.ts'
import type { OpenTurn } from '../sites/findings.ts'
import { openJournal } from './journal.ts'

/** What was said of turns whose pictures are still to come, kept over restarts. */
export interface OpenTurns {
  all(): readonly OpenTurn[]
  keep(turn: OpenTurn): Promise<void>
  /** The picture of a message has come. */
  drop(messageId: string): Promise<void>
}

/** Pictures come within minutes; whoever was away for a week opens the conversation again. */
const maxAgeMs = 7 * 24 * 60 * 60 * 1000
const maxTurns = 500

/**
 * Opens `pending/turns.ndjson`: a line for each turn, or `{ gone }`; the last one about a message counts.
 *
 * Errors  lines that are none of ours, and those older than a week, are passed over and not kept. What the disk refuses
 *         is known until the end of this run.
 */
export async function readOpenTurns(file: string, now: () => Date, ready?: () => Promise<void>): Promise<OpenTurns> {
  const { journal, lines } = await openJournal(file, ready).catch(() => ({ journal: undefined, lines: [] }))
  const turns = new Map<string, { readonly turn: OpenTurn; readonly at: Date }>()
  for (const line of lines.slice(-2 * maxTurns)) {
    const [turn, at, gone] = [turnIn(line), momentAt(line, 'at'), textAt(line, 'gone')]
    if (gone !== null) turns.delete(gone)
    if (turn && at && now().getTime() - at.getTime() < maxAgeMs) remember(turn, at)
  }
  const linesOf = () => [...turns.values()].map(({ turn, at }) => ({ ...turn, at: at.toISOString() }))
  if (lines.length > turns.size) await journal?.rewrite(linesOf()).catch(() => {})

  function remember(turn: OpenTurn, at: Date) {
    turns.delete(turn.messageId)
    turns.set(turn.messageId, { turn, at })
    const oldest = turns.size > maxTurns ? turns.keys().next().value : undefined
    if (oldest !== undefined) turns.delete(oldest)
  }

  const note = async (line: unknown) => {
    const isMostlyGone = journal && (turns.size === 0 || journal.length > 4 * maxTurns)
    await (isMostlyGone ? journal.rewrite(linesOf()) : journal?.add(line))
  }

  return {
    all: () => [...turns.values()].map(({ turn }) => turn),
    async keep(turn) {
      const at = now()
      if (JSON.stringify(turns.get(turn.messageId)?.turn) === JSON.stringify(turn)) return
      remember(turn, at)
      await note({ ...turn, at: at.toISOString() })
    },
    async drop(messageId) {
      if (turns.delete(messageId)) await note({ gone: messageId })
    },
  }
}

/** Written by us, but a person may have edited it. */
function turnIn(line: unknown): OpenTurn | undefined {
  const messageId = textAt(line, 'messageId')
  const notes = listAt(line, 'notes').filter(isObject).filter(hasId)
  return messageId !== null && messageId.length <= maxIdChars && notes.length > 0 ? { messageId, notes } : undefined
}

const hasId = (note: Json) => {
  const id = textAt(note, 'id')
  return id !== null && id.length <= maxIdChars
}
