import type { KeyInput, Page } from 'puppeteer-core'
import { until } from '../fakes/until.ts'
import { focused } from './gallery-support.ts'

/** Presses keys one after the other. */
export async function press(page: Page, ...keys: KeyInput[]) {
  for (const key of keys) await page.keyboard.press(key)
}

/** Presses keys while another one is held. */
export async function pressWith(page: Page, held: KeyInput, ...keys: KeyInput[]) {
  await page.keyboard.down(held)
  await press(page, ...keys)
  await page.keyboard.up(held)
}

/** What has the keyboard, as a screen reader would name it; "body" where nothing has it. */
export const nameOfFocused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement & { readonly labels?: NodeListOf<HTMLElement> }
    if (element === document.body) return 'body'
    // biome-ignore lint/performance/useDomNodeTextContent: what is not drawn is not named either.
    const name = element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText
    return name.replace(/\s+/g, ' ').trim()
  })

const isNamed = (name: string, wanted: string | RegExp) =>
  typeof wanted === 'string' ? name === wanted : wanted.test(name)

/** Goes on with Tab, or back with Shift+Tab, until what has this name has the keyboard. */
export async function tabTo(page: Page, wanted: string | RegExp, way: 'on' | 'back' = 'on') {
  const names: string[] = []
  for (let presses = 0; presses < 90; presses++) {
    if (way === 'on') await press(page, 'Tab')
    else await pressWith(page, 'Shift', 'Tab')
    const name = await nameOfFocused(page)
    if (isNamed(name, wanted)) return
    names.push(name)
  }
  throw new Error(`Tab never leads to ${wanted}, but to ${names.join(' | ')}`)
}

/** Goes to what has this name, and presses Enter there. */
export async function enter(page: Page, wanted: string | RegExp, way: 'on' | 'back' = 'on') {
  await tabTo(page, wanted, way)
  await press(page, 'Enter')
}

/** Waits until what has this name has the keyboard. */
export async function hasKeyboard(page: Page, wanted: string | RegExp) {
  let name = ''
  await until(
    async () => {
      name = await nameOfFocused(page)
      return isNamed(name, wanted)
    },
    () => `${wanted} never had the keyboard, but ${name}`,
    5_000,
  )
}

/** Waits until this picture of the grid has the keyboard. */
export async function tileHasKeyboard(page: Page, id: string) {
  const stands = () => focused(page).then((one) => one === id)
  await until(stands, () => '', 5_000).catch(async () => {
    throw new Error(`${id} never had the keyboard, but ${await nameOfFocused(page)}`)
  })
}

/** From wherever the keyboard is in the page into the pictures. */
export async function toPictures(page: Page, id: string) {
  await press(page, '/', 'Enter')
  await tileHasKeyboard(page, id)
}

/** Opens one of the other views from the search field on. */
export async function viewByKeys(page: Page, name: string) {
  await press(page, '/')
  await enter(page, 'Views')
  await page.waitForSelector('.menu:popover-open')
  await enter(page, name)
  await page.waitForSelector('.sheet[open]:not(:has([aria-busy=true]))')
}

/** Waits until no sheet and no dialog lies over the page, and the keyboard is back where it was before. */
export async function backOn(page: Page, name: string | RegExp) {
  await page.waitForFunction(() => !document.querySelector('dialog[open]'))
  await hasKeyboard(page, name)
}
