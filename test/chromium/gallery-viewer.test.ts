import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import { folderFor, recordNameFor } from '../../src/archive/names.ts'
import type { DatedFacts } from '../../src/sites/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import {
  announced,
  drawn,
  idOf,
  keepAll,
  latest,
  nth,
  type PageOptions,
  promptShown,
  useGallery,
  viewerClosed,
} from './gallery-support.ts'

const gallery = useGallery()

type More = (n: number) => Partial<DatedFacts>

const manyOf = (count: number, more: More = () => ({})) => Array.from({ length: count }, (_, n) => nth(n, more(n)))
const start = async (count: number, more?: More) => {
  await gallery.serve(manyOf(count, more))
}
const promptOf = (n: number) => `Picture number ${n}`
const lookAt = async (n: number, options: PageOptions = {}) => {
  const page = await gallery.page({ ...options, query: `picture=${idOf(n)}` })
  await promptShown(page, promptOf(n))
  return page
}
/** Archives a picture while pages are open. */
const arrives = async (n: number) => {
  const [record] = await keepAll(gallery.current().root, [nth(n, { createdAt: latest() })])
  if (record) gallery.current().gallery.show(record)
}

/** The file of marks beside the record of the n-th picture. */
const sidecarOf = (n: number) => {
  const name = recordNameFor(nth(n)).replace(/json$/, 'marks.json')
  return path.join(gallery.current().root, 'database', folderFor(nth(n).createdAt), name)
}
const marksOnDisk = (n: number) => JSON.parse(readFileSync(sidecarOf(n), 'utf8')) as unknown

const heart = '[aria-label=Favourite]'
const addTag = async (page: Page, tag: string) => {
  await page.type('.new-tag', tag)
  await page.keyboard.press('Enter')
  await tagShown(page, tag)
}
const tagShown = (page: Page, tag: string) => page.waitForSelector(`[aria-label="Remove tag ${tag}"]`)
const heartIs = (page: Page, isOn: boolean) => page.waitForSelector(`${heart}[aria-pressed=${isOn}]`)
const told = (page: Page, words: string) =>
  page.waitForFunction((wanted) => document.querySelector('[role=alert]')?.textContent.includes(wanted), {}, words)
const nothingTold = (page: Page) => page.waitForFunction(() => !document.querySelector('[role=alert]'))
const pictureIn = (page: Page) => new URL(page.url()).searchParams.get('picture')
const boxOf = (page: Page, selector: string) =>
  page.$eval(selector, (element) => {
    const { top, left, width, height } = element.getBoundingClientRect()
    return { top, left, width, height }
  })

/** Until neither picture nor address has moved for so many frames as any animation of the page lasts. */
const atRest = (page: Page) =>
  page.evaluate(async (selector) => {
    const state = () => location.href + JSON.stringify(document.querySelector(selector)?.getBoundingClientRect())
    for (let frames = 0, before = state(); frames < 30; frames++) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      if (state() !== before) [frames, before] = [0, state()]
    }
  }, imageOnStage)

const imageOnStage = '.pswp__item[aria-hidden=false] img.pswp__img:not(.pswp__img--placeholder)'

