import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import type { PictureDetails, PicturePage } from '../../src/gallery/api.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { unzip } from '../take-out/support.ts'
import { manyBytes, manyIdOf, writeMany } from './gallery-many.ts'
import {
  announced,
  drawn,
  focused,
  idOf,
  nth,
  promptShown,
  seriousFindings,
  useGallery,
  viewerClosed,
} from './gallery-support.ts'

const gallery = useGallery()

const { start } = gallery
const detailsOf = (page: Page, id: string) =>
  page.evaluate(async (wanted): Promise<PictureDetails> => (await fetch(`api/pictures/${wanted}`)).json(), id)
const found = (page: Page, q: string, limit: number) =>
  page.evaluate(
    async (words, most): Promise<PicturePage> =>
      (await fetch(`api/pictures?limit=${most}&q=${encodeURIComponent(words)}`)).json(),
    q,
    limit,
  )
const foundIds = async (page: Page, q: string) => (await found(page, q, 500)).pictures.map(({ id }) => id)
/** Waits until the archive holds so many pictures that a search finds. */
const held = (page: Page, q: string, count: number) =>
  until(
    async () => ((await found(page, q, 1)).total === count ? true : undefined),
    () => `there never were ${count} pictures found for ${q}`,
    120_000,
  )
const standsOn = (page: Page, id: string) => until(async () => ((await focused(page)) === id ? true : undefined))
const press = async (page: Page, ...keys: Parameters<Page['keyboard']['press']>[0][]) => {
  for (const key of keys) await page.keyboard.press(key)
}
const undo = async (page: Page) => {
  await page.keyboard.down('Control')
  await page.keyboard.press('z')
  await page.keyboard.up('Control')
}
const said = (page: Page, words: string) =>
  page.waitForFunction((text) => document.querySelector('.said')?.textContent === text, {}, words)
const clickButton = (page: Page, words: string) =>
  page.evaluate((text) => {
    const button = [...document.querySelectorAll('button')].find((one) => one.textContent?.includes(text))
    button?.click()
    return button !== undefined
  }, words)
const dialogClosed = (page: Page) => page.waitForSelector('dialog.confirm', { hidden: true })

describe('judging by key', () => {
  it('in the grid goes on to the next picture, and is taken back one by one', async () => {
    await start(8)
    const page = await gallery.page()
    await page.focus(`[data-id=${idOf(0)}]`)
    await press(page, '4', 'x', 'p')
    await standsOn(page, idOf(3))
    await held(page, 'is:picked', 1)
    expect((await detailsOf(page, idOf(0))).marks).toMatchObject({ stars: 4, flag: '' })
    expect((await detailsOf(page, idOf(1))).marks).toMatchObject({ stars: 0, flag: 'rejected' })
    expect(await page.$eval(`[data-id=${idOf(0)}]`, (link) => link.getAttribute('aria-label'))).toContain('4 stars')
    await undo(page)
    await said(page, 'Undone, 1 picture')
    await standsOn(page, idOf(2))
    expect((await detailsOf(page, idOf(2))).marks.flag).toBe('')
    await undo(page)
    await standsOn(page, idOf(1))
    await held(page, 'is:rejected', 0)
    expect((await detailsOf(page, idOf(0))).marks.stars).toBe(4)
  })

  it('in the viewer does the same, and stays where advancing is off', async () => {
    await start(6)
    const page = await gallery.page({ query: `picture=${idOf(1)}` })
    await promptShown(page, 'Picture number 1')
    await press(page, '3')
    await promptShown(page, 'Picture number 2')
    await undo(page)
    await promptShown(page, 'Picture number 1')
    await press(page, 'a', '5')
    await page.waitForSelector('.rating [aria-label="5 stars"][aria-pressed=true]')
    await held(page, 'stars:5', 1)
    expect(await page.$eval('.prompt > p', ({ textContent }) => textContent)).toBe('Picture number 1')
    await press(page, 'f')
    await page.waitForSelector('[aria-label=Favourite][aria-pressed=true]')
    await undo(page)
    await page.waitForSelector('[aria-label=Favourite][aria-pressed=false]')
    await held(page, 'is:favourite', 0)
    await page.keyboard.press('Escape')
    await viewerClosed(page)
    await standsOn(page, idOf(1))
  })

  it('judges one picture as long as a key is held down', async () => {
    await start(6)
    const page = await gallery.page()
    await page.focus(`[data-id=${idOf(0)}]`)
    for (let n = 0; n < 4; n++) await page.keyboard.down('x')
    await page.keyboard.up('x')
    await standsOn(page, idOf(1))
    await held(page, 'is:rejected', 1)
  })

  it('says why, and shows the picture as it is, when nothing can be written', async () => {
    await start(3)
    const page = await gallery.page()
    await page.setRequestInterception(true)
    page.on('request', (request) =>
      request.url().endsWith('/api/marks')
        ? void request.respond({ status: 500, contentType: 'application/json', body: '{"error":"The disk is full."}' })
        : void request.continue(),
    )
    await page.focus(`[data-id=${idOf(0)}]`)
    await press(page, '5')
    await said(page, 'The disk is full.')
    expect(await page.$$('.chip')).toEqual([])
  })
})

