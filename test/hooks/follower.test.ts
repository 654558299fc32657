import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hookVariables } from '../../src/hooks/environment.ts'
import { fileId } from '../fakes/facts.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { idOf, namesIn, nodeProgram, openFollowed, reporter, reportIn } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the program of a new picture', () => {
  it('gets the record on its standard input, and the paths in its environment', async () => {
    const { command, folder } = reporter()
    const run = await openFollowed({ command: [...command, 'an argument'] })
    const record = await run.store(1)
    const report = await until(() => reportIn(folder, idOf(1)))
    expect(JSON.parse(report.stdin)).toEqual(record)
    expect(report.stdin.split('\n')).toEqual([expect.any(String), ''])
    expect(report.argv.slice(2)).toEqual([folder, 'an argument'])
    expect(report.cwd).toBe(run.root)
    expect(report.env).toMatchObject({
      DALLE_ARCHIVER_IMAGE: path.join(run.root, record.image),
      DALLE_ARCHIVER_RECORD: path.join(run.root, 'database', run.archive.recordOf(fileId(`file-${idOf(1)}`)) ?? ''),
      DALLE_ARCHIVER_ARCHIVE: run.root,
    })
    expect(JSON.parse(readFileSync(report.env.DALLE_ARCHIVER_RECORD ?? '', 'utf8'))).toEqual(record)
    await run.close()
    expect(run.notices).toEqual([])
  })

  it.each([
    ['$(touch hacked); `touch hacked` | touch hacked & "\' %PATH% > hacked'],
    ['-rf /\n{"fileId":"other"}\n\u0000\u001b[2J'],
    ['𝕏 ＂ ‮ ; rm -rf ~ #'],
    ['long '.repeat(200_000)],
  ])('gets a hostile prompt as text, and as nothing else: %.20s', async (prompt) => {
    const { command, folder } = reporter()
    const run = await openFollowed({ command })
    await run.store(1, { prompt })
    const report = await until(() => reportIn(folder, idOf(1)))
    expect(JSON.parse(report.stdin).prompt).toBe(prompt)
    expect(report.argv.slice(2)).toEqual([folder])
    await run.close()
    expect(filesBelow(run.root).filter((name) => name.includes('hacked') && !name.startsWith('images/'))).toEqual([])
    expect(namesIn(folder)).toEqual([idOf(1)])
  })

  it('sees none of our secrets in its environment, and finds its way all the same', async () => {
    const secrets = [
      'AWS_SECRET_ACCESS_KEY',
      'GITHUB_TOKEN',
      'DALLE_ARCHIVER_CHROMIUM_ARGS',
      'HTTPS_PROXY',
      'NODE_OPTIONS',
    ]
    for (const name of secrets) vi.stubEnv(name, name === 'NODE_OPTIONS' ? '--no-warnings' : 'secret')
    vi.stubEnv('LC_TIME', 'C')
    const { command, folder } = reporter()
    const run = await openFollowed({ command })
    await run.store(1)
    const { env } = await until(() => reportIn(folder, idOf(1)))
    expect(Object.keys(env).filter((name) => secrets.includes(name))).toEqual([])
    expect(env).toMatchObject({ PATH: process.env.PATH, LC_TIME: 'C' })
    await run.close()
    // A program that inherits our environment does see them.
    const inherited = spawnSync(process.execPath, ['-p', 'process.env.AWS_SECRET_ACCESS_KEY'], { encoding: 'utf8' })
    expect(inherited.stdout).toBe('secret\n')
  })

  it('is run for what is new, not for what is completed', async () => {
    const { command, folder } = reporter()
    const run = await openFollowed({ command })
    await run.store(1, { prompt: null, promptSource: null })
    await until(() => reportIn(folder, idOf(1)))
    rmSync(path.join(folder, idOf(1)))
    const stored = await run.archive.factsOf(fileId(`file-${idOf(1)}`))
    if (!stored) throw new Error('there is no record')
    expect(await run.archive.complete({ ...stored, prompt: 'known at last', promptSource: 'dalle' })).toBe(true)
    await run.store(2)
    await until(() => reportIn(folder, idOf(2)))
    await run.close()
    expect(namesIn(folder)).toEqual([idOf(2)])
  })
})

/** A program that notes how many of its kind run when it begins, and runs until the file `go` is there. */
const counting = `
  const here = folder + '/running-' + process.pid
  fs.writeFileSync(here, '')
  const most = fs.readdirSync(folder).filter((name) => name.startsWith('running-')).length
  while (!fs.existsSync(folder + '/go')) await new Promise((resolve) => setTimeout(resolve, 10))
  fs.writeFileSync(folder + '/most-' + process.pid, String(most))
  fs.rmSync(here)`

const named = (folder: string, beginning: string) => namesIn(folder).filter((name) => name.startsWith(beginning))
const most = (folder: string) =>
  Math.max(...named(folder, 'most-').map((name) => Number(readFileSync(path.join(folder, name), 'utf8'))))

it('two programs run at once, however many pictures come', async () => {
  const { command, folder } = nodeProgram(counting)
  const run = await openFollowed({ command })
  for (let number = 1; number <= 7; number += 1) await run.store(number)
  await until(() => named(folder, 'running-').length === 2)
  put(path.join(folder, 'go'), '')
  await until(() => named(folder, 'most-').length === 7)
  expect(most(folder)).toBe(2)
  await run.close()
  // Two archives are followed by twice as many: what counts them would have noticed.
  const control = nodeProgram(counting)
  const runs = [await openFollowed({ command: control.command }), await openFollowed({ command: control.command })]
  for (const one of runs) for (let number = 1; number <= 4; number += 1) await one.store(number)
  await until(() => named(control.folder, 'running-').length === 4)
  put(path.join(control.folder, 'go'), '')
  await until(() => named(control.folder, 'most-').length === 8)
  expect(most(control.folder)).toBeGreaterThan(2)
  for (const one of runs) await one.close()
}, 60_000)

