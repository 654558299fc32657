import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HTTPRequest } from 'puppeteer-core'
import { afterEach, describe, expect, it } from 'vitest'
import type { PictureDetails } from '../../src/gallery/api.ts'
import { pageFolder } from '../../src/gallery/page-files.ts'
import { copyGallery } from '../../src/take-out/static-copy.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import {
  announced,
  drawn,
  focused,
  galleryOf,
  idOf,
  keepAll,
  latest,
  nth,
  type OpenGallery,
  promptShown,
  seriousFindings,
  useBrowser,
  viewerClosed,
  watchViolations,
} from './gallery-support.ts'

const browser = useBrowser()
let open: OpenGallery

afterEach(() => open?.gallery.close())

const start = async (count: number, more: (n: number) => Parameters<typeof nth>[1] = () => ({})) => {
  open = await galleryOf(
    browser(),
    Array.from({ length: count }, (_, n) => nth(n, more(n))),
  )
  return open
}
const search = 'input[type=search]'

describe('search', () => {
  it('narrows as one types, announces the count, and is undone by going back', async () => {
    await start(12, (n) => (n % 4 === 0 ? { prompt: `Ein Bär im Wald ${n}` } : {}))
    const page = await open.page()
    await announced(page, 12)
    expect(await page.$eval('.count', (count) => count.getAttribute('aria-live'))).toBe('polite')
    await page.type(search, 'BAR wald')
    await announced(page, 3)
    expect(await drawn(page)).toEqual([idOf(0), idOf(4), idOf(8)])
    expect(new URL(page.url()).searchParams.get('q')).toBe('BAR wald')
    await page.goBack()
    await announced(page, 12)
    expect(await page.$eval(search, (input) => (input as HTMLInputElement).value)).toBe('')
  })

  it('narrows to a profile where there are several, and offers no choice where there is one', async () => {
    await start(6, (n) => ({ profiles: n % 2 === 0 ? ['work'] : ['work', 'home'] }))
    const page = await open.page()
    await announced(page, 6)
    await page.select('select[aria-label=Profile]', 'home')
    await announced(page, 3)
    expect(new URL(page.url()).searchParams.get('profile')).toBe('home')
    await page.click('.tile a')
    await page.waitForSelector('dialog.viewer[open] .facts')
    expect(await page.$eval('.facts', ({ textContent }) => textContent)).toContain('Profilework, home')
    expect(await seriousFindings(page)).toEqual([])
    await open.gallery.close()
    await start(2, () => ({ profiles: ['work'] }))
    const alone = await open.page()
    await announced(alone, 2)
    expect(await alone.$('select[aria-label=Profile]')).toBeNull()
  })

  it('filters, together with words, and the address opens the same again', async () => {
    await start(12)
    const page = await open.page()
    await page.select('select[aria-label=Shape]', 'tall')
    await announced(page, 4)
    await page.evaluate(() =>
      [...document.querySelectorAll('button')].find((b) => b.textContent === 'Has seed')?.click(),
    )
    await announced(page, 2)
    await page.goto(page.url())
    await announced(page, 2)
    expect(await drawn(page)).toEqual([idOf(5), idOf(11)])
  })

  it('says so when nothing matches, and when there is nothing at all', async () => {
    await start(2)
    const page = await open.page({ query: 'q=zebra' })
    await page.waitForSelector('.notice')
    expect(await page.$eval('.notice h2', ({ textContent }) => textContent)).toBe('Nothing matches “zebra”')
    await page.click('.notice button')
    await announced(page, 2)
    await open.gallery.close()
    open = await galleryOf(browser(), [])
    const empty = await open.page()
    expect(await empty.$eval('.notice h2', ({ textContent }) => textContent)).toBe('No pictures yet')
  })
})

it('says that it is loading, then what went wrong, and tries again on request', async () => {
  await start(3)
  const page = await open.page()
  const held: HTTPRequest[] = []
  let answer: (request: HTTPRequest) => unknown = (request) => held.push(request)
  await page.setRequestInterception(true)
  page.on('request', (request) => void (/\/api\/list$/.test(request.url()) ? answer(request) : request.continue()))
  await page.reload({ waitUntil: 'domcontentloaded' })
  await page.waitForSelector('.skeleton[role=status]')
  expect(await page.$$('.tile, .problem')).toEqual([])
  answer = (request) =>
    request.respond({ status: 500, contentType: 'application/json', body: '{"error":"The disk is gone."}' })
  for (const request of held) answer(request)
  await page.waitForSelector('.problem[role=alert]')
  expect(await page.$eval('.problem p', ({ textContent }) => textContent)).toBe('The disk is gone.')
  answer = (request) => request.continue()
  await page.click('.problem button')
  await announced(page, 3)
  expect(await page.$$('.problem, .skeleton')).toEqual([])
})

