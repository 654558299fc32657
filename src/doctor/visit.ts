import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { PictureRecord } from '../archive/records.ts'
import type { Pace } from '../ask/asker.ts'
import { configFor } from '../config.ts'
import { handOver } from '../daemon/door.ts'
import type { OnEvent } from '../daemon/events.ts'
import { watch } from '../daemon/watch.ts'
import { fillAccount } from '../pretend-chatgpt/account.ts'
import { startPretendChatgpt } from '../pretend-chatgpt/server.ts'
import type { PretendPicture } from '../pretend-chatgpt/world.ts'

export interface VisitOptions {
  readonly archivePath: string
  /** The browser to start; the one that is found if left out. */
  readonly chromiumPath?: string | undefined
  readonly hasWindow?: boolean | undefined
  readonly signal: AbortSignal
  readonly onEvent: OnEvent
  /** The tour is over, and the backfill begins. */
  onBackfill?(): void
}

/** What a visit came to: pictures of the pretend site, and what was archived, by file id. */
export interface Visit {
  /** What the page has shown. */
  readonly shown: readonly PretendPicture[]
  /** What no page has shown; so many there are to be. */
  readonly older: readonly PretendPicture[]
  readonly olderDue: number
  readonly archivePath: string
  readonly records: ReadonlyMap<string, PictureRecord>
}

const longestMs = 120_000
const settleMs = 1_500

/** Pictures that the account has held for years: one conversation, which no page opens. */
const olderDue = 3
const oldSize = { size: { widthPx: 1024, heightPx: 1024 }, lengthBytes: 60_000 }

/** The pretend site gives as much as is asked for; the real one is asked at the pace of a person. */
const pace: Pace = { graceMs: 50, everyMs: 20, betweenMs: [20, 50], conversationGapMs: 100, tooManyMs: 1_000 }

/** Root's browsers do not start with a sandbox; this one can reach nothing but this machine. */
export const isRoot = process.getuid?.() === 0

/**
 * Starts a browser with a throw-away profile, lets it tour a pretend ChatGPT while a watch archives, and then lets a
 * backfill get what no page has shown.
 *
 * Errors  as `watch`; a visit that takes too long ends with what it had.
 */
export async function visitPretendSite(options: VisitOptions): Promise<Visit> {
  const { archivePath, chromiumPath, hasWindow = false, signal, onEvent, onBackfill = () => {} } = options
  const profilePath = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-profile-'))
  const site = await startPretendChatgpt({ paceMs: hasWindow ? 250 : 20 })
  const records = new Map<string, PictureRecord>()
  const visit = new AbortController()
  signal.addEventListener('abort', () => visit.abort(), { once: true })
  let older: readonly PretendPicture[] = []
  const overdue = setTimeout(() => visit.abort(), longestMs)
  try {
    const backfilled = site.tourEnded.then(async () => {
      await pause(settleMs, undefined, { signal: visit.signal })
      onBackfill()
      older = fillAccount(site.world, olderDue, oldSize)
      // As `dalle-archiver backfill` beside a watch does.
      await handOver(archivePath, { kind: 'backfill', work: {}, signal: visit.signal, onNews: () => {} })
    })
    backfilled.finally(() => visit.abort()).catch(() => {})
    await watch({
      config: {
        ...configFor(archivePath),
        chromiumPath,
        profilePath,
        startUrl: 'https://chat.openai.com/#tour',
        headless: !hasWindow,
        // What the page shows, it loads by itself; only the backfill asks.
        fetchMissing: false,
        chromiumArgs: [...site.chromiumArgs, ...(isRoot ? ['--no-sandbox'] : [])],
      },
      signal: visit.signal,
      pace,
      onEvent(event) {
        if (event.kind === 'kept') records.set(event.record.fileId, event.record)
        onEvent(event)
      },
    })
    visit.abort()
    if (older.length > 0) await backfilled
  } finally {
    clearTimeout(overdue)
    await site.close()
    rmSync(profilePath, { recursive: true, force: true, maxRetries: 5 })
  }
  const shown = [...site.world.pictures.values()].filter((picture) => !older.includes(picture))
  return { shown, older, olderDue, archivePath, records }
}
