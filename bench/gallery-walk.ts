/**
 * What it takes to work with 2,000 pictures: cull them to 50, compare four, find what an edit was made of, collect,
 * drag one out – in a real Chromium, by the keyboard as far as that goes. Run with `npm run bench:walk [pictures]
 * [kept]`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { KeyInput, Page } from 'puppeteer-core'
import { generate } from './gallery-data.ts'
import { withPage } from './gallery-served.ts'

/** Milliseconds from one key to the next, and besides for a glance at a picture. */
const [handMs, glanceMs] = [80, 170]

const [count, kept] = [Number(process.argv[2] ?? 2_000), Number(process.argv[3] ?? 50)]

interface Hand {
  press(...keys: readonly KeyInput[]): Promise<void>
  held(modifier: KeyInput, key: KeyInput): Promise<void>
  type(text: string): Promise<void>
  /** Says what was done since the last time, and how long it took. */
  done(what: string): void
}

function handOn(page: Page): Hand {
  let [keys, began] = [0, performance.now()]
  const press = async (...some: readonly KeyInput[]) => {
    for (const key of some) {
      await page.keyboard.press(key)
      await setTimeout(handMs)
    }
    keys += some.length
  }
  return {
    press,
    async held(modifier, key) {
      await page.keyboard.down(modifier)
      await press(key)
      await page.keyboard.up(modifier)
      keys += 1
    },
    async type(text) {
      await page.keyboard.type(text)
      keys += text.length
    },
    done(what) {
      console.log(`${what}: ${keys} keys, ${((performance.now() - began) / 1000).toFixed(1)} s`)
      ;[keys, began] = [0, performance.now()]
    },
  }
}

const counted = (page: Page, wanted: number) =>
  page.waitForFunction(
    (words) => document.querySelector('.count')?.textContent === words,
    {},
    `${wanted.toLocaleString('en')} pictures`,
  )
const onTile = (page: Page) => page.waitForFunction(() => document.activeElement?.matches('.tile a'))
const closed = (page: Page) => page.waitForFunction(() => document.querySelector('dialog[open]') === null)

/** Goes by Tab until the keyboard stands on what a selector names. */
async function tabTo(page: Page, hand: Hand, selector: string): Promise<void> {
  for (let n = 0; n < 60; n++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return
    await hand.press('Tab')
  }
  throw new Error(`Tab never led to ${selector}`)
}

/** Picks one of every few, rejects the others; then the rejected ones leave the disk. */
async function cull(page: Page, hand: Hand): Promise<void> {
  await counted(page, count)
  await page.waitForSelector('.tile.loaded')
  await hand.press('/', 'Enter')
  await onTile(page)
  for (let n = 0; n < count; n++) {
    await hand.press(n % Math.floor(count / kept) === 0 ? 'p' : 'x')
    await setTimeout(glanceMs)
  }
  hand.done(`${count} judged one by one, ${handMs + glanceMs} ms each`)
  await hand.press('/')
  await hand.type('is:picked')
  await counted(page, kept)
  await hand.press('Enter')
  await onTile(page)
  hand.done(`only the ${kept} picked are shown`)
}

async function compareFour(page: Page, hand: Hand): Promise<void> {
  await hand.press('Home')
  for (let n = 0; n < 4; n++) await hand.press('Space', 'ArrowRight')
  await hand.press('c')
  await page.waitForFunction(() => document.querySelectorAll('dialog.compare .pane img').length === 4)
  await hand.press('+', 'ArrowLeft', 'Space', 'Space', '5', 'Escape')
  await closed(page)
  hand.done('four compared: enlarged, moved, flickered, one given five stars')
}

async function collect(page: Page, hand: Hand, root: string): Promise<void> {
  await tabTo(page, hand, '[aria-label="Collect…"]')
  await hand.press('Enter')
  await page.waitForSelector('dialog.confirm[open]')
  await hand.type('For the wall')
  await hand.press('Enter')
  await closed(page)
  const [file = ''] = readdirSync(path.join(root, 'collections')).filter((name) => name.endsWith('.json'))
  const { ids } = JSON.parse(readFileSync(path.join(root, 'collections', file), 'utf8')) as { ids: string[] }
  await hand.press('Escape')
  hand.done(`${ids.length} collected under a name`)
}

/** The newest of all is an edit of one made years before; what is similar to it leads there. */
async function findParent(page: Page, hand: Hand, parentId: string): Promise<void> {
  await page.goto(new URL('.', page.url()).href)
  await counted(page, count)
  await page.waitForSelector('.tile.loaded')
  await hand.press('/', 'Enter')
  await onTile(page)
  await hand.press('Enter')
  await page.waitForSelector(`dialog.viewer .alike [data-id="${parentId}"]`)
  const place = await page.$$eval('dialog.viewer .alike [data-id]', (all) =>
    all.map((one) => (one as HTMLElement).dataset.id ?? ''),
  )
  await tabTo(page, hand, `.alike [data-id="${parentId}"]`)
  await hand.press('Enter')
  await page.waitForFunction((id) => location.search.includes(id), {}, parentId)
  await hand.press('Escape')
  await closed(page)
  hand.done(`what an edit was made of, among the similar ones in place ${place.indexOf(parentId) + 1}`)
}

async function dragOut(page: Page, hand: Hand): Promise<void> {
  await hand.press('Home')
  await page.waitForSelector('.tile a:focus .caption')
  const wire = await page.createCDPSession()
  await wire.send('Input.setInterceptDrags', { enabled: true })
  const dragged = new Promise<{ items: { mimeType: string }[] }>((resolve) =>
    wire.once('Input.dragIntercepted', ({ data }) => resolve(data)),
  )
  const { x, y } = (await (await page.$('.tile a:focus'))?.clickablePoint()) ?? { x: 0, y: 0 }
  const mouse = (type: 'mousePressed' | 'mouseMoved', by: number) =>
    wire.send('Input.dispatchMouseEvent', { type, x: x + by, y: y + by, button: 'left', buttons: 1, clickCount: 1 })
  await mouse('mousePressed', 0)
  // The move that begins a drag is not answered before the drag ends.
  for (const by of [10, 40]) void mouse('mouseMoved', by).catch(() => {})
  const { items } = await dragged
  hand.done(`one dragged out, as ${items.map(({ mimeType }) => mimeType).join(', ')}`)
}

/** Makes the newest picture an edit of the oldest of the first thousand; returns the id of that one. */
function makeEdit(root: string): string {
  const files = readdirSync(path.join(root, 'database'), { recursive: true, encoding: 'utf8' })
  const records = files
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(root, 'database', name))
    .map((file) => ({ file, record: JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown> }))
    .sort((one, other) => Number(other.record.date) - Number(one.record.date))
  const [newest, parent] = [records[0], records[Math.min(999, records.length - 1)]]
  if (!newest || !parent) throw new Error('there is no picture')
  const edit = { ...newest.record, prompt: 'change that', parent_gen_id: parent.record.gen_id }
  writeFileSync(newest.file, JSON.stringify(edit))
  return String(parent.record.fileId)
}

const root = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-bench-walk-'))
try {
  await generate(root, count)
  const parentId = makeEdit(root)
  await withPage(root, async (page, { url }) => {
    await page.goto(url)
    const hand = handOn(page)
    await cull(page, hand)
    await compareFour(page, hand)
    await collect(page, hand, root)
    await findParent(page, hand, parentId)
    await dragOut(page, hand)
  })
} finally {
  rmSync(root, { recursive: true, force: true })
}
