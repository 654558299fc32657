/**
 * The gallery over 100,000 generated records: start, first pictures on screen, scrolling, search, memory. Run with
 * `npm run bench:gallery [count]`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { format } from 'date-fns/format'
import puppeteer, { type Page } from 'puppeteer-core'
import { installedBrowsers } from '../src/browser/installed.ts'
import { makePng } from '../src/pretend-chatgpt/pictures.ts'

const words =
  'a photo of oil painting watercolour cat dog mountain river city night neon portrait woman man child robot castle forest ' +
  'sunset light shadow dramatic cinematic wide angle close up detailed vintage futuristic minimal logo poster illustration ' +
  '東京 夜景 猫 café naïve Straße кот луна قطة القمر “quoted” — ocean desert snow rain storm bridge train ship astronaut'
const vocabulary = words.split(' ')
const pick = () => vocabulary[randomInt(vocabulary.length)] ?? ''
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const idOf = (length: number) => Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
const uuid = () => crypto.randomUUID()
const perDay = 60
const realPictures = 3_000
const aPicture = makePng({ widthPx: 512, heightPx: 512 }, 20_000)

/** An archive as years of work leave it: 60 pictures a day, prompts of 10 to 70 words. */
function generate(root: string, count: number): void {
  const hourAgo = new Date(Date.now() - 3_600_000)
  const folders = new Set<string>()
  let conversationId = uuid()
  for (let n = 0; n < count; n++) {
    if (n % 4 === 0) conversationId = uuid()
    const date = new Date(Date.now() - Math.floor(n / perDay) * 86_400_000 - (n % perDay) * 60_000)
    const folder = format(date, 'yyyy/MM/dd')
    const fileId = idOf(24)
    const prompt = `${Array.from({ length: randomInt(10, 70) }, pick).join(' ')} number${n}`
    const [genId, seconds] = [idOf(16), Math.floor(date.getTime() / 1000)]
    const image = `images/${folder}/${seconds}-${genId}.webp`
    const record = {
      gen_id: genId,
      prompt,
      seed: n % 3 ? randomInt(2 ** 32) : null,
      date: seconds,
      fileId,
      width: n % 2 ? 1792 : 1024,
      height: 1024,
      version: 1,
      promptSource: 'dalle',
      dateSource: 'message',
      conversationId,
      conversationTitle: `${pick()} ${pick()} ${pick()}`,
      messageId: uuid(),
      parent_gen_id: null,
      edit_op: null,
      source: { spring: 'live', channel: 'stream', host: 'files.oaiusercontent.com' },
      sha256: idOf(64),
      bytes: 1,
      mime: 'image/webp',
      image,
      archivedAt: date.toISOString(),
    }
    for (const kind of ['images', 'database'])
      if (!folders.has(`${kind}/${folder}`)) mkdirSync(path.join(root, kind, folder), { recursive: true })
    folders.add(`images/${folder}`).add(`database/${folder}`)
    writeFileSync(
      path.join(root, 'database', folder, `${genId}-${fileId}.json`),
      `${JSON.stringify(record, null, 2)}\n`,
    )
    // Those that come on the screen first are real; reading the others is no part of what is measured.
    writeFileSync(path.join(root, image), n < realPictures ? aPicture : 'x')
  }
  const above = [...folders].flatMap((folder) => folder.split('/').map((_, at, all) => all.slice(0, at + 1).join('/')))
  for (const folder of new Set(above)) utimesSync(path.join(root, folder), hourAgo, hourAgo)
}

/** In a process of its own, as `browse` runs, and with the page that was built. */
async function serve(archivePath: string): Promise<void> {
  const server: typeof import('../src/gallery/server.ts') = await import(path.resolve('dist/gallery/server.js'))
  const { serveGallery } = server
  const gallery = await serveGallery({ archivePath })
  console.log(gallery.url)
  const { user, system } = process.cpuUsage()
  console.log(`cpu ${Math.round((user + system) / 1000)}`)
  void gallery.index.settled.then(() => console.log('settled'))
  process.once('SIGTERM', () => void gallery.close())
}

interface Served {
  readonly url: string
  readonly began: number
  readonly child: ChildProcess
  readonly get: (place: string) => Promise<string>
  readonly firstListMs: number
  /** Processor time until the address was told: what the start costs, whatever else the machine does. */
  readonly cpuMs: number
  readonly settled: Promise<number>
}

