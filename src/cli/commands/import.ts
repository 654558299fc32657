import path from 'node:path'
import { ArchiverError, exitCodes } from '../../errors.ts'
import type { ImportEvent } from '../../openai-export/events.ts'
import type { InputFlaw } from '../../openai-export/inputs/export-file.ts'
import type { Summary } from '../../openai-export/store/report.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { labelIn, type ProfileOptions } from '../profile.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { interruptible } from '../signals.ts'
import { countWords, numberWords, sizeWords } from '../words.ts'

export interface ImportCommandOptions extends OutputOptions, SettingsOptions, ProfileOptions {
  readonly onlyGenerated?: boolean
  readonly dryRun?: boolean
}

/** Imports data exports into the archive. */
export async function importCommand(paths: readonly string[], options: ImportCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const settings = settingsOf(options)
  const { archivePath, profiles } = settings
  const labels = profiles.map(({ label }) => label)
  const profile = labelIn(options, labels)
  if (profile !== undefined && labels.length > 0 && !labels.includes(profile))
    output.notice(`The config has no profile "${profile}": its pictures get that label all the same.`)
  const [{ importExports }, { followersFor }] = await Promise.all([
    import('../../openai-export/import.ts'),
    import('../../followers.ts'),
  ])
  const onFirst = () => output.notice('Stopping; what is archived stays, and the next import continues.')
  return interruptible(output, onFirst, async (signal) => {
    const onEvent = createTeller(output, io)
    const { onlyGenerated = false, dryRun: isDryRun = false } = options
    const followers = followersFor(settings, (text) => output.notice(text))
    const summary = await importExports({
      paths,
      archivePath,
      onlyGenerated,
      profile,
      isDryRun,
      signal,
      onEvent,
      followers,
    }).catch(async (error: unknown) => {
      if (!(error instanceof ArchiverError) || error.code !== 'archive-locked') throw error
      const summary = await importBeside({ archivePath, paths, onlyGenerated, profile, signal, onEvent })
      if (!summary) throw error
      return summary
    })
    output.status('')
    tell(summary, options, archivePath, output)
    const isWhole = summary.flaws.length === 0 && summary.conversations > 0
    return isWhole ? exitCodes.ok : exitCodes['some-failed']
  })
}

interface Beside {
  readonly archivePath: string
  readonly paths: readonly string[]
  readonly onlyGenerated: boolean
  readonly profile: string | undefined
  readonly signal: AbortSignal
  onEvent(event: ImportEvent): void
}

/** Lets the watch that holds the archive import, and watch on; undefined when nobody answers. */
async function importBeside({ archivePath, paths, onlyGenerated, profile, signal, onEvent }: Beside) {
  let summary: Summary | undefined
  let flawsTold = 0
  const onNews = (news: { flaws?: readonly InputFlaw[]; progress?: ImportEvent; summary?: Summary }) => {
    for (const flaw of news.flaws?.slice(flawsTold) ?? []) onEvent({ kind: 'flaw', flaw })
    flawsTold = news.flaws?.length ?? 0
    if (news.progress) onEvent(news.progress)
    summary = news.summary
  }
  // It runs in another folder.
  const work = { paths: paths.map((one) => path.resolve(one)), onlyGenerated, profile }
  const { handOver } = await import('../../daemon/door.ts')
  await handOver(archivePath, { kind: 'import', work, signal, onNews })
  signal.throwIfAborted()
  return summary
}

const everyMs = 200

/** Flaws as they are found, and how far it is. */
function createTeller(output: Output, { stderr }: Io): (event: ImportEvent) => void {
  let [phase, began, doneBefore] = ['', 0, { files: 0, bytes: 0 }]
  let lastAt = Number.NEGATIVE_INFINITY
  let lastNotice = performance.now()
  return (event) => {
    if (event.kind === 'flaw') {
      const { archive, path, reason } = event.flaw
      const place = [archive, path].filter((part) => part !== '').join(' › ')
      return output.notice(`${place}: ${reason}`, { event: 'flaw', ...event.flaw })
    }
    const moment = performance.now()
    // Each phase has a pace of its own; assets are read while the texts are.
    if (phase !== event.phase) [phase, began, doneBefore] = [event.phase, moment, event.done]
    if (moment - lastAt < everyMs) return
    lastAt = moment
    const words = progressOf(event, doneBefore, (moment - began) / 1_000)
    if (stderr.isTTY) output.status(words)
    else if (moment - lastNotice > 10_000) {
      lastNotice = moment
      output.notice(words, { event: 'progress', phase: event.phase, ...event.done })
    }
  }
}

type Progress = Extract<ImportEvent, { kind: 'progress' }>

/** So short that all fits into 80 columns. */
const phases = { reading: 'Reading', media: 'Media', storing: 'Storing' } as const

