import type { Page } from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import {
  announced,
  drawn,
  idOf,
  nth,
  promptShown,
  seriousFindings,
  useGallery,
  viewerClosed,
} from './gallery-support.ts'
import { expectFineViews, openView } from './gallery-views.ts'

const gallery = useGallery()

/** Noon of a day so many years and months ago. */
function ago(years: number, months = 0, day?: number): Date {
  const now = new Date()
  const then = new Date(now.getFullYear() - years, now.getMonth() - months, day ?? now.getDate(), 12)
  return then
}

/** Four years of pictures: two on each of two days of the latest month, one in each of the others. */
async function startYears() {
  const others = Array.from({ length: 47 }, (_, months) => ago(0, months + 2, 1))
  const dates = [...[2, 2, 1, 1].map((day) => ago(0, 1, day)), ...others]
  const all = dates.map((createdAt, n) => nth(n, { createdAt: new Date(createdAt.getTime() - n * 1000) }))
  await gallery.serve(all)
}

/** Its oldest picture. */
const last = 50

const time = (page: Page) => page.$eval('.scrubber', (strip) => strip.getAttribute('aria-valuetext') ?? '')
const monthOf = (date: Date) => new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric' }).format(date)
const timeIs = (page: Page, month: string) =>
  until(
    async () => ((await time(page)).startsWith(month) ? true : undefined),
    () => `never at ${month}`,
  )

describe('the strip of years and months', () => {
  it('leads anywhere by pointer and by key, says where one is, and follows the page', async () => {
    await startYears()
    const page = await gallery.page()
    await page.waitForSelector('.scrubber')
    expect(await time(page)).toBe(monthOf(ago(0, 1, 1)))
    const years = await page.$$eval('.scrubber .year', (marks) => marks.map(({ textContent }) => textContent))
    expect(years[0]).toBe(`${ago(0, 1, 1).getFullYear()}`)
    expect(years.length).toBeGreaterThanOrEqual(4)
    const box = await (await page.$('.scrubber'))?.boundingBox()
    if (!box) throw new Error('no strip')
    await page.mouse.click(box.x + 30, box.y + box.height - 2)
    await page.waitForSelector(`[data-id=${idOf(last)}]`)
    await timeIs(page, monthOf(ago(0, 48, 1)))
    await page.focus('.scrubber')
    await page.keyboard.press('Home')
    await timeIs(page, monthOf(ago(0, 1, 1)))
    await page.keyboard.press('ArrowDown')
    await timeIs(page, monthOf(ago(0, 2, 1)))
    await page.keyboard.press('End')
    await timeIs(page, monthOf(ago(0, 48, 1)))
    await page.keyboard.press('ArrowUp')
    await timeIs(page, monthOf(ago(0, 47, 1)))
    await page.evaluate(() => scrollTo(0, 0))
    await timeIs(page, monthOf(ago(0, 1, 1)))
  })

  it('is left out where all is seen at once', async () => {
    await gallery.serve([nth(0), nth(1, { createdAt: ago(2) })])
    const page = await gallery.page()
    await announced(page, 2)
    expect(await page.$('.scrubber')).toBeNull()
  })
})

describe('the calendar', () => {
  it('counts each day, and leads to the pictures of a day or a month', async () => {
    await startYears()
    const page = await gallery.page()
    await openView(page, 'Calendar')
    expect(await page.$eval('.calendar-head h3', ({ textContent }) => textContent)).toBe(monthOf(ago(0, 1, 1)))
    const days = await page.$$eval('button.day-field', (fields) =>
      fields.map((field) => field.querySelector('.sr-only')?.textContent ?? ''),
    )
    expect(days.map((words) => words.split(', ').at(-1))).toEqual(['2 pictures', '2 pictures'])
    await page.click('[aria-label="Earlier month"]')
    await page.waitForFunction(
      (month) => document.querySelector('.calendar-head h3')?.textContent === month,
      {},
      monthOf(ago(0, 2, 1)),
    )
    await page.click('button.day-field')
    await announced(page, 1)
    expect(await drawn(page)).toEqual([idOf(4)])
    await page.goBack()
    await announced(page, last + 1)
    await openView(page, 'Calendar')
    await page.click('.sheet .primary')
    await announced(page, 4)
  })
})

describe('on this day', () => {
  it('shows what was made on it in other years; a picture is looked at, and the day is still there', async () => {
    const dates = [ago(0, 0), ago(1), ago(1), ago(3), ago(0, 1, 5)]
    const all = dates.map((createdAt, n) => nth(n, { createdAt: new Date(createdAt.getTime() - n * 1000) }))
    await gallery.serve(all)
    const page = await gallery.page()
    await openView(page, 'On this day')
    const years = await page.$$eval('.sheet section h3', (titles) => titles.map(({ textContent }) => textContent))
    const year = new Date().getFullYear()
    expect(years).toEqual([`${year} 1 picture`, `${year - 1} 2 pictures`, `${year - 3} 1 picture`])
    await page.click('.sheet section:last-of-type .thumbs button')
    await promptShown(page, 'Picture number 3')
    await page.keyboard.press('Escape')
    await viewerClosed(page)
    expect(await page.$('.sheet[open] .thumbs')).not.toBeNull()
    await page.click('.calendar-head button:last-child')
    await page.waitForFunction(() => document.querySelectorAll('.sheet section').length === 1)
  })
})

it.each([
  [1400, 'light'],
  [1400, 'dark'],
  [320, 'light'],
  [320, 'dark'],
] as const)('has no serious accessibility finding and keeps its policy at %i px, %s', async (widthPx, scheme) => {
  await startYears()
  const page = await gallery.page({ widthPx, scheme })
  await page.waitForSelector('.scrubber')
  await page.focus('.scrubber')
  expect(await seriousFindings(page)).toEqual([])
  await expectFineViews(page, ['Calendar', 'On this day'])
  expect(await page.evaluate(() => window.violations)).toEqual([])
})
