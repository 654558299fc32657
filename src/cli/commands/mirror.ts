import { openArchive } from '../../archive/archive.ts'
import { archiveFolder, realFolder } from '../../archive/confined.ts'
import type { MirrorSettings } from '../../config.ts'
import { ArchiverError, exitCodes } from '../../errors.ts'
import { follow, followersFor } from '../../followers.ts'
import type { Mirror } from '../../mirror/mirror.ts'
import type { PullCounts, PullOptions } from '../../mirror/pull.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { createPace } from '../pace.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { interruptible } from '../signals.ts'
import { countWords, numberWords, shareIn, sizeWords } from '../words.ts'

export interface MirrorCommandOptions extends OutputOptions, SettingsOptions {
  /** Of `verify`. */
  readonly sample?: string
  /** Of `pull`. */
  readonly originals?: boolean
  /** Of `free`. */
  readonly keep?: string
  readonly dryRun?: boolean
}

export type MirrorVerb = 'push' | 'verify' | 'pull' | 'free'

interface Work {
  readonly options: MirrorCommandOptions
  readonly archivePath: string
  readonly root: string
  readonly settings: MirrorSettings | undefined
  readonly mirror: Mirror
  readonly signal: AbortSignal
  readonly output: Output
  /** Says now and then how far it is. */
  readonly pace: (bytes: number, words: string, json: object) => void
}

/** Sends an archive to its mirror, looks after what is there, takes it over, or frees this disk of what is there. */
export async function mirrorCommand(verb: MirrorVerb, options: MirrorCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const { archivePath, mirror: settings } = settingsOf(options)
  // What cannot be understood is said before anything is asked.
  shareIn(options.sample)
  if (verb === 'free') keptSince(options.keep, new Date())
  const [{ openMirror }, { placeOf }] = await Promise.all([
    import('../../mirror/mirror.ts'),
    import('../../mirror/place.ts'),
  ])
  placeOf(settings)
  const root = await (verb === 'pull' ? ensuredRoot(archivePath) : archiveFolder(archivePath))
  const onFirst = () => output.notice('Stopping; what is done stays, and the next run goes on.')
  return interruptible(output, onFirst, async (signal) => {
    const onNotice = (text: string) => output.notice(text)
    const mirror = await openMirror(root, settings, { signal, onNotice })
    return verbs[verb]({ options, archivePath, root, settings, mirror, signal, output, pace: createPace(output, io) })
  })
}

/** A second machine may have no archive yet. */
async function ensuredRoot(archivePath: string): Promise<string> {
  const { ensureFolder } = await import('../../archive/folders.ts')
  await ensureFolder(archivePath)
  return (await realFolder(archivePath)) ?? archivePath
}

const verbs: Readonly<Record<MirrorVerb, (work: Work) => Promise<number>>> = { push, verify, pull, free }

async function push({ mirror, signal, output, pace }: Work): Promise<number> {
  const { push } = await import('../../mirror/push.ts')
  const counts = await push({
    ...{ mirror, signal },
    onProgress: ({ looked, pictures, bytes }) =>
      pace(bytes, `${numberWords(looked)} of ${countWords(pictures, 'picture')}`, { looked, pictures }),
    onFailed: (record, reason) => output.notice(`${record}: ${reason}`, { event: 'failed', record, reason }),
  })
  output.status('')
  const { pictures, originals, records, marks, collections, bytes, missing, failed } = counts
  const words = [
    `${countWords(pictures, 'picture')}: ${countWords(originals, 'original')} and ${countWords(records, 'record')} sent to ${mirror.name} (${sizeWords(bytes)})`,
    ...line(marks, 'with marks that were sent'),
    ...(collections > 0 ? [`${countWords(collections, 'collection')} sent`] : []),
    ...line(missing, 'without an original, here or there'),
    ...line(failed, 'failed'),
  ]
  output.result(words.join('\n'), { event: 'mirror-pushed', mirror: mirror.name, ...counts })
  return failed > 0 ? exitCodes['some-failed'] : exitCodes.ok
}

async function verify({ options, mirror, signal, output, pace }: Work): Promise<number> {
  const { verifyMirror } = await import('../../mirror/verify.ts')
  const found = await verifyMirror({
    ...{ mirror, signal, sample: shareIn(options.sample) ?? defaultSample },
    onProgress: ({ objects, read, wanted, bytes }) =>
      pace(bytes, `${countWords(objects, 'object')} · ${numberWords(read)} of ${numberWords(wanted)} read`, { read }),
    onDamage: (key, what) =>
      output.notice(`${key}: ${what === 'gone' ? 'is gone' : 'has other bytes'}`, { event: 'finding', key, what }),
  })
  output.status('')
  const lost = found.damaged + found.gone
  const words = [
    `${countWords(found.objects, 'object')} in ${mirror.name} (${sizeWords(found.bytes)}): ${numberWords(found.byChecksum)} right by checksum, ${numberWords(found.read)} read`,
    ...line(found.damaged, 'with other bytes than were sent'),
    ...line(found.gone, 'gone, though they were sent'),
    ...(found.unsent > 0 ? [`${countWords(found.unsent, 'original')} not sent yet`] : []),
    ...(lost + found.unsent > 0 ? ['→ dalle-archiver mirror push'] : []),
  ]
  output.result(words.join('\n'), { event: 'mirror-verified', mirror: mirror.name, ...found })
  return lost > 0 ? exitCodes.damaged : exitCodes.ok
}

