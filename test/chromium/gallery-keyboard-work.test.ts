import type { Page } from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import {
  backOn,
  enter,
  hasKeyboard,
  nameOfFocused,
  press,
  pressWith,
  tabTo,
  tileHasKeyboard,
  toPictures,
} from './gallery-keys.ts'
import { announced, drawn, idOf, nth, promptShown, useGallery, viewerClosed } from './gallery-support.ts'

const gallery = useGallery()

async function start() {
  await gallery.start(6, (n) => ({
    conversationId: `c${n}`,
    ...(n === 1 && { conversationId: 'c3', parentGenId: nth(3).genId }),
  }))
  const page = await gallery.page()
  await announced(page, 6)
  return page
}

const barSays = (page: Page, words: string) =>
  page.waitForFunction((text) => document.querySelector('.selection-bar p')?.textContent === text, {}, words)
const said = (page: Page, words: string) =>
  page.waitForFunction((text) => document.querySelector('.said')?.textContent === text, {}, words)
const dialogOpen = (page: Page) => page.waitForSelector('dialog.confirm[open]')

/** Selects the first so many pictures from the grid. */
async function select(page: Page, count: number) {
  await toPictures(page, idOf(0))
  await pressWith(page, 'Shift', ...Array.from({ length: count - 1 }, () => 'ArrowRight' as const))
  await barSays(page, `${count} pictures selected`)
}

describe('what is done with many pictures, by the keyboard alone', () => {
  it('they are tagged, and the dialogs that are left by Esc or refused give the keyboard back', async () => {
    const page = await start()
    await select(page, 2)
    await enter(page, 'Tag…')
    await dialogOpen(page)
    await page.keyboard.type('poster')
    await press(page, 'Enter')
    await backOn(page, 'Tag…')
    await page.waitForSelector('select[aria-label=Tag]')
    await enter(page, 'Take out…')
    await dialogOpen(page)
    await enter(page, 'Cancel')
    await backOn(page, /^Take out…/)
    await enter(page, 'Delete images…', 'back')
    await page.waitForSelector('.confirm .danger:enabled')
    await press(page, 'Enter')
    await backOn(page, 'Delete images…')
    await enter(page, 'Collect…', 'back')
    await dialogOpen(page)
    await press(page, 'Escape')
    await backOn(page, 'Collect…')
    await enter(page, 'End selecting')
    await page.waitForSelector('.selection-bar', { hidden: true })
    await hasKeyboard(page, /^Picture number/)
    await press(page, 'Space')
    await tabTo(page, 'Collect…')
    await press(page, 'Escape')
    await page.waitForSelector('.selection-bar', { hidden: true })
    await hasKeyboard(page, /^Picture number/)
  })

  it('they are collected, arranged and shown; a search is kept', async () => {
    const page = await start()
    await select(page, 3)
    await enter(page, 'Collect…')
    await dialogOpen(page)
    await page.keyboard.type('For the wall')
    await press(page, 'Enter')
    await said(page, '3 pictures in “For the wall”')
    await backOn(page, 'Collect…')
    await press(page, 'Escape', '/')
    await enter(page, 'Collections')
    await page.waitForSelector('.collection')
    await enter(page, 'Arrange For the wall')
    await page.waitForSelector('.arranged li:nth-child(3)')
    await until(async () => (await nameOfFocused(page)) !== 'body')
    const order = () =>
      page.$$eval('.arranged [data-id]', (all) => all.map((one) => (one as HTMLElement).dataset.id ?? ''))
    expect(await order()).toEqual([0, 1, 2].map(idOf))
    await tabTo(page, 'Picture 3 of 3')
    await pressWith(page, 'Alt', 'ArrowLeft', 'ArrowLeft')
    await hasKeyboard(page, 'Picture 1 of 3')
    await pressWith(page, 'Alt', 'ArrowRight')
    await hasKeyboard(page, 'Picture 2 of 3')
    expect(await order()).toEqual([0, 2, 1].map(idOf))
    await press(page, 'Delete')
    await page.waitForSelector('.arranged li:nth-child(3)', { hidden: true })
    await until(async () => (await nameOfFocused(page)) !== 'body')
    await tabTo(page, 'Picture 2 of 2')
    await enter(page, 'Delete collection…')
    await enter(page, 'Keep it')
    await until(async () => (await nameOfFocused(page)) !== 'body')
    await enter(page, 'All collections')
    await page.waitForSelector('.collection')
    await until(async () => (await nameOfFocused(page)) !== 'body')
    await enter(page, /^For the wall/)
    await backOn(page, 'Collections')
    await announced(page, 2)
    expect(await drawn(page)).toEqual([0, 1].map(idOf))
    await press(page, 'Enter')
    await page.waitForSelector('.save-search input')
    await tabTo(page, /^Save this search/)
    await page.keyboard.type('The wall again')
    await press(page, 'Enter')
    await page.waitForSelector('.collections li:nth-child(2)')
    await hasKeyboard(page, /^Save this search/)
  })

  it('those rejected are deleted after asking', async () => {
    const page = await start()
    await toPictures(page, idOf(0))
    await press(page, 'x', 'x')
    await tileHasKeyboard(page, idOf(2))
    await page.waitForFunction(() => document.querySelector('.filters')?.textContent.includes('Delete 2 rejected'))
    await enter(page, 'Delete 2 rejected images…', 'back')
    await page.waitForSelector('.confirm .danger:enabled')
    await press(page, 'Enter')
    await backOn(page, 'Delete 2 rejected images…')
    await press(page, 'Enter')
    await page.waitForSelector('.confirm .danger:enabled')
    await enter(page, 'Delete 2 images')
    await page.waitForFunction(
      () => !document.querySelector('dialog[open]') && document.querySelectorAll('.tile .no-image').length === 2,
    )
    await page.waitForFunction(() => !document.querySelector('.filters')?.textContent.includes('rejected image'))
    await until(async () => (await nameOfFocused(page)) !== 'body')
  })
})