describe('the keyboard, while a picture is looked at', () => {
  const restsAt = async (page: Page, n: number) => {
    await promptShown(page, promptOf(n))
    await atRest(page)
    expect(pictureIn(page)).toBe(idOf(n))
    expect(await page.$eval('.position', ({ textContent }) => textContent)).toBe(`${n + 1} of 30`)
    await page.keyboard.press('ArrowLeft')
    await promptShown(page, promptOf(n - 1))
  }

  it('turns once for each key press, however slow the machine, and stays there', async () => {
    await start(30)
    const page = await lookAt(3)
    const wire = await page.createCDPSession()
    const key = { key: 'ArrowRight', code: 'ArrowRight', windowsVirtualKeyCode: 39 }
    await wire.send('Emulation.setCPUThrottlingRate', { rate: 5 })
    const pressed = Array.from({ length: 12 }, () =>
      wire.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key }),
    )
    await Promise.all(pressed)
    await wire.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
    await wire.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    await restsAt(page, 15)
  })

  /** Each is answered before the next comes, and all before the window is painted again. */
  const pressAtOnce = (page: Page, times: number) =>
    page.evaluate(async (count) => {
      for (let n = 0; n < count; n++) {
        const event = new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true })
        document.activeElement?.dispatchEvent(event)
        await new Promise((resolve) => setTimeout(resolve))
      }
    }, times)

  it('turns once for each key press between two frames, and does not turn back and forth', async () => {
    await start(30)
    const page = await lookAt(3)
    await page.waitForSelector(imageOnStage)
    await atRest(page)
    await pressAtOnce(page, 12)
    await restsAt(page, 15)
  })

  /** The arrows turn back to this picture, and `f` marks it. */
  const keysStillAct = async (page: Page, previous: number) => {
    await page.keyboard.press('ArrowLeft')
    await promptShown(page, promptOf(previous))
    await heartIs(page, false)
    await page.keyboard.press('f')
    await heartIs(page, true)
    await until(() => existsSync(sidecarOf(previous)) || undefined)
  }

  it('still acts after a related picture was chosen with Enter', async () => {
    await start(6)
    const page = await lookAt(1)
    await page.focus('.related li:nth-child(2) button')
    await page.keyboard.press('Enter')
    await promptShown(page, promptOf(4))
    await keysStillAct(page, 3)
  })

  it('still acts after the button for the next picture led to the last', async () => {
    await start(4)
    const page = await lookAt(1)
    await page.click('[aria-label="Next picture"]')
    await promptShown(page, promptOf(2))
    await page.click('[aria-label="Next picture"]')
    await promptShown(page, promptOf(3))
    expect(await page.$eval('[aria-label="Next picture"]', (button) => button.matches(':disabled'))).toBe(true)
    await keysStillAct(page, 2)
  })

  it('still acts after a tag was removed', async () => {
    await start(3)
    const page = await lookAt(1)
    await addTag(page, 'poster')
    await page.click('[aria-label="Remove tag poster"]')
    await page.waitForSelector('.tag', { hidden: true })
    await keysStillAct(page, 0)
  })

  it('clears a half-typed tag on Esc, and closes on the next', async () => {
    await start(2)
    const page = await lookAt(1)
    await page.type('.new-tag', 'half a t')
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('.new-tag')?.value === '')
    await atRest(page)
    expect(pictureIn(page)).toBe(idOf(1))
    await page.keyboard.press('Escape')
    await viewerClosed(page)
    expect(existsSync(sidecarOf(1))).toBe(false)
  })
})

describe('several windows', () => {
  it('shows in one what was marked in the other, and loses no mark', async () => {
    await start(2)
    const one = await lookAt(0)
    const other = await lookAt(0, { type: 'window' })
    await addTag(one, 'poster')
    await tagShown(other, 'poster')
    await other.click(heart)
    await heartIs(one, true)
    expect(marksOnDisk(0)).toEqual({ version: 1, favourite: true, tags: ['poster'], note: '' })
  })

  it('loads in eight tabs, since a hidden tab holds no connection, and gets later what it missed', async () => {
    await start(3)
    const first = await gallery.page()
    for (let more = 0; more < 6; more++) await gallery.page()
    const last = await gallery.page()
    const tabs = await gallery.current().context.pages()
    const hidden = await Promise.all(tabs.map((page) => page.evaluate(() => document.hidden)))
    expect(hidden.filter(Boolean)).toHaveLength(7)
    await arrives(99)
    await announced(last, 4)
    await first.bringToFront()
    await announced(first, 4)
  })

  it('says that the server has gone, that the new one does not know it, and recovers once its address was opened', async () => {
    await start(3)
    const page = await gallery.page()
    await announced(page, 3)
    await gallery.current().stop()
    await told(page, 'does not answer')
    await gallery.current().startAgain()
    await told(page, 'not signed in')
    await gallery.page({ type: 'window' })
    await nothingTold(page)
    await arrives(99)
    await announced(page, 4)
    expect((await drawn(page))[0]).toBe(idOf(99))
  })
})

