import type { Archive } from '../archive/archive.ts'
import { type OpenTurns, openTurnsFile, readOpenTurns } from '../archive/open-turns.ts'
import type { Pace } from '../ask/asker.ts'
import { type Attempts, attemptsFile, openAttempts } from '../ask/attempts.ts'
import type { BackfillScope } from '../backfill/backfill.ts'
import { type LaunchAhead, launchAhead } from '../browser/launch-ahead.ts'
import type { Wire } from '../browser/wire.ts'
import { intakeFor } from '../intake/for-profile.ts'
import type { Intake } from '../intake/intake.ts'
import type { WatchedProfile } from '../profiles.ts'
import { type Backfills, createBackfills } from './backfills.ts'
import type { BrowserClaims } from './browser-claims.ts'
import { watchConnection } from './connection.ts'
import type { OnEvent } from './events.ts'
import type { Signs } from './notices.ts'
import { createOriginals, type Originals } from './originals.ts'
import { createSiteMemory } from './site-memory.ts'
import { supervise } from './supervisor.ts'

/** A profile whose browser can be started before the archive has been read. */
export type StartingProfile = WatchedProfile & { readonly browser: LaunchAhead }

/** Prepares the start of every profile's browser. */
export const startingProfiles = (profiles: readonly WatchedProfile[]): readonly StartingProfile[] =>
  profiles.map((profile) => ({ ...profile, browser: launchAhead(profile.config) }))

/** What the profiles of a watch have in common: one archive, one intake; what is said of one bears its label. */
export interface ProfileWatchOptions {
  readonly archive: Archive
  readonly intake: Intake
  readonly onEvent: OnEvent
  readonly now: () => Date
  readonly claims: BrowserClaims
  /** Hears what shows that something is wrong with login, browser or site. */
  signsOf(profile: string | null): Signs
  readonly tap?: ((wire: Wire) => Wire) | undefined
  readonly pace?: Pace | undefined
  readonly restartPausesMs?: readonly number[] | undefined
  /** The account's past is all there is to do; resolves when that is read. */
  readonly backfill?: BackfillScope | undefined
}

/** One profile that is watched: its browser, and what its account says, which no other profile hears. */
export interface ProfileWatch {
  readonly label: string | null
  readonly backfills: Backfills
  readonly originals: Originals
  /** Its browser is watched no more. */
  readonly isOver: boolean
  /** Watches until its browser is closed or `signal` is aborted. Errors: those of `supervise`. */
  run(signal: AbortSignal): Promise<void>
}

/** Opens what is known of a profile over restarts. Errors: rejects with what the disk says of its journals. */
export async function openProfileWatch(profile: StartingProfile, options: ProfileWatchOptions): Promise<ProfileWatch> {
  const { label, config, browser } = profile
  const { archive, now, claims } = options
  const signs = options.signsOf(label)
  const onEvent: OnEvent = (event) => options.onEvent(label === null ? event : { ...event, profile: label })
  const { attempts, openTurns } = await openMemories(archive, label)
  const memory = createSiteMemory(openTurns.all())
  const backfills = createBackfills(archive, label, now, onEvent)
  if (options.backfill) await backfills.begin(options.backfill)
  const originals = createOriginals()
  const asks = {
    ...{ profile: label, pending: archive.pending, attempts, originals, backfill: backfills.wanted },
    isPassive: !config.fetchMissing,
    ...(options.pace && { pace: options.pace }),
  }
  const { tap = (wire: Wire) => wire } = options
  const intake = intakeFor(label, options.intake)
  let [isFirst, isOver] = [true, false]

  const run = (signal: AbortSignal) =>
    supervise({
      ...{ config, onEvent },
      // What was wanted from the start is all there is to do; what is wanted later is done beside the watch.
      signal: options.backfill ? AbortSignal.any([signal, backfills.done]) : signal,
      ...(options.restartPausesMs && { restartPausesMs: options.restartPausesMs }),
      launch: async (how) => claims.claim(label, await browser.launch(how)),
      async watchConnection(wire, { kind, port }) {
        const parts = { wire: tap(wire), intake, onEvent, now, asks, memory, openTurns, signs }
        const connection = await watchConnection(parts)
        signs.over('browser')
        if (isFirst) onEvent({ kind: 'watching', archive: archive.root, browser: kind, port })
        isFirst = false
        backfills.follow(connection)
        return connection
      },
    })

  return {
    ...{ label, backfills, originals },
    get isOver() {
      return isOver
    },
    async run(signal) {
      try {
        await run(signal)
      } finally {
        isOver = true
        claims.release(label)
        backfills.close()
        originals.end('its browser is watched no more')
      }
    },
  }
}

async function openMemories(
  archive: Archive,
  label: string | null,
): Promise<{ readonly attempts: Attempts; readonly openTurns: OpenTurns }> {
  const attempts = await openAttempts(attemptsFile(archive.root, label), archive.check)
  const openTurns = await readOpenTurns(openTurnsFile(archive.root, label), archive.check)
  await openTurns.tidy().catch(() => {})
  return { attempts, openTurns }
}
