/**
 * The gallery over 100,000 generated records: start, first pictures on screen, scrolling, search, memory. Run with
 * `npm run bench:gallery [count]`.
 */
import { randomInt } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'puppeteer-core'
import { generate, idOf, pick, realPictures } from './gallery-data.ts'
import { end, type Served, start, withPage } from './gallery-served.ts'

/** Milliseconds from the start of the process until there was a first list, and until it was whole. */
async function measureLists({ began, get }: Served): Promise<{ first: number; whole: number }> {
  await get('/api/list')
  const first = performance.now() - began
  const isWhole = async () => (JSON.parse(await get('/api/search?q=nothing')) as { isWhole: boolean }).isWhole
  while (!(await isWhole())) await setTimeout(250)
  return { first, whole: performance.now() - began }
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
  const terms = ['"oil painting"', 'cat -dog', 'stars:>3', 'in:castle robot', 'is:untagged river', 'watercolur']
  return [...[...typed, ...asked, ...terms].map((text) => `q=${encodeURIComponent(text)}`), ...filtered]
}

/** From the start of the process until pictures are on the screen. */
const measureFirst = (root: string) =>
  withPage(root, async (page, { url, began }) => {
    const openedAt = performance.now()
    await page.goto(url, { waitUntil: 'domcontentloaded' })
    await page.waitForSelector('.tile.loaded')
    const [all, own] = [began, openedAt].map((from) => (performance.now() - from).toFixed(0))
    console.log(`first pictures on screen: ${all} ms after the process began, ${own} ms after the page was opened`)
  })

/** How smoothly pictures move. */
const measurePage = (root: string) =>
  withPage(root, async (page, { url }) => {
    await page.goto(url)
    await page.waitForFunction(() => document.documentElement.scrollHeight > 100_000)
    const frames = await page.evaluate(scroll)
    frames.sort((left, right) => left - right)
    const at = (share: number) => (frames[Math.floor(share * (frames.length - 1))] ?? 0).toFixed(1)
    console.log(
      `scrolling: a frame takes ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms (${frames.length} frames)`,
    )
  })

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

