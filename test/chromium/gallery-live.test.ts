import puppeteer, { type Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { installedBrowsers } from '../../src/browser/installed.ts'
import { until } from '../fakes/until.ts'
import { machineArgs, startVisit, type Visit } from './support.ts'

let looker: Browser
let visit: Visit

beforeAll(async () => {
  const executablePath = installedBrowsers()[0]?.path ?? ''
  looker = await puppeteer.launch({ executablePath, args: machineArgs, headless: true })
})
afterEach(() => visit.stop())
afterAll(() => looker.close())

it('shows a picture the moment the watch has archived it, in a page that was open before', async () => {
  visit = await startVisit({ config: { gallery: true } })
  const { url } = await until(() => visit.events.find((event) => event.kind === 'gallery'))
  const page = await looker.newPage()
  await page.goto(url)
  const shown = () => page.$$eval('img[src*="/thumb"]', (images) => images.length)
  await page.waitForFunction(() => /No pictures|empty|nothing/i.test(document.body.textContent))
  expect(await shown()).toBe(0)
  await (await visit.page()).evaluate(() => window.pretend.send('inline-2026', 'A kite over the harbour'))
  const [record] = await visit.archived(1)
  await until(async () => ((await shown()) === 1 ? true : undefined))
  const [src] = await page.$$eval('img[src*="/thumb"]', (images) => images.map((image) => image.getAttribute('src')))
  expect(src).toContain(record?.fileId)
})
