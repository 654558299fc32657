import { chmodSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recordOf } from '../../../src/archive/records.ts'
import { createTeller } from '../../../src/cli/commands/watch.ts'
import { main } from '../../../src/cli/main.ts'
import { createOutput, type OutputOptions } from '../../../src/cli/output.ts'
import { facts } from '../../fakes/facts.ts'
import { put, temporaryFolder } from '../../fakes/folder.ts'
import { createFakeIo } from '../../fakes/io.ts'

const stored = {
  sha256: 'ab'.repeat(32),
  bytes: 437_123,
  mime: 'image/webp' as const,
  widthPx: 1024,
  heightPx: 1792,
  image: 'images/2023/10/29/1698615680-M5QoHjYO7Qe9pl1Z.webp',
  source: { origin: 'live' as const, channel: 'stream' as const, host: 'files.oaiusercontent.com' },
  archivedAt: new Date(2026, 4, 7, 14, 3, 22),
}
const kept = (prompt: string | null, more: Partial<typeof stored> = {}) =>
  ({ kind: 'kept', record: recordOf(facts({ prompt }), { ...stored, ...more }) }) as const

function tell(options: OutputOptions = {}, isTerminal = false) {
  const io = createFakeIo({ isTerminal, columns: 200 })
  return { io, teller: createTeller(createOutput(io, options)) }
}

describe('the line of a picture', () => {
  it('shows time, title, size in pixels and in bytes', () => {
    const { io, teller } = tell()
    teller(kept('Photo of a man'))
    expect(io.out).toBe('14:03:22  Photo-of-a-man  1024×1792  437 kB\n')
  })

  it('cuts a long prompt and shows so', () => {
    const { io, teller } = tell()
    teller(kept('A very long prompt that goes on and on about a man on the moon'))
    expect(io.out).toMatch(/^14:03:22 {2}A-very-long-prompt[^ ]{5,30}… {2}1024×1792 {2}437 kB\n$/)
  })

  it.each([
    [1, '1 kB'],
    [999_400, '999 kB'],
    [1_000_000, '1.0 MB'],
    [20_400_000, '20.4 MB'],
  ])('shows %i bytes as %s', (bytes, words) => {
    const { io, teller } = tell()
    teller(kept('A man', { bytes }))
    expect(io.out).toContain(`  ${words}\n`)
  })

  it('names the file where there is no prompt', () => {
    const { io, teller } = tell()
    teller(kept(null))
    expect(io.out).toContain('1698615680-M5QoHjYO7Qe9pl1Z.webp')
  })

  it('lets no terminal command from a prompt through', () => {
    const { io, teller } = tell()
    teller(kept('\x1b]0;title\x07 \x1b[2J cat\r\n\x9b31m'))
    expect(io.out.slice(0, -1)).not.toMatch(/\p{Cc}/u)
    expect(io.out).toContain('cat')
  })

  it('is the record itself with --json', () => {
    const { io, teller } = tell({ json: true })
    teller(kept('Photo of a man'))
    expect(JSON.parse(io.out)).toEqual({ event: 'archived', ...kept('Photo of a man').record })
  })
})

describe('oddities', () => {
  const odd = (detail: string, kind = 'unknown-stream-event') => ({ kind: 'oddity', oddity: { kind, detail } }) as const

  it('are reported once for each kind, and counted', () => {
    const { io, teller } = tell()
    for (const event of [odd('a'), odd('b'), odd('c'), odd('d', 'not-json')]) teller(event)
    expect(io.err.split('\n').slice(0, -1)).toEqual(['odd: unknown-stream-event: a', 'odd: not-json: d'])
    expect(io.out).toBe('')
  })

  it('are all reported with -v', () => {
    const { io, teller } = tell({ verbose: true })
    for (const event of [odd('a'), odd('b')]) teller(event)
    expect(io.err).toContain('unknown-stream-event (2): b')
  })

  it('with --json have kind, detail and count', () => {
    const { io, teller } = tell({ json: true, verbose: true })
    for (const event of [odd('a'), odd('b')]) teller(event)
    const told = io.err
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as object)
    expect(told).toMatchObject([
      { event: 'notice', oddity: 'unknown-stream-event', detail: 'a', count: 1 },
      { event: 'detail', detail: 'b', count: 2 },
    ])
  })

  it('let no terminal command through', () => {
    const { io, teller } = tell()
    teller(odd('\x1b]0;title\x07\x1b[2J'))
    expect(io.err.slice(0, -1)).not.toMatch(/\p{Cc}/u)
  })
})

