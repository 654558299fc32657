import path from 'node:path'
import puppeteer, { type Page } from 'puppeteer-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { installedBrowsers } from '../../src/browser/installed.ts'
import { put } from '../fakes/folder.ts'
import { fileRow } from '../fakes/history.ts'
import { until } from '../fakes/until.ts'
import { announced, idOf, nth, seriousFindings, useGallery } from './gallery-support.ts'
import { machineArgs } from './support.ts'

const gallery = useGallery()

const [before, at] = ['2026-11-20T12:00:00.000Z', '2026-11-29T12:00:00.000Z']
const counters = { kind: 'counters', active: 3, archived: 1, at }
const walk = (name: string) => ({
  ...{ kind: 'catalogue', name, walk: at, cursor: null, pages: 1, end: 'cursor', reason: null, at },
})
const listed = (id: string) => ({ ...fileRow(`file-${id}`, at), conversationId: null })
const ndjson = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const hostile = '<img src=x onerror="window.pwned=1">'

/** A gallery of so many pictures, of whose account this is known. */
async function start(count: number, rows: readonly object[] = []) {
  await gallery.serve(Array.from({ length: count }, (_, n) => nth(n)))
  if (rows.length > 0) put(path.join(gallery.current().root, 'history/journal.ndjson'), ndjson(rows))
}

const everyList = ['generated', 'library', 'library-images'].map(walk)
const withLacks = [counters, ...everyList, listed(idOf(0)), listed('open'), listed('refused')]
const refuse = () => {
  const attempt = { key: 'file-refused', count: 2, reason: `HTTP 403 ${hostile}`, since: before, at }
  put(path.join(gallery.current().root, 'pending/attempts.ndjson'), ndjson([attempt]))
}

const button = '.bar-button[aria-haspopup=dialog]'
const openSheet = async (page: Page) => {
  await page.click(button)
  await page.waitForSelector('.sheet .sums, .sheet .unasked, .sheet .problem')
}
const closed = (page: Page) => page.waitForFunction(() => !document.querySelector('.sheet'))
const text = (page: Page, selector: string) => page.$eval(selector, (found) => found.textContent ?? '')

describe('the history of the account', () => {
  it('is told with the difference, and each reason with the command that helps', async () => {
    await start(2, withLacks)
    refuse()
    const page = await gallery.page()
    await openSheet(page)
    expect(await page.$$eval('.sums dd', (all) => all.map(({ textContent }) => textContent))).toEqual(['4', '1', '3'])
    const [asked, refused] = await page.$$eval('.lacks > li', (all) => all.map((one) => one.textContent ?? ''))
    expect(asked).toContain('1 picture not asked for yet')
    expect(refused).toMatch(/^1 picture refusedHTTP 403 <img src=x onerror="window.pwned=1"> \(.*20.* to .*29.*\)/)
    expect(refused).toContain('dalle-archiver backfill (asks again')
    expect(await page.$$eval('.lacks code', (all) => all[0]?.textContent)).toBe('dalle-archiver backfill')
    await page.click('.lacks summary')
    expect(await text(page, '.lacks details[open]')).toContain('file-open')
    expect(await page.$$('.complete')).toHaveLength(0)
    expect(await page.evaluate(() => ['pwned' in window, window.violations])).toEqual([false, []])
  })

  it('is called complete with its day, and the difference still stands there', async () => {
    await start(1, [counters, ...everyList, listed(idOf(0))])
    const page = await gallery.page()
    await openSheet(page)
    expect(await text(page, '.complete')).toMatch(/^Complete on .*29.*: every list was read to its end that day/)
    expect(await page.$$eval('.sums dd', (all) => all.at(-1)?.textContent)).toBe('3')
  })

  it('is not known before anybody asked, and the sheet says how to ask', async () => {
    await start(2)
    const page = await gallery.page()
    await openSheet(page)
    expect(await text(page, '.unasked')).toContain('Nothing is known yet')
    expect(await text(page, '.unasked')).toContain('Run dalle-archiver backfill')
    expect(await page.$$('.sums')).toHaveLength(0)
  })

  it('is asked for again when the server could not tell it', async () => {
    await start(2, withLacks)
    const page = await gallery.page()
    await page.setRequestInterception(true)
    let times = 0
    page.on('request', (request) => {
      const isFirst = request.url().endsWith('/api/coverage') && times++ === 0
      const json = { status: 500, contentType: 'application/json', body: '{"error":"The disk is gone."}' }
      void (isFirst ? request.respond(json) : request.continue())
    })
    await openSheet(page)
    expect(await text(page, '.sheet .problem p')).toBe('The disk is gone.')
    await page.click('.sheet .problem button')
    await page.waitForSelector('.sheet .sums')
  })
})

