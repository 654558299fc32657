import type { Page } from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import { idOf, nth, promptShown, seriousFindings, useGallery } from './gallery-support.ts'
import { line, moveFingers } from './gallery-touch.ts'

const gallery = useGallery()

const prompts = ['a red boat at sea', 'a blue boat at sea', 'a red boat at sea, at night', 'a red boat at sea']
const startVariants = () =>
  gallery.start(6, (n) =>
    n < 4 ? { messageId: 'one-turn', createdAt: nth(0).createdAt, prompt: prompts[n] ?? '' } : {},
  )

/** Opens the four variants beside each other. */
async function compareFour(page: Page) {
  await page.click('.tile.stack a')
  await page.waitForSelector('.variants-bar')
  await page.keyboard.press('c')
  await page.waitForFunction(
    () =>
      [...document.querySelectorAll<HTMLImageElement>('dialog.compare[open] .frame img')].filter(
        ({ naturalWidth }) => naturalWidth > 0,
      ).length === 4,
  )
  await page.waitForSelector('.pane-facts')
}
const looks = (page: Page) =>
  page.$$eval('.frame img', (images) => images.map((image) => (image as HTMLElement).style.transform))
const seenPanes = (page: Page) =>
  page.$$eval('.pane', (panes) =>
    panes.flatMap((pane, at) => (getComputedStyle(pane).visibility === 'visible' ? at : [])),
  )

