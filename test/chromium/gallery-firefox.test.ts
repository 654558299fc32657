import { existsSync } from 'node:fs'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { serveGallery } from '../../src/gallery/server.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { announced, drawn, focused, idOf, keepAll, nth, promptShown, viewerClosed } from './gallery-support.ts'
import { openView } from './gallery-views.ts'

const executablePath = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((file) => existsSync(file))

/** What the gallery is for, in a browser of another make; setup.mjs installs it where it is easy. */
describe.skipIf(executablePath === undefined)('in Firefox', () => {
  let browser: Browser
  let gallery: Awaited<ReturnType<typeof serveGallery>> | undefined

  beforeAll(async () => {
    browser = await puppeteer.launch({ browser: 'firefox', executablePath: executablePath ?? '', headless: true })
  }, 120_000)
  afterAll(() => browser?.close())
  afterEach(() => gallery?.close())

  async function openPage(count: number): Promise<Page> {
    const root = temporaryFolder()
    await keepAll(
      root,
      Array.from({ length: count }, (_, n) => nth(n, n === 7 ? { prompt: 'A lighthouse' } : {})),
    )
    gallery = await serveGallery({ archivePath: root })
    const page = await browser.newPage()
    await page.setViewport({ width: 1200, height: 800 })
    await page.evaluateOnNewDocument(() => {
      window.violations = []
      document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective))
      addEventListener('error', (event) => window.violations.push(`error: ${event.message}`))
      addEventListener('unhandledrejection', (event) => window.violations.push(`rejected: ${event.reason}`))
    })
    await page.goto(gallery.url)
    await announced(page, count)
    return page
  }

  it('shows pictures, searches, and is used by keyboard', async () => {
    const page = await openPage(30)
    await page.waitForSelector('.tile.loaded')
    await page.keyboard.press('/')
    await page.waitForFunction(() => document.activeElement?.matches('input[type=search]'))
    await page.keyboard.type('lighthouse')
    await announced(page, 1)
    expect(await drawn(page)).toEqual([idOf(7)])
    await page.keyboard.press('Enter')
    await until(async () => ((await focused(page)) === idOf(7) ? true : undefined))
    await page.keyboard.press('Enter')
    await promptShown(page, 'A lighthouse')
    await page.waitForFunction(() => (document.querySelector<HTMLImageElement>('img.pswp__img')?.naturalWidth ?? 0) > 0)
    await page.keyboard.press('Escape')
    await viewerClosed(page)
    expect(await page.evaluate(() => window.violations)).toEqual([])
  })

  it('turns, keeps marks, and goes back', async () => {
    const page = await openPage(4)
    await page.click(`[data-id=${idOf(1)}]`)
    await promptShown(page, 'Picture number 1')
    await page.keyboard.press('f')
    await page.waitForSelector('[aria-label=Favourite][aria-pressed=true]')
    await page.keyboard.press('ArrowRight')
    await promptShown(page, 'Picture number 2')
    await page.goBack()
    await viewerClosed(page)
    await page.goto(new URL('?favourite=1', page.url()).href)
    await announced(page, 1)
    expect(await drawn(page)).toEqual([idOf(1)])
    expect(await page.evaluate(() => window.violations)).toEqual([])
  })

  it('has the other views, and leads to any month', async () => {
    const page = await openPage(120)
    for (const view of ['Calendar', 'On this day', 'Prompts', 'Numbers', 'Search words and keys']) {
      await openView(page, view)
      expect(await page.$('.sheet .problem')).toBeNull()
      await page.keyboard.press('Escape')
      await page.waitForSelector('.sheet', { hidden: true })
    }
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    await page.waitForSelector(`[data-id=${idOf(119)}]`)
    expect(await page.evaluate(() => window.violations)).toEqual([])
  })
})
