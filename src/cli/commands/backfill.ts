import { rmSync, writeFileSync } from 'node:fs'
import { realFolder } from '../../archive/confined.ts'
import { ensureFolderIn } from '../../archive/folders.ts'
import { notLoggedIn } from '../../ask/asker.ts'
import { frozenFile } from '../../backfill/backfill.ts'
import { type Coverage, coverageOf } from '../../backfill/coverage.ts'
import { historyFolder } from '../../backfill/journal.ts'
import type { AccountProgress } from '../../backfill/workspaces.ts'
import { handOver } from '../../daemon/door.ts'
import type { WatchEvent } from '../../daemon/events.ts'
import { watch } from '../../daemon/watch.ts'
import { ArchiverError, exitCodes } from '../../errors.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { untilInterrupted } from '../signals.ts'
import { sinceIn } from '../words.ts'
import { tableOf } from './coverage.ts'
import { createTeller } from './watch.ts'

export interface BackfillCommandOptions extends OutputOptions, SettingsOptions {
  readonly onlyLibrary?: boolean
  readonly all?: boolean
  readonly since?: string
  readonly dryRun?: boolean
  readonly untilKnown?: boolean
  readonly budget?: string
  readonly workspace?: string
  readonly freeze?: boolean
  readonly thaw?: boolean
}

/** Reads the account's past through its own page, and archives what it holds. */
export async function backfillCommand(options: BackfillCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const config = settingsOf(options)
  if (options.freeze || options.thaw) return freeze(config.archivePath, options, output)
  const perHour = perHourIn(options.budget)
  const since = sinceIn(options.since)
  output.notice(aboutIt)
  const stop = untilInterrupted(() => output.notice('Stopping; the next backfill goes on from here.'))
  const scope = {
    isOnlyLibrary: options.onlyLibrary,
    isAll: options.all,
    isDryRun: options.dryRun,
    isUntilKnown: options.untilKnown,
    workspace: options.workspace,
    since,
    perHour,
  }
  const refused = new AbortController()
  const signal = AbortSignal.any([stop.signal, refused.signal])
  const seen: { last?: AccountProgress } = {}
  const teller = tellerOf(output, io, (progress) => {
    seen.last = progress
    if (config.headless && progress.waiting?.reason === notLoggedIn) refused.abort()
  })
  try {
    await watch({ config, signal, backfill: scope, onEvent: teller }).catch(async (error: unknown) => {
      if (!(error instanceof ArchiverError) || error.code !== 'archive-locked') throw error
      // A watch runs already: it reads on, in the browser that is open.
      const onNews = ({ progress }: { progress?: AccountProgress }) =>
        progress && teller({ kind: 'backfill', progress: revived(progress) })
      if (!(await handOver(config.archivePath, { kind: 'backfill', work: scope, signal, onNews }))) throw error
    })
  } finally {
    stop.dispose()
    output.status('')
  }
  if (refused.signal.aborted) throw loginNeeded()
  const { last } = seen
  if (last?.problem)
    throw new ArchiverError('usage', last.problem, {
      hint: 'Give --workspace a name that the account has, or leave it out.',
    })
  const isDone = last?.phase === 'done'
  const unfinished = stop.signal.aborted ? stop.exitCode : exitCodes['some-failed']
  if (options.dryRun) return isDone ? counted(last, output) : unfinished
  const coverage = await coverageOf(config.archivePath)
  output.result(tableOf(coverage).join('\n'), { event: 'backfill-ended', isDone, ...coverage })
  if (!isDone && coverage.held === 0) return unfinished
  return isDone && isAllThere(coverage) ? exitCodes.ok : exitCodes['some-failed']
}

/** Whether nothing is known to be lacking, nor could be on a list that was not told to its end. */
export function isAllThere({ lacking, failedConversations, catalogues }: Coverage): boolean {
  // What only an export has named, the account may not have.
  const isLacking = lacking.some(({ reason }) => reason !== 'only-in-export')
  const areTold = catalogues.every(({ end }) => end === 'cursor' || end === 'known' || end === 'since')
  return !isLacking && failedConversations === 0 && areTold
}

