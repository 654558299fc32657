import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { configKeys } from '../../../src/config.ts'
import { put, temporaryFolder } from '../../fakes/folder.ts'
import { createFakeIo } from '../../fakes/io.ts'

const before = process.cwd()
let folder = ''
let own = ''

/** A folder to run in, and a home with a place for the person's own config. */
beforeEach(() => {
  folder = temporaryFolder()
  const home = temporaryFolder()
  vi.stubEnv('HOME', home)
  vi.stubEnv('USERPROFILE', home)
  vi.stubEnv('APPDATA', path.join(home, '.config'))
  vi.stubEnv('XDG_CONFIG_HOME', path.join(home, '.config'))
  const places: Partial<Record<NodeJS.Platform, string>> = { darwin: 'Library/Application Support' }
  own = path.join(home, places[process.platform] ?? '.config', 'dalle-archiver', 'config.json')
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(before)
  vi.unstubAllEnvs()
})

async function config(...argv: readonly string[]) {
  const io = createFakeIo()
  const code = await main(['config', ...argv], io)
  return { code, out: io.out, err: io.err, lines: io.out.trimEnd().split('\n') }
}

/** Every setting with what `show --json` says of it. */
async function shown(...argv: readonly string[]) {
  const { lines } = await config('show', '--json', ...argv)
  const all = lines.map((line) => JSON.parse(line) as { key: string; value: unknown; origin: Record<string, string> })
  return new Map(all.map((one) => [one.key, one]))
}

const mine = (settings: object) => put(own, JSON.stringify(settings))
const here = (settings: object) => put(path.join(folder, 'config.json'), JSON.stringify(settings))

describe('config show', () => {
  it('prints each setting with its value and its origin', async () => {
    mine({ archivePath: 'of-mine', headless: true, pendingDays: 3, chromiumPath: 'brave' })
    here({ archivePath: 'of-the-folder', pendingDays: 5 })
    vi.stubEnv('DALLE_ARCHIVER_PENDING_DAYS', '7')
    const all = await shown('--attach', 'auto')
    expect([...all.keys()]).toEqual(configKeys)
    const folderFile = path.join(folder, 'config.json')
    expect(all.get('archivePath')).toMatchObject({
      value: path.join(folder, 'of-the-folder'),
      origin: { kind: 'folder', file: folderFile },
    })
    expect(all.get('headless')).toMatchObject({ value: true, origin: { kind: 'user', file: own } })
    expect(all.get('pendingDays')).toMatchObject({ value: 7, origin: { kind: 'environment' } })
    expect(all.get('attach')).toMatchObject({ value: 'auto', origin: { kind: 'flag' } })
    expect(all.get('gallery')).toMatchObject({ value: false, origin: { kind: 'built-in' } })
    const { lines, code } = await config('show', '--attach', 'auto')
    const lineOf = (key: string) => lines.find((line) => line.startsWith(`${key} `))?.split(/ {2,}/)
    expect(code).toBe(0)
    expect(lineOf('archivePath')).toEqual(['archivePath', path.join(folder, 'of-the-folder'), folderFile])
    expect(lineOf('headless')).toEqual(['headless', 'true', own])
    expect(lineOf('pendingDays')).toEqual(['pendingDays', '7', 'DALLE_ARCHIVER_PENDING_DAYS'])
    expect(lineOf('attach')).toEqual(['attach', 'auto', '--attach'])
    expect(lineOf('gallery')).toEqual(['gallery', 'false', 'built in'])
    expect(lineOf('cdpPort')).toEqual(['cdpPort', '–', 'built in'])
  })

  it('takes --archive over all, and leaves the config of the folder out: it is about another archive', async () => {
    mine({ headless: true })
    here({ archivePath: 'other', pendingDays: 5 })
    vi.stubEnv('DALLE_ARCHIVER_ARCHIVE_PATH', '/environment')
    const all = await shown('--archive', 'given')
    expect(all.get('archivePath')).toMatchObject({ value: path.join(folder, 'given'), origin: { kind: 'flag' } })
    expect(all.get('headless')).toMatchObject({ value: true })
    expect(all.get('pendingDays')).toMatchObject({ value: 30, origin: { kind: 'built-in' } })
  })

  it('has the paths of each file relative to that file', async () => {
    mine({ archivePath: 'archive', profilePath: 'profile' })
    const all = await shown()
    expect(all.get('archivePath')).toMatchObject({ value: path.join(path.dirname(own), 'archive') })
    expect(all.get('profilePath')).toMatchObject({ value: path.join(path.dirname(own), 'profile') })
  })

  it('shows all it knows where nothing is set at all', async () => {
    expect(await config('show')).toMatchObject({ code: 0, out: expect.stringContaining('archivePath') })
  })
})

