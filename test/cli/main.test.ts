import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { createFakeIo } from '../fakes/io.ts'

const home = process.cwd()
afterEach(() => {
  process.chdir(home)
  vi.unstubAllEnvs()
})

/** Runs one command line in a folder of its own. */
async function run(argv: readonly string[], folder = temporaryFolder()) {
  process.chdir(folder)
  // The person's own config is theirs.
  vi.stubEnv('XDG_CONFIG_HOME', path.join(folder, 'none'))
  vi.stubEnv('HOME', path.join(folder, 'none'))
  const io = createFakeIo()
  const code = await main(argv, io)
  return { code, out: io.out, err: io.err, folder }
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '')
const stackTrace = /^\s+at .+:\d+/m

describe('asking for help', () => {
  it.each([['--help'], ['-h']])('%s shows commands, options and examples, exit 0', async (option) => {
    const { code, out, err, folder } = await run([option])
    expect(code).toBe(0)
    expect(err).toBe('')
    for (const word of ['Examples:', 'demo', 'watch', '--archive', '--record']) expect(out).toContain(word)
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([['watch'], ['demo']])('%s --help shows its options and examples, exit 0', async (command) => {
    const { code, out } = await run([command, '--help'])
    expect(code).toBe(0)
    for (const word of ['Examples:', '--json', '--quiet', '--verbose', '--archive']) expect(out).toContain(word)
  })

  it.each([['--version'], ['-V']])('%s shows the version, exit 0', async (option) => {
    const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as { version: string }
    expect(await run([option])).toMatchObject({ code: 0, out: `${version}\n`, err: '' })
  })
})

it('reports what went wrong in one line of JSON if --json was given', async () => {
  const { code, out, err } = await run(['browse', '--json', '--archive', 'nowhere'])
  expect([code, out, linesOf(err)]).toMatchObject([8, '', { length: 1 }])
  expect(JSON.parse(err)).toEqual({
    event: 'error',
    code: 'disk',
    text: expect.stringContaining('There is no archive at'),
    hint: expect.stringContaining('--archive'),
  })
})

describe('what is not understood gives one line, exit 2, no stack trace, and nothing is done', () => {
  const config = JSON.stringify({ archivePath: 'archive' })

  it.each<[string, string[], RegExp, Record<string, string>]>([
    ['an unknown option', ['--colour'], /--colour/, {}],
    ['an unknown option of a command', ['demo', '--colour'], /--colour/, {}],
    ['an unknown command', ['wacth'], /unknown command 'wacth' \(Did you mean watch\?\)/, {}],
    ['an unknown command that is like no other', ['nonsense'], /unknown command 'nonsense'$/, {}],
    ['an unknown command, asked for its help', ['nonsense', '--help'], /unknown command 'nonsense'/, {}],
    ['help for an unknown command', ['help', 'verfy'], /unknown command 'verfy' \(Did you mean verify\?\)/, {}],
    ['a command behind its options', ['--quiet', 'verify'], /"verify".*before its options/, {}],
    ['an option that is misspelt', ['verify', '--smaple'], /unknown option '--smaple' \(Did you mean --sample\?\)/, {}],
    ['too many words', ['watch', 'now'], /"now" is not understood/, {}],
    ['an option without its value', ['--archive'], /--archive/, {}],
    [
      '--config and --archive together',
      ['--config', 'config.json', '--archive', 'a'],
      /--config.*--archive|--archive.*--config/,
      { 'config.json': config },
    ],
    ['a config that is not there', ['--config', 'none.json'], /none\.json/, {}],
    ['a config with an unknown key', [], /"archivPath"/, { 'config.json': '{"archivPath":"x","archivePath":"y"}' }],
    ['a config with a wrong value', ['watch'], /"cdpPort"/, { 'config.json': '{"archivePath":"y","cdpPort":"x"}' }],
    ['a config that is no JSON', ['--config', 'mine.json'], /mine\.json/, { 'mine.json': '{' }],
  ])('%s', async (_, argv, said, files) => {
    const folder = temporaryFolder()
    for (const [name, text] of Object.entries(files)) put(path.join(folder, name), text)
    const { code, out, err } = await run(argv, folder)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(linesOf(err)[0]).toMatch(said)
    expect(linesOf(err)[0]).toMatch(/^dalle-archiver: /)
    // One line that says it; a second may say what to do.
    expect(linesOf(err).length).toBeLessThanOrEqual(2)
    expect(err).not.toMatch(stackTrace)
    expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort())
    for (const [name, text] of Object.entries(files)) expect(readFileSync(path.join(folder, name), 'utf8')).toBe(text)
  })
})

it('reports a word that is not understood in one line of JSON if --json was given', async () => {
  const { code, out, err } = await run(['verfy', '--json', '--help'])
  expect([code, out, linesOf(err)]).toMatchObject([2, '', { length: 1 }])
  expect(JSON.parse(err)).toMatchObject({ code: 'usage', text: "unknown command 'verfy' (Did you mean verify?)" })
})

it.each([
  [['--colour'], 'dalle-archiver watch'],
  [['verfy'], 'dalle-archiver'],
  [['verify', '--colour'], 'dalle-archiver verify'],
  [['mirror', '--colour'], 'dalle-archiver mirror'],
  [['mirror', 'free', 'now'], 'dalle-archiver mirror free'],
])('names the help of what was called: %j, "%s --help"', async (argv, called) => {
  expect(linesOf((await run(argv)).err)[1]).toContain(`Run "${called} --help"`)
})

it('names what may stand there, where a word is none of it', async () => {
  const { err } = await run(['sidecars', 'wirte'])
  expect(linesOf(err)[0]).toBe("dalle-archiver: 'wirte' is none of write, remove, status.")
})

describe('the first run in a folder', () => {
  it('writes a config, says in two lines what to check, exit 0', async () => {
    const { code, out, err, folder } = await run([])
    expect(code).toBe(0)
    expect(err).toBe('')
    expect(linesOf(out)).toHaveLength(2)
    expect(out).toContain('config.json')
    expect(out).toContain('archivePath')
    expect(out).toContain('chromiumPath')
    const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as Record<string, unknown>
    expect(config.archivePath).toBe(path.join(folder, 'archive'))
    expect(Object.keys(config).filter((key) => !['$schema', 'archivePath', 'chromiumPath'].includes(key))).toEqual([])
    expect(readdirSync(folder)).toEqual(['config.json'])
  })

  it('reports this as one object with --json', async () => {
    const { code, out, folder } = await run(['--json'])
    expect(code).toBe(0)
    expect(linesOf(out)).toHaveLength(1)
    expect(JSON.parse(out)).toMatchObject({ event: 'config-written', archivePath: path.join(folder, 'archive') })
  })

  it('says nothing with --quiet', async () => {
    expect(await run(['--quiet'])).toMatchObject({ code: 0, out: '', err: '' })
  })
})

describe('what goes wrong', () => {
  it('with the disk is one line with what to do, exit 8', async () => {
    const folder = temporaryFolder()
    put(path.join(folder, 'archive'), 'a file where the archive should be')
    put(
      path.join(folder, 'config.json'),
      JSON.stringify({ archivePath: 'archive', chromiumPath: '/nowhere/chromium', notices: false }),
    )
    const { code, err } = await run([], folder)
    // The archive and the browser are looked for at once; either may be what is told.
    expect([5, 8]).toContain(code)
    expect(linesOf(err).length).toBeLessThanOrEqual(2)
    expect(err).not.toMatch(stackTrace)
  })

  it('with the browser is one line with what to do, exit 5', async () => {
    const folder = temporaryFolder()
    put(
      path.join(folder, 'config.json'),
      JSON.stringify({ archivePath: 'archive', chromiumPath: '/nowhere/chromium', notices: false }),
    )
    const { code, err } = await run([], folder)
    expect(code).toBe(5)
    expect(err).toContain('"chromiumPath"')
    expect(linesOf(err).length).toBeLessThanOrEqual(2)
    expect(err).not.toMatch(stackTrace)
  })

  it('with the recording is reported before a browser is started', async () => {
    const folder = temporaryFolder()
    put(
      path.join(folder, 'config.json'),
      JSON.stringify({ archivePath: 'archive', chromiumPath: '/nowhere/chromium', notices: false }),
    )
    const { code, err } = await run(['--record', 'none/session.ndjson'], folder)
    expect(code).toBe(8)
    expect(err).toContain('none/session.ndjson')
    expect(err).not.toMatch(stackTrace)
  })
})
