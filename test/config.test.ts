import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Config,
  configFor,
  configJsonSchema,
  configKeys,
  configOf,
  fileLayer,
  hasConfig,
  layerOf,
  meaningOf,
  settingsIn,
} from '../src/config.ts'
import { writeNewConfig } from '../src/config-file.ts'
import { ArchiverError, exitCodes } from '../src/errors.ts'
import { put, temporaryFolder } from './fakes/folder.ts'

const readConfig = (file: string): Config => configOf([fileLayer(file, 'folder')])

/** A config file with these settings, or this text. */
const written = (settings: object | string, folder = temporaryFolder()) =>
  put(path.join(folder, 'config.json'), typeof settings === 'string' ? settings : JSON.stringify(settings))

function errorOf(file: string): ArchiverError {
  try {
    readConfig(file)
  } catch (error) {
    if (error instanceof ArchiverError) return error
    throw error
  }
  throw new Error('the config was accepted')
}

describe('config.example.json', () => {
  it('is valid and names every option', () => {
    const example = path.resolve('config.example.json')
    expect(() => readConfig(example)).not.toThrow()
    // A browser is either started or attached to, and there is one or several: these cannot stand beside the others.
    const named = Object.keys(JSON.parse(readFileSync(example, 'utf8')) as object)
    expect([...named, 'attach', 'profiles'].sort()).toEqual([...configKeys].sort())
  })
})

describe('a config', () => {
  it('needs only the path of the archive', () => {
    const config = readConfig(written({ archivePath: '/data/archive' }))
    expect(config).toEqual({
      archivePath: path.resolve('/data/archive'),
      chromiumPath: undefined,
      cdpPort: undefined,
      profilePath: expect.stringContaining('dalle-archiver'),
      startUrl: undefined,
      chromiumArgs: [],
      headless: false,
      minimized: false,
      notices: true,
      pendingDays: 30,
      keepBrowser: false,
      attach: undefined,
      connection: 'port',
      fetchMissing: true,
      gallery: false,
      galleryKey: false,
      sidecars: false,
      profiles: [],
      onPicture: undefined,
    })
    expect(path.isAbsolute(config.profilePath)).toBe(true)
  })

  it('is used as it is written', () => {
    const settings = {
      archivePath: '/data/archive',
      chromiumPath: '/usr/bin/chromium',
      cdpPort: 9222,
      profilePath: '/data/profile',
      startUrl: 'https://chat.openai.com/',
      chromiumArgs: ['--no-sandbox'],
      headless: true,
      minimized: true,
      notices: false,
      pendingDays: 7,
      keepBrowser: true,
      attach: 'auto',
      connection: 'pipe',
      fetchMissing: false,
      gallery: true,
      galleryKey: true,
      sidecars: true,
      onPicture: ['convert', '-resize'],
    }
    expect(readConfig(written(settings))).toEqual({ ...settings, profiles: [] })
  })

  it('with several profiles gives each what is its own, and the rest from the settings of all', () => {
    const folder = temporaryFolder()
    const settings = {
      ...{ archivePath: 'pictures', startUrl: 'https://chatgpt.com/images', chromiumArgs: ['--no-sandbox'] },
      ...{ headless: true, keepBrowser: true },
      profiles: [
        { label: 'work', profilePath: 'profile-work', cdpPort: 9222, headless: false, chromiumArgs: [] },
        { label: 'Zu Hause 2', chromiumPath: '/usr/bin/brave', connection: 'pipe' },
        { label: 'other', attach: 9333 },
      ],
    }
    const { profiles } = readConfig(written(settings, folder))
    expect(profiles).toEqual([
      {
        ...{ label: 'work', profilePath: path.join(folder, 'profile-work'), cdpPort: 9222, attach: undefined },
        ...{ chromiumPath: undefined, startUrl: 'https://chatgpt.com/images', chromiumArgs: [], headless: false },
        ...{ minimized: false, keepBrowser: true, connection: 'port' },
      },
      expect.objectContaining({
        chromiumPath: '/usr/bin/brave',
        headless: true,
        connection: 'pipe',
        cdpPort: undefined,
      }),
      expect.objectContaining({ attach: 9333, chromiumArgs: ['--no-sandbox'] }),
    ])
    expect(path.basename(profiles[1]?.profilePath ?? '')).toBe('profile-Zu Hause 2')
  })

  it('of the 2023 tool works unchanged', () => {
    const theirs = { cdpPort: 9222, chromiumPath: 'google-chrome', archivePath: '/home/me/dalle-archive' }
    expect(readConfig(written(theirs))).toMatchObject(theirs)
  })

  it('has its paths relative to its own folder, wherever it is read from', () => {
    const folder = temporaryFolder()
    const file = written({ archivePath: 'pictures', profilePath: '../profile' }, path.join(folder, 'deep'))
    expect(readConfig(file)).toMatchObject({
      archivePath: path.join(folder, 'deep', 'pictures'),
      profilePath: path.join(folder, 'profile'),
    })
    expect(readConfig(path.relative(process.cwd(), file)).archivePath).toBe(path.join(folder, 'deep', 'pictures'))
  })

  it('may have ~ for the home folder', () => {
    const config = readConfig(written({ archivePath: '~/Pictures/chatgpt', profilePath: '~' }))
    expect(config).toMatchObject({ archivePath: path.join(homedir(), 'Pictures', 'chatgpt'), profilePath: homedir() })
    const folder = temporaryFolder()
    expect(readConfig(written({ archivePath: '~files' }, folder)).archivePath).toBe(path.join(folder, '~files'))
  })

  it('may begin with a byte order mark', () => {
    expect(readConfig(written('\uFEFF{"archivePath":"/data"}')).archivePath).toBe(path.resolve('/data'))
  })
})