describe('four pictures side by side', () => {
  it('have their differing words marked, and their sizes and seeds beside them', async () => {
    await startVariants()
    const page = await gallery.page()
    await compareFour(page)
    const panes = await page.$$eval('.pane-words', (all) =>
      all.map((one) => ({
        marked: [...one.querySelectorAll('mark')].map(({ textContent }) => textContent),
        facts: one.querySelector('.pane-facts')?.textContent ?? '',
        words: one.querySelector('p:last-child')?.textContent ?? '',
      })),
    )
    const blue = panes.find(({ words }) => words === 'a blue boat at sea')
    const night = panes.find(({ words }) => words.endsWith('night'))
    expect(blue?.marked).toEqual(['blue'])
    expect(blue?.facts).toContain('448 × 256')
    expect(blue?.facts).toContain('Seed 1')
    expect(night?.marked).toEqual(['red', 'night'])
  })

  it('are enlarged and moved together', async () => {
    await startVariants()
    const page = await gallery.page()
    await compareFour(page)
    const frame = await page.$('.frame')
    const { x, y } = (await frame?.clickablePoint()) ?? { x: 0, y: 0 }
    await page.mouse.move(x + 30, y + 30)
    await page.mouse.wheel({ deltaY: -400 })
    await page.waitForFunction(
      () => !document.querySelector<HTMLElement>('.frame img')?.style.transform.includes('scale(1)'),
    )
    const near = await looks(page)
    expect(new Set(near).size).toBe(1)
    await page.mouse.down()
    await page.mouse.move(x - 20, y, { steps: 3 })
    await page.mouse.up()
    await until(async () => ((await looks(page))[0] === near[0] ? undefined : true))
    expect(new Set(await looks(page)).size).toBe(1)
    await page.keyboard.press('z')
    await until(async () => ((await looks(page)).every((look) => look.includes('scale(1)')) ? true : undefined))
  })

  it('are enlarged by two fingers around the middle between them, also where those are on two pictures', async () => {
    await startVariants()
    const page = await gallery.page()
    await page.setViewport({ width: 390, height: 780, hasTouch: true, isMobile: true })
    await compareFour(page)
    const [first, second] = await Promise.all((await page.$$('.frame')).slice(0, 2).map((one) => one.boundingBox()))
    if (!first || !second) throw new Error('no frames')
    const client = await page.createCDPSession()
    const [x, y] = [first.x + first.width / 4, first.y + first.height / 2]
    await moveFingers(client, [line([x - 10, y], [x - 20, y]), line([x + 10, y], [x + 20, y])])
    // Twice as large, and what is a quarter of a frame left of its middle stays there.
    const near = 'translate(25%, 0%) scale(2)'
    await until(async () => (await looks(page)).every((one) => one === near))
    const right = second.x + 10
    await moveFingers(client, [line([right - 40, y], [right - 80, y]), line([right, y], [right, y])])
    await until(async () => (await looks(page)).every((one) => one.endsWith('scale(4)')))
    await moveFingers(client, [line([right - 80, y], [right - 20, y]), line([right, y], [right, y])])
    await until(async () => (await looks(page)).every((one) => one.endsWith('scale(1)')))
    // One finger alone moves what is enlarged.
    await moveFingers(client, [line([x - 10, y], [x - 20, y]), line([x + 10, y], [x + 20, y])])
    await until(async () => (await looks(page))[0] === near)
    await moveFingers(client, [line([x, y], [x, y + 20])])
    await until(async () => (await looks(page)).every((one) => one !== near && one.endsWith('scale(2)')))
  })

  it('flicker in one place by key, are judged there, and Esc leads back', async () => {
    await startVariants()
    const page = await gallery.page()
    await compareFour(page)
    expect(await seenPanes(page)).toEqual([0, 1, 2, 3])
    await page.keyboard.press('Space')
    expect(await seenPanes(page)).toEqual([0])
    await page.keyboard.press('Space')
    await page.keyboard.press('Space')
    expect(await seenPanes(page)).toEqual([2])
    await page.keyboard.press('5')
    await page.waitForFunction(() => document.querySelector<HTMLElement>('.pane.current .chip')?.dataset.count === '5')
    await page.keyboard.press('s')
    expect(await seenPanes(page)).toEqual([0, 1, 2, 3])
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog.compare', { hidden: true })
    expect(await page.$('.variants-bar')).not.toBeNull()
  })

  it('are those selected, and more than four are refused in words', async () => {
    await gallery.start(8)
    const page = await gallery.page()
    await page.focus(`[data-id=${idOf(0)}]`)
    await page.keyboard.down('Shift')
    for (let n = 0; n < 4; n++) await page.keyboard.press('ArrowRight')
    await page.keyboard.up('Shift')
    await page.keyboard.press('c')
    await page.waitForFunction(() => document.querySelector('.said')?.textContent?.startsWith('Select two to four'))
    expect(await page.$('dialog.compare')).toBeNull()
    await page.keyboard.press(' ')
    await page.keyboard.press('c')
    await page.waitForSelector('dialog.compare[open]')
    expect(await page.$$eval('.pane', ({ length }) => length)).toBe(4)
    // Again at once, before the dialog has said that it was closed.
    for (let turn = 0; turn < 5; turn++) {
      await page.keyboard.press('Escape')
      await page.keyboard.press('c')
      await page.waitForSelector('dialog.compare[open]')
    }
  })

  it.each([
    [1400, 'dark'],
    [320, 'light'],
  ] as const)('have no serious accessibility finding and fit at %i px, %s', async (widthPx, scheme) => {
    await startVariants()
    const page = await gallery.page({ widthPx, scheme })
    await compareFour(page)
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('Space')
    expect(await seriousFindings(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await page.evaluate(() => window.violations)).toEqual([])
  })
})

it('shows how a picture came about, with the words that made each step, and leads there', async () => {
  await gallery.start(6, (n) =>
    n > 0 && n < 4
      ? {
          conversationId: 'edits',
          prompt: prompts[3 - n] ?? '',
          ...(n < 3 && { parentGenId: nth(n === 1 ? 3 : n + 1).genId }),
        }
      : { conversationId: `other-${n}` },
  )
  const page = await gallery.page({ query: `picture=${idOf(1)}` })
  await page.waitForSelector('.lineage li:nth-child(3)')
  const steps = await page.$$eval('.lineage button', (buttons) =>
    buttons.map((button) => [
      button.getAttribute('aria-label')?.replace(/, [A-Z].*?: /, ': '),
      [...button.querySelectorAll('mark')].map(({ textContent }) => textContent).join(' '),
    ]),
  )
  expect(steps).toEqual([
    ['Step 1, first picture: a red boat at sea', ''],
    ['Step 2, edit of step 1: a blue boat at sea', 'blue'],
    ['Step 3, edit of step 1: a red boat at sea, at night', 'night'],
  ])
  expect(await seriousFindings(page)).toEqual([])
  await page.click('.lineage li:first-child button')
  await promptShown(page, 'a red boat at sea')
  expect(new URL(page.url()).searchParams.get('picture')).toBe(idOf(3))
})

describe('pictures like one', () => {
  it('have the parent of an edit among the first, which leads there', async () => {
    await gallery.start(12, (n) => ({ conversationId: `c${n}`, ...(n === 2 && { parentGenId: nth(9).genId }) }))
    const page = await gallery.page({ query: `picture=${idOf(2)}` })
    const parent = `.alike [data-id=${idOf(9)}]`
    await page.waitForSelector(parent)
    expect(await page.$eval(parent, (button) => button.getAttribute('aria-label'))).toBe('Similar 1: Same lineage')
    await page.click(parent)
    await promptShown(page, 'Picture number 9')
  })

  it('are told apart from the same picture in another file', async () => {
    await gallery.start(6, (n) => ({ conversationId: `c${n}` }))
    const page = await gallery.page()
    await page.setRequestInterception(true)
    const similar = {
      isReady: false,
      duplicates: [{ id: idOf(3), why: 'file' }],
      similar: [
        { id: idOf(4), why: 'prompt', score: 2 },
        { id: idOf(5), why: 'look', score: 1 },
      ],
    }
    page.on('request', (request) =>
      request.url().includes('/api/similar/')
        ? void request.respond({ status: 200, contentType: 'application/json', body: JSON.stringify(similar) })
        : void request.continue(),
    )
    await page.click(`[data-id=${idOf(0)}]`)
    await page.waitForSelector('.alike')
    const lists = await page.$$eval('.alike', (all) =>
      all.map((one) => [
        one.querySelector('ul')?.getAttribute('aria-label'),
        ...[...one.querySelectorAll('button')].map((button) => button.getAttribute('aria-label')),
      ]),
    )
    expect(lists).toEqual([
      ['Duplicates', 'Duplicates 1: Same picture'],
      ['Similar', 'Similar 1: Near prompt', 'Similar 2: Looks like it'],
    ])
    expect(await page.$eval('.panel', ({ textContent }) => textContent)).toContain('still being compared')
    expect(await seriousFindings(page)).toEqual([])
  })
})
