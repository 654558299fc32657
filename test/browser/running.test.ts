import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Machine, thisMachine } from '../../src/browser/installed.ts'
import { activePorts, parseAttachTarget, readActivePort, usualProfiles } from '../../src/browser/running.ts'
import { ArchiverError } from '../../src/errors.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

const machine = (other: Partial<Machine> = {}): Machine => ({
  platform: 'linux',
  env: {},
  home: '/home/me',
  isWsl: false,
  exists: () => false,
  ...other,
})

const foldersOn = (other: Partial<Machine>) => usualProfiles(machine(other)).map(({ folder }) => folder)

const browserId = fc.stringMatching(/^[\w-]{1,40}$/)
const anyPort = fc.integer({ min: 1, max: 65_535 })

describe('the usual profiles', () => {
  it('are under ~/.config on Linux, and in the folders of snaps and flatpaks', () => {
    const profiles = usualProfiles(machine())
    expect(profiles).toContainEqual({ name: 'Google Chrome', folder: '/home/me/.config/google-chrome' })
    expect(profiles).toContainEqual({ name: 'Google Chrome Dev', folder: '/home/me/.config/google-chrome-unstable' })
    expect(profiles).toContainEqual({
      name: 'Brave Browser',
      folder: '/home/me/.config/BraveSoftware/Brave-Browser',
    })
    expect(profiles).toContainEqual({ name: 'Chromium', folder: '/home/me/snap/chromium/common/chromium' })
    expect(profiles).toContainEqual({
      name: 'Google Chrome',
      folder: '/home/me/.var/app/com.google.Chrome/config/google-chrome',
    })
  })

  it('follow the variables that move ~/.config', () => {
    const env = { XDG_CONFIG_HOME: '/data/config' }
    expect(foldersOn({ env })).toContain('/data/config/vivaldi')
    expect(foldersOn({ env: { ...env, CHROME_CONFIG_HOME: '/data/chrome' } })).toContain('/data/chrome/vivaldi')
    expect(foldersOn({ env: { XDG_CONFIG_HOME: '' } })).toContain('/home/me/.config/vivaldi')
  })

  it('are under Application Support on macOS', () => {
    const folders = foldersOn({ platform: 'darwin', home: '/Users/me' })
    expect(folders).toContain('/Users/me/Library/Application Support/Google/Chrome Canary')
    expect(folders).toContain('/Users/me/Library/Application Support/Microsoft Edge')
  })

  it('are under LOCALAPPDATA on Windows', () => {
    const home = 'C:\\Users\\me'
    const canary = 'Google\\Chrome SxS\\User Data'
    expect(foldersOn({ platform: 'win32', home, env: { LOCALAPPDATA: 'D:\\L' } })).toContain(`D:\\L\\${canary}`)
    expect(foldersOn({ platform: 'win32', home })).toContain(`${home}\\AppData\\Local\\${canary}`)
  })

  it.each([
    ['C:\\Users\\me', '/mnt/c/Users/me'],
    ['/mnt/d/Users/me', '/mnt/d/Users/me'],
  ])('are on both sides under WSL, with USERPROFILE %s', (USERPROFILE, seen) => {
    const folders = foldersOn({ isWsl: true, env: { USERPROFILE } })
    expect(folders[0]).toBe('/home/me/.config/google-chrome')
    expect(folders).toContain(`${seen}/AppData/Local/Microsoft/Edge/User Data`)
  })

  it('are those of Linux alone if no Windows side is known', () => {
    expect(foldersOn({ isWsl: true })).toEqual(foldersOn({}))
    expect(foldersOn({ env: { USERPROFILE: 'C:\\Users\\me' } })).toEqual(foldersOn({}))
  })

  it('are listed once each, as absolute paths', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const folders = foldersOn({ platform, home: platform === 'win32' ? 'C:\\Users\\me' : '/home/me' })
      expect(new Set(folders).size).toBe(folders.length)
      expect(folders.filter((folder) => !path[platform === 'win32' ? 'win32' : 'posix'].isAbsolute(folder))).toEqual([])
    }
  })
})

describe('DevToolsActivePort', () => {
  it('is read as the browser writes it, with any line ends', () => {
    const written = fc.tuple(anyPort, browserId, fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n', '\r\n'))
    fc.assert(
      fc.property(written, ([port, id, between, after]) => {
        const place = `/devtools/browser/${id}`
        expect(readActivePort(`${port}${between}${place}${after}`)).toEqual({ port, path: place })
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['the port alone', '9222'],
    ['the port and an empty line', '9222\n'],
    ['no port', '\n/devtools/browser/a'],
    ['port 0', '0\n/devtools/browser/a'],
    ['a port too large', '65536\n/devtools/browser/a'],
    ['a negative port', '-1\n/devtools/browser/a'],
    ['spaces', ' 9222\n/devtools/browser/a'],
    ['a path without id', '9222\n/devtools/browser/'],
    ["a page's path", '9222\n/devtools/page/a'],
    ['a path that leaves', '9222\n/devtools/browser/../page'],
    ['an address', '9222\n@example.com/devtools/browser/a'],
    ['a third line', '9222\n/devtools/browser/a\nmore'],
  ])('is not accepted: %s', (_, text) => {
    expect(readActivePort(text)).toBeUndefined()
  })

  it('never throws, and what it returns is an address to connect to', () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.integer().map(String), fc.constant('/devtools/browser/a')))
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r\n', '\r'), (some, end) => {
        const read = readActivePort(some.join(end))
        if (read) expect(new URL(`ws://127.0.0.1:${read.port}${read.path}`).pathname).toBe(read.path)
      }),
    )
  })
})

