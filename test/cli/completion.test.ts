import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { shells } from '../../src/cli/completion/scripts.ts'
import { main } from '../../src/cli/main.ts'
import { createFakeIo } from '../fakes/io.ts'
import { hasTerminal, preparedFolder, shellsHere, typed } from './shells.ts'

async function run(...argv: readonly string[]) {
  const io = createFakeIo()
  const code = await main(argv, io)
  return { code, out: io.out, err: io.err }
}

/** What may stand for the last word. */
async function offered(...words: readonly string[]) {
  const { out } = await run('completion', 'bash', '--', ...words.slice(0, -1), `${words.at(-1)}.`)
  return out.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']))
}

describe('what is offered', () => {
  it('is every command that help shows', async () => {
    const { out } = await run('--help')
    const commands = out.slice(out.indexOf('Commands:'), out.indexOf('Examples:')).matchAll(/^ {2}([a-z]+) ?/gm)
    expect(await offered('')).toEqual([...commands].map((match) => match[1]))
    expect(await offered('ver')).toEqual(['verify'])
    expect(await offered('nonsense')).toEqual([])
  })

  it('is every option that the help of a command shows', async () => {
    const { out } = await run('verify', '--help')
    const options = [...out.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1])
    expect(options.length).toBeGreaterThan(8)
    expect(await offered('verify', '-')).toEqual(options)
    expect(await offered('verify', '--sa')).toEqual(['--sample'])
    expect(await offered('verify', '--sample', '5%', '--sa')).toEqual([])
  })

  it('is what watch takes where no command is named', async () => {
    expect(await offered('--rec')).toEqual(['--record'])
    expect(await offered('--ver')).toEqual(['--version', '--verbose'])
    expect(await offered('--json', '--rec')).toEqual(['--record'])
    expect(await offered('--json', 'ver')).toEqual([])
  })

  it.each<[string[], string[]]>([
    [
      ['config', ''],
      ['path', 'show', 'init', 'check', 'help'],
    ],
    [['config', 'init', '--u'], ['--user']],
    [
      ['sidecars', ''],
      ['write', 'remove', 'status'],
    ],
    [['sidecars', 'write', ''], []],
    [['completion', 'p'], ['powershell']],
    [['import', ''], [':files']],
    [['import', 'one.zip', ''], [':files']],
    [['import', '--archive', ''], [':folders']],
    [['--archive', ''], [':folders']],
    [['--config', 'x'], [':files']],
    [['verify', '--repair', 'a.zip', 'b'], [':files']],
    [['verify', '--since', ''], []],
    [['browse', '--static', 'a', '--po'], ['--port']],
    [['verify', 'x', ''], []],
  ])('after %j is %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected)
  })
})

describe('the text for a shell', () => {
  it.each(shells)('is printed for %s, and nothing else', async (shell) => {
    const { code, out, err } = await run('completion', shell)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`dalle-archiver completion ${shell} --`)
    expect(out.endsWith('\n')).toBe(true)
  })

  it('is refused for another shell, which is named', async () => {
    const { code, out, err } = await run('completion', 'tcsh')
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('tcsh')
  })

  it('for PowerShell has its brackets closed, and asks as the others do', async () => {
    const { out } = await run('completion', 'powershell')
    const count = (sign: string) => out.split(sign).length
    expect([count('{'), count('('), count('['), count('"') % 2]).toEqual([count('}'), count(')'), count(']'), 1])
    expect(out).toContain('Register-ArgumentCompleter -Native -CommandName dalle-archiver')
    expect(out).toContain('"$wordToComplete."')
    // Its `--` may be swallowed on the way.
    const { out: answer } = await run('completion', 'powershell', 'verify', '--samp.')
    expect(answer).toMatch(/^--sample\t/)
  })
})

/** The line that a terminal's keys make of it: `ver` and the Tab key become `verify`. */
const lines: readonly (readonly [string, string])[] = [
  ['dalle-archiver ver\t\r', 'verify'],
  ['dalle-archiver config sh\t\r', 'config show'],
  ['dalle-archiver sidecars rem\t\r', 'sidecars remove'],
  ['dalle-archiver verify --sam\t5%\r', 'verify --sample 5%'],
  ['dalle-archiver import pictures.\t\r', 'import pictures.zip'],
  ['dalle-archiver status --archive pic\t\r', 'status --archive pictures-2026'],
]

describe.each(['bash', 'zsh'])('in a real %s', (shell) => {
  it.skipIf(!hasTerminal || !shellsHere.includes(shell)).each(lines)('%j runs %j', async (keys, given) => {
    // zsh takes the slash of a folder back when the line ends there.
    expect((await typed(shell, keys)).trim().replace(/\/$/, '')).toBe(given)
  })

  it.skipIf(!hasTerminal || !shellsHere.includes(shell))('nothing is completed that we do not know', async () => {
    expect((await typed(shell, 'dalle-archiver zzz\t\r')).trim()).toBe('zzz')
  })

  it.skipIf(!hasTerminal || !shellsHere.includes(shell))('nothing is completed without our text', async () => {
    expect((await typed(shell, 'dalle-archiver ver\t\r', false)).trim()).toBe('ver')
  })
})

describe.skipIf(!shellsHere.includes('fish'))('in a real fish', () => {
  it.each<[string, string[]]>([
    ['dalle-archiver ver', ['verify']],
    ['dalle-archiver config sh', ['show']],
    ['dalle-archiver ', ['watch', 'verify', 'completion']],
    ['dalle-archiver verify --sam', ['--sample']],
    ['dalle-archiver import pictures.', ['pictures.zip']],
    ['dalle-archiver status --archive pic', ['pictures-2026/']],
    ['dalle-archiver zzz', []],
  ])('%j is completed by %j', (line, expected) => {
    const { folder, env } = preparedFolder()
    const script = 'dalle-archiver completion fish | source; complete -C $argv[1]'
    const { stdout } = spawnSync('fish', ['--no-config', '-c', script, line], { cwd: folder, env, encoding: 'utf8' })
    const words = stdout.split('\n').flatMap((text) => (text === '' ? [] : [text.split('\t')[0]]))
    if (expected.length > 1) expect(words).toEqual(expect.arrayContaining(expected))
    else expect(words).toEqual(expected)
  })
})