/** Enough to notice a store that rots; all of it would be as much as a pull. */
const defaultSample = 0.01

async function pull(work: Work): Promise<number> {
  const { options, mirror, signal, output, pace } = work
  const hasOriginals = options.originals === true
  const how: How = {
    ...{ hasOriginals, signal },
    onProgress: ({ looked, pictures, originals, wanted, bytes }) =>
      pace(
        bytes,
        wanted > 0
          ? `${numberWords(originals)} of ${countWords(wanted, 'original')}`
          : `${numberWords(looked)} of ${countWords(pictures, 'picture')}`,
        { looked, pictures, originals, wanted },
      ),
    onFailed: (what, reason) => output.notice(`${what}: ${reason}`, { event: 'failed', what, reason }),
  }
  const counts = await pullInto(work, how).catch(async (error: unknown) => {
    if (!(error instanceof ArchiverError) || error.code !== 'archive-locked') throw error
    const pulled = await pullBeside(work.archivePath, how)
    if (!pulled) throw error
    return pulled
  })
  output.status('')
  const words = [
    `${countWords(counts.added, 'picture')} added and ${numberWords(counts.completed)} completed from ${mirror.name}`,
    ...(hasOriginals ? [`${countWords(counts.originals, 'original')} fetched (${sizeWords(counts.bytes)})`] : []),
    ...line(counts.marks, 'with marks of another machine'),
    ...(counts.collections > 0 ? [`${countWords(counts.collections, 'collection')} of another machine`] : []),
    ...line(counts.waiting, 'wait until their original is up there'),
    ...line(counts.failed, 'failed'),
  ]
  output.result(words.join('\n'), { event: 'mirror-pulled', mirror: mirror.name, ...counts })
  return counts.failed > 0 ? exitCodes['some-failed'] : exitCodes.ok
}

type How = Required<Omit<PullOptions, 'archive' | 'mirror' | 'signal'>> & { readonly signal: AbortSignal }

interface PullNews {
  readonly counts?: PullCounts
  readonly failures?: readonly { readonly what: string; readonly reason: string }[]
}

/** Lets the watch that holds the archive pull; undefined when nobody answers. */
async function pullBeside(
  archivePath: string,
  { hasOriginals, signal, onProgress, onFailed }: How,
): Promise<PullCounts | undefined> {
  let counts: PullCounts | undefined
  let failuresTold = 0
  const onNews = ({ counts: now, failures = [] }: PullNews) => {
    for (const { what, reason } of failures.slice(failuresTold)) onFailed(what, reason)
    failuresTold = failures.length
    counts = now ?? counts
    if (now) onProgress(now)
  }
  const { handOver } = await import('../../daemon/door.ts')
  const isTaken = await handOver(archivePath, { kind: 'pull', work: { hasOriginals }, signal, onNews })
  signal.throwIfAborted()
  return isTaken ? counts : undefined
}

async function pullInto({ archivePath, mirror, options, output }: Work, how: How): Promise<PullCounts> {
  const { pull } = await import('../../mirror/pull.ts')
  const archive = await openArchive(archivePath, { isLocked: true })
  // What comes from the mirror need not be sent there.
  const settings = { ...settingsOf(options), mirror: undefined }
  const following = follow(
    archive,
    followersFor(settings, (text) => output.notice(text)),
  )
  try {
    await archive.sweep()
    return await pull({ archive, mirror, ...how })
  } finally {
    await following.close()
    await archive.close()
  }
}

async function free({ options, mirror, signal, output, pace }: Work): Promise<number> {
  const { free } = await import('../../mirror/free.ts')
  const isDryRun = options.dryRun === true
  const counts = await free({
    ...{ mirror, signal, isDryRun, before: keptSince(options.keep, new Date()) },
    onProgress: ({ looked, originals, bytes }) =>
      pace(bytes, `${numberWords(looked)} of ${countWords(originals, 'original')}`, { looked, originals }),
    onStays: (image, reason) => output.notice(`${image} stays: ${reason}`, { event: 'stays', image, reason }),
  })
  output.status('')
  const words = [
    `${countWords(counts.freed, 'original')} ${isDryRun ? 'could leave' : 'left'} this disk (${sizeWords(counts.bytes)})${isDryRun ? '' : `; they are in ${mirror.name}`}`,
    ...line(counts.stayed, 'stay, as said above'),
  ]
  output.result(words.join('\n'), { event: 'mirror-freed', mirror: mirror.name, isDryRun, ...counts })
  return counts.stayed > 0 ? exitCodes['some-failed'] : exitCodes.ok
}

/** `90d`: pictures that were made since then stay. */
function keptSince(text: string | undefined, now: Date): Date {
  const days = Number(/^(\d{1,5})d$/.exec(text ?? '')?.[1] ?? Number.NaN)
  if (!Number.isNaN(days)) return new Date(now.getTime() - days * 24 * 60 * 60 * 1_000)
  const flaw = text === undefined ? 'mirror free needs --keep.' : `--keep ${text} is not understood.`
  throw new ArchiverError('usage', flaw, { hint: 'Say how young pictures must be to stay: --keep 90d.' })
}

const line = (count: number, words: string) => (count > 0 ? [`${numberWords(count)} ${words}`] : [])