describe('keyboard', () => {
  it('reaches everything: search, pictures, one picture and back to it', async () => {
    await start(30)
    const page = await open.page()
    await page.keyboard.press('/')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search')
    await page.keyboard.press('Enter')
    await until(async () => ((await focused(page)) === idOf(0) ? true : undefined))
    await page.keyboard.press('ArrowRight')
    expect(await focused(page)).toBe(idOf(1))
    await page.keyboard.press('ArrowDown')
    expect([idOf(0), idOf(1)]).not.toContain(await focused(page))
    await page.keyboard.press('End')
    await until(async () => ((await focused(page)) === idOf(29) ? true : undefined))
    await page.keyboard.press('Enter')
    await promptShown(page, 'Picture number 29')
    await page.keyboard.press('ArrowLeft')
    await promptShown(page, 'Picture number 28')
    await page.keyboard.press('Escape')
    await viewerClosed(page)
    await until(async () => ((await focused(page)) === idOf(28) ? true : undefined))
    expect(await page.$$eval('.tile a[tabindex="0"]', (links) => links.length)).toBe(1)
  })
})

describe('one picture', () => {
  it('is shown as it is, with what is known about it; going back closes it', async () => {
    await start(6)
    const page = await open.page()
    await page.click(`[data-id=${idOf(1)}]`)
    await promptShown(page, 'Picture number 1')
    await page.waitForFunction(
      () =>
        document.querySelector<HTMLImageElement>('.pswp__item[aria-hidden=false] img.pswp__img')?.naturalWidth === 448,
    )
    const facts = await page.$eval('.facts', ({ textContent }) => textContent)
    expect(facts).toContain('Generation000001')
    expect(facts).toContain('448 × 256')
    const link = await page.$eval('.actions a', (a) => [a.getAttribute('href'), a.getAttribute('rel')])
    expect(link).toEqual([`https://chatgpt.com/c/${nth(1).conversationId}`, 'noreferrer'])
    await page.click('[aria-label="Next picture"]')
    await promptShown(page, 'Picture number 2')
    expect(new URL(page.url()).searchParams.get('picture')).toBe(idOf(2))
    await page.goBack()
    await viewerClosed(page)
    await page.goForward()
    await promptShown(page, 'Picture number 2')
  })

  it('keeps favourite, tags and note', async () => {
    await start(3)
    const page = await open.page({ query: `picture=${idOf(1)}` })
    await promptShown(page, 'Picture number 1')
    await page.click('[aria-label=Favourite]')
    await page.type('.new-tag', 'poster')
    await page.keyboard.press('Enter')
    await page.type('textarea.note', 'For the wall, f')
    await page.keyboard.press('Escape')
    await viewerClosed(page)
    await page.click('.filters ::-p-text(Favourites)')
    await announced(page, 1)
    await page.click(`[data-id=${idOf(1)}]`)
    await page.waitForSelector('.tag')
    expect(await page.$eval('textarea.note', ({ value }) => value)).toBe('For the wall, f')
    expect(await page.$eval('[aria-label=Favourite]', (button) => button.getAttribute('aria-pressed'))).toBe('true')
  })

  it('is deleted only after asking, and its record stays', async () => {
    await start(2)
    const page = await open.page({ query: `picture=${idOf(0)}` })
    await promptShown(page, 'Picture number 0')
    const details = await page.evaluate(
      async (id): Promise<PictureDetails> => (await fetch(`api/pictures/${id}`)).json(),
      idOf(0),
    )
    const file = details.picture.path ?? ''
    const ask = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('button')].find((b) => b.textContent?.includes('Delete image…'))?.click(),
      )
    await ask()
    await page.waitForSelector('dialog.confirm[open]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog.confirm', { hidden: true })
    expect(existsSync(file)).toBe(true)
    await ask()
    await page.click('.confirm .danger')
    await page.waitForSelector('.stage-note')
    expect(existsSync(file)).toBe(false)
    await promptShown(page, 'Picture number 0')
  })
})

it('shows a new picture at once, without moving what the user looks at', async () => {
  await start(60)
  const page = await open.page({ widthPx: 700 })
  await page.evaluate(() => scrollTo(0, 1500))
  await until(async () => ((await page.evaluate(() => scrollY)) > 1000 ? true : undefined))
  const where = () =>
    page.evaluate(() => {
      const link = document
        .elementsFromPoint(100, 400)
        .find((element) => element.closest('a[data-id]'))
        ?.closest('a')
      return { id: link?.dataset.id, top: Math.round(link?.getBoundingClientRect().top ?? 0) }
    })
  await new Promise((resolve) => setTimeout(resolve, 500))
  const before = await where()
  const [record] = await keepAll(open.root, [nth(99, { createdAt: latest(), prompt: 'Just now' })])
  if (record) open.gallery.show(record)
  await announced(page, 61)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const after = await where()
  expect(after.id).toBe(before.id)
  expect(Math.abs(after.top - before.top)).toBeLessThanOrEqual(2)
  await page.evaluate(() => scrollTo(0, 0))
  await page.waitForSelector('.tile.fresh')
  expect(await page.$eval('.tile.fresh a', (link) => (link as HTMLElement).dataset.id)).toBe(idOf(99))
})