const look = (page: Page) => page.$eval('.frame img', (image) => (image as HTMLElement).style.transform)
const lookIs = (page: Page, words: RegExp) =>
  until(
    async () => words.test(await look(page)),
    () => `never ${words}`,
  )

it('pictures are compared, enlarged, moved and shown in one place', async () => {
  const page = await start()
  await select(page, 3)
  await enter(page, 'Compare, two to four (c)')
  await page.waitForSelector('.compare[open] .pane-facts')
  await enter(page, 'Zoom in')
  await lookIs(page, /scale\(1\.5\)/)
  await press(page, 'ArrowRight')
  await lookIs(page, /translate\(-15%/)
  await enter(page, 'Whole pictures')
  await lookIs(page, /scale\(1\)/)
  await enter(page, 'Flicker', 'back')
  await page.waitForSelector('.compare.flicker')
  await press(page, 'ArrowRight')
  await page.waitForFunction(() => document.querySelector('.compare-bar p')?.textContent?.startsWith('Picture 2 of 3'))
  await tabTo(page, 'Picture 2')
  await press(page, 'Space')
  await page.waitForFunction(() => document.querySelector('.compare-bar p')?.textContent?.startsWith('Picture 3 of 3'))
  await until(async () => (await nameOfFocused(page)) !== 'body')
  await enter(page, 'Close', 'back')
  await backOn(page, 'Compare, two to four (c)')
})

it('the panel leads to pictures like one and to where it comes from, and back to the tile', async () => {
  const page = await start()
  await toPictures(page, idOf(0))
  await press(page, 'ArrowRight', 'Enter')
  await promptShown(page, 'Picture number 1')
  await page.waitForSelector('.lineage button, .alike button')
  await enter(page, /^Step 1, first picture/)
  await promptShown(page, 'Picture number 3')
  await until(async () => (await nameOfFocused(page)) !== 'body')
  await page.waitForSelector(`.alike [data-id=${idOf(1)}]`)
  await enter(page, /^Similar 1: Same/)
  await promptShown(page, 'Picture number 1')
  await until(async () => (await nameOfFocused(page)) !== 'body')
  await enter(page, 'Delete image…')
  await dialogOpen(page)
  await press(page, 'Enter')
  await page.waitForSelector('dialog.confirm', { hidden: true })
  await hasKeyboard(page, 'Delete image…')
  await press(page, 'Escape')
  await viewerClosed(page)
  await tileHasKeyboard(page, idOf(1))
})
