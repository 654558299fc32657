import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { PictureRecord } from '../../archive/records.ts'
import type { Pace } from '../../ask/asker.ts'
import { configFor } from '../../config.ts'
import { handOver } from '../../daemon/door.ts'
import { watch } from '../../daemon/watch.ts'
import { fillAccount } from '../../pretend-chatgpt/account.ts'
import { startPretendChatgpt } from '../../pretend-chatgpt/server.ts'
import type { PretendPicture } from '../../pretend-chatgpt/world.ts'
import { reportDemo } from '../demo-report.ts'
import { createOutput, type Io, type OutputOptions } from '../output.ts'
import { untilInterrupted } from '../signals.ts'
import { createTeller } from './watch.ts'

export interface DemoOptions extends OutputOptions {
  readonly archive?: string
  readonly chromium?: string
  readonly window?: boolean
}

const longestVisitMs = 120_000
const settleMs = 1_500

/** Pictures that the account has held for years: one conversation, which no page opens. */
const olderPictures = 3
const oldSize = { size: { widthPx: 1024, heightPx: 1024 }, lengthBytes: 60_000 }

/** The pretend site gives as much as is asked for; the real one is asked at the pace of a person. */
const pace: Pace = { graceMs: 50, everyMs: 20, betweenMs: [20, 50], conversationGapMs: 100, tooManyMs: 1_000 }

/**
 * Shows the watch at work on a pretend ChatGPT, and a backfill of what it did not see, then compares what was archived
 * with what the site holds.
 */
export async function demoCommand(options: DemoOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const archivePath = path.resolve(options.archive ?? mkdtempSync(path.join(tmpdir(), 'dalle-archiver-demo-')))
  const profilePath = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-profile-'))
  const site = await startPretendChatgpt({ paceMs: options.window ? 250 : 20 })
  const isRoot = process.getuid?.() === 0
  output.notice('A pretend ChatGPT runs on this machine; a browser with a throw-away profile visits it.')
  if (isRoot) output.notice('Running as root: this browser, which can reach only this machine, runs without a sandbox.')
  const isHeadless = !options.window
  const records = new Map<string, PictureRecord>()
  const tell = createTeller(output)
  const visit = new AbortController()
  let older: readonly PretendPicture[] = []
  const stop = untilInterrupted(() => visit.abort())
  stop.signal.addEventListener('abort', () => visit.abort())
  try {
    const overdue = setTimeout(() => visit.abort(), longestVisitMs)
    const backfilled = site.tourEnded.then(async () => {
      await pause(settleMs, undefined, { signal: visit.signal })
      output.notice(
        'The visit is over; a backfill gets older pictures, which no page has shown, through the open page.',
      )
      older = fillAccount(site.world, olderPictures, oldSize)
      await backfill(archivePath, visit.signal)
    })
    backfilled.finally(() => visit.abort()).catch(() => {})
    await watch({
      config: {
        ...configFor(archivePath),
        chromiumPath: options.chromium,
        profilePath,
        startUrl: 'https://chat.openai.com/#tour',
        headless: isHeadless,
        // What the page shows, it loads by itself; only the backfill asks.
        fetchMissing: false,
        chromiumArgs: [...site.chromiumArgs, ...(isRoot ? ['--no-sandbox'] : [])],
      },
      signal: visit.signal,
      pace,
      onEvent(event) {
        if (event.kind === 'kept') records.set(event.record.fileId, event.record)
        tell(event)
      },
    })
    clearTimeout(overdue)
    visit.abort()
    if (older.length > 0) await backfilled
  } finally {
    stop.dispose()
    await site.close()
    rmSync(profilePath, { recursive: true, force: true, maxRetries: 5 })
  }
  output.status('')
  if (stop.signal.aborted) return stop.exitCode
  const shown = [...site.world.pictures.values()].filter((picture) => !older.includes(picture))
  return reportDemo({ shown, older, olderDue: olderPictures, archivePath, records }, io, output)
}

/** Wants a backfill of the watch that runs, as `dalle-archiver backfill` beside it does. */
const backfill = (archivePath: string, signal: AbortSignal) =>
  handOver(archivePath, { kind: 'backfill', work: {}, signal, onNews: () => {} })