describe('the sheet', () => {
  it('opens and closes by keyboard, gives the focus back, and the page beneath stays where it is', async () => {
    await start(60, withLacks)
    const page = await gallery.page({ widthPx: 700 })
    await page.evaluate(() => scrollTo(0, 900))
    await until(async () => ((await page.evaluate(() => scrollY)) === 900 ? true : undefined))
    await new Promise((resolve) => setTimeout(resolve, 400))
    const where = () =>
      page.evaluate(() => {
        const found = document.elementFromPoint(40, 500)?.closest('.tile') ?? document.querySelector('.tile')
        const { top, left, width } = (found as Element).getBoundingClientRect()
        return [scrollY, top, left, width].map(Math.round)
      })
    const tiles = () =>
      page.$$eval('.tile', (all) => all.map((one) => Math.round(one.getBoundingClientRect().width)).join(' '))
    const [place, widths] = [await where(), await tiles()]
    await page.focus(button)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.sheet .sums')
    expect(await tiles()).toBe(widths)
    expect(await page.evaluate(() => document.querySelector('.sheet')?.contains(document.activeElement))).toBe(true)
    await page.keyboard.press('/')
    expect(await page.evaluate(() => document.querySelector('.sheet')?.contains(document.activeElement))).toBe(true)
    await page.keyboard.press('Escape')
    await closed(page)
    expect(await page.evaluate((selector) => document.activeElement?.matches(selector), button)).toBe(true)
    expect([await where(), await tiles()]).toEqual([place, widths])
    // It can be opened again, and closed by its button and beside it.
    await openSheet(page)
    await page.click('.sheet [aria-label=Close]')
    await closed(page)
    await openSheet(page)
    await page.mouse.click(8, 400)
    await closed(page)
  })

  it('is that of one account at a time, where there are several', async () => {
    await start(2)
    const rows = (active: number) => ndjson([{ ...counters, active, archived: 0 }, ...everyList, listed(idOf(0))])
    put(path.join(gallery.current().root, 'history/profile-home/journal.ndjson'), rows(7))
    put(path.join(gallery.current().root, 'history/profile-work/journal.ndjson'), rows(9))
    const page = await gallery.page()
    await openSheet(page)
    expect(await text(page, '.sums')).toContain('7')
    await page.select('.sheet select', 'work')
    await until(async () => (await text(page, '.sums')).includes('9') || undefined)
    expect(await seriousFindings(page)).toEqual([])
    expect(await page.evaluate(() => window.violations)).toEqual([])
  })

  it('moves nothing beneath it where a scroll bar takes room', async () => {
    // Without a window, a browser hides its scroll bars unless it is told not to.
    const own = await puppeteer.launch({
      executablePath: installedBrowsers()[0]?.path ?? '',
      args: machineArgs,
      ignoreDefaultArgs: ['--hide-scrollbars'],
    })
    onTestFinished(() => own.close())
    await start(60, withLacks)
    await gallery.current().gallery.close()
    await gallery.serveAt(gallery.current().root, own)
    const page = await gallery.page({ widthPx: 700 })
    const room = () => page.$eval('.top', (top) => top.getBoundingClientRect().width)
    const width = await room()
    expect(width).toBeLessThan(700)
    await openSheet(page)
    expect(await room()).toBe(width)
    // Negative control: without the room that is kept for it, the page is wider.
    await page.evaluate(() => document.documentElement.classList.remove('keeps-gutter'))
    expect(await room()).toBe(700)
  })

  it.each([
    [1400, 'light'],
    [1400, 'dark'],
    [320, 'light'],
    [320, 'dark'],
  ] as const)('has no serious accessibility finding and fits at %i px, %s', async (widthPx, scheme) => {
    await start(3, withLacks)
    refuse()
    const page = await gallery.page({ widthPx, scheme })
    await announced(page, 3)
    await openSheet(page)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await seriousFindings(page)).toEqual([])
    await page.$eval('.sheet-body', (body) => body.scrollTo(0, 100_000))
    const box = await page.$eval('.sheet-body', (body) => {
      const last = body.querySelector('.lists li:last-child')?.getBoundingClientRect()
      return [body.scrollWidth <= body.clientWidth, (last?.bottom ?? Infinity) <= innerHeight]
    })
    expect(box).toEqual([true, true])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await page.evaluate(() => window.violations)).toEqual([])
  })
})
