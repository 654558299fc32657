import { rmSync, writeFileSync } from 'node:fs'
import { archiveFolder } from '../../archive/confined.ts'
import { ensureFolderIn } from '../../archive/folders.ts'
import { notLoggedIn } from '../../ask/asker.ts'
import { type BackfillScope, frozenFile } from '../../backfill/backfill.ts'
import { type Coverage, coverageOf } from '../../backfill/coverage.ts'
import { historyFolder } from '../../backfill/journal.ts'
import type { AccountProgress } from '../../backfill/workspaces.ts'
import { handOver } from '../../daemon/door.ts'
import { watch } from '../../daemon/watch.ts'
import { ArchiverError, type ErrorCode, exitCodes } from '../../errors.ts'
import { onlyProfile, profilesOf, type WatchedProfile } from '../../profiles.ts'
import { createBackfillTeller } from '../backfill-teller.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { labelIn, type ProfileOptions, prefixOf, refuseForSeveral } from '../profile.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { untilInterrupted } from '../signals.ts'
import { sinceIn } from '../words.ts'
import { tableOf } from './coverage.ts'
import { attachedTo } from './watch.ts'

export interface BackfillCommandOptions extends OutputOptions, SettingsOptions, ProfileOptions {
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

/** Reads the past of each account through its own page, one after the other, and archives what it holds. */
export async function backfillCommand(options: BackfillCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const settings = settingsOf(options)
  if (options.freeze || options.thaw) return freeze(settings.archivePath, options, output)
  const config = attachedTo(onlyProfile(settings, labelIn(options)), options.attach)
  refuseForSeveral(config, options)
  const scope = scopeIn(options)
  output.notice(aboutIt)
  const stop = untilInterrupted(() => output.notice('Stopping; the next backfill goes on from here.'))
  try {
    const one = { scope, stop, output, io }
    const profiles = profilesOf(config)
    const failures: ArchiverError[] = []
    const codes: number[] = []
    for (const profile of profiles) {
      if (stop.signal.aborted) break
      await backfillOne(profile, one).then(
        (code) => codes.push(code),
        (error: unknown) => failures.push(failureOf(error, profile.label, profiles.length, output)),
      )
    }
    if (failures[0]) throw failures[0]
    if (stop.signal.aborted) return codes.at(-1) ?? stop.exitCode
    return codes.find((code) => code !== exitCodes.ok) ?? exitCodes.ok
  } finally {
    stop.dispose()
  }
}

const scopeIn = (options: BackfillCommandOptions): BackfillScope => ({
  isOnlyLibrary: options.onlyLibrary,
  isAll: options.all,
  isDryRun: options.dryRun,
  isUntilKnown: options.untilKnown,
  workspace: options.workspace,
  since: sinceIn(options.since),
  perHour: perHourIn(options.budget),
})

/** What is about one browser or account alone, and does not hinder the others. */
const ofOneProfile: readonly ErrorCode[] = ['browser-not-found', 'browser-unreachable', 'login-needed', 'usage']

/** The same error with the profile it is of, said at once where there are others. Errors: what hinders them all. */
function failureOf(error: unknown, label: string | null, count: number, output: Output): ArchiverError {
  if (!(error instanceof ArchiverError) || label === null || !ofOneProfile.includes(error.code)) throw error
  const { code, message, hint } = error
  const failure = new ArchiverError(code, `Profile "${label}": ${message}`, { ...(hint && { hint }), cause: error })
  if (count > 1) output.notice(failure.message, { profile: label })
  return failure
}

interface Run {
  readonly scope: BackfillScope
  readonly stop: ReturnType<typeof untilInterrupted>
  readonly output: Output
  readonly io: Io
}

/** Reads the past of one account; its exit code. */
async function backfillOne(profile: WatchedProfile, run: Run): Promise<number> {
  const { scope, stop, output } = run
  const { label, config } = profile
  const last = await readPast(profile, run).finally(() => output.status(''))
  const isDone = last?.phase === 'done'
  const unfinished = stop.signal.aborted ? stop.exitCode : exitCodes['some-failed']
  if (scope.isDryRun) return isDone ? counted(last, label, output) : unfinished
  const coverage = await coverageOf(config.archivePath, label)
  output.result(tableOf(coverage).join('\n'), { event: 'backfill-ended', isDone, ...coverage })
  if (!isDone && coverage.held === 0) return unfinished
  return isDone && isAllThere(coverage) ? exitCodes.ok : exitCodes['some-failed']
}

/** How far it came. */
async function readPast({ label, config }: WatchedProfile, { scope, stop, output, io }: Run) {
  const refused = new AbortController()
  const signal = AbortSignal.any([stop.signal, refused.signal])
  const seen: { last?: AccountProgress } = {}
  const teller = createBackfillTeller(output, io, label, (progress) => {
    seen.last = progress
    if (config.headless && progress.waiting?.reason === notLoggedIn) refused.abort()
  })
  const own = label === null ? config : onlyProfile(config, label)
  await watch({ config: own, signal, backfill: scope, onEvent: teller }).catch(async (error: unknown) => {
    if (!(error instanceof ArchiverError) || error.code !== 'archive-locked') throw error
    // A watch runs already: it reads on, in the browser that is open.
    const onNews = ({ progress }: { progress?: AccountProgress }) =>
      progress && teller({ kind: 'backfill', progress: revived(progress) })
    const work = { profile: label, ...scope }
    if (!(await handOver(config.archivePath, { kind: 'backfill', work, signal, onNews }))) throw error
  })
  if (refused.signal.aborted) throw loginNeeded()
  if (seen.last?.problem)
    throw new ArchiverError('usage', seen.last.problem, {
      hint: 'Give --workspace a name that the account has, or leave it out.',
    })
  return seen.last
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
  const root = await archiveFolder(archivePath)
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

function counted({ listed, held }: AccountProgress, profile: string | null, output: Output): number {
  const words = `${prefixOf(profile)}${listed} files listed, ${held} of them in the archive. Nothing was fetched (--dry-run).`
  output.result(words, { event: 'backfill-counted', profile, listed, held })
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