describe('active ports', () => {
  const chrome = '/home/me/.config/google-chrome'
  const snap = '/home/me/snap/chromium/common/chromium'
  const edge = '/home/me/.config/microsoft-edge'
  const files = new Map([
    [`${chrome}/DevToolsActivePort`, '9222\n/devtools/browser/one'],
    [`${snap}/DevToolsActivePort`, '40001\n/devtools/browser/two'],
    [`${edge}/DevToolsActivePort`, 'broken'],
  ])
  const readText = (file: string) => files.get(file)

  it('are those of every profile with a valid file, newest first', () => {
    const modifiedMs = (file: string) => (file.startsWith(snap) ? 2_000 : 1_000)
    expect(activePorts(machine({ modifiedMs }), readText)).toEqual([
      {
        name: 'Chromium',
        folder: snap,
        port: 40_001,
        endpoint: 'ws://127.0.0.1:40001/devtools/browser/two',
        modifiedMs: 2_000,
      },
      {
        name: 'Google Chrome',
        folder: chrome,
        port: 9_222,
        endpoint: 'ws://127.0.0.1:9222/devtools/browser/one',
        modifiedMs: 1_000,
      },
    ])
  })

  it('stay in order of preference if times are unknown', () => {
    expect(activePorts(machine(), readText).map(({ folder }) => folder)).toEqual([chrome, snap])
    expect(activePorts(machine(), () => undefined)).toEqual([])
  })

  it('are looked for in Windows paths on Windows', () => {
    const file = 'D:\\L\\Google\\Chrome\\User Data\\DevToolsActivePort'
    const windows = machine({ platform: 'win32', env: { LOCALAPPDATA: 'D:\\L' } })
    const found = activePorts(windows, (asked) => (asked === file ? '9222\r\n/devtools/browser/one\r\n' : undefined))
    expect(found.map(({ port }) => port)).toEqual([9_222])
  })

  it.skipIf(process.platform === 'win32')('are found on a real disk', () => {
    const home = temporaryFolder()
    const file = put(path.join(home, '.config', 'chromium', 'DevToolsActivePort'), '9222\n/devtools/browser/one')
    const real: Machine = { ...thisMachine(), platform: 'linux', env: {}, home }
    const found = activePorts(real, (asked) => (asked === file ? readFileSync(asked, 'utf8') : undefined))
    expect(found).toMatchObject([{ name: 'Chromium', port: 9_222, modifiedMs: expect.any(Number) }])
  })
})

describe('what to attach to', () => {
  it('is "auto", a port, or an address', () => {
    expect(parseAttachTarget('auto')).toEqual({ kind: 'auto' })
    fc.assert(
      fc.property(anyPort, browserId, (port, id) => {
        expect(parseAttachTarget(String(port))).toEqual({ kind: 'port', port })
        for (const host of ['ws://127.0.0.1', 'ws://localhost', 'ws://[::1]', 'wss://browser.example.org']) {
          const endpoint = `${host}:${port}/devtools/browser/${id}`
          expect(parseAttachTarget(endpoint)).toEqual({ kind: 'endpoint', endpoint })
        }
      }),
    )
  })

  it.each([
    '',
    'Auto',
    '0',
    '65536',
    '-1',
    '9222.5',
    '1e3',
    '09222',
    ' 9222',
    '9222\n',
    'localhost:9222',
    'ws://127.0.0.1:9222',
    'ws://127.0.0.1/devtools/browser/a',
    'ws://127.0.0.1:0/devtools/browser/a',
    'ws://127.0.0.1:65536/devtools/browser/a',
    'ws://127.0.0.999:9222/devtools/browser/a',
    'ws://me:secret@127.0.0.1:9222/devtools/browser/a',
    'ws://127.0.0.1:9222/devtools/page/a',
    'ws://127.0.0.1:9222/devtools/browser/a?b',
    'ws://127.0.0.1:9222/devtools/browser/a\n',
    'ftp://127.0.0.1:9222/devtools/browser/a',
  ])('is not %j', (text) => {
    expect(() => parseAttachTarget(text)).toThrow(expect.objectContaining({ code: 'usage', hint: expect.any(String) }))
  })

  it.each(['http://127.0.0.1:9222', 'HTTPS://localhost:9222/json'])(
    'is not %s, and the message names where it is',
    (text) => {
      const hint = expect.stringContaining('webSocketDebuggerUrl')
      expect(() => parseAttachTarget(text)).toThrow(expect.objectContaining({ code: 'usage', hint }))
    },
  )

  it('is refused in one line, whatever it is', () => {
    const similar = fc.constantFrom('ws://', 'wss://', 'http://', '[', '::1', '/devtools/browser/', ':9222', '\n', '%')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(similar).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (given) => {
        try {
          const target = parseAttachTarget(given)
          if (target.kind === 'endpoint') expect(URL.canParse(target.endpoint)).toBe(true)
        } catch (error) {
          if (!(error instanceof ArchiverError)) throw error
          expect(error.code).toBe('usage')
          expect(`${error.message}${error.hint}`).not.toMatch(/[\r\n]/)
        }
      }),
    )
  })
})
