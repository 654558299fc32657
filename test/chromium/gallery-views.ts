import type { Page } from 'puppeteer-core'

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
