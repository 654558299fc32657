import type { Page } from 'puppeteer-core'
import { expect, it } from 'vitest'
import { backOn, enter, hasKeyboard, press, pressWith, toPictures } from './gallery-keys.ts'
import {
  announced,
  fits,
  idOf,
  nth,
  promptShown,
  seriousFindings,
  useGallery,
  viewerClosed,
} from './gallery-support.ts'

const gallery = useGallery()

const collect = (page: Page) =>
  page.evaluate(async (ids) => {
    const body = JSON.stringify({ name: 'For the wall', ids })
    await fetch('api/collections', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  }, [0, 1, 2, 3].map(idOf))

it.each([
  [1400, 'light'],
  [320, 'dark'],
] as const)('no view has a serious accessibility finding, and all fit, at %i px, %s', async (widthPx, scheme) => {
  await gallery.start(12, (n) => ({
    prompt: n % 3 ? `A boat ${n}` : `A lighthouse ${n}`,
    parentGenId: nth(n + 1).genId,
  }))
  const page = await gallery.page({ widthPx, scheme })
  await announced(page, 12)
  const isFine = async (view: string) => {
    expect([view, await seriousFindings(page), await fits(page)]).toEqual([view, [], true])
  }
  await page.type('input[type=search]', 'ligh')
  await page.waitForSelector('[role=option]')
  await press(page, 'ArrowDown')
  await isFine('suggestions')
  await press(page, 'Escape', 'Escape')

  await collect(page)
  await enter(page, 'Collections')
  await page.waitForSelector('.collection')
  await enter(page, 'Arrange For the wall')
  await page.waitForSelector('.arranged img')
  await isFine('arranging a collection')
  await press(page, 'Escape')
  await backOn(page, 'Collections')

  await toPictures(page, idOf(0))
  await press(page, 'x')
  if (widthPx < 900) await page.click('.filters-toggle')
  await page.waitForFunction(() => document.querySelector('.filters')?.textContent.includes('Delete 1 rejected image…'))
  await isFine('an image rejected')
  await page.click('.filters ::-p-text(Delete 1 rejected)')
  await page.waitForSelector('.confirm .danger:enabled')
  await isFine('deleting those rejected')
  await press(page, 'Escape')
  await page.waitForSelector('dialog.confirm', { hidden: true })

  await press(page, '/', 'Enter')
  await hasKeyboard(page, /^A /)
  await pressWith(page, 'Shift', 'ArrowRight', 'ArrowRight')
  await press(page, 'c')
  await page.waitForSelector('.compare[open] .pane-facts')
  await press(page, '+')
  await isFine('a comparison')
  await press(page, 'Escape')
  await page.waitForSelector('dialog.compare', { hidden: true })
  await press(page, 'Escape')
  await page.waitForSelector('.selection-bar', { hidden: true })

  await page.click(`[data-id=${idOf(3)}]`)
  await page.waitForSelector('.viewer .stage-top')
  if (widthPx < 900) await press(page, 'i')
  await promptShown(page, 'A lighthouse 3')
  await page.waitForSelector('.lineage img')
  await page.waitForSelector('.suggested button')
  await isFine('one picture with its panel')
  await press(page, 'i', 's')
  await page.waitForSelector('.slideshow-bar')
  await isFine('a slideshow')
  await press(page, 's', 'Escape')
  await viewerClosed(page)
  expect(await page.evaluate(() => window.violations)).toEqual([])
})

it('moves nothing for those who want it so', async () => {
  await gallery.start(2)
  const page = await gallery.page({ query: `picture=${idOf(0)}` })
  await promptShown(page, 'Picture number 0')
  const seconds = () => page.$eval('.viewer', (viewer) => Number.parseFloat(getComputedStyle(viewer).animationDuration))
  // Negative control: everybody else sees it come.
  expect(await seconds()).toBeGreaterThan(0.1)
  await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }])
  expect(await seconds()).toBeLessThan(0.01)
})

it('a favourite is seen on a white picture and on a black one', async () => {
  await gallery.start(1)
  const page = await gallery.page()
  await page.focus(`[data-id=${idOf(0)}]`)
  await press(page, 'f')
  await page.waitForSelector('.chip.favourite')
  const contrasts = await page.$eval('.chip.favourite', (chip) => {
    const numbers = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = (rgb: readonly number[]) => {
      const [red = 0, green = 0, blue = 0] = rgb.map((one) =>
        one <= 10.3 ? one / 3294.6 : ((one / 255 + 0.055) / 1.055) ** 2.4,
      )
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const { color, backgroundColor } = getComputedStyle(chip)
    const [heart, plate] = [numbers(color), numbers(backgroundColor)]
    return [255, 0].map((picture) => {
      const seen = plate.slice(0, 3).map((one) => one * (plate[3] ?? 1) + picture * (1 - (plate[3] ?? 1)))
      const [one, other] = [luminance(heart.slice(0, 3)), luminance(seen)]
      return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    })
  })
  // WCAG 2.2, 1.4.11: what is no text needs three to one.
  expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(3)
})