/** Dates as they were before they were written. */
function revived(progress: AccountProgress): AccountProgress {
  const { waiting } = progress
  return { ...progress, waiting: waiting && { ...waiting, until: waiting.until && new Date(waiting.until) } }
}

const aboutIt =
  'This reads your own account at the pace of a person, through your own page. The terms of the site are yours to read.'

const loginNeeded = () =>
  new ArchiverError('login-needed', 'Nobody is logged in, and without a window nobody can.', {
    hint: 'Run it once with a window ("headless": false), log in, and start it again.',
  })

/** Stops every backfill of an archive, until it is thawed; of a running one, too. */
async function freeze(
  archivePath: string,
  { freeze: isFrozen }: BackfillCommandOptions,
  output: Output,
): Promise<number> {
  const root = await realFolder(archivePath)
  if (root === undefined) throw new ArchiverError('disk', `There is no archive at ${archivePath}.`)
  // Without the lock: another process holds it while a backfill runs.
  await ensureFolderIn(root, historyFolder)
  const file = frozenFile(root)
  if (isFrozen) writeFileSync(file, '')
  else rmSync(file, { force: true })
  output.result(isFrozen ? 'Frozen: no backfill of this archive asks anything.' : 'Thawed.', {
    event: 'frozen',
    isFrozen,
  })
  return exitCodes.ok
}

function counted({ listed, held }: AccountProgress, output: Output): number {
  const words = `${listed} files listed, ${held} of them in the archive. Nothing was fetched (--dry-run).`
  output.result(words, { event: 'backfill-counted', listed, held })
  return exitCodes.ok
}

/** `30/h`. */
function perHourIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(/^(\d{1,4})\/h$/.exec(text)?.[1] ?? 0)
  if (count > 0) return count
  throw new ArchiverError('usage', `--budget ${text} is not understood.`, {
    hint: 'Give the most conversations to read in an hour, such as --budget 30/h.',
  })
}

/** How often it says how far it is, where no line changes in place. */
const everyMs = 30_000

/** What a watch says, and how far the backfill is. */
function tellerOf(
  output: Output,
  { stderr }: Io,
  onProgress: (progress: AccountProgress) => void,
): (event: WatchEvent) => void {
  const tell = createTeller(output)
  let lastWaiting = ''
  let lastAt = performance.now()
  return (event) => {
    if (event.kind !== 'backfill') return tell(event)
    const { progress } = event
    const waiting = waitingWords(progress)
    if (waiting !== '' && waiting !== lastWaiting) output.notice(waiting, { event: 'waiting', ...progress.waiting })
    lastWaiting = waiting
    output.status(wordsOf(progress))
    const isTime = !stderr.isTTY && performance.now() - lastAt > everyMs
    if (isTime) lastAt = performance.now()
    output[isTime ? 'notice' : 'detail'](wordsOf(progress), { event: 'progress', ...progress })
    onProgress(progress)
  }
}

function waitingWords({ waiting, phase }: AccountProgress): string {
  if (!waiting || phase === 'done') return ''
  const until = waiting.until ? ` until ${waiting.until.toLocaleTimeString()}` : ''
  return `Waiting${until}: ${waiting.reason}`
}

/** So short that it fits into 80 columns. */
function wordsOf(progress: AccountProgress): string {
  const { workspace, phase, listed, pagesRead, conversationsRead, conversationsLeft, picturesLeft, leftS } = progress
  const conversations = conversationsRead + conversationsLeft
  return [
    ...(workspace === null ? [] : [workspace]),
    `${listed} files listed`,
    ...(phase === 'lists' ? [`${pagesRead} pages read`] : []),
    ...(conversations > 0 ? [`${conversationsRead} of ${conversations} conversations`] : []),
    `${picturesLeft} pictures to get`,
    ...(leftS > 60 && phase !== 'lists' ? [`about ${timeOf(leftS)} left`] : []),
  ].join(' · ')
}

const timeOf = (seconds: number) =>
  seconds < 2 * 3_600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