/** The whole promise takes its time: with all tests alone. */
const [total, judged, kept] = process.env.ALL_TESTS ? [2_000, 100, 50] : [120, 12, 6]

it(`culls ${total} pictures to ${kept} with the keyboard alone, and deletes what was rejected`, async () => {
  const root = temporaryFolder()
  writeMany(root, total)
  await gallery.serveAt(root)
  const page = await gallery.page()
  await announced(page, total)
  // Where Tab leads is decided anew a moment after the list was whole.
  await page.waitForSelector(`[data-id=${manyIdOf(0)}][tabindex="0"]`)
  await press(page, '/', 'Enter')
  await standsOn(page, manyIdOf(0))
  for (let n = 0; n < judged; n++) await press(page, n % 2 ? 'x' : 'p')
  await standsOn(page, manyIdOf(judged))
  // The rest goes at once.
  await page.keyboard.down('Shift')
  await press(page, 'End')
  await page.keyboard.up('Shift')
  await page.waitForSelector('.selection-bar')
  await standsOn(page, manyIdOf(total - 1))
  await press(page, 'x')
  await held(page, 'is:rejected', total - kept)
  await press(page, 'Escape')
  await page.select('select[aria-label=Choice]', 'picked')
  await announced(page, kept)
  expect(await foundIds(page, 'is:picked')).toEqual(Array.from({ length: kept }, (_, n) => manyIdOf(n * 2)))
  await until(async () => ((await clickButton(page, `rejected images…`)) ? true : undefined))
  const megabytes = ((total - kept) * manyBytes) / 1e6
  const size = megabytes < 1 ? `${Math.round(megabytes * 1000)} kB` : `${megabytes.toFixed(1)} MB`
  await page.waitForFunction(
    (title) => document.querySelector('.confirm h2')?.textContent === title,
    {},
    `Delete ${(total - kept).toLocaleString('en')} rejected images, ${size}?`,
  )
  await press(page, 'Enter')
  await dialogClosed(page)
  expect((await detailsOf(page, manyIdOf(1))).picture.isMissing).toBe(false)
  await clickButton(page, `rejected images…`)
  await page.waitForSelector('.confirm .danger:enabled')
  await page.click('.confirm .danger')
  await page.waitForSelector('dialog.confirm', { hidden: true, timeout: 240_000 })
  await held(page, 'is:missing', total - kept)
  expect(await foundIds(page, '-is:missing')).toEqual(await foundIds(page, 'is:picked'))
}, 500_000)

describe('variants', () => {
  const variants = (n: number) =>
    n > 1 && n < 5 ? { messageId: 'one-turn', createdAt: nth(2).createdAt, prompt: `Variant ${n}` } : {}

  it('are one tile with their count, open as a grid, and close again', async () => {
    await start(8, variants)
    const page = await gallery.page()
    await announced(page, 8)
    expect((await drawn(page)).length).toBe(6)
    expect(await page.$eval('.tile.stack a', (link) => link.getAttribute('aria-label'))).toContain('3 variants')
    await page.focus('.tile.stack a')
    await press(page, 'Enter')
    await page.waitForSelector('.variants-bar')
    expect((await drawn(page)).sort()).toEqual([2, 3, 4].map(idOf))
    expect(new URL(page.url()).searchParams.get('variants')).not.toBeNull()
    await press(page, 'Escape')
    await until(async () => ((await drawn(page)).length === 6 ? true : undefined))
    await page.waitForFunction(() => document.activeElement?.closest('.tile')?.matches('.stack'))
  })

  it('stand alone when stacks are off, also when the page is opened again', async () => {
    await start(8, variants)
    const page = await gallery.page()
    await until(async () => ((await drawn(page)).length === 6 ? true : undefined))
    await press(page, 'v')
    await until(async () => ((await drawn(page)).length === 8 ? true : undefined))
    await page.reload()
    await until(async () => ((await drawn(page)).length === 8 ? true : undefined))
  })

  it('are shown by the best of them', async () => {
    await start(8, variants)
    const page = await gallery.page({ query: `picture=${idOf(4)}` })
    await promptShown(page, 'Variant 4')
    await press(page, '5', 'Escape')
    await viewerClosed(page)
    await page.waitForFunction(
      (id) => document.querySelector<HTMLElement>('.tile.stack a')?.dataset.id === id,
      {},
      idOf(4),
    )
  })
})

