import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Archive } from '../archive/archive.ts'
import { type JournaledMap, openJournaledMap } from '../archive/journaled-map.ts'
import type { PictureRecord } from '../archive/records.ts'
import { imagePlace } from '../catalogue/record.ts'
import { textAt } from '../decode/json.ts'
import { type FileId, fileIdOfRecord, reviveFileId } from '../sites/ids.ts'
import { createComplaints } from './complaints.ts'
import { environmentOf } from './environment.ts'
import { type Outcome, runProgram } from './program.ts'

export type HooksFollowed = Pick<Archive, 'root' | 'onRecord' | 'recordOf' | 'readRecord' | 'check'>

export interface HooksOptions {
  /** The program and its arguments. */
  readonly command: readonly string[]
  onNotice(text: string): void
  /** How long a program may run for a picture. */
  readonly timeoutMs?: number
  /** How long it may take to end when it is asked to. */
  readonly graceMs?: number
  /** How long those that wait may go on being run when the archive is to be closed. */
  readonly drainMs?: number
  /** How long to rest after a program that cannot be started. */
  readonly restMs?: number
  readonly maxWaiting?: number
}

/** A picture whose program has not run to its end. */
interface Waiting {
  readonly fileId: FileId
}

const atOnce = 2
const complainEveryMs = 10 * 60_000

/**
 * Runs a program for each new picture, two at once. Those that wait are in a journal, so that the next run of ours goes
 * on where this one ends; a picture leaves it when its program has ended, in whichever way.
 *
 * Errors  none: what fails is said in a line.
 */
export const runHooks = (options: HooksOptions) => (archive: HooksFollowed) => {
  const { onNotice, drainMs = 2_000, restMs = 60_000 } = options
  const closing = new AbortController()
  const complaints = createComplaints(onNotice, complainEveryMs)
  const running = new Map<string, Promise<void>>()
  let isResting = false
  let forgotten = 0
  const opening = openWaiting(archive, options.maxWaiting, () => {
    forgotten += 1
  })

  const next = (waiting: JournaledMap<Waiting>) => {
    for (const key of waiting.keys()) {
      if (running.size >= atOnce || isResting || closing.signal.aborted) return
      const fileId = waiting.get(key)?.fileId
      if (fileId && !running.has(fileId)) running.set(fileId, begin(fileId, waiting))
    }
  }

  // Whoever hears of a failure may fail as well.
  const begin = (...one: Parameters<typeof handle>) => handle(...one).catch(() => {})

  const handle = async (fileId: FileId, waiting: JournaledMap<Waiting>) => {
    const outcome = await runFor(fileId, archive, options, closing.signal)
    if (outcome.kind === 'unstartable') rest(waiting)
    else if (outcome.kind !== 'aborted') await waiting.delete(fileId).catch(() => {})
    running.delete(fileId)
    next(waiting)
    if ('reason' in outcome) complaints.add(`onPicture: ${path.basename(options.command[0] ?? '')} ${outcome.reason}.`)
  }

  const rest = (waiting: JournaledMap<Waiting>) => {
    isResting = true
    const over = () => {
      isResting = false
      next(waiting)
    }
    pause(restMs, undefined, { signal: closing.signal, ref: false }).then(over, () => {})
  }

  const forget = archive.onRecord((record, change) => {
    const fileId = change === 'added' ? fileIdOfRecord(record) : null
    if (fileId === null) return
    void opening.then((waiting) => {
      waiting.set({ fileId }).catch(() => {})
      next(waiting)
    })
  })
  void opening.then(next)

  const allRun = async () => {
    while (running.size > 0) await Promise.race(running.values())
  }

  return {
    async close() {
      forget()
      const waiting = await opening
      await Promise.race([allRun(), pause(drainMs, undefined, { ref: false })])
      closing.abort()
      await Promise.allSettled(running.values())
      complaints.close()
      if (forgotten > 0) onNotice(`onPicture was not run for ${count(forgotten)}: too many waited.`)
      if (waiting.size > 0) onNotice(`onPicture is still to be run for ${count(waiting.size)}; the next start goes on.`)
    },
  }
}

const count = (pictures: number) => `${pictures} ${pictures === 1 ? 'picture' : 'pictures'}`

/** So many names are some 10 MB. */
const defaultMaxWaiting = 200_000

async function openWaiting({ root, check }: HooksFollowed, maxSize = defaultMaxWaiting, onForgotten: () => void) {
  const waiting = await openJournaledMap<Waiting>(path.join(root, 'pending', 'hooks.ndjson'), {
    ready: check,
    keyOf: ({ fileId }) => fileId,
    revive(line) {
      const fileId = reviveFileId(textAt(line, 'fileId') ?? '')
      return fileId ? { fileId } : undefined
    },
    maxSize,
    onForgotten,
    isOptional: true,
  })
  await waiting.tidy().catch(() => {})
  return waiting
}

/** Runs the program for a picture as it is on the disk now; one that is gone needs none. */
async function runFor(
  fileId: FileId,
  archive: HooksFollowed,
  { command, timeoutMs = 60_000, graceMs = 2_000 }: HooksOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const record = await archive.readRecord(fileId).catch(() => undefined)
  const places = record && placesOf(archive, fileId, record)
  if (!record || !places) return { kind: 'done' }
  return runProgram({
    ...{ command, timeoutMs, graceMs, signal },
    folder: archive.root,
    environment: environmentOf(process.env, places),
    input: `${JSON.stringify(record)}\n`,
  })
}

function placesOf({ root, recordOf }: HooksFollowed, fileId: FileId, { image }: PictureRecord) {
  const [imageAt, recordAt] = [imagePlace(image), recordOf(fileId)]
  if (imageAt === null || recordAt === undefined) return undefined
  return { image: path.join(root, imageAt), record: path.join(root, 'database', recordAt), archive: root }
}