describe('a program that fails', () => {
  it('is named once, and the others are counted; it is not run again', async () => {
    const { command, folder } = nodeProgram(`
      fs.writeFileSync(folder + '/' + process.pid, '')
      console.error('no such printer')
      process.exit(3)`)
    const run = await openFollowed({ command })
    for (let number = 1; number <= 4; number += 1) await run.store(number)
    await until(() => namesIn(folder).length === 4)
    await run.close()
    expect(run.notices).toEqual([
      `onPicture: ${path.basename(process.execPath)} ended with 3: no such printer.`,
      'onPicture: 3 more failed.',
    ])
    const again = await openFollowed({ command }, run.root)
    await again.close()
    expect(again.notices).toEqual([])
    expect(namesIn(folder)).toHaveLength(4)
  })

  it('does not keep pictures from being archived, even if there is none', async () => {
    const run = await openFollowed({ command: ['/nowhere/program'] })
    for (let number = 1; number <= 3; number += 1) await run.store(number)
    await until(() => run.notices.length > 0)
    await run.close()
    expect(run.notices).toEqual([
      'onPicture: program cannot be started: spawn /nowhere/program ENOENT.',
      'onPicture is still to be run for 3 pictures; the next start goes on.',
    ])
    expect(filesBelow(path.join(run.root, 'database'))).toHaveLength(3)
    const { command, folder } = reporter()
    const again = await openFollowed({ command }, run.root)
    await until(() => namesIn(folder).length === 3)
    await again.close()
    expect(again.notices).toEqual([])
  })

  it('is tried again after a rest if it could not be started', async () => {
    const folder = temporaryFolder()
    const program = path.join(folder, 'program')
    const run = await openFollowed({ command: [program], restMs: 10 })
    await run.store(1)
    await until(() => run.notices.length > 0)
    put(program, `#!/bin/sh\ntouch "${folder}/done"\n`)
    spawnSync('chmod', ['755', program])
    await until(() => namesIn(folder).includes('done'))
    await run.close()
  })
})

describe('a stop', () => {
  it.skipIf(process.platform === 'win32')(
    'waits for no program that hangs; its picture is the next start’s',
    async () => {
      const { command, folder } = nodeProgram(`
      process.on('SIGTERM', () => {})
      fs.writeFileSync(folder + '/started', '')
      setInterval(() => {}, 1000)`)
      const run = await openFollowed({ command, drainMs: 10, graceMs: 100 })
      await run.store(1)
      await run.store(2)
      await until(() => namesIn(folder).includes('started'))
      await run.close()
      expect(run.notices).toEqual(['onPicture is still to be run for 2 pictures; the next start goes on.'])
      const next = reporter()
      const again = await openFollowed({ command: next.command }, run.root)
      await until(() => namesIn(next.folder).length === 2)
      await again.close()
    },
  )

  it('would leave pictures out for good if they were not noted', async () => {
    const run = await openFollowed({ command: ['/nowhere/program'] })
    await run.store(1)
    await run.close()
    rmSync(path.join(run.root, 'pending', 'hooks.ndjson'))
    const { command, folder } = reporter()
    await (await openFollowed({ command }, run.root)).close()
    expect(namesIn(folder)).toEqual([])
  })

  it('lets the last programs end if they are quick', async () => {
    const { command, folder } = reporter()
    const run = await openFollowed({ command })
    for (let number = 1; number <= 5; number += 1) await run.store(number)
    await run.close()
    expect(namesIn(folder)).toHaveLength(5)
    expect(filesBelow(path.join(run.root, 'pending')).filter((name) => name.includes('hooks'))).toEqual([])
  })
})

it('too many that wait are said and counted', async () => {
  const run = await openFollowed({ command: ['/nowhere/program'], maxWaiting: 2 })
  for (let number = 1; number <= 5; number += 1) await run.store(number)
  await until(() => run.notices.length > 0)
  await run.close()
  expect(run.notices.slice(1)).toEqual([
    'onPicture was not run for 3 pictures: too many waited.',
    'onPicture is still to be run for 2 pictures; the next start goes on.',
  ])
})

it('a record that points out of the archive is passed over', async () => {
  const { command, folder } = reporter()
  const run = await openFollowed({ command: ['/nowhere/program'] })
  const record = await run.store(1)
  await until(() => run.notices.length > 0)
  await run.close()
  const place = path.join(run.root, 'database', run.archive.recordOf(fileId(`file-${idOf(1)}`)) ?? '')
  put(place, JSON.stringify({ ...record, image: '../../etc/passwd.png' }))
  const again = await openFollowed({ command }, run.root)
  await again.store(2)
  await until(() => reportIn(folder, idOf(2)))
  await again.close()
  expect(namesIn(folder)).toEqual([idOf(2)])
})

it('variables of a program are no settings of ours', () => {
  expect(Object.values(hookVariables)).toEqual([
    'DALLE_ARCHIVER_IMAGE',
    'DALLE_ARCHIVER_RECORD',
    'DALLE_ARCHIVER_ARCHIVE',
  ])
})
