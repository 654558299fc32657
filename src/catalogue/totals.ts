import { lstatSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openConfined } from '../archive/confined.ts'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { linesOf } from '../archive/lines.ts'
import { recordNameOfMarks } from '../archive/marks.ts'
import { createTurns } from '../archive/read-files.ts'
import { isObject, parseJson } from '../decode/json.ts'
import { cacheFolder } from './index-cache.ts'
import type { ReadRecord } from './record-fields.ts'
import { recordAt } from './record-places.ts'

/** How many pictures there are, by what people ask for. */
export interface Tally {
  readonly pictures: number
  /** Of their originals together. */
  readonly bytes: number
  /** Unix seconds of the first and the last; null where there is none. */
  readonly first: number | null
  readonly last: number | null
  readonly makers: Readonly<Record<string, number>>
  readonly origins: Readonly<Record<string, number>>
}

/** A tally with that of each profile, by its label; a picture that two have shown counts in both. */
interface SharedTally extends Tally {
  readonly profiles: Readonly<Record<string, Tally>>
}

/** The tally of one folder below `database/`, as it was at that time of the folder. */
interface DayTally extends SharedTally {
  readonly folder: string
  readonly modifiedMs: number
}

/** The tallies of an archive. */
export interface Totals {
  /** By month, `2026-11`, oldest first; folders that are none of ours are left out. */
  readonly months: ReadonlyMap<string, SharedTally>
  readonly all: SharedTally
}

/** The totals of one profile; nothing is counted of one that has shown nothing. */
export function totalsOfProfile({ months, all }: Totals, profile: string): Totals {
  const of = ({ profiles }: SharedTally): SharedTally => ({ ...(profiles[profile] ?? emptyTally()), profiles: {} })
  const own = [...months].filter(([, month]) => profile in month.profiles)
  return { all: of(all), months: new Map(own.map(([name, month]) => [name, of(month)])) }
}

const totalsPlace = `${cacheFolder}/totals.ndjson`
/** One for all folders that are read. */
const turn = createTurns()

/**
 * Reads the tallies of an archive, of each folder from the cache where that has not changed, else from its records.
 * Nothing is written.
 *
 * Errors  none: what cannot be read is not counted.
 */
export async function readTotals(root: string): Promise<Totals> {
  const days: DayTally[] = []
  for await (const day of daysOf(root)) days.push(day)
  return totalsOf(days)
}

/**
 * Brings the cache up to date, for whoever asks next.
 *
 * Units   `pauseMs` is the rest between folders that have to be read.
 * Errors  none: a cache that cannot be written is not.
 */
export async function saveTotals(root: string, pauseMs = 0, signal?: AbortSignal): Promise<void> {
  const days: DayTally[] = []
  try {
    for await (const day of daysOf(root, pauseMs)) {
      if (signal?.aborted) return
      days.push(day)
    }
    await ensureFolderIn(root, cacheFolder, { isPrivate: true })
    const text = days.map((day) => `${JSON.stringify(day)}\n`).join('')
    await writeOver(path.join(root, totalsPlace), Buffer.from(text), { isDurable: false })
  } catch {
    // The next who asks reads the records.
  }
}

async function* daysOf(root: string, pauseMs = 0): AsyncGenerator<DayTally> {
  const cached = await readCached(root)
  for (const folder of foldersBelow(path.join(root, 'database'))) {
    const modifiedMs = lstatSync(path.join(root, 'database', folder), { throwIfNoEntry: false })?.mtimeMs
    if (modifiedMs === undefined) continue
    const known = cached.get(folder)
    if (known?.modifiedMs === modifiedMs) yield known
    else {
      yield { folder, modifiedMs, ...(await tallyOf(root, folder)) }
      if (pauseMs > 0) await pause(pauseMs, undefined, { ref: false })
    }
  }
}

/** All folders but the topmost, in this thread: there are a few hundred, and the system has them at hand. */
function foldersBelow(database: string): string[] {
  const found: string[] = []
  const visit = (folder: string) => {
    found.push(folder)
    // A day has no folders, and many names.
    if (folder !== '' && folder.split('/').length >= 3) return
    for (const name of namesAt(path.join(database, folder))) visit(folder === '' ? name : `${folder}/${name}`)
  }
  visit('')
  return found
}

function namesAt(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}

