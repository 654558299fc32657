import path from 'node:path'
import { archiveFolder } from '../archive/confined.ts'
import { freeBytesAt } from '../archive/disk-space.ts'
import { type LockHolder, readLockHolder } from '../archive/lock.ts'
import { openOddities } from '../archive/oddities.ts'
import { openPending } from '../archive/pending.ts'
import { namesIn, writtenAt } from '../archive/read-files.ts'
import { openTroubles, type TroubleKind } from '../archive/troubles.ts'
import { askedProfiles, readJournals } from '../backfill/journals.ts'
import { readTotals, type Tally, totalsOfProfile } from '../catalogue/totals.ts'
import { type LastPush, readLastPush } from '../mirror/last.ts'
import { asKnown } from '../profile-rules.ts'
import { mayBeOf } from '../sites/facts.ts'
import { readLastVerify } from '../verify/last.ts'
import { remedyOf } from './remedies.ts'
import { isDiskFull, isTrouble, troubleWords } from './troubles.ts'

/** What the program is doing, and what the archive holds. */
export interface Status {
  readonly archive: string
  /** Who writes into it now; null where nobody does. */
  readonly holder: Pick<LockHolder, 'pid' | 'host' | 'since' | 'isAlive'> | null
  readonly isRunning: boolean
  /** The label of the only profile that is counted; null where all are. */
  readonly profile: string | null
  /** Pictures by the profiles that have shown them; one that two have shown counts in both. */
  readonly profiles: Readonly<Record<string, number>>
  readonly all: Tally
  /** By month, `2026-11`, oldest first. */
  readonly months: Readonly<Record<string, Tally>>
  readonly waiting: Waiting
  /** What only a person can mend. */
  readonly troubles: readonly CurrentTrouble[]
  readonly oddities: readonly ToldOddity[]
  readonly last: LastRuns
  /** The last push to the mirror; null where there was none. */
  readonly mirror: LastPush | null
  readonly disk: Disk | null
}

/** Halves of pictures that wait for the other, and since when the oldest does. */
export interface Waiting {
  readonly facts: number
  readonly factsSince: Date | null
  readonly bytes: number
  readonly bytesSince: Date | null
}

/** Something that was odd, and what to do. */
export interface ToldOddity {
  /** The label of the profile whose it is, where it is of one alone. */
  readonly profile: string | null
  readonly kind: string
  readonly count: number
  readonly last: Date
  readonly detail: string
  readonly remedy: string
}

/** A trouble that was there when a watch last looked, and what to do. */
export interface CurrentTrouble {
  readonly kind: TroubleKind
  readonly profile: string | null
  readonly since: Date
  readonly text: string
  readonly remedy: string
}

/** When each was done last; null for never. */
export interface LastRuns {
  readonly backfill: Date | null
  readonly import: Date | null
  readonly verify: Date | null
  /** What the last verification found damaged, and what was not put back since. */
  readonly damaged: number
}

export interface Disk {
  readonly freeBytes: number
  /** How long that lasts at the pace of the last thirty days; null where nothing came. */
  readonly daysLeft: number | null
}

/**
 * Looks at an archive, or at what one profile has brought; opens nothing for writing, and may be run beside whoever
 * writes.
 *
 * Errors  ArchiverError "disk" when there is no archive.
 */
export async function statusOf(given: string, now: Date, wanted?: string): Promise<Status> {
  const root = await archiveFolder(given)
  const found = await readTotals(root)
  const labels = Object.keys(found.all.profiles).sort()
  const profile = wanted === undefined ? null : asKnown(wanted, labels)
  const isOwn = (label: string | null) => profile === null || label === profile
  const [holder, waiting, troubles, oddities, last, mirror] = await Promise.all([
    readLockHolder(root),
    waitingIn(root, profile),
    openTroubles(root),
    openOddities(root),
    lastRunsOf(root, profile),
    readLastPush(root),
  ])
  const totals = profile === null ? found : totalsOfProfile(found, profile)
  const disk = await diskOf(root, found.months, now)
  return {
    archive: root,
    holder: holder ? { pid: holder.pid, host: holder.host, since: holder.since, isAlive: holder.isAlive } : null,
    isRunning: holder !== undefined && holder.isAlive !== false,
    profile,
    profiles: Object.fromEntries(labels.map((label) => [label, found.all.profiles[label]?.pictures ?? 0])),
    all: tallyIn(totals.all),
    months: Object.fromEntries([...totals.months].map(([month, tally]) => [month, tallyIn(tally)])),
    waiting,
    troubles: troubles
      .all()
      .filter((trouble) => trouble.profile === null || isOwn(trouble.profile))
      .filter((trouble) => isTrouble(trouble) && (trouble.kind !== 'disk-full' || !disk || isDiskFull(disk.freeBytes)))
      .map((trouble) => ({
        kind: trouble.kind,
        profile: trouble.profile,
        since: trouble.since,
        ...troubleWords(trouble),
      })),
    oddities: oddities
      .all()
      .filter((one) => isOwn(one.profile))
      .map(({ first, ...one }) => ({ ...one, remedy: remedyOf(one.kind) }))
      .toSorted((a, b) => b.last.getTime() - a.last.getTime()),
    last,
    mirror: mirror ?? null,
    disk,
  }
}

