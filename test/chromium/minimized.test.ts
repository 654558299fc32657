import { afterEach, expect, it } from 'vitest'
import { minimizeWindows } from '../../src/browser/minimize.ts'
import type { Wire } from '../../src/browser/wire.ts'
import { hashesOf, startVisit, truthOf, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit?.stop())

it('what a page in a minimised window gets is archived', async () => {
  let wire: Wire | undefined
  const tap = (own: Wire) => {
    wire = own
    return own
  }
  visit = await startVisit({ tap, config: { minimized: true } })
  const page = await visit.page()
  // This browser has no window, so that the setting alone does nothing.
  expect(await page.evaluate(() => document.visibilityState)).toBe('visible')
  if (wire) await minimizeWindows(wire)
  await page.waitForFunction(() => document.visibilityState === 'hidden', { polling: 100 })
  await page.evaluate(() => window.pretend.send('inline', 'A boat that nobody sees'))
  await page.evaluate((id) => window.pretend.openConversation(id), visit.site.history.conversation.id)
  await visit.archived(6)
  const shown = [...visit.site.world.pictures.values()].filter(({ served }) => served > 0)
  await visit.stop()
  expect(hashesOf(visit.archivePath)).toEqual(truthOf(shown))
})
