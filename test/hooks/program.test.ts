import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ProgramOptions, runProgram } from '../../src/hooks/program.ts'
import { isAlive, processWith } from '../../src/process-id.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { nodeProgram } from './support.ts'

const run = (command: readonly string[], more: Partial<ProgramOptions> = {}) =>
  runProgram({
    ...{ command, folder: temporaryFolder(), environment: process.env, input: '{}\n' },
    ...{ timeoutMs: 20_000, graceMs: 200, signal: new AbortController().signal },
    ...more,
  })

describe('how a program ends', () => {
  it('is done when it ends with 0', async () => {
    expect(await run([process.execPath, '-e', ''])).toEqual({ kind: 'done' })
  })

  it('has failed when it ends with another code, and the last line it complained with is said', async () => {
    const { command } = nodeProgram(`console.error('first\\nno room left'); process.exit(3)`)
    expect(await run(command)).toEqual({ kind: 'failed', reason: 'ended with 3: no room left' })
  })

  it.skipIf(process.platform === 'win32')('has failed when a signal ended it', async () => {
    const { command } = nodeProgram(`process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000)`)
    expect(await run(command)).toEqual({ kind: 'failed', reason: 'ended with SIGSEGV' })
  })

  it.each([
    ['is missing', () => '/nowhere/program'],
    ['is no program', () => put(path.join(temporaryFolder(), 'text'), 'no program')],
    ['has an impossible name', () => 'a\0b'],
  ])('cannot be started: it %s', async (_, program) => {
    expect(await run([program()])).toMatchObject({
      kind: 'unstartable',
      reason: expect.stringMatching(/^cannot be started: /),
    })
  })
})

it('a program that never reads its input does no harm, whether it ends or goes on', async () => {
  const input = 'x'.repeat(4_000_000)
  expect(await run([process.execPath, '-e', ''], { input })).toEqual({ kind: 'done' })
  const { command } = nodeProgram(`fs.closeSync(0); setTimeout(() => {}, 50)`)
  expect(await run(command, { input })).toEqual({ kind: 'done' })
})

it('a program that floods its output ends like any other, and little of it is remembered', async () => {
  const { command } = nodeProgram(`
    const line = 'flood '.repeat(10_000) + '\\n'
    for (let i = 0; i < 500; i += 1) { fs.writeSync(1, line); try { fs.writeSync(2, line) } catch {} }
    fs.writeSync(2, 'the end\\n')
    process.exit(1)`)
  expect(await run(command)).toEqual({ kind: 'failed', reason: 'ended with 1: the end' })
})

/** A program that heeds no SIGTERM, nor does what it has started; both note their process ids. */
const stubborn = (folder = temporaryFolder()) => {
  const hang = `process.on('SIGTERM', () => {}); require('fs').writeFileSync(process.argv[1], String(process.pid)); setInterval(() => {}, 1000)`
  const { command } = nodeProgram(
    `const { spawn } = await import('node:child_process')
    process.on('SIGTERM', () => {})
    spawn(process.execPath, ['-e', ${JSON.stringify(hang)}, folder + '/child'], { stdio: 'inherit' })
    fs.writeFileSync(folder + '/parent', String(process.pid))
    setInterval(() => {}, 1000)`,
    folder,
  )
  const pidIn = (name: string) => {
    try {
      return Number(readFileSync(path.join(folder, name), 'utf8')) || undefined
    } catch {
      return undefined
    }
  }
  const started = () =>
    until(() => {
      const [parent, child] = [pidIn('parent'), pidIn('child')]
      return parent && child ? [processWith(parent), processWith(child)] : undefined
    })
  return { command, started }
}

describe.skipIf(process.platform === 'win32')('a program that hangs', () => {
  it('is ended with all it has started when nobody waits any more, whatever it does about SIGTERM', async () => {
    const stopping = new AbortController()
    const { command, started } = stubborn()
    const running = run(command, { signal: stopping.signal })
    const programs = await started()
    expect(programs.map(isAlive)).toEqual([true, true])
    stopping.abort()
    expect(await running).toEqual({ kind: 'aborted' })
    await until(() => !programs.some(isAlive))
  })

  it('is ended when its time is up, and that is said', async () => {
    const { command } = stubborn()
    expect(await run(command, { timeoutMs: 300 })).toEqual({
      kind: 'failed',
      reason: 'took more than 0.3 s and was stopped',
    })
  })

  it('would go on with what it has started if it alone were ended', async () => {
    const { command, started } = stubborn()
    const stopping = new AbortController()
    const running = run(command, { signal: stopping.signal })
    const [parent, child] = await started()
    if (!parent || !child) throw new Error('nothing was started')
    process.kill(parent.pid, 'SIGKILL')
    await running
    expect(isAlive(child)).toBe(true)
    process.kill(child.pid, 'SIGKILL')
  })
})

it.skipIf(process.platform === 'win32')('what is left running by a program does not hold us up', async () => {
  const { command } = nodeProgram(`
    const { spawn } = await import('node:child_process')
    const { pid } = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'inherit' })
    console.error(pid)
    process.exit(1)`)
  const outcome = await run(command)
  expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/^ended with 1: \d+$/) })
  if ('reason' in outcome) process.kill(Number(/\d+$/.exec(outcome.reason)?.[0]), 'SIGKILL')
})

it('no shell reads the arguments', async () => {
  const folder = temporaryFolder()
  const words = ['$(touch hacked)', '`touch hacked`', ';touch hacked', '"\'%PATH%', '*', '']
  const { command } = nodeProgram(`fs.writeFileSync(folder + '/args', JSON.stringify(process.argv.slice(3)))`, folder)
  expect(await run([...command, ...words], { folder })).toEqual({ kind: 'done' })
  expect(JSON.parse(readFileSync(path.join(folder, 'args'), 'utf8'))).toEqual(words)
  // What a shell would have made of them.
  const control = temporaryFolder()
  if (process.platform !== 'win32') execFileSync('sh', ['-c', 'echo $(touch hacked)'], { cwd: control })
  if (process.platform !== 'win32') expect(readFileSync(path.join(control, 'hacked'), 'utf8')).toBe('')
  expect(() => readFileSync(path.join(folder, 'hacked'))).toThrow('ENOENT')
})