describe('many pictures at once', () => {
  const select = async (page: Page, from: number, to: number) => {
    await page.focus(`[data-id=${idOf(from)}]`)
    await page.keyboard.down('Shift')
    for (let n = from; n < to; n++) await press(page, 'ArrowRight')
    await page.keyboard.up('Shift')
    await page.waitForSelector('.selection-bar')
  }

  it('are tagged, and that is taken back', async () => {
    await start(6)
    const page = await gallery.page()
    await select(page, 1, 3)
    await page.click('[aria-label="Tag…"]')
    await page.waitForSelector('dialog.confirm[open]')
    await page.keyboard.type('sea, poster')
    await press(page, 'Enter')
    await held(page, 'tag:sea tag:poster', 3)
    await undo(page)
    await held(page, 'tag:sea', 0)
  })

  it('are collected, put in order, and shown', async () => {
    await start(6)
    const page = await gallery.page()
    await select(page, 1, 3)
    await page.click('[aria-label="Collect…"]')
    await page.waitForSelector('dialog.confirm[open]')
    await page.keyboard.type('For the wall')
    await press(page, 'Enter')
    await said(page, '3 pictures in “For the wall”')
    await press(page, 'Escape')
    await clickButton(page, 'Collections')
    await page.waitForSelector('.collections')
    await page.click('[aria-label="Arrange For the wall"]')
    await page.waitForSelector('.arranged li:nth-child(3)')
    const order = () =>
      page.$$eval('.arranged [data-id]', (all) => all.map((one) => (one as HTMLElement).dataset.id ?? ''))
    const before = await order()
    await page.focus('.arranged li:nth-child(3) [data-id]')
    await page.keyboard.down('Alt')
    await press(page, 'Home')
    await page.keyboard.up('Alt')
    expect(await order()).toEqual([before[2], before[0], before[1]])
    const onDisk = () =>
      readdirSync(path.join(gallery.current().root, 'collections'))
        .filter((name) => name.endsWith('.json'))
        .map((name) => readFileSync(path.join(gallery.current().root, 'collections', name), 'utf8'))
        .join()
    await until(async () => {
      const places = [before[2], before[0], before[1]].map((id) => onDisk().indexOf(id ?? ''))
      return places.every((place, at) => place > (places[at - 1] ?? 0)) ? true : undefined
    })
    await clickButton(page, 'All collections')
    await page.waitForSelector('.collection')
    await page.click('.collection')
    await announced(page, 3)
    expect(await drawn(page)).toEqual([1, 2, 3].map(idOf))
  })

  it('are kept as a search, which finds what comes later too', async () => {
    await start(6, (n) => (n % 2 ? { prompt: `A gull ${n}` } : {}))
    const page = await gallery.page({ query: 'q=gull' })
    await announced(page, 3)
    await clickButton(page, 'Collections')
    await page.waitForSelector('.save-search input')
    await page.type('.save-search input', 'Gulls')
    await press(page, 'Enter')
    await page.waitForSelector('.collection')
    expect(await page.$eval('.collection', ({ textContent }) => textContent)).toBe('GullsSearch · 3 pictures')
  })

  it('go out as one file, with what the user wants beside them', async () => {
    await start(4)
    const page = await gallery.page()
    const folder = temporaryFolder()
    const wire = await gallery.browser().target().createCDPSession()
    const browserContextId = gallery.current().context.id ?? ''
    await wire.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder, browserContextId })
    await select(page, 0, 1)
    await page.click('.selection-bar .primary')
    await page.waitForSelector('dialog.confirm[open]')
    await page.click('.choices label:nth-of-type(2)')
    await page.click('.confirm .primary')
    await dialogClosed(page)
    const file = await until(async () => readdirSync(folder).find((name) => name.endsWith('.zip')))
    const names = [...(await unzip(readFileSync(path.join(folder, file)))).files.keys()]
    expect(names.filter((name) => name.endsWith('.png'))).toHaveLength(2)
    expect(names.filter((name) => name.endsWith('.xmp'))).toHaveLength(2)
  })
})