/** Milliseconds, sorted, as a row of the report. */
function report(name: string, times: number[], unit: string): void {
  times.sort((left, right) => left - right)
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1)
  console.log(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms (${times.length} ${unit})`)
}

/** From a key on the strip of years and months until the pictures of that time are drawn. */
const measureJumps = (root: string) =>
  withPage(root, async (page, { url }) => {
    await page.goto(url)
    await page.waitForSelector('.scrubber')
    report('jump to another time', await page.evaluate(jump), 'jumps')
  })

/** Runs in the page: forty jumps over the years, to both ends and between. */
async function jump(): Promise<number[]> {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const seen = () =>
    [...document.querySelectorAll('.tile')].some((tile) => {
      const { top, bottom } = tile.getBoundingClientRect()
      return bottom > 0 && top < innerHeight
    })
  const times: number[] = []
  for (let n = 0; n < 40; n++) {
    const key = ['End', 'PageUp', 'Home', 'PageDown'][n % 4] ?? 'Home'
    const began = performance.now()
    document.querySelector('.scrubber')?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    await frame()
    while (!seen()) await frame()
    times.push(performance.now() - began)
    await new Promise((resolve) => window.setTimeout(resolve, 300))
  }
  return times
}

/** Until the page has the whole list, and says how many pictures there are. */
const hasAll = (page: Page) => page.waitForFunction(() => document.querySelector('.count')?.textContent !== '')

/** Milliseconds from one key to the next. */
const handMs = 80

/** How long frames take while pictures are judged one after the other by key, as fast as a hand can. */
const measureCulling = (root: string) =>
  withPage(root, async (page, { url }) => {
    await page.goto(url)
    await page.waitForSelector('.tile.loaded')
    await hasAll(page)
    await setTimeout(1_000)
    await page.evaluate(noteFrames)
    await page.focus('.tile a')
    for (let n = 0; n < 300; n++) {
      await page.keyboard.press(n % 3 ? 'x' : 'p')
      // Now and then a person hesitates, and the page takes over what the disk has.
      await setTimeout(n % 20 === 19 ? 400 : handMs)
    }
    const frames = await page.evaluate(() => window.frameTimes)
    report('culling', frames, 'frames')
    console.log(`culling: ${frames.filter((ms) => ms > 51).length} frames over 50 ms`)
  })

declare global {
  interface Window {
    frameTimes: number[]
  }
}

/** Runs in the page: notes how long each frame takes from now on. */
function noteFrames(): void {
  const frames: number[] = []
  window.frameTimes = frames
  let before = performance.now()
  const look = (now: number) => {
    frames.push(now - before)
    before = now
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

/** From the key until four selected pictures stand side by side. */
const measureCompare = (root: string) =>
  withPage(root, async (page, { url }) => {
    await page.goto(url)
    await page.waitForSelector('.tile.loaded')
    await hasAll(page)
    const times: number[] = []
    await page.click('.select-toggle')
    for (const link of (await page.$$('.tile a')).slice(0, 4)) await link.click()
    for (let n = 0; n < 20; n++) {
      const began = performance.now()
      await page.keyboard.press('c')
      await page.waitForFunction(() => document.querySelectorAll('dialog[open] .pane img').length === 4)
      times.push(performance.now() - began)
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => document.querySelector('dialog[open]') === null)
    }
    report('four pictures compared', times, 'times')
  })

async function measureSearch({ get }: Served, count: number): Promise<void> {
  const times: number[] = []
  for (const query of queries(count)) {
    const began = performance.now()
    await get(`/api/search?${query}`)
    times.push(performance.now() - began)
  }
  report('search over http', times, 'queries')
}

/** Until every picture has its look, then what is like one of the latest, one after the other. */
async function measureSimilar({ get }: Served): Promise<void> {
  const { pictures } = JSON.parse(await get('/api/list')) as { pictures: { id: string[] } }
  const ask = async () =>
    JSON.parse(await get(`/api/similar/${pictures.id[randomInt(realPictures)]}`)) as { isReady: boolean }
  const began = performance.now()
  while (!(await ask()).isReady) await setTimeout(250)
  console.log(`similar: ready ${((performance.now() - began) / 1000).toFixed(1)} s after it was asked first`)
  const times: number[] = []
  for (let turn = 0; turn < 200; turn++) {
    const before = performance.now()
    await ask()
    times.push(performance.now() - before)
  }
  report('similar over http', times, 'pictures')
}

async function bench(count: number): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-bench-gallery-'))
  try {
    const began = performance.now()
    await generate(root, count)
    console.log(`${count} records generated in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    const uncached = await start(root)
    const times = await measureLists(uncached)
    console.log(`without a cache: first list ${times.first.toFixed(0)} ms, whole ${times.whole.toFixed(0)} ms`)
    await end(uncached)
    for (let turn = 0; turn < 5; turn++) {
      const cached = await start(root)
      const { first, whole } = await measureLists(cached)
      console.log(`with the cache: first list ${first.toFixed(0)} ms, whole ${whole.toFixed(0)} ms`)
      await end(cached)
    }
    const served = await start(root)
    await measureLists(served)
    // What the start leaves to be done, comparing each record's time, is no part of a search.
    await setTimeout(count / 10)
    await measureSearch(served, count)
    await measureSimilar(served)
    console.log(`memory ${rssMb(served).toFixed(0)} MB`)
    await measureSimilar(served)
    console.log(`memory with looks and prompts ${rssMb(served).toFixed(0)} MB`)
    await end(served)
    for (let turn = 0; turn < 5; turn++) await measureFirst(root)
    await measurePage(root)
    await measureJumps(root)
    await measureCulling(root)
    await measureCompare(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

await bench(Number(process.argv[2] ?? 100_000))