it('selects ranges and downloads them', async () => {
  await start(8)
  const page = await open.page()
  await page.click('.select-toggle')
  await page.click(`[data-id=${idOf(1)}]`)
  await page.keyboard.down('Shift')
  await page.click(`[data-id=${idOf(4)}]`)
  await page.keyboard.up('Shift')
  await page.waitForFunction(() => document.querySelector('.selection-bar p')?.textContent === '4 pictures selected')
  const asked = page.waitForResponse((response) => response.url().endsWith('/api/take-out'))
  await page.click('.selection-bar .primary')
  await page.waitForSelector('dialog.confirm[open]')
  await page.click('.confirm .primary')
  const response = await asked
  expect(response.status()).toBe(200)
  expect(JSON.parse(response.request().postData() ?? '')).toEqual({ ids: [1, 2, 3, 4].map(idOf), ticket: true })
  await page.waitForSelector('dialog.confirm', { hidden: true })
  await page.keyboard.press('Escape')
  await page.waitForSelector('.selection-bar', { hidden: true })
})

it('shows hostile prompts as text', async () => {
  const hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"\'><b>bold</b>{{7*7}}\u202e'
  await start(2, () => ({ prompt: hostile, conversationTitle: hostile, conversationId: 'javascript:alert(1)' }))
  const page = await open.page({ query: `picture=${idOf(0)}` })
  await promptShown(page, hostile)
  expect(await page.$eval('.panel h2', ({ textContent }) => textContent)).toBe(hostile)
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
  expect(await page.$$eval('.panel b, .panel script, .tile b, a[href^="javascript:"]', (found) => found.length)).toBe(0)
  expect(await page.evaluate(() => window.violations)).toEqual([])
})

it.each([
  [1400, 'light'],
  [1400, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)('has no serious accessibility finding and keeps its policy at %i px, %s', async (widthPx, scheme) => {
  await start(14, (n) => ({ parentGenId: nth(n + 1).genId }))
  const page = await open.page({ widthPx, scheme })
  await announced(page, 14)
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  expect(await seriousFindings(page)).toEqual([])
  await page.click('.select-toggle')
  await page.click(`[data-id=${idOf(1)}]`)
  expect(await seriousFindings(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.waitForSelector('.selection-bar', { hidden: true })
  await page.click(`[data-id=${idOf(2)}]`)
  await page.waitForSelector('dialog.viewer[open]')
  if (widthPx < 900) await page.click('[aria-label=Details]')
  await promptShown(page, 'Picture number 2')
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(await seriousFindings(page)).toEqual([])
  expect(await page.evaluate(() => window.violations)).toEqual([])
})

it('works as a copy opened from a file, with search in the page', async () => {
  await start(9, (n) => (n === 3 ? { prompt: 'Ein Bär' } : {}))
  const copy = path.join(temporaryFolder(), 'copy')
  await copyGallery(open.root, copy, { page: pageFolder })
  const page = await browser().newPage()
  await page.setViewport({ width: 1400, height: 800 })
  await watchViolations(page)
  await page.goto(pathToFileURL(path.join(copy, 'index.html')).href)
  await announced(page, 9)
  await page.type(search, 'bar')
  await announced(page, 1)
  await page.click('.tile a')
  await promptShown(page, 'Ein Bär')
  await page.waitForFunction(() => (document.querySelector<HTMLImageElement>('img.pswp__img')?.naturalWidth ?? 0) > 0)
  await page.keyboard.press('Escape')
  await viewerClosed(page)
  await page.goBack()
  await announced(page, 9)
  expect(await page.evaluate(() => window.violations)).toEqual([])
  await page.close()
})

it('another server of this machine that is opened in the same browser learns nothing that opens the gallery', async () => {
  await start(1)
  await open.page()
  const heard: string[] = []
  const other = createServer((request, response) => {
    heard.push(request.headers.cookie ?? 'none')
    response.end('<title>other</title>')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  try {
    const page = await open.context.newPage()
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/api/list`)
    expect(new Set(heard)).toEqual(new Set(['none']))
    // Negative control: a cookie of the root path does reach it.
    await page.evaluate(() => {
      // biome-ignore lint/suspicious/noDocumentCookie: the cookie store needs https
      document.cookie = 'root=1; path=/'
    })
    await page.reload()
    expect(heard).toContain('root=1')
  } finally {
    other.closeAllConnections()
    other.close()
  }
})
