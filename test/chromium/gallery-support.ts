import { execFileSync } from 'node:child_process'
import axe from 'axe-core'
import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { installedBrowsers } from '../../src/browser/installed.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { type Gallery, type GalleryOptions, serveGallery } from '../../src/gallery/server.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import type { DatedFacts } from '../../src/sites/facts.ts'
import { storeLive } from '../fakes/archive.ts'
import { facts, fileId, genId } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { machineArgs } from './support.ts'

declare global {
  interface Window {
    violations: string[]
    axe: typeof axe
  }
}

const sizes = [
  { widthPx: 300, heightPx: 300 },
  { widthPx: 448, heightPx: 256 },
  { widthPx: 256, heightPx: 448 },
]
const minute = 60_000

/** The n-th picture's id; the first is the newest. */
export const idOf = (n: number) => `Picture${String(n).padStart(4, '0')}`

/** Facts of the n-th picture, three hours older than the one before it. */
export function nth(n: number, more: Partial<DatedFacts> = {}): DatedFacts {
  const noon = new Date()
  noon.setHours(12, 0, 0, 0)
  return facts({
    fileId: fileId(`file-${idOf(n)}`),
    genId: genId(`Generation${String(n).padStart(6, '0')}`),
    createdAt: new Date(noon.getTime() - n * 180 * minute),
    prompt: `Picture number ${n}`,
    // Each of a turn of its own, or they would be variants of one picture.
    messageId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    seed: n % 2 ? n : null,
    ...more,
  })
}

/** A moment after all of these, at whatever time of the day the tests run. */
export const latest = () => new Date(Math.max(Date.now(), nth(0).createdAt.getTime() + minute))

/** Keeps pictures of different shapes as the daemon does. */
export async function keepAll(root: string, all: readonly DatedFacts[], shapes = sizes): Promise<PictureRecord[]> {
  const archive = await openArchive(root)
  const records: PictureRecord[] = []
  for (const [i, one] of all.entries()) {
    const bytes = makePng(shapes[i % shapes.length] ?? { widthPx: 300, heightPx: 300 }, 2_000)
    const kind = inspectImage(bytes)
    if (kind) records.push(await storeLive(archive, one, bytes, kind, 'files.oaiusercontent.com'))
  }
  await archive.close()
  return records
}

/** One browser for all tests of a file, which look at the page as it is built. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined
  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/setup.mjs'], { stdio: 'ignore' })
    browser = await puppeteer.launch({ executablePath: installedBrowsers()[0]?.path ?? '', args: machineArgs })
  }, 180_000)
  afterAll(() => browser?.close())
  return () => {
    if (!browser) throw new Error('no browser was started')
    return browser
  }
}

export interface OpenGallery {
  readonly root: string
  /** The one that runs now. */
  readonly gallery: Gallery
  readonly context: BrowserContext
  page(options?: PageOptions): Promise<Page>
  /** Ends the server alone; pages stay open. */
  stop(): Promise<void>
  /** Serves the same archive on the same port again, with a new key. */
  startAgain(): Promise<void>
}

export interface PageOptions {
  readonly widthPx?: number
  readonly scheme?: 'light' | 'dark'
  /** What follows the "?" of the address. */
  readonly query?: string
  /** A tab in the window of the others hides them; a window of its own does not. */
  readonly type?: 'tab' | 'window'
}

/** The one gallery of each test of a file, which is closed behind it. */
export function useGallery() {
  const browser = useBrowser()
  let open: OpenGallery | undefined
  const current = () => {
    if (!open) throw new Error('no gallery was started')
    return open
  }
  afterEach(() => open?.gallery.close())
  return {
    browser,
    current,
    page: (options?: PageOptions) => current().page(options),
    /** Serves so many pictures; `more` tells what is special about the n-th. */
    async start(count: number, more: (n: number) => Partial<DatedFacts> = () => ({}), options: ServingOptions = {}) {
      const all = Array.from({ length: count }, (_, n) => nth(n, more(n)))
      open = await galleryOf(browser(), all, options)
    },
    /** Serves these pictures. */
    async serve(all: readonly DatedFacts[]) {
      open = await galleryOf(browser(), all)
    },
    /** Serves an archive as it stands in a folder, for another browser where one is given. */
    async serveAt(root: string, another = browser()) {
      open = await galleryAt(another, root)
    },
  }
}

type ServingOptions = Pick<GalleryOptions, 'reveal'>

/** Serves an archive of these pictures. */
export async function galleryOf(browser: Browser, all: readonly DatedFacts[], options: ServingOptions = {}) {
  const root = temporaryFolder()
  await keepAll(root, all)
  return galleryAt(browser, root, options)
}

/** Serves an archive as it stands in a folder. */
export async function galleryAt(browser: Browser, root: string, options: ServingOptions = {}): Promise<OpenGallery> {
  let served = await serveGallery({ archivePath: root, ...options })
  const context = await browser.createBrowserContext()
  return {
    root,
    context,
    get gallery() {
      const close = async () => {
        await context.close()
        await served.close()
      }
      return { ...served, close }
    },
    stop: () => served.close(),
    async startAgain() {
      served = await serveGallery({ archivePath: root, port: served.port, ...options })
    },
    async page({ widthPx = 1400, scheme = 'light', query, type = 'tab' } = {}) {
      const page = await context.newPage({ type })
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
      await page.setViewport({ width: widthPx, height: 800 })
      await watchViolations(page)
      await page.goto(served.url)
      if (query !== undefined) await page.goto(new URL(`?${query}`, page.url()).href)
      await page.waitForSelector('.tile, .notice')
      return page
    },
  }
}

/** Notes everything the page's policy forbade, from its first moment. */
export async function watchViolations(page: Page) {
  await page.evaluateOnNewDocument(() => {
    window.violations = []
    document.addEventListener('securitypolicyviolation', (event) =>
      window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    )
    addEventListener('error', (event) => window.violations.push(`error: ${event.message}`))
    addEventListener('unhandledrejection', (event) => window.violations.push(`rejected: ${event.reason}`))
  })
}

/** Accessibility findings that are serious or worse, in words. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // What is still fading in has less contrast than it will have.
  await page.evaluate(async () => {
    const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations === 1)
    await Promise.allSettled(passing.map(({ finished }) => finished))
  })
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

/** Whether the page is no wider than its window. */
export const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

/** Ids of the pictures drawn, in order. */
export const drawn = (page: Page) =>
  page.$$eval('.tile a', (links) => links.map((link) => (link as HTMLElement).dataset.id ?? ''))

/** The picture the keyboard stands on. */
export const focused = (page: Page) => page.evaluate(() => (document.activeElement as HTMLElement).dataset.id ?? null)

/** Waits until the page announces this many pictures. */
export const announced = (page: Page, count: number) =>
  until(async () =>
    (await page.$eval('.count', ({ textContent }) => textContent)) ===
    `${count.toLocaleString('en')} picture${count === 1 ? '' : 's'}`
      ? true
      : undefined,
  )

/** Waits until the viewer tells this prompt. */
export const promptShown = (page: Page, text: string) =>
  page.waitForFunction((wanted) => document.querySelector('.prompt > p')?.textContent === wanted, {}, text)

/** Waits until no picture is looked at. */
export const viewerClosed = (page: Page) => page.waitForFunction(() => !document.querySelector('dialog.viewer[open]'))
