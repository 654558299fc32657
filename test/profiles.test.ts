import { expect, it } from 'vitest'
import { type Config, configFor } from '../src/config.ts'
import { ArchiverError } from '../src/errors.ts'
import { onlyProfile, profilesOf } from '../src/profiles.ts'

const usual = configFor('/nowhere')
const { chromiumPath, startUrl, chromiumArgs, headless, minimized, keepBrowser, connection } = usual
const own = { chromiumPath, startUrl, chromiumArgs, headless, minimized, keepBrowser, connection, attach: undefined }
const two: Config = {
  ...usual,
  profiles: [
    { ...own, label: 'work', profilePath: '/work', cdpPort: 9222 },
    { ...own, label: 'home', profilePath: '/home', cdpPort: undefined, headless: true },
  ],
}

it('a config without profiles has one browser, without a label', () => {
  expect(profilesOf(usual)).toEqual([{ label: null, config: usual }])
})

it('each profile has a config of its own, with what is common to all', () => {
  const [work, home] = profilesOf(two)
  expect(work).toMatchObject({ label: 'work', config: { profilePath: '/work', cdpPort: 9222, headless: false } })
  expect(home).toMatchObject({ label: 'home', config: { profilePath: '/home', archivePath: usual.archivePath } })
  expect(home?.config).toMatchObject({ cdpPort: undefined, headless: true })
})

it('one of them is chosen by its label, and one that is not there is named with those that are', () => {
  expect(onlyProfile(two, undefined)).toBe(two)
  expect(profilesOf(onlyProfile(two, 'HOME')).map(({ label }) => label)).toEqual(['home'])
  const choose = () => onlyProfile(two, 'wrok')
  expect(choose).toThrow(ArchiverError)
  expect(choose).toThrow('There is no profile "wrok"')
  expect(() => onlyProfile(usual, 'work')).toThrow(ArchiverError)
})