function progressOf({ phase, done, all }: Progress, before: Progress['done'], seconds: number): string {
  const [how, of] = all.bytes > 0 ? [done.bytes, all.bytes] : [done.files, all.files]
  const since = how - (all.bytes > 0 ? before.bytes : before.files)
  const leftS = since > 0 ? ((of - how) * seconds) / since : 0
  const words = [
    phases[phase],
    `${numberWords(done.files)} of ${numberWords(all.files)} ${phase === 'storing' ? 'references' : 'files'}`,
    ...(all.bytes > 0 ? [`${sizeWords(done.bytes)} of ${sizeWords(all.bytes)}`] : []),
    ...(all.bytes > 0 && seconds > 0 ? [`${sizeWords(since / seconds)}/s`] : []),
    ...(leftS > 2 ? [`${timeOf(leftS)} left`] : []),
  ]
  return words.join(' · ')
}

const timeOf = (seconds: number) => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`)

const kindNames: Record<string, string> = {
  generated: 'generated images',
  upload: 'uploaded images',
  attachment: 'attachments',
  audio: 'audio',
  video: 'video',
  frame: 'video frames',
  plot: 'plots',
  screenshot: 'screenshots',
  page: 'page renders and copies',
  lineage: 'edit originals and masks',
  link: 'linked files',
  mention: 'other mentions',
}

const reasonNames: Record<string, string> = {
  not_in_export: 'not in the export',
  part_missing: 'in a part that was not given',
  era_omits_generated: 'left out by this kind of export',
  expired: 'expired',
  deleted_by_user: 'deleted by you',
  placeholder: 'placeholders',
  unreadable: 'unreadable',
  damaged: 'damaged',
  ambiguous: 'ambiguous',
  conflict: 'contradictory',
}

function tell(summary: Summary, { dryRun = false }: ImportCommandOptions, archivePath: string, output: Output) {
  const lines = [
    ...(summary.conversations === 0 ? [noConversations] : []),
    inputLine(summary),
    ...Object.entries(summary.references.by_kind).map(([kind, counts]) => kindLine(kind, counts)),
    ...reasonsLine(summary),
    ...(summary.media.orphans > 0 ? [`${countWords(summary.media.orphans, 'file')} without a reference`] : []),
    ...(summary.missing_parts.length > 0
      ? [`${countWords(summary.missing_parts.length, 'file')} listed but not there: was a part of the export left out?`]
      : []),
    ...(summary.flaws.length > 0 ? [`${countWords(summary.flaws.length, 'thing')} could not be read, see above`] : []),
    dryRun ? 'Nothing was written (--dry-run).' : storedLine(summary, archivePath),
  ]
  output.result(lines.join('\n'), { event: 'import-ended', ...summary })
}

/** `2,000 conversations, 6,000 media files (1.6 GB)` */
const inputLine = ({ conversations, media }: Summary) =>
  `${countWords(conversations, 'conversation')}, ${countWords(media.files, 'media file')} (${sizeWords(media.bytes)})`

const noConversations =
  'No conversations were found, so nothing says which pictures these are. Give all parts of the export.'

/** `1,219 of 1,222 generated images matched · 2 ambiguous · 1 missing` */
function kindLine(kind: string, counts: Readonly<Record<string, number>>): string {
  const [exact = 0, probable = 0, ambiguous = 0, missing = 0] = ['exact', 'probable', 'ambiguous', 'missing'].map(
    (status) => counts[status],
  )
  const matched = `${numberWords(exact + probable)} of ${numberWords(exact + probable + ambiguous + missing)}`
  const rest = [
    [probable, 'by exclusion'],
    [ambiguous, 'ambiguous'],
    [missing, 'missing'],
  ] as const
  const words = rest.filter(([count]) => count > 0).map(([count, word]) => `${numberWords(count)} ${word}`)
  return [`${matched} ${kindNames[kind] ?? kind} matched`, ...words].join(' · ')
}

function reasonsLine({ references }: Summary): string[] {
  const reasons = Object.entries(references.by_reason).map(
    ([reason, count]) => `${numberWords(count)} ${reasonNames[reason] ?? reason}`,
  )
  return reasons.length > 0 ? [`Not matched: ${reasons.join(' · ')}`] : []
}

function storedLine({ stored, import_id }: Summary, archivePath: string): string {
  const completed = stored.completed > 0 ? `, completed ${countWords(stored.completed, 'record')}` : ''
  const corrected = stored.corrected > 0 ? `, corrected ${countWords(stored.corrected, 'picture')}` : ''
  const archived = `${countWords(stored.pictures, 'picture')} and ${countWords(stored.attachments, 'other file')}`
  const evidence = `${archivePath}/imports/${import_id}/matches.ndjson`
  return `Archived ${archived}${completed}${corrected}. Every match is in ${evidence}`
}
