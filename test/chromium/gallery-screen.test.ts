import type { CDPSession, Page } from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import { idOf, promptShown, seriousFindings, useGallery, viewerClosed } from './gallery-support.ts'
import { line, moveFingers, type Point } from './gallery-touch.ts'

const gallery = useGallery()

const image = '.pswp__item[aria-hidden=false] img.pswp__img:not(.pswp__img--placeholder)'

/** Looks at a picture, and waits until it stands. */
async function lookAt(page: Page, n: number) {
  await page.click(`[data-id=${idOf(n)}]`)
  await promptShown(page, `Picture number ${n}`)
  await page.waitForFunction(
    (selector) => {
      const shown = document.querySelector<HTMLImageElement>(selector)
      return (shown?.naturalWidth ?? 0) > 0 && document.querySelector('.pswp--ui-visible, .pswp--open') !== null
    },
    {},
    image,
  )
}

const boxOf = (page: Page) =>
  page.$eval(image, (shown) => {
    const { left, top, width } = shown.getBoundingClientRect()
    return { left: Math.round(left), top: Math.round(top), width: Math.round(width) }
  })
const widthIs = (page: Page, px: number) =>
  until(
    async () => ((await boxOf(page)).width === px ? true : undefined),
    () => `never ${px} px wide`,
  )

describe('zoom', () => {
  it('goes to one pixel to one and back by key, to 800 % and no farther, and arrows move the picture', async () => {
    await gallery.start(3)
    const page = await gallery.page()
    await page.setViewport({ width: 1000, height: 260 })
    await lookAt(page, 0)
    await page.keyboard.press('i')
    const fit = (await boxOf(page)).width
    expect(fit).toBeLessThan(300)
    await page.keyboard.press('o')
    await widthIs(page, 300)
    await page.keyboard.press('o')
    await widthIs(page, fit)
    for (let n = 0; n < 12; n++) await page.keyboard.press('+')
    await widthIs(page, 8 * 300)
    const before = await boxOf(page)
    await page.keyboard.press('ArrowDown')
    await until(async () => ((await boxOf(page)).top < before.top ? true : undefined))
    await page.keyboard.press('ArrowRight')
    await until(async () => ((await boxOf(page)).left < before.left ? true : undefined))
    await promptShownLater(page, 0)
    for (let n = 0; n < 12; n++) await page.keyboard.press('-')
    await widthIs(page, fit)
  })

  it('shows squares behind what is transparent', async () => {
    await gallery.start(1)
    const page = await gallery.page()
    await lookAt(page, 0)
    const behind = await page.$eval(image, (shown) => getComputedStyle(shown).backgroundImage)
    expect(behind).toContain('repeating-conic-gradient')
  })
})

/** The picture was not turned. */
async function promptShownLater(page: Page, n: number) {
  expect(new URL(page.url()).searchParams.get('picture')).toBe(idOf(n))
}

describe('a slideshow', () => {
  it('turns by itself, also from the last to the first, shuffled on request, until it is stopped', async () => {
    await gallery.start(3)
    const page = await gallery.page()
    await lookAt(page, 1)
    await page.keyboard.press('s')
    await page.select('select[aria-label=Pace]', '3')
    const at = (n: number) =>
      page.waitForFunction((id) => new URL(location.href).searchParams.get('picture') === id, {}, idOf(n))
    await at(2)
    await at(0)
    await page.evaluate(() => document.querySelector<HTMLElement>('.slideshow-bar [aria-pressed]')?.click())
    expect(await page.$eval('.slideshow-bar [aria-pressed]', (button) => button.getAttribute('aria-pressed'))).toBe(
      'true',
    )
    await page.waitForFunction((id) => new URL(location.href).searchParams.get('picture') !== id, {}, idOf(0))
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('s')
    expect(await page.$('.slideshow-bar')).toBeNull()
  })
})

it('has the whole screen, with the picture in it, and gives it back with the viewer', async () => {
  await gallery.start(2)
  const page = await gallery.page()
  await lookAt(page, 0)
  await page.keyboard.press('w')
  await page.waitForFunction(() => document.fullscreenElement !== null)
  expect(await page.$('.panel')).toBeNull()
  const seen = await page.evaluate(
    () => document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest('.viewer') !== null,
  )
  expect(seen).toBe(true)
  await page.click('[aria-label=Close]')
  await viewerClosed(page)
  await page.waitForFunction(() => document.fullscreenElement === null)
})

