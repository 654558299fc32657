import { openJournal } from '../archive/journal.ts'
import { momentAt, numberAt, textAt } from '../decode/json.ts'
import { parseFileId } from '../sites/chatgpt/ids.ts'
import type { FileId } from '../sites/ids.ts'

/** What was asked for in vain, kept over restarts so that nobody is asked too often. */
export interface Attempts {
  isDue(fileId: FileId, now: Date): boolean
  failed(fileId: FileId, reason: string, now: Date): Promise<void>
  succeeded(fileId: FileId): Promise<void>
  /** Why the last attempt failed. */
  reasonOf(fileId: FileId): string | undefined
  /** The site wants to be left alone, for all files. */
  silence(ms: number, reason: string, now: Date): Promise<void>
  isSilent(now: Date): boolean
}

interface Attempt {
  readonly fileId: FileId
  readonly count: number
  readonly reason: string
  readonly at: Date
}

interface Silence {
  readonly silentUntil: Date
  readonly reason: string
}

const hourMs = 60 * 60 * 1000
/** How long a file is left alone after its first failure, its second, and each further one. */
const pausesMs = [hourMs, 24 * hourMs, 7 * 24 * hourMs]
/** Nobody is taken at their word for longer than this. */
const longestSilenceMs = 24 * hourMs
/** A journal this long is written anew. */
const longJournal = 2_000

/**
 * Opens `pending/attempts.ndjson`: a line for each failure, the last one about a file counts; `{ gone }` when it was had;
 * `{ silentUntil }` when the site wants to be left alone.
 *
 * Errors  lines that are none of ours are passed over. What the disk refuses is forgotten: then one question more is asked.
 */
export async function openAttempts(file: string, ready?: () => Promise<void>): Promise<Attempts> {
  const { journal, lines } = await openJournal(file, ready).catch(() => ({ journal: undefined, lines: [] }))
  const attempts = new Map<FileId, Attempt>()
  let silence: Silence | undefined
  for (const line of lines) {
    const gone = parseFileId(textAt(line, 'gone') ?? '')
    const read = attemptIn(line)
    if (gone) attempts.delete(gone)
    else if (read) attempts.set(read.fileId, read)
    silence = silenceIn(line) ?? silence
  }
  const note = async (line: unknown) => {
    if (!journal) return
    const isLong = journal.length > longJournal && journal.length > 4 * attempts.size
    const all = [...attempts.values(), ...(silence ? [silence] : [])]
    await (isLong ? journal.rewrite(all) : journal.add(line)).catch(() => {})
  }
  return {
    isDue(fileId, now) {
      const last = attempts.get(fileId)
      const passedMs = last ? now.getTime() - last.at.getTime() : 0
      // A clock that was set back must not silence us for good.
      return !last || passedMs < -hourMs || passedMs >= (pausesMs[Math.min(last.count, pausesMs.length) - 1] ?? 0)
    },
    async failed(fileId, reason, now) {
      const attempt = { fileId, count: (attempts.get(fileId)?.count ?? 0) + 1, reason, at: now }
      attempts.set(fileId, attempt)
      await note(attempt)
    },
    async succeeded(fileId) {
      if (attempts.delete(fileId)) await note({ gone: fileId })
    },
    reasonOf: (fileId) => attempts.get(fileId)?.reason,
    async silence(ms, reason, now) {
      silence = { silentUntil: new Date(now.getTime() + Math.min(ms, longestSilenceMs)), reason }
      await note(silence)
    },
    isSilent(now) {
      const leftMs = silence ? silence.silentUntil.getTime() - now.getTime() : 0
      return leftMs > 0 && leftMs <= longestSilenceMs
    },
  }
}

function silenceIn(line: unknown): Silence | undefined {
  const [silentUntil, reason] = [momentAt(line, 'silentUntil'), textAt(line, 'reason')]
  return silentUntil && reason ? { silentUntil, reason } : undefined
}

function attemptIn(line: unknown): Attempt | undefined {
  const fileId = parseFileId(textAt(line, 'fileId') ?? '')
  const [count, reason, at] = [numberAt(line, 'count'), textAt(line, 'reason'), momentAt(line, 'at')]
  return fileId && count && reason && at ? { fileId, count, reason, at } : undefined
}
