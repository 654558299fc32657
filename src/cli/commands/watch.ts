import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { format } from 'date-fns/format'
import type { PictureRecord } from '../../archive/records.ts'
import type { Config } from '../../config.ts'
import { writeNewConfig } from '../../config-file.ts'
import type { WatchEvent } from '../../daemon/events.ts'
import type { WatchSummary } from '../../daemon/watch.ts'
import { exitCodes } from '../../errors.ts'
import type { RecordedSite } from '../../observe/event-cleaner.ts'
import { onlyProfile } from '../../profiles.ts'
import type { Site } from '../../sites/site.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { labelIn, type ProfileOptions, prefixOf, refuseForSeveral } from '../profile.ts'
import { defaultConfigFile, hasNoSettings, type SettingsOptions, settingsOf } from '../settings.ts'
import { untilInterrupted } from '../signals.ts'

export interface WatchCommandOptions extends OutputOptions, SettingsOptions, ProfileOptions {
  readonly record?: string
}

/** Watches; in a folder without config.json it writes one and says what to check. */
export async function watchCommand(options: WatchCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  if (hasNoSettings(options)) return firstRun(output)
  const config = attachedTo(onlyProfile(settingsOf(options), labelIn(options)), options.attach)
  refuseForSeveral(config, options)
  const { failures, ...summary } = await run(config, options, output)
  output.status('')
  output.notice(sentenceOf(summary), { ...summary })
  if (failures[0]) throw failures[0]
  return summary.unwritten > 0 ? exitCodes['some-failed'] : exitCodes.ok
}

/** A config whose only browser is the one that `--attach` names. */
export function attachedTo(config: Config, attach: string | undefined): Config {
  if (attach === undefined) return config
  return { ...config, attach, profiles: config.profiles.map((one) => ({ ...one, attach })) }
}

async function firstRun(output: Output): Promise<number> {
  const { installedBrowsers } = await import('../../browser/installed.ts')
  const [found, ...others] = installedBrowsers()
  const chromiumPath = found?.path
  const archivePath = path.resolve('archive')
  writeNewConfig(defaultConfigFile, { ...(chromiumPath !== undefined && { chromiumPath }), archivePath })
  const choice =
    others.length > 0 ? ` (also here: ${others.map(({ name, path }) => `${name}, ${path}`).join('; ')})` : ''
  const browser = chromiumPath
    ? `Check "chromiumPath" in it: ${chromiumPath}${choice}`
    : 'No browser was found: set "chromiumPath" in it to your Chromium, Chrome, Edge or Brave.'
  output.result(
    `Wrote config.json. Pictures will be kept in ${archivePath} ("archivePath").\n${browser} – then run dalle-archiver again.`,
    { event: 'config-written', archivePath, chromiumPath: chromiumPath ?? null },
  )
  return exitCodes.ok
}

/**
 * A daemon beside a person's work should be small rather than fast. Without this the engine, seeing a machine with much
 * memory, lets the short-lived text of picture bodies pile up (docs/performance.md has the figures).
 */
function staySmall() {
  setFlagsFromString('--optimize-for-size')
  setFlagsFromString('--semi-space-growth-factor=1')
}

async function run(config: Config, options: WatchCommandOptions, output: Output): Promise<WatchSummary> {
  staySmall()
  const [{ watch }, { tellDesktop }, { recordTo }, { allSites }] = await Promise.all([
    import('../../daemon/watch.ts'),
    import('../../daemon/tell-desktop.ts'),
    import('../../observe/recording.ts'),
    import('../../sites/index.ts'),
  ])
  const teller = createTeller(output)
  const recorder = options.record === undefined ? undefined : recordTo(options.record, recordedOf(allSites))
  const stop = untilInterrupted(() => output.notice('Finishing what has been received… (Ctrl-C again to stop at once)'))
  try {
    return await watch({
      config,
      signal: stop.signal,
      onEvent: teller,
      ...(recorder && { tap: recorder.tap }),
      ...(config.notices && { tellDesktop }),
    })
  } finally {
    stop.dispose()
    await recorder?.close()
  }
}

/** What a recording may speak of. */
const recordedOf = (sites: readonly Site[]): RecordedSite => ({
  isOurs: (url) => sites.some((site) => site.isOurs(url)),
  isSocket: (url) => sites.some((site) => site.isSocket(url)),
})

/** Turns what happens into lines, and keeps the status line. */
export function createTeller(output: Output): (event: WatchEvent) => void {
  const counts = { archived: 0, total: 0, waiting: 0 }
  const tabs = new Map<string | undefined, number>()
  const oddities = new Map<string, number>()
  const showStatus = () =>
    output.status(
      `${plural(sumOf(tabs.values()), 'tab')} watched · ${counts.archived} archived · ${counts.total} in all · ${counts.waiting} waiting`,
    )
  return (event) => {
    const { profile } = event
    const [prefix, of] = [prefixOf(profile), profile === undefined ? {} : { profile }]
    switch (event.kind) {
      case 'watching':
        output.notice(`${prefix}Watching. Pictures go to ${event.archive}`, {
          ...{ archive: event.archive, port: event.port },
          ...of,
        })
        break
      case 'gallery':
        output.notice(`The gallery is at ${event.url}`, { gallery: event.url })
        break
      case 'kept':
        counts.archived += 1
        output.result(lineOf(event.record), { event: 'archived', ...event.record })
        break
      case 'counts':
        counts.total = event.total
        counts.waiting = event.waiting
        break
      case 'tabs':
        tabs.set(profile, event.count)
        break
      case 'notice':
        output.notice(prefix + event.text, of)
        break
      case 'trouble':
        output.notice(event.text, { trouble: event.trouble })
        break
      case 'oddity': {
        const { kind, detail } = event.oddity
        const seen = (oddities.get(prefix + kind) ?? 0) + 1
        oddities.set(prefix + kind, seen)
        const said = { oddity: kind, detail, count: seen, ...of }
        // The first of a kind is news; the rest would drown the pictures.
        if (seen === 1) output.notice(`${prefix}odd: ${kind}: ${detail}`, said)
        else output.detail(`${prefix}odd: ${kind} (${seen}): ${detail}`, said)
      }
    }
    showStatus()
  }
}

/** `14:03:22  Photo-of-a-man…  1024×1024  437 kB` */
function lineOf(record: PictureRecord): string {
  const size = record.width && record.height ? `${record.width}×${record.height}` : '?×?'
  const parts = [format(new Date(record.archivedAt), 'HH:mm:ss'), titleOf(record), size, sizeOf(record.bytes)]
  return [...parts, ...(record.profiles ?? [])].join('  ')
}

const titleChars = 40

function titleOf({ prompt, image }: PictureRecord): string {
  const words = (prompt ?? '').replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '')
  if (words === '') return image.split('/').at(-1) ?? image
  const letters = [...words]
  return letters.length <= titleChars ? words : `${letters.slice(0, titleChars).join('').replace(/-+$/, '')}…`
}

function sizeOf(bytes: number): string {
  return bytes < 999_500 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function sentenceOf({ archived, total, waiting, unwritten }: Omit<WatchSummary, 'failures'>): string {
  const halves = waiting.facts + waiting.bytes
  const left = halves > 0 ? `; ${halves} waiting for their other half` : ''
  const lost = unwritten > 0 ? ` ${plural(unwritten, 'piece')} of received data could not be written.` : ''
  return `${plural(archived, 'picture')} archived this time, ${total} in all${left}.${lost}`
}

const sumOf = (counts: Iterable<number>) => [...counts].reduce((sum, count) => sum + count, 0)

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
