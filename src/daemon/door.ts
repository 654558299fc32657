import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { readConfined } from '../archive/confined.ts'
import { remove, writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import type { BackfillProgress, BackfillWishes } from '../backfill/backfill.ts'
import { historyFolder } from '../backfill/journal.ts'
import { isObject, parseJson } from '../decode/json.ts'
import { ArchiverError } from '../errors.ts'
import { isAlive, processIn, thisProcess } from '../process-id.ts'
import type { Backfills } from './backfills.ts'

/**
 * Where a second command hands what it wants to the watch that holds the archive: a file with the wish, which is taken
 * back by removing it or by ending, and a file with the answer. Whoever can write into the archive can ask for this,
 * and for nothing else.
 */
const [requestFile, answerFile] = [`${historyFolder}/request.json`, `${historyFolder}/answer.json`]
const maxBytes = 10_000
const everyMs = 500

const request = z.object({
  id: z.string().max(100),
  wishes: z.object({
    isOnlyLibrary: z.boolean().optional(),
    isAll: z.boolean().optional(),
    isUntilKnown: z.boolean().optional(),
    isDryRun: z.boolean().optional(),
    since: z.coerce.date().optional(),
    perHour: z.number().positive().optional(),
  }),
})

/** A wish of somebody who still waits for it. */
async function readRequest(root: string) {
  const text = (await readConfined(root, requestFile, maxBytes).catch(() => undefined))?.toString() ?? ''
  const json = parseJson(text)
  const by = isObject(json) ? processIn(json.by) : undefined
  const isWaitedFor = by !== undefined && by.machine === thisProcess().machine && isAlive(by)
  return isWaitedFor ? request.safeParse(json).data : undefined
}

/**
 * Opens the door of a watch: looks for wishes twice a second, and answers with how far they are. What is done is on the
 * disk, for which `drained` waits.
 */
export function openDoor(
  root: string,
  backfills: Pick<Backfills, 'begin' | 'end' | 'progress' | 'wanted'>,
  drained: () => Promise<void>,
) {
  let current: string | undefined
  let isLooking = false

  const answer = (id: string, progress: BackfillProgress | null) =>
    writeOver(path.join(root, answerFile), Buffer.from(JSON.stringify({ id, progress })), { isDurable: false })

  const look = async () => {
    const found = await readRequest(root)
    if (current !== undefined && found?.id !== current) {
      backfills.end()
      current = undefined
    }
    if (found && current === undefined && !backfills.wanted()) {
      current = found.id
      await backfills.begin(found.wishes)
      await answer(current, null)
    }
    const progress = current === undefined ? undefined : backfills.progress()
    if (current === undefined || !progress) return
    if (progress.phase === 'done') await drained()
    await answer(current, progress)
    if (progress.phase !== 'done') return
    backfills.end()
    current = undefined
    await remove(path.join(root, requestFile))
  }

  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    void look()
      // A disk that refuses is told of by everything else.
      .catch(() => {})
      .finally(() => {
        isLooking = false
      })
  }, everyMs).unref()
  return { close: () => clearInterval(timer) }
}

export interface HandOver {
  readonly wishes: BackfillWishes
  readonly signal: AbortSignal
  onProgress(progress: BackfillProgress): void
  /** How long the watch may take to answer; it looks twice a second. */
  readonly patienceMs?: number
}

/**
 * Hands a wish to the watch that holds an archive, and waits until it is done or `signal` is aborted, which takes the
 * wish back. False when nobody answers: whoever holds the archive is no watch, or runs on another machine.
 *
 * Errors  ArchiverError "archive-locked" when somebody else waits for a backfill already.
 */
export async function handOver(root: string, options: HandOver): Promise<boolean> {
  const { wishes, signal, onProgress, patienceMs = 5_000 } = options
  const id = randomUUID()
  if (await readRequest(root))
    throw new ArchiverError('archive-locked', 'A backfill of this archive is under way already.')
  await ensureFolderIn(root, historyFolder)
  await writeOver(path.join(root, requestFile), Buffer.from(JSON.stringify({ id, by: thisProcess(), wishes })))
  const began = performance.now()
  try {
    for (let isTaken = false; !signal.aborted; ) {
      const text = (await readConfined(root, answerFile, 10 * maxBytes).catch(() => undefined))?.toString() ?? ''
      const said = parseJson(text) as { id?: string; progress?: BackfillProgress | null } | undefined
      isTaken ||= said?.id === id
      if (!isTaken && performance.now() - began > patienceMs) return false
      if (said?.id === id && said.progress) onProgress(revive(said.progress))
      if (said?.id === id && said.progress?.phase === 'done') return true
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    return true
  } finally {
    await remove(path.join(root, requestFile))
  }
}

/** Dates as they were before they were written. */
function revive(progress: BackfillProgress): BackfillProgress {
  const { waiting } = progress
  return { ...progress, waiting: waiting && { ...waiting, until: waiting.until && new Date(waiting.until) } }
}
