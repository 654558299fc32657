import { setTimeout as pause } from 'node:timers/promises'
import { type Archive, openArchive } from '../archive/archive.ts'
import type { Pace } from '../ask/asker.ts'
import type { BackfillScope } from '../backfill/backfill.ts'
import type { Wire } from '../browser/wire.ts'
import type { Config } from '../config.ts'
import { oddity } from '../decode/oddity.ts'
import { ArchiverError } from '../errors.ts'
import { type Follower, follow, followersFor } from '../followers.ts'
import { createIntake } from '../intake/intake.ts'
import { profilesOf } from '../profiles.ts'
import type { ImageFacts } from '../sites/facts.ts'
import { createBrowserClaims } from './browser-claims.ts'
import { openDoor } from './door.ts'
import type { OnEvent } from './events.ts'
import { showGallery } from './gallery-beside.ts'
import { createOddityLog } from './oddity-log.ts'
import { openProfileWatch, type StartingProfile, startingProfiles } from './profile-watch.ts'
import { servicesOf } from './services.ts'
import { type OnEnded, watchAll } from './side-by-side.ts'
import { watchForTrouble } from './trouble-watch.ts'
import { within } from './waiting.ts'

export interface WatchOptions {
  readonly config: Config
  readonly onEvent: OnEvent
  /** Aborted to stop: what has been received is finished first. */
  readonly signal: AbortSignal
  readonly now?: () => Date
  /** Puts something between the browser and us, such as a recorder. */
  readonly tap?: (wire: Wire) => Wire
  /** Reads the account's past, too; resolves when that is done. */
  readonly backfill?: BackfillScope
  /** How gently missing pictures are asked for. */
  readonly pace?: Pace
  /** How long to wait before a crashed browser is started again, each time; so many times in ten minutes. */
  readonly restartPausesMs?: readonly number[]
  /** Who follows the archive meanwhile; whoever the settings name if left out. */
  readonly followers?: readonly Follower[]
  /** Shows a person away from the terminal what only they can mend. */
  tellDesktop?(text: string): Promise<unknown>
}

export interface WatchSummary {
  readonly archived: number
  readonly total: number
  readonly waiting: { readonly facts: number; readonly bytes: number }
  /** Pieces of news the disk refused to the end. */
  readonly unwritten: number
  /** What ended some of several profiles while the others were watched. */
  readonly failures: readonly ArchiverError[]
}

/**
 * The live way, in reading order: take the archive, watch a browser for as long as it lives, and keep what comes; where
 * the config names several profiles, the browser of each, side by side.
 *
 * Resolves when the browsers are closed or `signal` is aborted.
 *
 * Errors  ArchiverError for an archive that cannot be opened or is taken from us, and for a browser that cannot be had.
 */
export async function watch(options: WatchOptions): Promise<WatchSummary> {
  const profiles = startingProfiles(profilesOf(options.config))
  try {
    return await watchWith(profiles, options)
  } finally {
    await Promise.all(profiles.map(({ browser }) => browser.giveUp()))
  }
}

async function watchWith(profiles: readonly StartingProfile[], options: WatchOptions): Promise<WatchSummary> {
  const { config, now = () => new Date() } = options
  const archive = await openArchive(config.archivePath, {
    now,
    isLocked: true,
    // Not before: whoever finds the archive in use must not start a browser.
    onOurs: () => profiles.forEach(({ browser }) => void browser.begin()),
    onTorn: tornNotice(options.onEvent),
    onForgotten: forgottenNotice(options.onEvent),
  })
  const onNotice = (text: string) => options.onEvent({ kind: 'notice', text })
  const following = follow(archive, options.followers ?? followersFor(config, onNotice))
  try {
    return await watchInto(archive, profiles, { ...options, now })
  } finally {
    await following.close()
    await archive.close()
  }
}