async function start(root: string): Promise<Served> {
  const began = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--serve', root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const line = (wanted: (text: string) => boolean) =>
    new Promise<string>((resolve) => lines.on('line', (text) => wanted(text) && resolve(text)))
  const settled = line((text) => text === 'settled').then(() => performance.now() - began)
  const cpu = line((text) => text.startsWith('cpu'))
  const url = new URL(await line((text) => text.startsWith('http')))
  const entered = await fetch(url, { redirect: 'manual' })
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  const get = async (place: string) => (await fetch(new URL(place, url), { headers: { cookie } })).text()
  await get('/api/list')
  const firstListMs = performance.now() - began
  return { url: url.href, began, child, get, firstListMs, cpuMs: Number((await cpu).slice(4)), settled }
}

async function end({ child }: Served): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

const rssMb = ({ child }: Served) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** As typed, letter by letter, and at once: common, rare, several, none, ids, other scripts, with filters. */
function queries(count: number): string[] {
  const typed = ['cinematic cat', 'number4321', '東京 夜景', 'кот луна', 'zzzzqqq'].flatMap((text) =>
    [...text].map((_, at) => text.slice(0, at + 1)),
  )
  const asked = Array.from(
    { length: 120 },
    (_, n) => [pick(), `${pick()} ${pick()} ${pick()}`, `number${randomInt(count)}`, idOf(5)][n % 4] ?? '',
  )
  const filtered = ['shape=wide', 'seed=1&q=cat', 'by=dalle&from=2024-01-01&q=robot', 'favourite=1', 'source=live']
  return [...[...typed, ...asked].map((text) => `q=${encodeURIComponent(text)}`), ...filtered]
}

/** From the start of the process until pictures are on the screen, and how smoothly they move. */
async function measurePage(root: string): Promise<void> {
  const executablePath = installedBrowsers()[0]?.path ?? ''
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await puppeteer.launch({ executablePath, args, headless: true, defaultViewport: null })
  const page = await browser.newPage()
  const served = await start(root)
  try {
    await measureFrames(page, served)
  } finally {
    await browser.close()
    await end(served)
  }
}

async function measureFrames(page: Page, served: Served): Promise<void> {
  const navigatedAt = performance.now()
  await page.goto(served.url)
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLImageElement>('img[src*="/thumb"]')].some((image) => image.naturalWidth > 0),
  )
  const [all, own] = [served.began, navigatedAt].map((from) => (performance.now() - from).toFixed(0))
  console.log(`first pictures on screen: ${all} ms after the process began, ${own} ms after the page was opened`)
  const frames = await page.evaluate(scroll)
  frames.sort((left, right) => left - right)
  const at = (share: number) => (frames[Math.floor(share * (frames.length - 1))] ?? 0).toFixed(1)
  console.log(`scrolling: a frame takes ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms (${frames.length} frames)`)
}

/** Runs in the page: five seconds of steady scrolling, and how long each frame took. */
async function scroll(): Promise<number[]> {
  const frames: number[] = []
  const scroller = [...document.querySelectorAll('*')].find((one) => one.scrollHeight > 10 * one.clientHeight)
  const endsAt = performance.now() + 5_000
  for (let before = performance.now(); before < endsAt; ) {
    const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
    scroller?.scrollBy(0, 40)
    frames.push(now - before)
    before = now
  }
  return frames
}

async function measureSearch({ get }: Served, count: number): Promise<void> {
  const times: number[] = []
  for (const query of queries(count)) {
    const began = performance.now()
    await get(`/api/search?${query}`)
    times.push(performance.now() - began)
  }
  times.sort((left, right) => left - right)
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1)
  console.log(`search over http: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms (${times.length} queries)`)
}

async function bench(count: number): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-bench-gallery-'))
  try {
    const began = performance.now()
    generate(root, count)
    console.log(`${count} records generated in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    const first = await start(root)
    console.log(
      `without a cache: first list ${first.firstListMs.toFixed(0)} ms, all ${(await first.settled).toFixed(0)} ms`,
    )
    await end(first)
    const again = []
    for (let turn = 0; turn < 5; turn++) {
      const next = await start(root)
      again.push(next.firstListMs)
      if (turn < 4) {
        await end(next)
        continue
      }
      console.log(
        `with the cache: first list ${again.map((ms) => ms.toFixed(0)).join(', ')} ms after the process began`,
      )
      console.log(`processor time until it listens: ${next.cpuMs} ms`)
      console.log(`every record's time compared after ${(await next.settled).toFixed(0)} ms`)
      await measureSearch(next, count)
      console.log(`memory ${rssMb(next).toFixed(0)} MB`)
      await end(next)
      await measurePage(root)
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const [flag, value] = process.argv.slice(2)
if (flag === '--serve') await serve(value ?? '')
else await bench(Number(flag ?? 100_000))