describe('config path', () => {
  it('says where config files are looked for, the strongest first', async () => {
    here({ archivePath: 'archive' })
    const [first, second] = [path.join(folder, 'config.json'), own]
    expect(await config('path')).toMatchObject({ code: 0, lines: [first, `${second}  (not there)`] })
    const { lines } = await config('path', '--config', 'work.json', '--json')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: 'config-file', kind: 'folder', file: path.join(folder, 'work.json'), isThere: false },
      { event: 'config-file', kind: 'user', file: own, isThere: false },
    ])
  })
})

describe('config init', () => {
  it('writes a config that is sound, and never over another', async () => {
    const { code, out } = await config('init')
    expect([code, out]).toEqual([0, expect.stringContaining(path.join(folder, 'config.json'))])
    expect(readdirSync(folder)).toEqual(['config.json'])
    const text = readFileSync('config.json', 'utf8')
    expect(JSON.parse(text)).toMatchObject({ archivePath: path.join(folder, 'archive') })
    expect(await config('check')).toMatchObject({ code: 0 })
    expect(await config('init')).toMatchObject({ code: 2, err: expect.stringContaining('is there already') })
    expect(readFileSync('config.json', 'utf8')).toBe(text)
  })

  it('writes one for every folder with --user, which names an archive only if asked', async () => {
    expect(await config('init', '--user')).toMatchObject({ code: 0 })
    expect(JSON.parse(readFileSync(own, 'utf8'))).not.toHaveProperty('archivePath')
    expect(readdirSync(folder)).toEqual([])
    expect(await config('init', '--archive', '../pictures')).toMatchObject({ code: 0 })
    expect(JSON.parse(readFileSync('config.json', 'utf8'))).toMatchObject({ archivePath: path.resolve('../pictures') })
  })
})

describe('config check', () => {
  it.each<[string, () => void, RegExp]>([
    ['the folder’s config', () => here({ archivePath: 'a', cdpPort: 'x' }), /config\.json: "cdpPort" is wrong/],
    ['one’s own config', () => mine({ archivPath: 'a' }), /config\.json: unknown setting "archivPath"/],
    [
      'the environment',
      () => vi.stubEnv('DALLE_ARCHIVER_HEADLESS', 'yes'),
      /DALLE_ARCHIVER_HEADLESS: "headless" is wrong/,
    ],
    ['a misspelt variable', () => vi.stubEnv('DALLE_ARCHIVER_HEADLES', 'true'), /DALLE_ARCHIVER_HEADLES .*no setting/],
    ['all of it, since none names an archive', () => mine({ headless: true }), /"archivePath" is missing/],
    [
      'the folder’s config, hidden by a stronger place',
      () => {
        here({ archivePath: 'a', headless: 'x' })
        vi.stubEnv('DALLE_ARCHIVER_HEADLESS', 'true')
      },
      /"headless" is wrong/,
    ],
  ])('names what is wrong with %s, exit 2', async (_, prepare, said) => {
    if (!_.startsWith('all') && !_.startsWith('the folder')) here({ archivePath: 'archive' })
    prepare()
    const { code, out, err } = await config('check')
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(said)
    expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(2)
  })

  it('says where pictures go when all is sound, and makes nothing', async () => {
    here({ archivePath: 'archive' })
    expect(await config('check')).toMatchObject({
      code: 0,
      out: `Sound. Pictures go to ${path.join(folder, 'archive')}\n`,
    })
    expect(existsSync('archive')).toBe(false)
  })
})

describe('a command', () => {
  const run = async (...argv: readonly string[]) => {
    const io = createFakeIo()
    return { code: await main(argv, io), out: io.out, err: io.err }
  }

  it('needs no config.json where the environment or one’s own config names the archive', async () => {
    const root = temporaryFolder()
    expect(await run('status')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no config.json in this folder'),
    })
    vi.stubEnv('DALLE_ARCHIVER_ARCHIVE_PATH', root)
    expect(await run('status')).toMatchObject({ code: 0, out: expect.stringContaining(root) })
    vi.stubEnv('DALLE_ARCHIVER_ARCHIVE_PATH', '')
    mine({ archivePath: root })
    expect(await run('status')).toMatchObject({ code: 0, out: expect.stringContaining(root) })
    expect(readdirSync(folder)).toEqual([])
  })

  it('named as none of config’s is called unknown, with the nearest one', async () => {
    expect(await run('config', 'shw', '--help')).toMatchObject({
      code: 2,
      err: expect.stringContaining("unknown command 'shw' (Did you mean show?)"),
    })
    expect(await run('config', 'show', '--jsn')).toMatchObject({
      code: 2,
      err: expect.stringContaining("unknown option '--jsn' (Did you mean --json?)"),
    })
    expect(await run('config')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage:') })
  })
})