async function watchInto(
  archive: Archive,
  profiles: readonly StartingProfile[],
  options: WatchOptions & { readonly now: () => Date },
): Promise<WatchSummary> {
  const { config, now } = options
  const onEvent: OnEvent = (event) => {
    if (event.kind === 'oddity') oddities.note(event.oddity, event.profile)
    options.onEvent(event)
  }
  const { signal, stolen, dispose } = untilTaken(archive, options.signal)
  const ending = new AbortController()
  const sweeping = pause(sweepAfterMs, undefined, { signal: ending.signal, ref: false })
    .catch(() => {})
    .then(archive.sweep)
    .catch(() => {})
  const oddities = await createOddityLog(archive.root, archive.check, now)
  const troubles = await watchForTrouble({ ...options, archive, onEvent })
  const gallery = config.gallery ? showGallery(archive, onEvent, config) : undefined
  let archived = 0
  const intake = createIntake({
    archive,
    now,
    maxWaitDays: config.pendingDays,
    onOddity: (oddity) => onEvent({ kind: 'oddity', oddity }),
    onNotice: (text) => onEvent({ kind: 'notice', text }),
    onStored(record) {
      archived += 1
      onEvent({ kind: 'kept', record })
    },
    onChange: () => onEvent({ kind: 'counts', total: archive.count, waiting: waitingIn(archive) }),
  })
  const common = { ...options, archive, intake, onEvent, claims: createBrowserClaims(), signsOf: troubles.signsOf }
  const watches = await Promise.all(profiles.map((profile) => openProfileWatch(profile, common)))
  const door = openDoor(
    archive.root,
    servicesOf({ archive, watches, now, mirror: config.mirror, drained: intake.drained }),
  )
  const onEnded: OnEnded = (profile, failure, left) => {
    if (failure) troubles.failed(failure.cause, profile)
    onEvent({ kind: 'notice', text: endOf(profile, failure, left) })
  }
  let failures: readonly ArchiverError[] = []
  let unwritten: number | undefined
  try {
    failures = await watchAll(watches, signal, onEnded)
  } catch (error) {
    if (profiles.length === 1) troubles.failed(error, profiles[0]?.label)
    throw error
  } finally {
    dispose()
    await door.close()
    await oddities.close()
    ending.abort()
    await sweeping
    await troubles.close()
    unwritten = await within(intake.close(), signal.aborted ? lastMs : longestMs)
    if (gallery) await within(gallery.close(), lastMs)
  }
  if (stolen()) throw stolen()
  return { archived, total: archive.count, waiting: archive.pending.count, unwritten: unwritten ?? 0, failures }
}

const checkEveryMs = 30_000
/**
 * What killed runs have left harms nobody; looking through the whole archive for it waits until the first page is
 * there.
 */
const sweepAfterMs = 3_000
/** For what is still to be tidied up when the person waits for us to end, and when nobody does. */
const lastMs = 1_000
const longestMs = 30_000

/** Also stops when another process has taken the archive over: two must never write. */
function untilTaken(archive: Archive, outer: AbortSignal) {
  const inner = new AbortController()
  let stolen: ArchiverError | undefined
  const check = () =>
    archive.check().catch((error: unknown) => {
      if (!(error instanceof ArchiverError) || error.code !== 'archive-locked') return
      stolen = error
      inner.abort()
    })
  const timer = setInterval(() => void check(), checkEveryMs)
  timer.unref()
  return {
    signal: AbortSignal.any([outer, inner.signal]),
    stolen: () => stolen,
    dispose: () => clearInterval(timer),
  }
}

const waitingIn = ({ pending }: Archive) => pending.count.facts + pending.count.bytes

/** How one of several profiles has ended. */
function endOf(profile: string, failure: ArchiverError | undefined, left: number): string {
  const why = failure ? [failure.message, failure.hint ?? ''] : [`Profile "${profile}": its browser was closed.`]
  return [...why, left > 0 ? 'The others are watched on.' : ''].filter((part) => part !== '').join(' ')
}

/** What was put aside since it could not be read, in words. */
const tornNotice = (onEvent: OnEvent) => (file: string) =>
  onEvent({
    kind: 'notice',
    text: file.startsWith('pending/')
      ? `${file} could not be read; it is put aside beside its place. Pictures that waited for their image are forgotten.`
      : `The record ${file} was empty or torn; it is put aside beside its place, and the picture is archived anew.`,
  })

const forgottenNotice =
  (onEvent: OnEvent) =>
  ({ fileId }: ImageFacts) =>
    onEvent({
      kind: 'oddity',
      oddity: oddity('lost', `${fileId}: what is said of it waited longest, and too much waits`),
    })
