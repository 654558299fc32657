import type { Page } from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import { announced, idOf, nth, promptShown, seriousFindings, useGallery, viewerClosed } from './gallery-support.ts'
import { expectFineViews, openView } from './gallery-views.ts'

const gallery = useGallery()

const prompts = ['a lighthouse in a storm', 'a red cat on the roof', 'the old sailor, watercolour'] as const

/** A dozen pictures with three prompts between them. */
async function start() {
  const all = Array.from({ length: 12 }, (_, n) => nth(n, { prompt: prompts[n % 3] ?? '' }))
  await gallery.serve(all)
}

const search = 'input[type=search]'
const asked = (page: Page) => page.$eval(search, (input) => (input as HTMLInputElement).value)
const suggested = async (page: Page, text: string) => {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll('[role=option] span')].some(({ textContent }) => textContent === wanted),
    {},
    text,
  )
}
const tag = (page: Page, n: number, name: string) =>
  page.evaluate(
    async (id, tagged) => {
      const body = JSON.stringify({ tags: [tagged] })
      const headers = { 'content-type': 'application/json' }
      await fetch(`api/pictures/${id}/marks`, { method: 'PATCH', headers, body })
    },
    idOf(n),
    name,
  )

describe('the search field', () => {
  it('proposes what the last word may become; the keyboard alone chooses, and goes on', async () => {
    await start()
    const page = await gallery.page()
    await page.type(search, 'storm ligh')
    await suggested(page, 'lighthouse')
    expect(await page.$eval(search, (input) => input.getAttribute('aria-expanded'))).toBe('true')
    await page.keyboard.press('ArrowDown')
    const active = await page.$eval(search, (input) => input.getAttribute('aria-activedescendant'))
    expect(await page.$eval(`#${active}`, (option) => option.getAttribute('aria-selected'))).toBe('true')
    await page.keyboard.press('Enter')
    expect(await asked(page)).toBe('storm lighthouse ')
    await announced(page, 4)
    expect(await page.$$('[role=option]')).toEqual([])
  })

  it('is left by Enter where nothing was chosen, and emptied by the second Esc', async () => {
    await start()
    const page = await gallery.page()
    await page.type(search, 'lighth')
    await suggested(page, 'lighthouse')
    await page.keyboard.press('Escape')
    expect([await page.$$('[role=option]'), await asked(page)]).toEqual([[], 'lighth'])
    await page.keyboard.press('Escape')
    expect(await asked(page)).toBe('')
    await page.type(search, 'roo')
    await suggested(page, 'roof')
    await announced(page, 4)
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.activeElement?.matches('.tile a'))
  })

  it('forgives a slip where nothing else is found, says so, and searches for the right word on request', async () => {
    await start()
    const page = await gallery.page()
    await page.type(search, 'lihgthouse')
    await page.waitForSelector('.corrected')
    await announced(page, 4)
    expect(await page.$eval('.corrected', ({ textContent }) => textContent)).toBe(
      'Nothing matches “lihgthouse”. Showing lighthouse instead.',
    )
    await page.click('.corrected button')
    expect(await asked(page)).toBe('lighthouse')
    await page.waitForSelector('.corrected', { hidden: true })
    // Negative control: what is like no word is not corrected.
    await page.goto(new URL('?q=xyzzyqwert', page.url()).href)
    await page.waitForSelector('.notice')
    expect(await page.$('.corrected')).toBeNull()
  })

  it('explains its words, each to be tried', async () => {
    await start()
    const page = await gallery.page({ query: 'q=a' })
    await openView(page, 'Search words and keys')
    await page.click('[aria-label="Search shape:tall"]')
    await announced(page, 4)
    expect(await asked(page)).toBe('a shape:tall')
  })
})

it('filters say how many pictures each choice leaves', async () => {
  await start()
  const page = await gallery.page()
  await tag(page, 0, 'poster')
  await tag(page, 3, 'poster')
  await page.reload()
  const optionOf = (label: string, value: string) =>
    page
      .$eval(`select[aria-label="${label}"] option[value="${value}"]`, ({ textContent }) => textContent)
      .catch(() => null)
  await until(async () => ((await optionOf('Shape', 'tall')) === 'Tall · 4' ? true : undefined))
  expect(await optionOf('Tag', 'poster')).toBe('poster · 2')
  await page.select('select[aria-label=Tag]', 'poster')
  await announced(page, 2)
  await until(async () => ((await optionOf('Shape', 'square')) === 'Square · 2' ? true : undefined))
})

describe('the page of prompts', () => {
  it('groups and counts them, shows what came of each, and copies', async () => {
    await start()
    await gallery
      .current()
      .context.overridePermissions(new URL(gallery.current().gallery.url).origin, [
        'clipboard-read',
        'clipboard-sanitized-write',
      ])
    const page = await gallery.page()
    await openView(page, 'Prompts')
    const groups = await page.$$eval('.prompts > li', (rows) =>
      rows.map((row) => [row.querySelector('.prompt-words')?.textContent, row.querySelectorAll('.thumbs li').length]),
    )
    expect(groups.sort()).toEqual(prompts.map((prompt) => [prompt, 4]).sort())
    const words = await page.$eval('.prompts .prompt-words', ({ textContent }) => textContent)
    await page.click('.prompts .buttons button')
    await until(async () => ((await page.evaluate(() => navigator.clipboard.readText())) === words ? true : undefined))
    await page.click('.prompts .thumbs button')
    await promptShown(page, words ?? '')
    await page.keyboard.press('Escape')
    await viewerClosed(page)
    expect(await page.$('.sheet[open] .prompts')).not.toBeNull()
  })
})

it('the page of numbers counts, and says where nothing is known', async () => {
  await start()
  const page = await gallery.page()
  await openView(page, 'Numbers')
  const sums = await page.$$eval('.sums > div', (rows) =>
    rows.map((row) => [row.querySelector('dt')?.textContent, row.querySelector('dd')?.textContent]),
  )
  expect(Object.fromEntries(sums)).toMatchObject({
    ...{ Pictures: '12', 'Images here': '12', Lacking: '–', 'Never verified': '–' },
  })
  const heat = await page.$$eval('.heat svg', (maps) => maps.map((map) => map.getAttribute('aria-label') ?? ''))
  const counted = heat.map((words) => Number(/: ([\d,]+) picture/.exec(words)?.[1] ?? 0))
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(12)
  const shapes = await page.$$eval('.bars', (lists) => lists[1]?.textContent)
  expect(shapes).toMatch(/Square.?4/)
  const words = await page.$$eval('.word-list button', (chips) => chips.map(({ textContent }) => textContent))
  expect(words).toContain('lighthouse 4')
  await (await page.$$('.word-list button'))[words.indexOf('lighthouse 4')]?.click()
  await page.waitForSelector('.sheet', { hidden: true })
  expect(await asked(page)).toBe('lighthouse')
  await announced(page, 4)
})

it.each([
  [1400, 'light'],
  [1400, 'dark'],
  [320, 'light'],
  [320, 'dark'],
] as const)('has no serious accessibility finding and keeps its policy at %i px, %s', async (widthPx, scheme) => {
  await start()
  const page = await gallery.page({ widthPx, scheme })
  await page.type(search, 'ligh')
  await suggested(page, 'lighthouse')
  expect(await seriousFindings(page)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  await page.keyboard.press('Escape')
  await expectFineViews(page, ['Prompts', 'Numbers', 'Search words and keys'])
  expect(await page.evaluate(() => window.violations)).toEqual([])
})
