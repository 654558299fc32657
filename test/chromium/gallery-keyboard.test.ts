import type { Page } from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import { backOn, enter, hasKeyboard, nameOfFocused, press, tabTo, viewByKeys } from './gallery-keys.ts'
import { announced, drawn, idOf, promptShown, useGallery, viewerClosed } from './gallery-support.ts'

const gallery = useGallery()

/** Six pictures of today, four of the month before, two of a year ago. */
function dateOf(n: number): Date {
  const now = new Date()
  const day = [
    new Date(now.getFullYear(), now.getMonth(), now.getDate(), 12),
    new Date(now.getFullYear(), now.getMonth() - 1, 15, 12),
    new Date(now.getFullYear() - 1, now.getMonth(), now.getDate(), 12),
  ][n < 6 ? 0 : n < 10 ? 1 : 2]
  return new Date((day ?? now).getTime() - n * 60_000)
}

const prompts = ['a lighthouse in a storm', 'a red cat on the roof', 'the old sailor, watercolour']

async function start() {
  await gallery.start(12, (n) => ({ createdAt: dateOf(n), prompt: prompts[n % 3] ?? '' }))
  const page = await gallery.page()
  await announced(page, 12)
  return page
}

/** Takes all filters away, which takes the button away as well. */
async function clearAll(page: Page) {
  await enter(page, 'Clear all')
  await announced(page, 12)
  await page.waitForFunction(() => !document.querySelector('.filters > .clear'))
  expect(await nameOfFocused(page)).not.toBe('body')
}
const headingIs = (page: Page, words: string) =>
  page.waitForFunction((text) => document.querySelector('.calendar-head h3')?.textContent === text, {}, words)
const asked = (page: Page) => page.$eval('input[type=search]', ({ value }) => value)

describe('the other views, by the keyboard alone', () => {
  it('the menu is left by Esc; the calendar turns to other months, and leads to the pictures of a day', async () => {
    const page = await start()
    const monthOf = (n: number) =>
      new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric' }).format(dateOf(n))
    await press(page, '/')
    await enter(page, 'Views')
    await tabTo(page, 'Calendar')
    await press(page, 'Escape')
    await backOn(page, 'Views')
    await viewByKeys(page, 'Calendar')
    await enter(page, 'Earlier month')
    await headingIs(page, monthOf(6))
    await press(page, 'Enter')
    await headingIs(page, monthOf(10))
    // There is no earlier one: the button that had the keyboard is off now.
    await until(async () => (await nameOfFocused(page)) !== 'body')
    await enter(page, 'Later month')
    await headingIs(page, monthOf(6))
    await enter(page, /\d, 4 pictures/)
    await backOn(page, 'Views')
    await announced(page, 4)
    expect(await drawn(page)).toEqual([6, 7, 8, 9].map(idOf))
    await clearAll(page)
    await viewByKeys(page, 'Calendar')
    await press(page, 'Escape')
    await backOn(page, 'Views')
  })

  it('on this day and prompts lead to a picture and back, to the pictures of a year, and of a word for a tag', async () => {
    const page = await start()
    await viewByKeys(page, 'On this day')
    await enter(page, 'Show picture 2')
    await promptShown(page, prompts[1] ?? '')
    await press(page, 'Escape')
    await viewerClosed(page)
    await hasKeyboard(page, 'Show picture 2')
    await enter(page, '2 pictures')
    await backOn(page, 'Views')
    await announced(page, 2)
    await clearAll(page)
    await viewByKeys(page, 'Prompts')
    await enter(page, 'Show picture 3')
    await page.waitForSelector('.viewer .prompt > p')
    await press(page, 'Escape')
    await viewerClosed(page)
    await hasKeyboard(page, 'Show picture 3')
    await enter(page, /^lighthouse/, 'back')
    await backOn(page, 'Views')
    await announced(page, 4)
    expect(await asked(page)).toBe('lighthouse')
  })

  it('numbers lead from a word to its pictures, and the list of search words tries one', async () => {
    const page = await start()
    await viewByKeys(page, 'Numbers')
    await enter(page, /^watercolour/)
    await backOn(page, 'Views')
    await announced(page, 4)
    await clearAll(page)
    await viewByKeys(page, 'Search words and keys')
    await enter(page, 'Search shape:tall')
    await backOn(page, 'Views')
    await announced(page, 4)
    expect(await asked(page)).toBe('shape:tall')
    // A search that finds nothing leads back to all pictures.
    await press(page, '/')
    await page.keyboard.type('nothingofthekind')
    await page.waitForSelector('.notice')
    await enter(page, 'Show all pictures')
    await announced(page, 12)
    await hasKeyboard(page, 'Search pictures')
    // So does one that was corrected lead to the right word.
    await page.keyboard.type('lihgthouse')
    await page.waitForSelector('.corrected')
    await enter(page, 'lighthouse')
    await page.waitForSelector('.corrected', { hidden: true })
    await hasKeyboard(page, 'Search pictures')
  })
})