const tallyIn = ({ pictures, bytes, first, last, makers, origins }: Tally): Tally => ({
  ...{ pictures, bytes, first, last, makers, origins },
})

/** Of bytes that wait alone nobody knows whose they are: they wait in every account. */
async function waitingIn(root: string, profile: string | null): Promise<Waiting> {
  const folder = path.join(root, 'pending')
  const pending = await openPending(folder, { ready: () => Promise.reject(new Error('opened to be looked at')) })
  const facts = pending.withoutBytes().filter((one) => profile === null || mayBeOf(one, profile))
  const files = (await namesIn(folder)).filter((name) => name.endsWith('.bytes'))
  const times = await Promise.all(files.map((name) => writtenAt(path.join(folder, name)).catch(() => undefined)))
  return {
    facts: facts.length,
    factsSince: oldest(facts.map(({ createdAt }) => createdAt ?? undefined)),
    bytes: pending.count.bytes,
    bytesSince: oldest(times),
  }
}

const oldest = (times: readonly (Date | undefined)[]): Date | null =>
  times.flatMap((time) => time ?? []).toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null

async function lastRunsOf(root: string, profile: string | null): Promise<LastRuns> {
  const labels = profile === null ? [null, ...(await askedProfiles(root))] : [profile]
  const [journals, imports, verify] = await Promise.all([
    Promise.all([...new Set(labels)].map((label) => readBackfillTimes(root, label))).then((all) => all.flat()),
    importTimes(root),
    readLastVerify(root),
  ])
  const latest = (times: readonly Date[]) => times.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null
  return {
    backfill: latest(journals),
    import: latest(imports),
    verify: verify?.at ?? null,
    damaged: verify?.damaged ?? 0,
  }
}

async function readBackfillTimes(root: string, profile: string | null): Promise<Date[]> {
  const journals = await readJournals(root, profile)
  return journals.flatMap((journal) => journal.catalogues().map(({ at }) => new Date(at)))
}

async function importTimes(root: string): Promise<Date[]> {
  const names = await namesIn(path.join(root, 'imports')).catch(() => [])
  const times = await Promise.all(
    names.map((name) => writtenAt(path.join(root, 'imports', name, 'summary.json')).catch(() => undefined)),
  )
  return times.flatMap((time) => time ?? [])
}

const paceDays = 30
const dayMs = 24 * 60 * 60 * 1000

async function diskOf(root: string, months: ReadonlyMap<string, Tally>, now: Date): Promise<Disk | null> {
  const freeBytes = await freeBytesAt(root)
  if (freeBytes === undefined) return null
  const bytesADay = paceOf(months, now)
  return { freeBytes, daysLeft: bytesADay > 0 ? Math.floor(freeBytes / bytesADay) : null }
}

/** Bytes a day, by the months that the last thirty days touch. */
function paceOf(months: ReadonlyMap<string, Tally>, now: Date): number {
  const since = new Date(now.getTime() - paceDays * dayMs)
  const first = new Date(since.getFullYear(), since.getMonth(), 1)
  const from = `${first.getFullYear()}-${String(first.getMonth() + 1).padStart(2, '0')}`
  const bytes = [...months].filter(([month]) => month >= from).reduce((sum, [, tally]) => sum + tally.bytes, 0)
  return bytes / Math.max(1, (now.getTime() - first.getTime()) / dayMs)
}