describe('marks', () => {
  it('says that one could not be saved, and shows again what is on the disk', async () => {
    await start(2)
    const page = await lookAt(0)
    mkdirSync(path.join(sidecarOf(0), 'in the way'), { recursive: true })
    await page.click(heart)
    await page.waitForSelector('.viewer .said[data-on=true]')
    await heartIs(page, false)
    rmSync(sidecarOf(0), { recursive: true })
    await page.click(heart)
    await heartIs(page, true)
    await until(() => existsSync(sidecarOf(0)) || undefined)
  })

  it('keeps a note although the page was reloaded right after typing', async () => {
    await start(2)
    const page = await lookAt(0)
    await page.type('textarea.note', 'For the wall')
    await page.reload()
    await page.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>('textarea.note')?.value === 'For the wall',
    )
    expect(marksOnDisk(0)).toMatchObject({ note: 'For the wall' })
  })
})

describe('the stage', () => {
  const onStage = (page: Page, n: number) => page.waitForSelector(`${imageOnStage}[alt="${promptOf(n)}"]`)

  it('says in words what the picture shows, also of the next one and back again', async () => {
    await start(3)
    const page = await lookAt(0)
    await onStage(page, 0)
    await page.keyboard.press('ArrowRight')
    await onStage(page, 1)
    await page.keyboard.press('ArrowLeft')
    await onStage(page, 0)
    const image = await page.$eval(imageOnStage, (img) => img.getAttribute('src'))
    expect(image).toBe(`api/pictures/${idOf(0)}/image`)
  })

  it('shows a picture larger, and as it was', async () => {
    const root = temporaryFolder()
    await keepAll(root, [nth(0)], [{ widthPx: 2400, heightPx: 1600 }])
    await gallery.serveAt(root)
    const page = await lookAt(0)
    const width = async () => (await boxOf(page, imageOnStage)).width
    await page.waitForSelector(imageOnStage)
    await atRest(page)
    const before = await width()
    await page.click('[aria-label=Zoom]')
    await until(async () => ((await width()) > before * 1.5 ? true : undefined))
    await atRest(page)
    await page.click('[aria-label=Zoom]')
    await until(async () => (Math.abs((await width()) - before) < 1 ? true : undefined))
  })

  it('turns by a swipe', async () => {
    await start(4)
    const page = await lookAt(1)
    await onStage(page, 1)
    await swipe(page, 700, 250)
    await promptShown(page, promptOf(2))
    await onStage(page, 2)
    await swipe(page, 250, 700)
    await promptShown(page, promptOf(1))
  })

  async function swipe(page: Page, fromPx: number, toPx: number) {
    const wire = await page.createCDPSession()
    const touch = (type: 'touchStart' | 'touchMove', x: number) =>
      wire.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x, y: 400 }] })
    await touch('touchStart', fromPx)
    for (let step = 1; step <= 8; step++) await touch('touchMove', fromPx + ((toPx - fromPx) * step) / 8)
    await wire.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await wire.detach()
  }

  it('asks in the middle of the window before it deletes an image; then its tile says that it is missing', async () => {
    await start(3)
    const page = await lookAt(0)
    await page.click('.actions ::-p-text(Delete image…)')
    await page.waitForSelector('dialog.confirm[open]')
    const { top, left, width, height } = await boxOf(page, 'dialog.confirm')
    expect(Math.abs(left + width / 2 - 700)).toBeLessThanOrEqual(1)
    expect(Math.abs(top + height / 2 - 400)).toBeLessThanOrEqual(1)
    await page.click('.confirm .danger')
    await page.waitForSelector('.stage-note')
    await page.keyboard.press('Escape')
    await viewerClosed(page)
    await page.waitForSelector(`[data-id=${idOf(0)}] .no-image`)
    expect(await page.$eval(`[data-id=${idOf(0)}]`, ({ textContent }) => textContent)).toContain('No image here')
    expect(await page.$$eval('.tile .no-image', (found) => found.length)).toBe(1)
  })
})

