import { expect, it } from 'vitest'
import type { PictureDetails } from '../../src/gallery/api.ts'
import { until } from '../fakes/until.ts'
import { enter, hasKeyboard, press, tabTo, toPictures } from './gallery-keys.ts'
import { idOf, promptShown, useGallery } from './gallery-support.ts'

const gallery = useGallery()

it('the panel shows a picture in its folder, and says how that went', async () => {
  const shown: string[] = []
  await gallery.start(2, undefined, { reveal: async (file) => shown.push(file) === 1 })
  const page = await gallery.page()
  await toPictures(page, idOf(0))
  await press(page, 'ArrowRight', 'Enter')
  await promptShown(page, 'Picture number 1')
  await enter(page, 'Show in folder')
  await hasKeyboard(page, 'Shown')
  const details = await page.evaluate(
    async (id): Promise<PictureDetails> => (await fetch(`api/pictures/${id}`)).json(),
    idOf(1),
  )
  expect(shown).toEqual([details.picture.path])
  await hasKeyboard(page, 'Show in folder')
  // Negative control: where no file manager opens, that is said.
  await press(page, 'Enter')
  await hasKeyboard(page, /file manager/)
})

it('a tag that is proposed is given with one press, and is no longer proposed', async () => {
  await gallery.start(12, (n) => ({ prompt: n % 3 ? `A boat, ${n}` : `A lighthouse, ${n}` }))
  const page = await gallery.page({ query: `picture=${idOf(0)}` })
  await promptShown(page, 'A lighthouse, 0')
  await page.waitForSelector('.suggested button')
  await tabTo(page, /Add tag lighthouse$/)
  await press(page, 'Space')
  await page.waitForSelector('[aria-label="Remove tag lighthouse"]')
  const marks = () =>
    page.evaluate(
      async (id) => ((await (await fetch(`api/pictures/${id}`)).json()) as PictureDetails).marks.tags,
      idOf(0),
    )
  await until(async () => (await marks()).includes('lighthouse'))
  const proposed = await page.$$eval('.suggested button', (buttons) => buttons.map(({ textContent }) => textContent))
  expect(proposed.some((words) => words?.includes('lighthouse'))).toBe(false)
})
