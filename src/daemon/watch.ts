import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Archive, openArchive } from '../archive/archive.ts'
import { readOpenTurns } from '../archive/open-turns.ts'
import type { Pace } from '../ask/asker.ts'
import { openAttempts } from '../ask/attempts.ts'
import type { BackfillScope } from '../backfill/backfill.ts'
import { type LaunchAhead, launchAhead } from '../browser/launch-ahead.ts'
import type { Wire } from '../browser/wire.ts'
import type { Config } from '../config.ts'
import { oddity } from '../decode/oddity.ts'
import { ArchiverError } from '../errors.ts'
import { type Follower, follow, followersFor } from '../followers.ts'
import { createIntake } from '../intake/intake.ts'
import type { ImageFacts } from '../sites/facts.ts'
import { createBackfills } from './backfills.ts'
import { watchConnection } from './connection.ts'
import { openDoor } from './door.ts'
import type { OnEvent } from './events.ts'
import { showGallery } from './gallery-beside.ts'
import { createOddityLog } from './oddity-log.ts'
import { createOriginals } from './originals.ts'
import { servicesOf } from './services.ts'
import { createSiteMemory } from './site-memory.ts'
import { supervise } from './supervisor.ts'
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
}

/**
 * The live way, in reading order: take the archive, watch a browser for as long as it lives, and keep what comes.
 *
 * Resolves when the browser is closed or `signal` is aborted.
 *
 * Errors  ArchiverError for an archive that cannot be opened or is taken from us, and for a browser that cannot be had.
 */
export async function watch(options: WatchOptions): Promise<WatchSummary> {
  const browser = launchAhead(options.config)
  try {
    return await watchWith(browser, options)
  } finally {
    await browser.giveUp()
  }
}

async function watchWith({ begin, launch }: LaunchAhead, options: WatchOptions): Promise<WatchSummary> {
  const { config, now = () => new Date() } = options
  const archive = await openArchive(config.archivePath, {
    now,
    isLocked: true,
    // Not before: whoever finds the archive in use must not start a browser.
    onOurs: begin,
    onTorn: tornNotice(options.onEvent),
    onForgotten: forgottenNotice(options.onEvent),
  })
  const onNotice = (text: string) => options.onEvent({ kind: 'notice', text })
  const following = follow(archive, options.followers ?? followersFor(config, onNotice))
  try {
    return await watchInto(archive, { ...options, now, launch })
  } finally {
    await following.close()
    await archive.close()
  }
}

async function watchInto(
  archive: Archive,
  options: WatchOptions & { readonly now: () => Date; readonly launch: LaunchAhead['launch'] },
): Promise<WatchSummary> {
  const { config, now, launch, tap = (wire: Wire) => wire, pace, restartPausesMs } = options
  const onEvent: OnEvent = (event) => {
    if (event.kind === 'oddity') oddities.note(event.oddity)
    options.onEvent(event)
  }
  const { signal, stolen, dispose } = untilTaken(archive, options.signal)
  const ending = new AbortController()
  const sweeping = pause(sweepAfterMs, undefined, { signal: ending.signal, ref: false })
    .catch(() => {})
    .then(archive.sweep)
    .catch(() => {})
  const attempts = await openAttempts(path.join(archive.root, 'pending', 'attempts.ndjson'), archive.check)
  const openTurns = await readOpenTurns(path.join(archive.root, 'pending', 'turns.ndjson'), archive.check)
  await openTurns.tidy().catch(() => {})
  const oddities = await createOddityLog(archive.root, archive.check, now)
  const troubles = await watchForTrouble({ ...options, archive, onEvent })
  const signs = troubles.signsOf(null)
  const gallery = config.gallery ? showGallery(archive, onEvent, config.mirror) : undefined
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
  const memory = createSiteMemory(openTurns.all())
  const backfills = createBackfills(archive, now, onEvent)
  if (options.backfill) await backfills.begin(options.backfill)
  const originals = createOriginals()
  const asks = {
    originals,
    ...{ pending: archive.pending, attempts, backfill: backfills.wanted, isPassive: !config.fetchMissing },
    ...(pace && { pace }),
  }
  const door = openDoor(
    archive.root,
    servicesOf({ archive, backfills, originals, now, mirror: config.mirror, drained: intake.drained }),
  )
  // What was wanted from the start is all there is to do; what is wanted later is done beside the watch.
  const signals = options.backfill ? [signal, backfills.done] : [signal]
  let isFirst = true
  let unwritten: number | undefined
  try {
    await supervise({
      config,
      signal: AbortSignal.any(signals),
      onEvent,
      ...(restartPausesMs && { restartPausesMs }),
      launch,
      async watchConnection(wire, browser) {
        const parts = { intake, onEvent, now, asks, memory, openTurns, signs }
        const connection = await watchConnection({ ...parts, wire: tap(wire) })
        signs.over('browser')
        if (isFirst) onEvent({ kind: 'watching', archive: archive.root, browser: browser.kind, port: browser.port })
        isFirst = false
        backfills.follow(connection)
        return connection
      },
    })
  } catch (error) {
    troubles.failed(error)
    throw error
  } finally {
    dispose()
    await door.close()
    backfills.close()
    await oddities.close()
    ending.abort()
    await sweeping
    await troubles.close()
    unwritten = await within(intake.close(), signal.aborted ? lastMs : longestMs)
    if (gallery) await within(gallery.close(), lastMs)
  }
  if (stolen()) throw stolen()
  return { archived, total: archive.count, waiting: archive.pending.count, unwritten: unwritten ?? 0 }
}

const checkEveryMs = 30_000
/** What killed runs have left harms nobody; looking through the whole archive for it waits until the first page is there. */
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