describe('the panel', () => {
  it('puts the prompt on the clipboard', async () => {
    await start(2)
    await gallery
      .current()
      .context.overridePermissions(new URL(gallery.current().gallery.url).origin, [
        'clipboard-read',
        'clipboard-sanitized-write',
      ])
    const page = await lookAt(1)
    await page.click('.prompt button')
    await page.waitForFunction(() => document.querySelector('.prompt button')?.textContent.includes('Copied'))
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(promptOf(1))
  })

  /** The second was made from the third, which is lost; the first only shares their conversation. */
  const family: readonly Partial<DatedFacts>[] = [
    { prompt: 'A green kite over the harbour' },
    { prompt: 'A red kite over the harbour', parentGenId: nth(2).genId },
    { prompt: 'A blue kite over the harbour' },
    { prompt: 'Of another conversation', conversationId: 'another' },
  ]
  const familyGallery = async () => {
    const root = temporaryFolder()
    const all = family.map((one, n) => nth(n, { messageId: `message-${n}`, ...one }))
    const lost = (await keepAll(root, all))[2]?.image ?? ''
    rmSync(path.join(root, lost))
    await gallery.serveAt(root)
  }
  const row = (page: Page, title: string) =>
    page.$$eval(`ul[aria-label="${title}"] li`, (items) =>
      items.map((item) => ({
        prompt: item.querySelector('p')?.textContent,
        differing: [...item.querySelectorAll('mark')].map(({ textContent }) => textContent),
        hasImage: item.querySelector('img') !== null,
        isOwn: item.querySelector('[aria-current=true]') !== null,
      })),
    )

  it('shows lineage and conversation, the prompts side by side, their differences marked, and no broken image', async () => {
    await familyGallery()
    const page = await gallery.page({ query: `picture=${idOf(1)}` })
    await promptShown(page, 'A red kite over the harbour')
    const blue = { prompt: 'A blue kite over the harbour', differing: ['blue'], hasImage: false, isOwn: false }
    const red = { prompt: 'A red kite over the harbour', differing: [], hasImage: true, isOwn: true }
    const green = { prompt: 'A green kite over the harbour', differing: ['green'], hasImage: true, isOwn: false }
    await page.waitForSelector('.lineage')
    const steps = await page.$$eval('.lineage li', (items) =>
      items.map((item) => ({
        prompt: item.querySelector('.words')?.textContent,
        differing: [...item.querySelectorAll('mark')].map(({ textContent }) => textContent),
        hasImage: item.querySelector('img') !== null,
        isOwn: item.querySelector('[aria-current=true]') !== null,
      })),
    )
    expect(steps).toEqual([
      { ...blue, differing: [] },
      { ...red, differing: ['red'] },
    ])
    expect(await row(page, 'Same lineage')).toEqual([])
    expect(await row(page, 'Same conversation')).toEqual([blue, red, green])
    await page.$eval('ul[aria-label="Same conversation"]', (list) => list.scrollIntoView())
    const loaded = () =>
      page.$$eval('.related img', (all) => all.map((img) => (img as HTMLImageElement).naturalWidth > 0))
    await until(async () => ((await loaded()).every(Boolean) ? true : undefined))
  })
})

