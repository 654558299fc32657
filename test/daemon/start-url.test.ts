import { expect, it } from 'vitest'
import { startUrlOf } from '../../src/daemon/start-url.ts'
import { allSites, siteNamed } from '../../src/sites/index.ts'

it('the page to open first is the one in the settings, or that of ChatGPT', () => {
  expect(startUrlOf({ startUrl: 'https://chat.openai.com/' })).toBe('https://chat.openai.com/')
  expect(startUrlOf({ startUrl: undefined })).toBe('https://chatgpt.com/')
})

it('every site is found by its name, and its start page is its own', () => {
  expect(allSites[0]?.name).toBe('chatgpt')
  for (const site of allSites) {
    expect(siteNamed(site.name)).toBe(site)
    expect(site.isHome(site.startUrl)).toBe(true)
  }
  expect(siteNamed('paint')).toBeUndefined()
})
