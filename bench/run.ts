/**
 * Measures what watching costs and what it catches; prints a table. Nothing here is asserted.
 *
 * `npm run bench` takes some minutes. Figures with date and machine are kept in docs/performance.md.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { fillAccount } from '../src/pretend-chatgpt/account.ts'
import { imageMessage, userMessage } from '../src/pretend-chatgpt/messages.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../src/pretend-chatgpt/server.ts'
import type { PretendPicture } from '../src/pretend-chatgpt/world.ts'
import { startSession, temporaryFolder, type Watcher } from './browsers.ts'
import { burstPage, idlePage, streamPage } from './pages.ts'

interface Report {
  readonly kind: string
  readonly tab?: string
  readonly ms: number
  readonly shown: Record<string, number>
  readonly runs: readonly { first: number; whole: number }[]
}

const watchers: readonly Watcher[] = ['nobody', 'floor', 'naive', 'daemon']
const isChosen = (watcher: Watcher) => (process.env.BENCH_WATCHERS ?? watcher).includes(watcher)
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)

function startSite(): Promise<PretendChatgpt> {
  return startPretendChatgpt({ paceMs: 4, pages: { '/burst': burstPage, '/idle': idlePage, '/stream': streamPage } })
}

/** A stored conversation with many pictures. */
function conversationOf(site: PretendChatgpt, count: number, lengthBytes: number) {
  const conversation = site.world.addConversation('Benchmark')
  const pictures = Array.from({ length: count }, (_, index) => {
    const size = { widthPx: 256, heightPx: 256 }
    const picture = site.world.addPicture({
      era: 'D',
      prompt: `Picture ${index}`,
      conversationId: conversation.id,
      lengthBytes,
      size,
    })
    const wish = { era: 'D' as const, parentId: conversation.current, turnId: `turn-${index}` }
    const asked = site.world.append(conversation, conversation.current, userMessage(wish, `Picture ${index}`))
    site.world.append(conversation, asked, imageMessage({ ...wish, parentId: asked }, [picture]))
    return picture
  })
  return { id: conversation.id, pictures }
}

async function reportsOf(site: PretendChatgpt, count: number, from: number): Promise<Report[]> {
  while (site.reports.length < from + count) await new Promise((resolve) => setTimeout(resolve, 20))
  return site.reports.slice(from).map((text) => JSON.parse(text) as Report)
}