describe('the grid', () => {
  const headings = (page: Page) =>
    page.$$eval('.day h2', (all) =>
      all.map((heading) => ({
        text: heading.textContent,
        top: Math.round(heading.getBoundingClientRect().top),
        left: Math.round(heading.getBoundingClientRect().left),
      })),
    )

  it('keeps the heading of a long day below the search bar', async () => {
    const noon = nth(0).createdAt.getTime()
    await start(60, (n) => ({ createdAt: new Date(noon - n * 60_000), conversationId: `conversation-${n}` }))
    const page = await gallery.page({ widthPx: 700 })
    await announced(page, 60)
    await page.evaluate(() => scrollTo(0, 1500))
    await until(async () => ((await boxOf(page, '.day')).top < -1000 ? true : undefined))
    const bar = await boxOf(page, '.top')
    expect(bar.top).toBe(0)
    const [heading, ...others] = await headings(page)
    expect(others).toEqual([])
    expect(Math.abs((heading?.top ?? 0) - bar.height)).toBeLessThanOrEqual(1)
  })

  it('puts days of few pictures side by side, each below its own heading', async () => {
    const noon = nth(0).createdAt.getTime()
    await start(3, (n) => ({ createdAt: new Date(noon - n * 26 * 3_600_000) }))
    const page = await gallery.page()
    await announced(page, 3)
    const found = await headings(page)
    expect(new Set(found.map(({ text }) => text)).size).toBe(3)
    expect(new Set(found.map(({ top }) => top)).size).toBe(1)
    const tiles = await page.$$eval('.tile', (all) => all.map((tile) => Math.round(tile.getBoundingClientRect().left)))
    expect(tiles).toEqual(found.map(({ left }) => left))
    expect([...tiles].sort((one, other) => one - other)).toEqual(tiles)
  })

  /** Records alone, a hundred a day, and images of none. */
  const writeRecords = (root: string, count: number) => {
    for (let n = 0; n < count; n++) {
      const createdAt = new Date(2024, 5, 30 - Math.floor(n / 100), 12, 0, -n)
      const { fileId, genId } = nth(n)
      const folder = path.join(root, 'database', folderFor(createdAt))
      mkdirSync(folder, { recursive: true })
      const record = { gen_id: genId, fileId: idOf(n), prompt: promptOf(n), date: createdAt.getTime() / 1000 }
      writeFileSync(
        path.join(folder, recordNameFor({ fileId, genId })),
        JSON.stringify({ ...record, width: 3, height: 2 }),
      )
    }
  }

  it('draws only those of 3,000 pictures that are near the window', async () => {
    const root = temporaryFolder()
    await keepAll(root, manyOf(3))
    writeRecords(root, 3000)
    await gallery.serveAt(root)
    const page = await gallery.page()
    await page.waitForFunction(() => /^3\D?000 pictures$/.test(document.querySelector('.count')?.textContent ?? ''))
    expect((await drawn(page)).length).toBeLessThan(300)
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2))
    await until(async () => ((await drawn(page)).includes(idOf(1500)) ? true : undefined))
    expect((await drawn(page)).length).toBeLessThan(300)
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
    await until(async () => ((await drawn(page)).includes(idOf(2999)) ? true : undefined))
    expect((await drawn(page)).length).toBeLessThan(300)
  })
})

describe('the address', () => {
  it('opens a picture together with the key', async () => {
    await start(4)
    const page = await gallery.current().context.newPage()
    await page.setViewport({ width: 1400, height: 800 })
    await page.goto(`${gallery.current().gallery.url}&picture=${idOf(2)}`)
    await promptShown(page, promptOf(2))
    expect(new URL(page.url()).search).toBe(`?picture=${idOf(2)}`)
  })

  it('drops the filters on request, if they hide what the words find', async () => {
    await start(3, (n) => (n === 0 ? { prompt: 'A square kite' } : {}))
    const page = await gallery.page({ query: 'q=kite&shape=tall&seed=1' })
    await page.waitForSelector('.notice')
    await page.click('.notice .primary')
    await announced(page, 1)
    expect(await drawn(page)).toEqual([idOf(0)])
    expect(new URL(page.url()).search).toBe('?q=kite')
  })

  const entries = (page: Page) => page.evaluate(() => history.length)
  const from = 'label.date input'
  const fromIs = (page: Page, day: string) =>
    page.waitForFunction((wanted) => new URL(location.href).searchParams.get('from') === wanted, {}, day)

  it('has one entry for a date that was typed digit by digit', async () => {
    await start(3)
    const page = await gallery.page()
    const before = await entries(page)
    await page.type(from, '10292023')
    await fromIs(page, '2023-10-29')
    await page.keyboard.press('ArrowUp')
    await fromIs(page, '2024-10-29')
    expect(await entries(page)).toBe(before + 1)
    await page.goBack()
    await page.waitForFunction(() => location.search === '')
    expect(await page.$eval(from, (input) => (input as HTMLInputElement).value)).toBe('')
  })

  it('lets a date be typed to its end while pictures arrive', async () => {
    await start(3)
    const page = await gallery.page()
    await page.type(from, '102920')
    await arrives(99)
    await announced(page, 4)
    await page.keyboard.type('23')
    await fromIs(page, '2023-10-29')
  })

  it('lets a date be typed over another while its first digits are searched for', async () => {
    await start(3)
    const page = await gallery.page({ query: 'from=2023-10-29' })
    await page.focus(from)
    await page.keyboard.type('11302024', { delay: 40 })
    await fromIs(page, '2024-11-30')
  })
})