describe('the status line', () => {
  it('shows the numbers of tabs, pictures archived this time and in all, and waiting halves', () => {
    const { io, teller } = tell({}, true)
    teller({ kind: 'tabs', count: 2 })
    teller({ kind: 'counts', total: 130, waiting: 3 })
    teller(kept('Photo of a man'))
    expect(io.err).toContain('2 tabs watched · 1 archived · 130 in all · 3 waiting')
  })

  it('is left out if there is no terminal', () => {
    const { io, teller } = tell()
    teller({ kind: 'tabs', count: 1 })
    expect(io.err).toBe('')
  })
})

it('the folder for pictures is reported at the start', () => {
  const { io, teller } = tell()
  teller({ kind: 'watching', archive: '/data/archive', browser: 'launched', port: 9222 })
  teller({ kind: 'notice', text: 'This browser is old.' })
  expect(io.err).toContain('/data/archive')
  expect(io.err).toContain('This browser is old.')
})

describe('several profiles', () => {
  it('are named before what is said of one, and their tabs are counted together', () => {
    const { io, teller } = tell({}, true)
    teller({ kind: 'watching', archive: '/data/archive', browser: 'launched', port: 9222, profile: 'work' })
    teller({ kind: 'notice', text: 'The browser crashed.', profile: 'home' })
    const odd = { kind: 'oddity', oddity: { kind: 'not-json', detail: 'a' } } as const
    // The first of each profile is news.
    for (const profile of ['work', 'home', 'work']) teller({ ...odd, profile })
    teller({ kind: 'tabs', count: 2, profile: 'work' })
    teller({ kind: 'tabs', count: 1, profile: 'home' })
    expect(io.err).toContain('work: Watching. Pictures go to /data/archive')
    expect(io.err).toContain('home: The browser crashed.')
    expect(io.err.match(/(work|home): odd: not-json: a/g)).toEqual(['work: odd: not-json: a', 'home: odd: not-json: a'])
    expect(io.err).toContain('3 tabs watched')
  })

  it('are said with --json, and stand behind a picture', () => {
    const { io, teller } = tell({ json: true })
    teller({ kind: 'notice', text: 'x', profile: 'work' })
    expect(JSON.parse(io.err)).toMatchObject({ text: 'work: x', profile: 'work' })
    const words = tell()
    const record = recordOf(facts({ prompt: 'A man', profiles: ['work', 'home'] }), stored)
    words.teller({ kind: 'kept', record })
    expect(words.io.out).toBe('14:03:22  A-man  1024×1792  437 kB  work  home\n')
  })

  it('must be chosen from for an option that is of one browser', async () => {
    const profiles = [{ label: 'work' }, { label: 'home' }]
    const config = put(path.join(temporaryFolder(), 'config.json'), JSON.stringify({ archivePath: 'a', profiles }))
    for (const option of ['--attach', '--record']) {
      const io = createFakeIo()
      expect(await main(['watch', '--config', config, option, '9'], io)).toBe(2)
      expect(io.err).toContain(`${option} is of one browser, and the config names 2 profiles`)
      expect(io.err).toContain('--profile "work"')
    }
    const io = createFakeIo()
    expect(await main(['watch', '--config', config, '--profile', 'wrok'], io)).toBe(2)
    expect(io.err).toContain('It has "work", "home".')
  })
})

describe.skipIf(process.platform !== 'linux')('a browser that cannot be started', () => {
  /** A folder to run in, and the notices of its desktop so far. */
  function prepared(settings: object = {}) {
    const folder = temporaryFolder()
    const stub = put(
      path.join(folder, 'bin', 'notify-send'),
      '#!/bin/sh\nfor last; do :; done; echo "$last" >> "$0.said"\n',
    )
    chmodSync(stub, 0o755)
    vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`)
    const config = { archivePath: path.join(folder, 'archive'), chromiumPath: '/nowhere/chromium', ...settings }
    const file = put(path.join(folder, 'config.json'), JSON.stringify(config))
    const said = () => (existsSync(`${stub}.said`) ? readFileSync(`${stub}.said`, 'utf8').trim().split('\n') : [])
    return { said, watch: () => main(['watch', '--config', file], createFakeIo()) }
  }
  afterEach(() => vi.unstubAllEnvs())

  it('is told on the desktop, once for all starts of a day', async () => {
    const { said, watch } = prepared()
    expect([await watch(), await watch(), await watch()]).toEqual([5, 5, 5])
    expect(said()).toEqual([
      'There is no browser to watch, so nothing is archived: "chromiumPath" names no program that can be run: /nowhere/chromium → dalle-archiver doctor',
    ])
  })

  it('is not where notices are off', async () => {
    const { said, watch } = prepared({ notices: false })
    expect([await watch(), said()]).toEqual([5, []])
  })
})
