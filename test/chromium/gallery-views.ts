import type { Page } from 'puppeteer-core'
import { expect } from 'vitest'
import { seriousFindings } from './gallery-support.ts'

/** Opens one of the other views by its name, as a person does. */
export async function openView(page: Page, name: string) {
  await page.click('[popovertarget]')
  await page.waitForSelector('.menu:popover-open')
  for (const button of await page.$$('.menu button')) {
    if ((await button.evaluate(({ textContent }) => textContent)) !== name) continue
    await button.click()
    await page.waitForSelector('.sheet[open]:not(:has([aria-busy=true]))')
    return
  }
  throw new Error(`no view is called ${name}`)
}

/** Opens each of some views: none has a serious accessibility finding, and each fits into its sheet. */
export async function expectFineViews(page: Page, names: readonly string[]) {
  for (const name of names) {
    await openView(page, name)
    expect([name, await seriousFindings(page)]).toEqual([name, []])
    expect(await page.$eval('.sheet-body', (body) => body.scrollWidth <= body.clientWidth)).toBe(true)
    await page.keyboard.press('Escape')
    await page.waitForSelector('.sheet', { hidden: true })
  }
}