it('what is tagged blur is seen only by who points at it or stands on it, or lifts it by key', async () => {
  await gallery.start(3)
  const page = await gallery.page()
  await page.evaluate(async (id) => {
    const headers = { 'content-type': 'application/json' }
    await fetch(`api/pictures/${id}/marks`, { method: 'PATCH', headers, body: JSON.stringify({ tags: ['blur'] }) })
  }, idOf(1))
  await page.waitForSelector('img.veiled')
  const filterOf = (selector: string) => page.$eval(selector, (shown) => getComputedStyle(shown).filter)
  const tile = (n: number) => `[data-id=${idOf(n)}] img`
  expect([await filterOf(tile(0)), await filterOf(tile(1))]).toEqual(['none', 'blur(18px)'])
  await page.hover(`[data-id=${idOf(1)}]`)
  expect(await filterOf(tile(1))).toBe('none')
  await lookAt(page, 1)
  await page.mouse.move(5, 795)
  await page.mouse.move(1390, 400)
  await until(async () => ((await filterOf(image)) === 'blur(60px)' ? true : undefined))
  await page.keyboard.press('b')
  expect(await filterOf(image)).toBe('none')
  await page.keyboard.press('ArrowRight')
  await promptShown(page, 'Picture number 2')
  await page.keyboard.press('ArrowLeft')
  await promptShown(page, 'Picture number 1')
  await until(async () => ((await filterOf(image)) === 'blur(60px)' ? true : undefined))
})

describe('on a phone', () => {
  async function touchPage(): Promise<{ page: Page; client: CDPSession }> {
    const page = await gallery.page()
    await page.setViewport({ width: 390, height: 780, hasTouch: true, isMobile: true })
    await page.reload()
    await page.waitForSelector('.tile')
    return { page, client: await page.createCDPSession() }
  }
  /** A touch stops what moves where it stands, so the picture has to come to rest first. */
  const rest = () => new Promise((resolve) => setTimeout(resolve, 700))

  /** As fast as a finger, however busy the machine is. */
  async function doubleTap(client: CDPSession, [x, y]: Point) {
    const down = () => client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] })
    const up = () => client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await Promise.all([down(), up(), down(), up()])
  }

  it('a swipe turns, two fingers and a double tap zoom, and a pull down closes', async () => {
    await gallery.start(3)
    const { page, client } = await touchPage()
    await page.tap(`[data-id=${idOf(0)}]`)
    await page.waitForSelector(image)
    await page.waitForSelector('.pswp--open')
    await rest()
    await moveFingers(client, [line([330, 390], [60, 390])])
    await page.waitForFunction((id) => new URL(location.href).searchParams.get('picture') === id, {}, idOf(1))
    await rest()
    await page.waitForSelector(image)
    const fit = (await boxOf(page)).width
    await doubleTap(client, [195, 390])
    await until(async () => ((await boxOf(page)).width > fit * 1.05 ? true : undefined))
    await rest()
    await doubleTap(client, [195, 390])
    await widthIs(page, fit)
    await rest()
    await moveFingers(client, [line([180, 390], [90, 390]), line([210, 390], [300, 390])])
    await until(async () => ((await boxOf(page)).width > fit * 1.2 ? true : undefined))
    await rest()
    await moveFingers(client, [line([90, 390], [185, 390]), line([300, 390], [205, 390])])
    await widthIs(page, fit)
    await rest()
    await moveFingers(client, [line([195, 390], [195, 700])])
    await viewerClosed(page)
  })

  it('is installable by a manifest behind the key, without a service worker that could keep pictures', async () => {
    await gallery.start(1)
    const page = await gallery.page()
    const client = await page.createCDPSession()
    const found = await until(async () => {
      const manifest = await client.send('Page.getAppManifest')
      return manifest.data ? manifest : undefined
    })
    expect(found.errors).toEqual([])
    const manifest = JSON.parse(found.data ?? '') as { start_url: string; icons: { src: string; sizes: string }[] }
    expect(new URL(manifest.start_url, found.url).href).toBe(page.url())
    for (const { src, sizes } of manifest.icons) {
      const address = new URL(src, found.url).href
      const size = await page.evaluate(async (url) => {
        const icon = await createImageBitmap(await (await fetch(url)).blob())
        return `${icon.width}x${icon.height}`
      }, address)
      expect(size).toBe(sizes)
    }
    const { installabilityErrors } = await client.send('Page.getInstallabilityErrors')
    // A test's browser window is a private one, and cannot install anything.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([])
    expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0)
    expect(await page.evaluate(() => window.violations)).toEqual([])
    expect((await fetch(found.url)).status).toBe(401)
  })
})
