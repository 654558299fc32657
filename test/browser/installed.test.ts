import { chmodSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { installedBrowsers, type Machine, thisMachine } from '../../src/browser/installed.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

/** A Linux machine with these programs, unless told otherwise. */
const machine = (programs: readonly string[], other: Partial<Machine> = {}): Machine => ({
  platform: 'linux',
  env: { PATH: '/usr/local/bin:/usr/bin:/snap/bin' },
  home: '/home/me',
  isWsl: false,
  exists: (place) => programs.includes(place),
  ...other,
})

const pathsOn = (...given: Parameters<typeof machine>) => installedBrowsers(machine(...given)).map(({ path }) => path)

describe('on Linux', () => {
  it('finds each browser once, Chrome first and pre-releases last', () => {
    const programs = [
      '/usr/bin/google-chrome-unstable',
      '/usr/bin/vivaldi',
      '/usr/bin/vivaldi-stable',
      '/opt/brave.com/brave/brave',
      '/usr/bin/microsoft-edge',
      '/usr/bin/chromium',
      '/usr/bin/google-chrome',
      '/usr/bin/google-chrome-stable',
      '/opt/google/chrome/chrome',
    ]
    expect(installedBrowsers(machine(programs))).toEqual([
      { name: 'Google Chrome', path: '/usr/bin/google-chrome-stable' },
      { name: 'Chromium', path: '/usr/bin/chromium' },
      { name: 'Microsoft Edge', path: '/usr/bin/microsoft-edge' },
      { name: 'Brave Browser', path: '/opt/brave.com/brave/brave' },
      { name: 'Vivaldi', path: '/usr/bin/vivaldi-stable' },
      { name: 'Google Chrome Dev', path: '/usr/bin/google-chrome-unstable' },
    ])
  })

  it.each([
    ['a folder of PATH', '/home/me/.local/bin/chromium', { PATH: '/home/me/.local/bin:/usr/bin' }],
    ['/usr/bin without a PATH', '/usr/bin/chromium-browser', {}],
    ['/opt', '/opt/microsoft/msedge/msedge', {}],
    ['a snap', '/snap/bin/chromium', {}],
    ["everybody's flatpaks", '/var/lib/flatpak/exports/bin/com.google.Chrome', {}],
    ['flatpaks of my own', '/home/me/.local/share/flatpak/exports/bin/com.brave.Browser', {}],
  ])('looks in %s', (_, program, env) => {
    expect(pathsOn([program], { env })).toEqual([program])
  })

  it('prefers any other browser to a snap or flatpak, even if PATH names their folder', () => {
    expect(pathsOn(['/snap/bin/chromium', '/usr/bin/brave-browser'])).toEqual([
      '/usr/bin/brave-browser',
      '/snap/bin/chromium',
    ])
    expect(pathsOn(['/snap/bin/chromium', '/usr/bin/chromium'])).toEqual(['/usr/bin/chromium'])
  })

  it('ignores relative folders in PATH', () => {
    const asked: string[] = []
    const exists = (place: string) => asked.push(place) < 0
    expect(pathsOn([], { env: { PATH: ':.:bin:/usr/bin' }, exists })).toEqual([])
    expect(asked.filter((place) => !path.posix.isAbsolute(place))).toEqual([])
  })

  it('under WSL takes the Linux browsers, not those of the Windows side', () => {
    const windows = '/mnt/c/Program Files/Google/Chrome/Application'
    const env = { PATH: `${windows}:/usr/bin`, PROGRAMFILES: 'C:\\Program Files' }
    const programs = [`${windows}/chrome.exe`, `${windows}/google-chrome`, '/usr/bin/chromium']
    expect(pathsOn(programs, { env, isWsl: true })).toEqual(['/usr/bin/chromium'])
  })
})

describe('on macOS', () => {
  const other = { platform: 'darwin', env: { PATH: '/usr/bin' }, home: '/Users/me' } as const

  it('finds applications of the machine and of the user', () => {
    const canary = '/Users/me/Applications/Google Chrome Canary.app/Contents/MacOS/Google Chrome Canary'
    const brave = '/Applications/Brave Browser.app/Contents/MacOS/Brave Browser'
    expect(installedBrowsers(machine([canary, brave], other))).toEqual([
      { name: 'Brave Browser', path: brave },
      { name: 'Google Chrome Canary', path: canary },
    ])
  })

  it("prefers the machine's application to the user's own", () => {
    const chrome = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
    expect(pathsOn([`/Users/me${chrome}`, chrome], other)).toEqual([chrome])
  })
})

describe('on Windows', () => {
  const env = {
    PROGRAMFILES: 'C:\\Program Files',
    'PROGRAMFILES(X86)': 'C:\\Program Files (x86)',
    LOCALAPPDATA: 'D:\\Local',
  }
  const other = { platform: 'win32', env, home: 'C:\\Users\\me' } as const

  it('looks in every program folder', () => {
    const programs = [
      'D:\\Local\\Google\\Chrome SxS\\Application\\chrome.exe',
      'D:\\Local\\Chromium\\Application\\chrome.exe',
      'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
      'C:\\Program Files\\BraveSoftware\\Brave-Browser\\Application\\brave.exe',
    ]
    expect(installedBrowsers(machine(programs, other))).toEqual([
      { name: 'Chromium', path: programs[1] },
      { name: 'Microsoft Edge', path: programs[2] },
      { name: 'Brave Browser', path: programs[3] },
      { name: 'Google Chrome Canary', path: programs[0] },
    ])
  })

  it('knows the local folder without its variable', () => {
    const vivaldi = 'C:\\Users\\me\\AppData\\Local\\Vivaldi\\Application\\vivaldi.exe'
    expect(pathsOn([vivaldi], { ...other, env: {} })).toEqual([vivaldi])
  })

  it('names a browser it does not know by its program', () => {
    const opera = 'D:\\Local\\Programs\\Opera\\opera.exe'
    expect(installedBrowsers(machine([opera], { ...other, env: { CHROME_PATH: opera } }))).toEqual([
      { name: 'opera', path: opera },
    ])
  })
})

describe('CHROME_PATH', () => {
  it('comes first, and no browser is listed twice', () => {
    const programs = ['/usr/bin/google-chrome', '/usr/bin/chromium', '/opt/google/chrome/chrome']
    expect(installedBrowsers(machine(programs, { env: { CHROME_PATH: '/usr/bin/chromium' } }))).toEqual([
      { name: 'Chromium', path: '/usr/bin/chromium' },
      { name: 'Google Chrome', path: '/usr/bin/google-chrome' },
    ])
    expect(pathsOn(programs, { env: { CHROME_PATH: '/opt/google/chrome/chrome' } })).toEqual([
      '/opt/google/chrome/chrome',
      '/usr/bin/chromium',
    ])
  })

  it.each(['', '/gone/chrome'])('is ignored when it names nothing: "%s"', (CHROME_PATH) => {
    expect(pathsOn(['/usr/bin/chromium'], { env: { CHROME_PATH } })).toEqual(['/usr/bin/chromium'])
  })
})

describe('this machine', () => {
  it('distinguishes a program from a folder and from a missing file', () => {
    const { exists } = thisMachine()
    expect([process.execPath, temporaryFolder(), '/gone/chrome'].map(exists)).toEqual([true, false, false])
  })

  it.skipIf(process.platform === 'win32')('distinguishes a program from a file that cannot be run', () => {
    const file = put(path.join(temporaryFolder(), 'chrome'), '')
    chmodSync(file, 0o600)
    expect(thisMachine().exists(file)).toBe(false)
  })

  it('knows when a file was written', () => {
    const file = put(path.join(temporaryFolder(), 'note'), '')
    utimesSync(file, 5, 5)
    expect(thisMachine().modifiedMs?.(file)).toBe(5_000)
    expect(thisMachine().modifiedMs?.(`${file}.gone`)).toBeUndefined()
  })

  it('is where we look by default', () => {
    expect(installedBrowsers()).toEqual(installedBrowsers(thisMachine()))
  })
})

it('finds nothing if nothing is there', () => {
  for (const platform of ['linux', 'darwin', 'win32', 'freebsd'] as const)
    expect(installedBrowsers(machine([], { platform, env: {} }))).toEqual([])
})