async function tallyOf(root: string, folder: string): Promise<SharedTally> {
  const place = folder === '' ? 'database' : `database/${folder}`
  const entries = readdirSync(path.join(root, place), { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && isRecordName(entry.name)).map(({ name }) => name)
  const tally = emptyShared()
  for (const name of names) {
    await turn()
    const record = recordAt(root, { folder, name })
    if (!record) continue
    const own = tallyOfRecord(record)
    sumInto(tally, { ...own, profiles: Object.fromEntries(record.profiles.map((label) => [label, own])) })
  }
  return tally
}

const tallyOfRecord = ({ bytes, date, by, site, source }: ReadRecord): Tally => ({
  pictures: 1,
  bytes: bytes ?? 0,
  ...{ first: date, last: date },
  makers: { [by ?? site]: 1 },
  origins: { [source.origin]: 1 },
})

const isRecordName = (name: string) => name.endsWith('.json') && recordNameOfMarks(name) === undefined

type GrowingTally = {
  -readonly [Key in keyof Tally]: Tally[Key] extends Readonly<Record<string, number>>
    ? Record<string, number>
    : Tally[Key]
}

const emptyTally = (): GrowingTally => ({ pictures: 0, bytes: 0, first: null, last: null, makers: {}, origins: {} })

type GrowingShared = GrowingTally & { readonly profiles: Record<string, GrowingTally> }

const emptyShared = (): GrowingShared => ({ ...emptyTally(), profiles: {} })

function add(counts: Record<string, number>, key: string, count: number): void {
  counts[key] = (counts[key] ?? 0) + count
}

function sumInto(sum: GrowingShared, one: SharedTally): void {
  sumOneInto(sum, one)
  for (const [label, tally] of Object.entries(one.profiles)) {
    sum.profiles[label] ??= emptyTally()
    sumOneInto(sum.profiles[label], tally)
  }
}

function sumOneInto(sum: GrowingTally, { pictures, bytes, first, last, makers, origins }: Tally): void {
  sum.pictures += pictures
  sum.bytes += bytes
  if (first !== null) sum.first = Math.min(sum.first ?? first, first)
  if (last !== null) sum.last = Math.max(sum.last ?? last, last)
  for (const [key, count] of Object.entries(makers)) add(sum.makers, key, count)
  for (const [key, count] of Object.entries(origins)) add(sum.origins, key, count)
}

function totalsOf(days: readonly DayTally[]): Totals {
  const all = emptyShared()
  const months = new Map<string, GrowingShared>()
  for (const day of days) {
    sumInto(all, day)
    const [, year, month] = /^(\d{4})\/(\d{1,2})(?:\/|$)/.exec(day.folder) ?? []
    if (!year || !month || day.pictures === 0) continue
    const key = `${year}-${month.padStart(2, '0')}`
    const sum = months.get(key) ?? emptyShared()
    sumInto(sum, day)
    months.set(key, sum)
  }
  return { all, months: new Map([...months].toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

async function readCached(root: string): Promise<Map<string, DayTally>> {
  const days = new Map<string, DayTally>()
  const file = await openConfined(root, totalsPlace)
  if (!file) return days
  try {
    for await (const line of linesOf(file.handle.createReadStream({ autoClose: false }))) {
      const json = line === '' ? undefined : parseJson(line)
      if (isDayTally(json)) days.set(json.folder, json)
    }
  } catch {
    // What is not known is read from the records.
  } finally {
    await file.handle.close()
  }
  return days
}

function isDayTally(json: unknown): json is DayTally {
  if (!isTally(json) || !isObject(json)) return false
  const { folder, modifiedMs, profiles } = json
  const isPlace = typeof folder === 'string' && typeof modifiedMs === 'number'
  return isPlace && isObject(profiles) && Object.values(profiles).every(isTally)
}

function isTally(json: unknown): boolean {
  if (!isObject(json)) return false
  const { pictures, bytes, first, last, makers, origins } = json
  const areNumbers = [pictures, bytes].every((one) => typeof one === 'number')
  const areDates = [first, last].every((one) => one === null || typeof one === 'number')
  const areCounts = [makers, origins].every(
    (one) => isObject(one) && Object.values(one).every((count) => typeof count === 'number'),
  )
  return areNumbers && areDates && areCounts
}
