import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createOutput, paint } from '../../src/cli/output.ts'
import { createFakeIo } from '../fakes/io.ts'

afterEach(() => vi.unstubAllEnvs())

const lines = (text: string) => text.split('\n').slice(0, -1)
const colours = () => {
  for (const name of ['NO_COLOR', 'NODE_DISABLE_COLORS', 'FORCE_COLOR', 'CI', 'TMUX']) vi.stubEnv(name, undefined)
  vi.stubEnv('TERM', 'xterm-256color')
}

describe('output as text', () => {
  it('prints results on stdout and everything else on stderr', () => {
    const io = createFakeIo()
    const output = createOutput(io, { verbose: true })
    output.result('a picture', { event: 'archived' })
    output.notice('a notice')
    output.detail('a detail')
    expect(io.out).toBe('a picture\n')
    expect(io.err).toBe('a notice\na detail\n')
  })

  it('prints no details unless asked', () => {
    const io = createFakeIo()
    createOutput(io, {}).detail('a detail')
    expect(io.err).toBe('')
  })

  it('prints nothing with --quiet, not even details', () => {
    const io = createFakeIo({ isTerminal: true })
    const output = createOutput(io, { quiet: true, verbose: true })
    output.result('a picture', {})
    output.notice('a notice')
    output.detail('a detail')
    output.status('1 tab')
    expect(io.out + io.err).toBe('')
  })

  it('lets no terminal command from the web through', () => {
    const io = createFakeIo()
    const output = createOutput(io, { verbose: true })
    const hostile = 'odd: \x1b]0;title\x07 \x1b[2J \x9b31m \r overwritten'
    output.notice(hostile)
    output.result(hostile, {})
    output.detail(hostile)
    expect((io.out + io.err).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })
})

describe('output as JSON', () => {
  it('is one object per line, on stdout for results and on stderr for the rest', () => {
    const io = createFakeIo({ isTerminal: true })
    const output = createOutput(io, { json: true, verbose: true })
    output.result('words', { event: 'archived', prompt: 'one\ntwo' })
    output.notice('a notice', { archive: '/a' })
    output.detail('a detail')
    output.status('1 tab')
    expect(lines(io.out).map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'archived', prompt: 'one\ntwo' },
    ])
    expect(lines(io.err).map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'notice', text: 'a notice', archive: '/a' },
      { event: 'detail', text: 'a detail' },
    ])
  })
})

describe('the status line', () => {
  it('is below the other output, on a terminal only', () => {
    colours()
    const [terminal, file] = [createFakeIo({ isTerminal: true }), createFakeIo()]
    for (const io of [terminal, file]) {
      const output = createOutput(io, {})
      output.status('1 tab watched')
      output.notice('a notice')
      output.status('2 tabs watched')
      output.status('')
    }
    expect(file.err).toBe('a notice\n')
    const said = stripVTControlCharacters(terminal.err)
    expect(said).toBe('\r1 tab watched\ra notice\n1 tab watched\r2 tabs watched\r')
  })

  it('never grows over the terminal’s edge', () => {
    const io = createFakeIo({ isTerminal: true, columns: 20 })
    createOutput(io, {}).status('a status that is much longer than twenty columns')
    expect(stripVTControlCharacters(io.err).replace('\r', '').length).toBeLessThan(20)
  })

  it('is left out if the terminal cannot move its cursor', () => {
    vi.stubEnv('TERM', 'dumb')
    const io = createFakeIo({ isTerminal: true })
    createOutput(io, {}).status('1 tab')
    expect(io.err).toBe('')
  })
})

describe('colours', () => {
  it('are for terminals', () => {
    colours()
    expect(paint('dim', 'text', createFakeIo({ isTerminal: true }).stderr)).toBe('\x1b[2mtext\x1b[22m')
    expect(paint('dim', 'text', createFakeIo().stderr)).toBe('text')
  })

  it('are left out with NO_COLOR', () => {
    colours()
    vi.stubEnv('NO_COLOR', '1')
    expect(paint('dim', 'text', createFakeIo({ isTerminal: true }).stderr)).toBe('text')
  })
})