describe('a wrong setting is named in one line, exit code 2', () => {
  const archivePath = '/data'
  const two = (one: object, other: object) => ({
    archivePath,
    profiles: [
      { label: 'one', ...one },
      { label: 'two', ...other },
    ],
  })
  const mirror = { endpoint: 'https://s3.example', bucket: 'pictures' }
  it.each<[string, object | string, RegExp]>([
    ['no archivePath', {}, /"archivePath" is missing/],
    ['archivePath is no text', { archivePath: 5 }, /"archivePath"/],
    ['archivePath is null', { archivePath: null }, /"archivePath"/],
    ['archivePath is empty', { archivePath: '' }, /"archivePath".*empty/],
    ['chromiumPath is empty', { archivePath, chromiumPath: '' }, /"chromiumPath".*empty/],
    ['chromiumPath is a list', { archivePath, chromiumPath: ['chrome'] }, /"chromiumPath"/],
    ['cdpPort is text', { archivePath, cdpPort: '9222' }, /"cdpPort"/],
    ['cdpPort is 0', { archivePath, cdpPort: 0 }, /"cdpPort"/],
    ['cdpPort is too large', { archivePath, cdpPort: 65_536 }, /"cdpPort"/],
    ['cdpPort is a fraction', { archivePath, cdpPort: 92.5 }, /"cdpPort"/],
    ['profilePath is a number', { archivePath, profilePath: 1 }, /"profilePath"/],
    ['startUrl is no address', { archivePath, startUrl: 'chatgpt' }, /"startUrl"/],
    ['startUrl is not https', { archivePath, startUrl: 'http://chatgpt.com/' }, /"startUrl"/],
    ['startUrl is a script', { archivePath, startUrl: 'javascript:alert(1)' }, /"startUrl"/],
    ['chromiumArgs is text', { archivePath, chromiumArgs: '--headless' }, /"chromiumArgs"/],
    ['chromiumArgs holds a number', { archivePath, chromiumArgs: ['--a', 5] }, /"chromiumArgs/],
    ['headless is text', { archivePath, headless: 'yes' }, /"headless"/],
    ['pendingDays is negative', { archivePath, pendingDays: -1 }, /"pendingDays"/],
    ['pendingDays is 0', { archivePath, pendingDays: 0 }, /"pendingDays"/],
    ['a profile has no label', { archivePath, profiles: [{}] }, /"profiles\.0\.label" is missing/],
    [
      'a label is a mail address',
      { archivePath, profiles: [{ label: 'a@b.c' }] },
      /"profiles\.0\.label".*mail address/,
    ],
    ['a label is a path', { archivePath, profiles: [{ label: 'a/b' }] }, /"profiles\.0\.label"/],
    ['a label is too long', { archivePath, profiles: [{ label: 'x'.repeat(41) }] }, /"profiles\.0\.label"/],
    ['an unknown key of a profile', { archivePath, profiles: [{ label: 'a', colour: 1 }] }, /"profiles\.0\.colour"/],
    ['two labels differ in capitals alone', two({}, { label: 'ONE' }), /"profiles\.1\.label".*"one" has the same/],
    [
      'two profiles share a folder',
      two({ profilePath: 'p' }, { profilePath: './p' }),
      /"profiles\.1\.profilePath".*"one"/,
    ],
    ['two profiles share a port', two({ cdpPort: 9222 }, { cdpPort: 9222 }), /"profiles\.1\.cdpPort".*"one"/],
    ['two profiles attach alike', two({ attach: 9222 }, { attach: '9222' }), /"profiles\.1\.attach".*"one"/],
    ['the port of all', { ...two({}, {}), cdpPort: 9222 }, /"cdpPort" is of one browser/],
    ['the folder of all', { ...two({}, {}), profilePath: 'p' }, /"profilePath" is of one browser/],
    ['onPicture is text', { archivePath, onPicture: 'convert' }, /"onPicture"/],
    ['onPicture is empty', { archivePath, onPicture: [] }, /"onPicture" is wrong: names no program/],
    ['onPicture is a batch file', { archivePath, onPicture: ['C:\\hook.BAT'] }, /"onPicture".*batch file/],
    ['onPicture is a batch file in disguise', { archivePath, onPicture: ['hook.cmd. '] }, /"onPicture".*batch file/],
    [
      'mirror has a secret',
      { archivePath, mirror: { ...mirror, secretAccessKey: 'x' } },
      /unknown.*"mirror\.secretAccessKey"/,
    ],
    ['mirror has no bucket', { archivePath, mirror: { endpoint: mirror.endpoint } }, /"mirror.bucket" is missing/],
    ['mirror is no address', { archivePath, mirror: { ...mirror, endpoint: 's3.example' } }, /"mirror.endpoint"/],
    [
      'mirror has a secret in its address',
      { archivePath, mirror: { ...mirror, endpoint: 'https://me:secret@s3.example' } },
      /"mirror.endpoint".*credentials/,
    ],
    ['mirror leads upwards', { archivePath, mirror: { ...mirror, prefix: 'a/../b' } }, /"mirror.prefix".*plain words/],
    ['an unknown key', { archivePath, archivPath: '/x' }, /unknown setting "archivPath"/],
    ['several are wrong', { archivePath: 1, cdpPort: 'x', colour: 'red' }, /"(archivePath|cdpPort|colour)"/],
    ['a list', [], /JSON object/],
    ['text', '"config"', /JSON object/],
    ['null', 'null', /JSON object/],
    ['broken JSON', '{"archivePath": "C:\\Users\\me"}', /no valid JSON/],
    ['nothing', '', /no valid JSON/],
    ['comments', '{\n  // mine\n  "archivePath": "/data"\n}', /no valid JSON/],
  ])('%s', (_, settings, said) => {
    const file = written(settings)
    const error = errorOf(file)
    expect(error.message).toMatch(said)
    expect(error.message).toContain(file)
    expect(error.message).not.toContain('\n')
    expect(error.hint ?? '').not.toContain('\n')
    expect(exitCodes[error.code]).toBe(2)
  })

  it.each([
    ['there is none', (folder: string) => path.join(folder, 'none.json')],
    ['it is a folder', (folder: string) => folder],
  ])('no config can be read: %s', (_, place) => {
    const file = place(temporaryFolder())
    expect(errorOf(file).message).toContain(file)
    expect(exitCodes[errorOf(file).code]).toBe(2)
  })
})

describe('without a config', () => {
  it('the archive is where the option says, everything else has its default', () => {
    const usual = readConfig(written({ archivePath: '/data' }))
    expect(configFor('/data')).toEqual(usual)
    expect(configFor('pictures').archivePath).toBe(path.resolve('pictures'))
    expect(configFor('~/pictures').archivePath).toBe(path.join(homedir(), 'pictures'))
  })
})

describe('a new config file', () => {
  it('holds what it is given, for its owner alone, and tells editors where they find what may be in it', () => {
    const file = path.join(temporaryFolder(), 'deep', 'config.json')
    writeNewConfig(file, { chromiumPath: '/usr/bin/chromium', archivePath: 'archive' })
    expect(hasConfig(file)).toBe(true)
    const { $schema, ...settings } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
    expect(settings).toEqual({ chromiumPath: '/usr/bin/chromium', archivePath: 'archive' })
    expect(JSON.parse(readFileSync(new URL($schema ?? ''), 'utf8'))).toMatchObject({ type: 'object' })
    expect(readConfig(file).archivePath).toBe(path.join(path.dirname(file), 'archive'))
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0)
  })

  it('never takes the place of another', () => {
    const file = written('mine')
    expect(() => writeNewConfig(file, {})).toThrow(`${file} is there already; it is left as it is.`)
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  it('says so when the folder cannot be written', () => {
    const file = path.join(put(path.join(temporaryFolder(), 'file'), ''), 'config.json')
    expect(() => writeNewConfig(file, {})).toThrow(/cannot be written/)
  })
})

describe('settings of several places', () => {
  const at = (settings: object) => layerOf({ kind: 'flag' }, settings, '/base', 'here')

  it('come from the last place that says them', () => {
    const [user, folder] = [{ kind: 'user', file: '/user' } as const, { kind: 'folder', file: '/folder' } as const]
    const layers = [
      layerOf(user, { archivePath: '/a', headless: true, pendingDays: 3 }, '/', 'user'),
      layerOf(folder, { archivePath: '/b', pendingDays: 5 }, '/', 'folder'),
      at({ archivePath: 'c' }),
    ]
    const { settings, origins } = settingsIn(layers)
    expect(settings).toMatchObject({ archivePath: '/base/c', headless: true, pendingDays: 5, gallery: false })
    const kinds = ['archivePath', 'headless', 'pendingDays', 'gallery', 'profilePath'] as const
    expect(kinds.map((key) => origins.get(key)?.kind)).toEqual(['flag', 'user', 'folder', 'built-in', 'built-in'])
    expect(configOf(layers)).toMatchObject(settings)
  })

  it('a value that equals the built-in one counts, too', () => {
    const layers = [at({ archivePath: '/a', fetchMissing: false }), at({ fetchMissing: true })]
    expect(configOf(layers).fetchMissing).toBe(true)
    // What a place does not say must not hide what another one says.
    expect(configOf([at({ archivePath: '/a', fetchMissing: false }), at({})]).fetchMissing).toBe(false)
  })

  it('a program is a path from its own place on, or a command', () => {
    const programOf = (program: string) => configOf([at({ archivePath: '/a', onPicture: [program, './x'] })]).onPicture
    expect(programOf('notify-send')).toEqual(['notify-send', './x'])
    expect(programOf('bin/hook')).toEqual([path.resolve('/base/bin/hook'), './x'])
    expect(programOf('~/hook')).toEqual([path.join(homedir(), 'hook'), './x'])
  })

  it('need an archive from one of them', () => {
    expect(() => configOf([at({ headless: true })])).toThrow('The settings: "archivePath" is missing.')
  })
})

it('the published schema of config files is that of the code, and every setting has its meaning', () => {
  const published: unknown = JSON.parse(readFileSync(path.resolve('docs/config.schema.json'), 'utf8'))
  expect(published).toEqual(configJsonSchema())
  expect(configKeys.filter((key) => meaningOf(key) === '')).toEqual([])
})

it('names a misspelt setting as it was written, rather than the setting that is missing because of it', () => {
  expect(() => readConfig(written({ archivPath: 'archive' }))).toThrow('unknown setting "archivPath"')
})
