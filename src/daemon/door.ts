import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { readConfined } from '../archive/confined.ts'
import { remove, writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { realPathOf } from '../archive/read-files.ts'
import { isObject, parseJson } from '../decode/json.ts'
import { ArchiverError, type ErrorCode, messageOf } from '../errors.ts'
import { isAlive, processIn, thisProcess } from '../process-id.ts'

/**
 * Where a second command hands its work to the watch that holds the archive: `requests/<kind>.json` says what is
 * wanted, and is taken back by removing it or by ending; `requests/<kind>.answer.json` says what came of it. The folder
 * is the owner's alone.
 */
const folder = 'requests'
const requestFile = (kind: Kind) => `${folder}/${kind}.json`
const answerFile = (kind: Kind) => `${folder}/${kind}.answer.json`
const maxBytes = 64 * 1024 * 1024
const everyMs = 500

/** What may be handed over. */
const kinds = ['backfill', 'import', 'originals', 'pull'] as const
export type Kind = (typeof kinds)[number]

/** Does work of one kind until it is done or nobody waits for it any more; `tell` hands on what there is to say. */
export type Service = (work: unknown, tell: (news: object) => void, signal: AbortSignal) => Promise<void>

const request = z.object({ id: z.string().max(100), work: z.unknown() })
const answer = z.object({
  /** Whoever holds the archive. */
  by: z.unknown(),
  id: z.string(),
  isDone: z.boolean(),
  news: z.looseObject({}).nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
})
type Answer = z.infer<typeof answer>

const readJson = async (root: string, file: string): Promise<unknown> =>
  parseJson((await readConfined(root, file, maxBytes).catch(() => undefined))?.toString() ?? '')

/** The request of somebody who still waits. */
async function readRequest(root: string, kind: Kind) {
  const json = await readJson(root, requestFile(kind))
  const by = isObject(json) ? processIn(json.by) : undefined
  const isWaitedFor = by !== undefined && by.machine === thisProcess().machine && isAlive(by)
  return isWaitedFor ? request.safeParse(json).data : undefined
}

export interface Door {
  /** Ends what is being done, and resolves when it has ended. */
  close(): Promise<void>
}

/** Opens the door of whoever holds an archive: looks for requests twice a second, one of each kind at a time. */
export function openDoor(root: string, services: Readonly<Record<Kind, Service>>): Door {
  const underWay = new Map<Kind, { readonly id: string; readonly controller: AbortController }>()
  const serving = new Set<Promise<void>>()

  const serve = async (kind: Kind, id: string, work: unknown) => {
    const controller = new AbortController()
    underWay.set(kind, { id, controller })
    let news: object | null = null
    const say = (said: Partial<Answer>) =>
      writeOver(
        path.join(root, answerFile(kind)),
        Buffer.from(JSON.stringify({ id, by: thisProcess(), isDone: false, news, ...said })),
        {
          isDurable: false,
        },
      ).catch(() => {})
    const timer = setInterval(() => void say({}), everyMs)
    try {
      await say({})
      const tell = (told: object) => {
        news = { ...news, ...told }
      }
      await services[kind](work, tell, controller.signal)
      clearInterval(timer)
      await say({ isDone: true })
    } catch (error) {
      clearInterval(timer)
      await say({ isDone: true, error: errorAsJson(error) })
    } finally {
      underWay.delete(kind)
      if (!controller.signal.aborted) await remove(path.join(root, requestFile(kind))).catch(() => {})
    }
  }

  const look = async () => {
    for (const kind of kinds) {
      const found = await readRequest(root, kind)
      const current = underWay.get(kind)
      if (current && current.id !== found?.id) current.controller.abort()
      if (!found || current) continue
      const served = serve(kind, found.id, found.work).finally(() => serving.delete(served))
      serving.add(served)
    }
  }
  const timer = setInterval(() => void look().catch(() => {}), everyMs).unref()
  return {
    async close() {
      clearInterval(timer)
      for (const { controller } of underWay.values()) controller.abort()
      await Promise.allSettled(serving)
    },
  }
}

const errorAsJson = (error: unknown) => ({
  code: error instanceof ArchiverError ? error.code : 'unexpected',
  message: messageOf(error),
  ...(error instanceof ArchiverError && error.hint !== undefined && { hint: error.hint }),
})

export interface HandOver {
  readonly kind: Kind
  readonly work: unknown
  readonly signal: AbortSignal
  onNews(news: object): void
  /** How long the other may take to answer; it looks twice a second. */
  readonly patienceMs?: number
}

/**
 * Hands work to the watch that holds an archive, and waits until it is done or `signal` is aborted, which takes it
 * back. False when nobody answers: whoever holds the archive is no watch, or runs on another machine.
 *
 * Errors  ArchiverError: whatever the work ends with, and "archive-locked" when somebody waits for the same already.
 */
export async function handOver(given: string, options: HandOver): Promise<boolean> {
  const root = await realPathOf(given)
  const { kind, work, signal, onNews, patienceMs = 3_000 } = options
  if (await readRequest(root, kind))
    throw new ArchiverError('archive-locked', `Another ${kind} of this archive is under way already.`)
  const id = randomUUID()
  await ensureFolderIn(root, folder, { isPrivate: true })
  await writeOver(path.join(root, requestFile(kind)), Buffer.from(JSON.stringify({ id, by: thisProcess(), work })))
  const began = performance.now()
  try {
    for (let isTaken = false; !signal.aborted; ) {
      const { data } = answer.safeParse(await readJson(root, answerFile(kind)))
      const said = data?.id === id ? data : undefined
      isTaken ||= said !== undefined
      if (!isTaken && performance.now() - began > patienceMs) return false
      if (said?.news) onNews(said.news)
      if (said?.error) throw errorOf(said.error)
      if (said?.isDone) return true
      // Whoever was killed answers no more.
      const by = processIn(said?.by)
      if (by && !isAlive(by)) return false
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    return true
  } finally {
    await remove(path.join(root, requestFile(kind)))
  }
}

const errorOf = ({ code, message, hint }: NonNullable<Answer['error']>) =>
  new ArchiverError(code as ErrorCode, message, hint === undefined ? {} : { hint })