it('lets a picture be dragged out as its original file', async () => {
  await start(3)
  const page = await gallery.page()
  await page.waitForSelector('.tile .caption')
  await page.evaluate(() =>
    document.addEventListener('dragstart', ({ dataTransfer }) => {
      document.title = dataTransfer?.getData('DownloadURL') ?? ''
    }),
  )
  const wire = await page.createCDPSession()
  await wire.send('Input.setInterceptDrags', { enabled: true })
  const dragged = new Promise<{ items: { mimeType: string; data: string }[] }>((resolve) =>
    wire.once('Input.dragIntercepted', ({ data }) => resolve(data)),
  )
  const tile = await page.$(`[data-id=${idOf(1)}]`)
  const { x, y } = (await tile?.clickablePoint()) ?? { x: 0, y: 0 }
  const mouse = (type: 'mousePressed' | 'mouseMoved', at: { x: number; y: number }) =>
    wire.send('Input.dispatchMouseEvent', { type, ...at, button: 'left', buttons: 1, clickCount: 1 })
  await mouse('mousePressed', { x, y })
  // The move that begins a drag is not answered before the drag ends.
  void mouse('mouseMoved', { x: x + 10, y: y + 10 }).catch(() => {})
  void mouse('mouseMoved', { x: x + 40, y: y + 40 }).catch(() => {})
  const { items } = await dragged
  const { picture } = await detailsOf(page, idOf(1))
  const [type, name, ...address] = (await page.title()).split(':')
  expect([type, name]).toEqual(['image/png', picture.image?.split('/').at(-1)])
  const bytes = await page.evaluate(
    async (url) => [...new Uint8Array(await (await fetch(url)).arrayBuffer())],
    address.join(':'),
  )
  expect(Buffer.from(bytes).equals(readFileSync(picture.path ?? ''))).toBe(true)
  expect(items.find(({ mimeType }) => mimeType === 'text/uri-list')?.data).toContain(`/pictures/${idOf(1)}/image`)
})

it('copies the picture itself', async () => {
  await start(2)
  const page = await gallery.page({ query: `picture=${idOf(0)}` })
  await gallery
    .current()
    .context.overridePermissions(new URL(page.url()).origin, [
      'clipboard-read',
      'clipboard-write',
      'clipboard-sanitized-write',
    ])
  await promptShown(page, 'Picture number 0')
  await page.bringToFront()
  await page.click('.actions ::-p-text(Copy image)')
  const said = await until(async () => {
    const words = await page.$eval('.actions', ({ textContent }) => textContent)
    return words?.includes('Copy image') ? undefined : words
  })
  expect(said).toContain('Copied')
  const types = await page.evaluate(async () => (await navigator.clipboard.read()).flatMap((one) => [...one.types]))
  expect(types).toEqual(['image/png'])
})

it.each([
  [1400, 'light'],
  [320, 'dark'],
] as const)('has no serious accessibility finding and fits at %i px, %s', async (widthPx, scheme) => {
  await start(10, (n) => (n > 1 && n < 5 ? { messageId: 'one-turn', createdAt: nth(2).createdAt } : {}))
  const page = await gallery.page({ widthPx, scheme })
  const isFine = async () => {
    expect(await seriousFindings(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  }
  await page.focus(`[data-id=${idOf(0)}]`)
  await press(page, 'x', '3')
  await held(page, 'stars:3', 1)
  await isFine()
  await page.click('.select-toggle')
  await page.click(`[data-id=${idOf(0)}]`)
  await isFine()
  for (const label of ['Tag…', 'Collect…', 'Delete images…']) {
    await page.click(`[aria-label="${label}"]`)
    await page.waitForSelector('dialog.confirm[open]')
    await isFine()
    await press(page, 'Escape')
    await dialogClosed(page)
  }
  await page.click('.selection-bar .primary')
  await page.waitForSelector('dialog.confirm[open]')
  await isFine()
  await press(page, 'Escape')
  await dialogClosed(page)
  await press(page, 'Escape')
  await clickButton(page, 'Collections')
  await page.waitForSelector('dialog.sheet[open]')
  await isFine()
  expect(await page.evaluate(() => window.violations)).toEqual([])
  expect(existsSync(path.join(gallery.current().root, 'database'))).toBe(true)
})
