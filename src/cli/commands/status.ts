import { exitCodes } from '../../errors.ts'
import type { Disk, LastRuns, Status, Waiting } from '../../status/status.ts'
import { statusOf } from '../../status/status.ts'
import { createOutput, type Io, type OutputOptions } from '../output.ts'
import { labelIn, type ProfileOptions, prefixOf } from '../profile.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { countWords, numberWords, sizeWords } from '../words.ts'

export interface StatusCommandOptions extends OutputOptions, SettingsOptions, ProfileOptions {}

/** Says what the program is doing and what the archive holds; opens nothing for writing. */
export async function statusCommand(options: StatusCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const now = new Date()
  const status = await statusOf(settingsOf(options).archivePath, now, labelIn(options))
  const chart = io.stdout.isTTY ? ['', ...chartOf(status.months, io.stdout.columns || 80)] : []
  output.result([...linesOf(status, now), ...chart].join('\n'), { event: 'status', ...status })
  return exitCodes.ok
}

function linesOf(status: Status, now: Date): string[] {
  const { archive, profile, profiles, all, waiting, troubles, oddities, last, mirror, disk } = status
  const labels = Object.keys(profiles)
  return [
    archive,
    runningLine(status),
    ...(profile === null ? [] : [`Of profile "${profile}" alone:`]),
    `${countWords(all.pictures, 'picture')}, ${sizeWords(all.bytes)}${spanOf(all.first, all.last)}`,
    ...(all.pictures > 0 ? [`By maker: ${countsOf(all.makers)} · by origin: ${countsOf(all.origins)}`] : []),
    ...(profile === null && labels.length > 0 ? [`By profile: ${countsOf(profiles)}`] : []),
    ...waitingLines(waiting, now),
    lastLine(last, now),
    ...(mirror ? [mirrorLine(mirror, now)] : []),
    ...(disk ? [diskLine(disk)] : []),
    ...troubles.map(({ text, remedy, since }) => `${text} (since ${dayAndTime(since)}) → ${remedy}`),
    ...oddities.map(
      ({ kind, profile, count, last, remedy }) =>
        `Odd: ${prefixOf(profile)}${kind}, ${countWords(count, 'time')}, last ${agoOf(last, now)} → ${remedy}`,
    ),
  ]
}

function runningLine({ holder, isRunning }: Status): string {
  if (!holder || !isRunning) return 'Not running → dalle-archiver'
  const since = holder.since ? `, since ${dayAndTime(holder.since)}` : ''
  return `Running: process ${holder.pid} on ${holder.host}${since}`
}

const spanOf = (first: number | null, last: number | null) =>
  first === null || last === null ? '' : `, from ${dayOf(first)} to ${dayOf(last)}`

const countsOf = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${numberWords(count)}`)
    .join(', ')

function waitingLines({ facts, factsSince, bytes, bytesSince }: Waiting, now: Date): string[] {
  const since = (date: Date | null) => (date ? `, the oldest ${agoOf(date, now)}` : '')
  return [
    ...(facts > 0 ? [`Waiting: ${countWords(facts, 'picture')} for the image${since(factsSince)}`] : []),
    ...(bytes > 0 ? [`Waiting: ${countWords(bytes, 'image')} for the facts${since(bytesSince)}`] : []),
  ]
}

function lastLine({ backfill, import: imported, verify, damaged }: LastRuns, now: Date): string {
  const said = (name: string, date: Date | null) => `${name} ${date ? agoOf(date, now) : 'never'}`
  const found = damaged > 0 ? `, ${numberWords(damaged)} damaged → dalle-archiver verify` : ''
  return `Last: ${[said('backfill', backfill), said('import', imported), said('verify', verify)].join(' · ')}${found}`
}

function mirrorLine({ at, mirror, failed, trouble }: NonNullable<Status['mirror']>, now: Date): string {
  if (trouble !== null) return `Mirror: behind, tried ${agoOf(at, now)}: ${trouble} → dalle-archiver mirror push`
  const left = failed > 0 ? `, ${numberWords(failed)} failed → dalle-archiver mirror push` : ''
  return `Mirror: ${mirror}, sent ${agoOf(at, now)}${left}`
}

const diskLine = ({ freeBytes, daysLeft }: Disk) =>
  `${sizeWords(freeBytes)} free${daysLeft === null ? '' : `, enough for ${lastingOf(daysLeft)} at this pace`}`

function lastingOf(days: number): string {
  if (days < 730) return countWords(days, 'day')
  const years = Math.floor(days / 365)
  // What came in a few days says nothing of a century.
  return years > 50 ? 'more than 50 years' : countWords(years, 'year')
}

function agoOf(date: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 120) return `${countWords(minutes, 'minute')} ago`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${countWords(hours, 'hour')} ago` : `${countWords(Math.floor(hours / 24), 'day')} ago`
}

const two = (number: number) => String(number).padStart(2, '0')
const dayText = (date: Date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
const dayOf = (seconds: number) => dayText(new Date(seconds * 1_000))
const dayAndTime = (date: Date) => `${dayText(date)} ${two(date.getHours())}:${two(date.getMinutes())}`

const maxMonths = 24
const labelChars = '2026-11 '.length

/** A bar for each of the last months; months without a picture between them are shown, too. */
export function chartOf(months: Status['months'], columns: number): string[] {
  const names = Object.keys(months)
  const [first, last] = [names[0], names.at(-1)]
  if (first === undefined || last === undefined) return []
  const shown = monthsBetween(first, last).slice(-maxMonths)
  const counts = shown.map((month) => months[month]?.pictures ?? 0)
  const most = Math.max(...counts)
  const numberChars = numberWords(most).length + 1
  const width = Math.max(1, Math.min(60, columns - labelChars - numberChars - 1))
  return shown.map((month, at) => {
    const count = counts[at] ?? 0
    // Whoever made one picture sees it.
    const length = count === 0 ? 0 : Math.max(1, Math.round((count / most) * width))
    return `${month} ${'█'.repeat(length)}${length > 0 ? ' ' : ''}${numberWords(count)}`
  })
}

function monthsBetween(first: string, last: string): string[] {
  const months: string[] = []
  const [year = 0, month = 1] = first.split('-').map(Number)
  for (let at = year * 12 + month - 1; ; at++) {
    const name = `${Math.floor(at / 12)}-${two((at % 12) + 1)}`
    if (name > last || months.length > 12_000) return months
    months.push(name)
  }
}
