import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ConfigKey, configKeys } from '../src/config.ts'
import { environmentLayer, strangersIn, variableOf } from '../src/config-environment.ts'
import { ArchiverError } from '../src/errors.ts'
import { hookVariables } from '../src/hooks/environment.ts'

const settingsOf = (environment: Record<string, string>) => environmentLayer(environment).settings

describe('the environment', () => {
  it('has a variable for each setting, and none that a program of a picture gets', () => {
    const variables = configKeys.map(variableOf)
    expect(variables).toContain('DALLE_ARCHIVER_ARCHIVE_PATH')
    expect(variables).toContain('DALLE_ARCHIVER_CDP_PORT')
    expect(new Set(variables).size).toBe(configKeys.length)
    expect(variables.filter((name) => Object.values<string>(hookVariables).includes(name))).toEqual([])
  })

  it.each<[ConfigKey, string, unknown]>([
    ['archivePath', 'pictures', path.resolve('pictures')],
    ['archivePath', '123', path.resolve('123')],
    ['chromiumPath', '/usr/bin/chromium', '/usr/bin/chromium'],
    ['cdpPort', '9223', 9223],
    ['headless', 'true', true],
    ['fetchMissing', 'false', false],
    ['pendingDays', '0.5', 0.5],
    ['chromiumArgs', '["--window-size=1,2", "--x"]', ['--window-size=1,2', '--x']],
    ['onPicture', '["./hook", "a b"]', [path.resolve('hook'), 'a b']],
    ['attach', 'auto', 'auto'],
    ['attach', '9222', '9222'],
    ['connection', 'pipe', 'pipe'],
  ])('says %s: %s', (key, text, value) => {
    expect(settingsOf({ [variableOf(key)]: text })).toEqual({ [key]: value })
  })

  it('says nothing where a variable is empty or is not ours', () => {
    expect(settingsOf({ DALLE_ARCHIVER_HEADLESS: '', ARCHIVE_PATH: '/x', PATH: '/bin' })).toEqual({})
  })

  it.each([
    ['DALLE_ARCHIVER_CDP_PORT', 'many', '"cdpPort" is wrong'],
    ['DALLE_ARCHIVER_HEADLESS', 'yes', '"headless" is wrong'],
    ['DALLE_ARCHIVER_CHROMIUM_ARGS', '--a --b', '"chromiumArgs" is wrong'],
    ['DALLE_ARCHIVER_START_URL', 'chatgpt.com', '"startUrl" is wrong'],
    ['DALLE_ARCHIVER_CONNECTION', 'wire', '"connection" is wrong'],
  ])('is refused with the name of variable and setting: %s=%s', (name, text, said) => {
    expect(() => settingsOf({ [name]: text })).toThrow(`${name}: ${said}`)
    expect(() => settingsOf({ [name]: text })).toThrow(ArchiverError)
  })

  it('may hold a misspelt variable, which is found', () => {
    const environment = { DALLE_ARCHIVER_ARCHVE_PATH: 'x', DALLE_ARCHIVER_HEADLESS: 'true', DALLE_ARCHIVER_IMAGE: 'x' }
    expect(strangersIn(environment, Object.values(hookVariables))).toEqual(['DALLE_ARCHIVER_ARCHVE_PATH'])
  })
})