/** Records by file id: when each was on disk, and whether its picture is the original. */
function recordsOf(archivePath: string): Map<string, { atMs: number; sha256: string }> {
  const database = path.join(archivePath, 'database')
  const found = new Map<string, { atMs: number; sha256: string }>()
  for (const entry of readdirSync(database, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const file = path.join(entry.parentPath, entry.name)
    const record = JSON.parse(readFileSync(file, 'utf8')) as { fileId: string; image?: string }
    if (record.image === undefined) continue
    const bytes = readFileSync(path.join(archivePath, record.image))
    found.set(record.fileId, { atMs: statSync(file).mtimeMs, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  return found
}

const lostOf = (pictures: readonly PretendPicture[], archivePath: string) => {
  const records = recordsOf(archivePath)
  return pictures.filter((picture) => records.get(picture.fileId.slice(5))?.sha256 !== picture.sha256).length
}

/** Waits until so many are written, or until they will not come. */
async function settle(written: () => number, count: number) {
  for (let tries = 0; tries < 300 && written() < count; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100))
}

const countRecords = (archivePath: string) =>
  readdirSync(path.join(archivePath, 'database'), { recursive: true }).filter((name) => String(name).endsWith('.json'))
    .length

const quantile = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN
const median = (values: readonly number[]) => quantile(values, 0.5)
const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`
const mb = (value: number) => `${value.toFixed(0)} MB`
const seconds = (value: number) => `${value.toFixed(2)} s`
const times = (value: number, base: number) => `${(value / base).toFixed(2)}×`

const rows: string[][] = []
const row = (...cells: string[]) => {
  rows.push(cells)
  console.log(cells.join('  |  '))
}

async function measureStream() {
  const results = new Map<Watcher, { first: number; whole: number }>()
  for (const watcher of [...watchers, 'backfill'] as const) {
    const site = await startSite()
    fillAccount(site.world, 100)
    const session = await startSession(watcher, site, 'https://chatgpt.com/stream')
    const [report] = await reportsOf(site, 1, 0)
    await session.end()
    await site.close()
    const runs = report?.runs.slice(1) ?? []
    results.set(watcher, { first: median(runs.map((run) => run.first)), whole: median(runs.map((run) => run.whole)) })
  }
  const of = (watcher: Watcher) => results.get(watcher) ?? { first: Number.NaN, whole: Number.NaN }
  for (const field of ['first', 'whole'] as const) {
    const name = field === 'first' ? 'streamed answer: first event' : 'streamed answer: whole length'
    row(
      name,
      ...watchers.map((watcher) => ms(of(watcher)[field])),
      `${times(of('daemon')[field], of('nobody')[field])} of unwatched (aim 1.05×)`,
    )
    const beside = of('backfill')[field]
    row(
      `${name}, beside a backfill`,
      ...[ms(of('nobody')[field]), '–', '–', ms(beside)],
      `${times(beside, of('nobody')[field])} of unwatched (aim 1.05×)`,
    )
  }
}

/** What one burst cost: the page, and the watcher with every process of its own. */
interface BurstRun {
  readonly pageMs: number
  readonly processorS: number
  readonly peakMb: number
  readonly lost: number
  readonly delays: readonly number[]
}

const burstTabs = 3
const burstPictures = 100

async function runBurst(watcher: Watcher): Promise<BurstRun> {
  const site = await startSite()
  const tabs = Array.from({ length: burstTabs }, () => conversationOf(site, burstPictures, 400_000))
  const pictures = tabs.flatMap((tab) => tab.pictures)
  const session = await startSession(watcher, site, 'https://chatgpt.com/')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  for (const [tab, { id }] of tabs.entries()) await session.open(`https://chatgpt.com/burst#${id}/${tab}`)
  const reports = await reportsOf(site, tabs.length, 0)
  const written = () =>
    watcher === 'daemon' ? countRecords(session.archivePath) : readdirSync(session.naivePath).length
  if (watcher === 'daemon' || watcher === 'naive') await settle(written, pictures.length)
  const [processorS, peakMb] = [session.tree.processorS(), session.tree.peakMb]
  await session.end()
  await site.close()
  const records = watcher === 'daemon' ? recordsOf(session.archivePath) : new Map()
  const shown = reports.flatMap((report) => Object.entries(report.shown))
  const delays = shown.map(([id, at]) => (records.get(id.slice(5))?.atMs ?? Number.NaN) - at)
  const lost = watcher === 'daemon' ? lostOf(pictures, session.archivePath) : 0
  rmSync(session.archivePath, { recursive: true, force: true })
  return { pageMs: Math.max(...reports.map((report) => report.ms)), processorS, peakMb, lost, delays }
}

async function measureBurst() {
  const runs = new Map<Watcher, BurstRun[]>(watchers.map((watcher) => [watcher, []]))
  for (let round = 0; round < rounds; round++)
    for (const watcher of watchers.filter(isChosen)) runs.get(watcher)?.push(await runBurst(watcher))
  const of = (watcher: Watcher, field: 'pageMs' | 'processorS' | 'peakMb') =>
    median((runs.get(watcher) ?? []).map((run) => run[field]))
  const own = runs.get('daemon') ?? []
  const delays = own.flatMap((run) => run.delays)
  const lost = own.reduce((sum, run) => sum + run.lost, 0)
  const against = (watcher: Watcher) => times(of(watcher, 'pageMs'), of('nobody', 'pageMs'))
  row(
    '300 images × 400 kB over 3 tabs: page time',
    ...watchers.map((watcher) => `${ms(of(watcher, 'pageMs'))}${watcher === 'nobody' ? '' : `, ${against(watcher)}`}`),
    'aim 1.6× of nobody',
  )
  row(
    'the same: processor of the watcher, all processes',
    ...['–', '–', seconds(of('naive', 'processorS')), seconds(of('daemon', 'processorS'))],
    'aim 1.5 s',
  )
  row(
    'the same: peak memory of the watcher, all processes',
    ...['–', '–', mb(of('naive', 'peakMb')), mb(of('daemon', 'peakMb'))],
    'aim 150 MB',
  )
  row('the same: images lost', '–', '–', '–', `${lost} of ${own.length * burstTabs * burstPictures}`, 'aim 0')
  row(
    'the same: shown to record on disk',
    ...['–', '–', '–', `p50 ${ms(quantile(delays, 0.5))}, p99 ${ms(quantile(delays, 0.99))}`],
    '',
  )
}

async function measureIdle() {
  const site = await startSite()
  const { id, pictures } = conversationOf(site, 60, 400_000)
  const session = await startSession('daemon', site, `https://chatgpt.com/idle#${id}/0`)
  const [report] = await reportsOf(site, 1, 0)
  await settle(() => countRecords(session.archivePath), pictures.length)
  await session.end()
  await site.close()
  const records = recordsOf(session.archivePath)
  const delays = Object.entries(report?.shown ?? {}).map(
    ([file, at]) => (records.get(file.slice(5))?.atMs ?? Number.NaN) - at,
  )
  rmSync(session.archivePath, { recursive: true, force: true })
  row(
    'idle: shown to record on disk',
    ...['–', '–', '–', `p50 ${ms(quantile(delays, 0.5))}, p99 ${ms(quantile(delays, 0.99))}`],
    'aim p50 ≤ 100 ms',
  )
}

async function measureMemory() {
  const site = await startSite()
  const batches = Array.from({ length: 10 }, () => conversationOf(site, 300, 40_000))
  const session = await startSession('daemon', site, 'https://chatgpt.com/')
  const resident: number[] = []
  let due = 0
  for (const [index, { id, pictures }] of batches.entries()) {
    await session.open(`https://chatgpt.com/burst#${id}/${index}`)
    await reportsOf(site, index + 1, 0)
    due += pictures.length
    await settle(() => countRecords(session.archivePath), due)
    resident.push(session.tree.residentMb())
  }
  const { peakMb } = session.tree
  const lost = due - countRecords(session.archivePath)
  await session.end()
  await site.close()
  rmSync(session.archivePath, { recursive: true, force: true })
  row(
    '3,000 images of 40 kB: memory of all processes',
    ...['–', '–', '–', `peak ${mb(peakMb)}, ${lost} lost`],
    `aim flat; after each 300: ${resident.map((value) => value.toFixed(0)).join(' ')}`,
  )
}

/** Names of 100,000 records in 1,000 folders, as three years of heavy use leave them. */
function fillArchive(archivePath: string) {
  for (let day = 0; day < 1_000; day++) {
    const [year, month] = [2020 + Math.floor(day / 360), 1 + (Math.floor(day / 30) % 12)]
    const date = [String(year), String(month).padStart(2, '0'), String(1 + (day % 28)).padStart(2, '0')]
    const folder = path.join(archivePath, 'database', ...date, `d${day}`)
    mkdirSync(folder, { recursive: true })
    for (let index = 0; index < 100; index++)
      writeFileSync(path.join(folder, `genid${day}x${index}-file${day}x${index}.json`), '{}')
  }
}

async function measureLargeArchive() {
  const archivePath = temporaryFolder()
  fillArchive(archivePath)
  const [fromStart, fromShown, peaks]: number[][] = [[], [], []]
  for (let turn = 0; turn < 2 * rounds - 1; turn++) {
    const site = await startSite()
    const { id, pictures } = conversationOf(site, 1, 400_000)
    const session = await startSession('daemon', site, `https://chatgpt.com/burst#${id}/0`, archivePath)
    const [report] = await reportsOf(site, 1, 0)
    const bare = pictures[0]?.fileId.slice(5) ?? ''
    let at = Number.NaN
    for (let tries = 0; tries < 200 && Number.isNaN(at); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      at = recordTime(archivePath, bare)
    }
    peaks?.push(session.tree.peakMb)
    await session.end()
    await site.close()
    fromStart?.push(at - session.startedAtMs)
    fromShown?.push(at - (Object.values(report?.shown ?? {})[0] ?? Number.NaN))
  }
  rmSync(archivePath, { recursive: true, force: true })
  const [began = [], shown = [], peak = []] = [fromStart, fromShown, peaks]
  row(
    '100,000 records: first picture archived after the start of the process',
    ...['–', '–', '–', `${ms(median(began))} (${ms(Math.min(...began))} to ${ms(Math.max(...began))})`],
    'aim 800 ms',
  )
  row(
    'the same: after the page has it',
    ...['–', '–', '–', ms(median(shown))],
    `aim 700 ms; peak memory of all processes ${mb(median(peak))}`,
  )
}

function recordTime(archivePath: string, bare: string): number {
  const now = new Date()
  const folder = path.join(
    archivePath,
    'database',
    String(now.getFullYear()),
    String(now.getMonth() + 1).padStart(2, '0'),
    String(now.getDate()).padStart(2, '0'),
  )
  try {
    const name = readdirSync(folder).find((one) => one.endsWith(`-${bare}.json`))
    return name ? statSync(path.join(folder, name)).mtimeMs : Number.NaN
  } catch {
    return Number.NaN
  }
}

function measureHelp() {
  const time = (args: string[]) => {
    const runs = Array.from({ length: 11 }, () => {
      const began = performance.now()
      execFileSync(process.execPath, args, { stdio: 'ignore' })
      return performance.now() - began
    })
    return median(runs)
  }
  const bare = time(['-e', '0'])
  const help = time([path.resolve('dist/cli/main.js'), '--help'])
  row('--help', `node -e 0: ${ms(bare)}`, '–', '–', ms(help), `${times(help, bare)} of bare node (aim ≤ 3×)`)
}

console.log(
  `${new Date().toISOString().slice(0, 10)} · Node ${process.versions.node} · ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}\n`,
)
row('what', 'nobody', 'floor', 'naive', 'daemon', 'note')
const parts: Record<string, () => void | Promise<void>> = {
  help: measureHelp,
  stream: measureStream,
  idle: measureIdle,
  burst: measureBurst,
  large: measureLargeArchive,
  memory: measureMemory,
}
const chosen = process.argv.slice(2)
for (const [name, measure] of Object.entries(parts)) if (chosen.length === 0 || chosen.includes(name)) await measure()

console.log(
  `\n${rows
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
    .replace('\n', '\n| --- | --- | --- | --- | --- | --- |\n')}`,
)
