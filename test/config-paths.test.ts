import { homedir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defaultProfilePath, userConfigFile } from '../src/config-paths.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

/** As if this were another system. */
const on = (platform: NodeJS.Platform) => vi.stubGlobal('process', { ...process, platform, env: process.env })
const home = homedir()

describe("a person's own settings, and the profile, are where the system keeps such things", () => {
  it('on Linux by the XDG folders', () => {
    on('linux')
    vi.stubEnv('XDG_CONFIG_HOME', undefined)
    vi.stubEnv('XDG_DATA_HOME', undefined)
    expect(userConfigFile()).toBe(path.join(home, '.config/dalle-archiver/config.json'))
    expect(defaultProfilePath()).toBe(path.join(home, '.local/share/dalle-archiver/profile'))
    vi.stubEnv('XDG_CONFIG_HOME', '/xdg/config')
    vi.stubEnv('XDG_DATA_HOME', '/xdg/data')
    expect(userConfigFile()).toBe('/xdg/config/dalle-archiver/config.json')
    expect(defaultProfilePath()).toBe('/xdg/data/dalle-archiver/profile')
  })

  it('on Linux, with a relative XDG folder ignored as its specification says', () => {
    on('linux')
    vi.stubEnv('XDG_CONFIG_HOME', 'here')
    expect(userConfigFile()).toBe(path.join(home, '.config/dalle-archiver/config.json'))
  })

  it('on macOS in Application Support', () => {
    on('darwin')
    expect(userConfigFile()).toBe(path.join(home, 'Library/Application Support/dalle-archiver/config.json'))
    expect(defaultProfilePath()).toBe(path.join(home, 'Library/Application Support/dalle-archiver/profile'))
  })

  it('on Windows in AppData', () => {
    on('win32')
    vi.stubEnv('APPDATA', '/roaming')
    vi.stubEnv('LOCALAPPDATA', '/local')
    expect(userConfigFile()).toBe(path.join('/roaming', 'dalle-archiver', 'config.json'))
    expect(defaultProfilePath()).toBe(path.join('/local', 'dalle-archiver', 'profile'))
  })
})
