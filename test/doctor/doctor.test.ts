import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { main } from '../../src/cli/main.ts'
import { configFor } from '../../src/config.ts'
import {
  checkClock,
  checkFileSystem,
  checkLeftovers,
  checkLock,
  checkRights,
  checkSpace,
} from '../../src/doctor/archive-checks.ts'
import { anonymous, examine } from '../../src/doctor/doctor.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { checkBrowser, checkNode, checkPort, checkProfile, checkWindow } from '../../src/doctor/machine-checks.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { createFakeIo } from '../fakes/io.ts'

/** A program that says this when it is asked for its version. */
function program(says: string): string {
  const file = put(path.join(temporaryFolder(), 'browser'), `#!/bin/sh\n${says}\n`)
  chmodSync(file, 0o755)
  return file
}

describe('the machine', () => {
  it('has a Node that is new enough, and memory for its archive, or not', () => {
    expect(checkNode(1_000).state).toBe('sound')
    expect(checkNode(1_000, '20.18.3')).toMatchObject({ state: 'trouble', text: '20.18.3 is older than 20.19' })
    expect(checkNode(1_000, '22.1.0').state).toBe('sound')
    expect(checkNode(1e9)).toMatchObject({
      state: 'trouble',
      remedy: expect.stringMatching(/^Set NODE_OPTIONS=--max-old-space-size=\d+\.$/),
    })
  })

  it.each([
    ['echo Chromium 156.0.8078.1', 'sound', /durable capture/],
    ['echo Google Chrome 120.0.6099.1', 'note', /may be missed/],
    ['exit 1', 'trouble', /does not start/],
  ])('has a browser that answers %j', async (says, state, text) => {
    expect(await checkBrowser(program(says))).toMatchObject({ state, text: expect.stringMatching(text) })
  })

  it('lets the browser open its window, or not, each with what to do', () => {
    const config = configFor(temporaryFolder())
    const [person, root, server] = [
      { isRoot: false, hasDisplay: true },
      { isRoot: true, hasDisplay: true },
      { isRoot: false, hasDisplay: false },
    ]
    expect(checkWindow(config, person)).toMatchObject({ state: 'sound' })
    expect(checkWindow(config, root)).toMatchObject({ state: 'trouble', remedy: expect.stringContaining('no-sandbox') })
    expect(checkWindow({ ...config, chromiumArgs: ['--no-sandbox'] }, root)).toMatchObject({ state: 'sound' })
    expect(checkWindow(config, server)).toMatchObject({ state: 'trouble', remedy: expect.stringContaining('headless') })
    expect(checkWindow({ ...config, headless: true }, server)).toMatchObject({ state: 'sound' })
    expect(checkWindow({ ...config, attach: 9222 }, server)).toMatchObject({ state: 'sound' })
  })

  it('has no browser where there is none', async () => {
    expect(await checkBrowser(path.join(temporaryFolder(), 'nothing'))).toMatchObject({ state: 'trouble' })
  })

  it('has a profile that somebody is logged in to, that nobody is, or none', () => {
    const profilePath = temporaryFolder()
    expect(checkProfile({ profilePath: path.join(profilePath, 'none'), attach: undefined }).text).toContain('none yet')
    put(path.join(profilePath, 'Default/Cookies'), 'SQLite … chatgpt.com oai-did')
    expect(checkProfile({ profilePath, attach: undefined }).text).toContain('nobody seems')
    put(path.join(profilePath, 'Default/Network/Cookies'), '….chatgpt.com__Secure-next-auth.session-token.0…')
    expect(checkProfile({ profilePath, attach: undefined })).toMatchObject({ state: 'sound' })
    expect(checkProfile({ profilePath, attach: 'auto' }).text).toContain('attach')
  })

  it('has a port that is free, or one that is taken', async () => {
    const server = createServer()
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    expect(await checkPort(port)).toMatchObject({ state: 'note', text: expect.stringContaining('in use') })
    await new Promise((resolve) => server.close(resolve))
    expect((await checkPort(port)).state).toBe('sound')
    expect((await checkPort(undefined)).state).toBe('sound')
  })
})

describe('the archive', () => {
  it('lies on a file system that does what is needed, and nothing of the try is left', async () => {
    const root = temporaryFolder()
    expect(await checkFileSystem(root)).toMatchObject({ state: 'sound', text: expect.stringContaining('links') })
    expect(await checkClock(root)).toMatchObject({ state: 'sound' })
    expect(readdirSync(root)).toEqual([])
    expect(await checkFileSystem(path.join(root, 'gone'))).toMatchObject({ state: 'trouble' })
    expect((await checkSpace(root)).text).toMatch(/GB free/)
    expect((await checkRights(root)).state).toBe('sound')
  })

  it('is told when clocks are apart, or say a year that cannot be', async () => {
    const root = temporaryFolder()
    expect(await checkClock(root, () => new Date(Date.now() + 3_600_000))).toMatchObject({ state: 'trouble' })
    expect(await checkClock(root, () => new Date(0))).toMatchObject({ state: 'trouble' })
  })

  it('is held by somebody, by nobody, or by one that has ended', async () => {
    const root = temporaryFolder()
    expect((await checkLock(root)).text).toContain('nobody')
    const archive = await openArchive(root, { isLocked: true })
    expect(await checkLock(root)).toMatchObject({ state: 'sound', text: expect.stringContaining(`${process.pid}`) })
    await archive.close()
  })

  it('has leftovers of runs that were killed, or none', async () => {
    const root = temporaryFolder()
    mkdirSync(path.join(root, 'images'))
    expect((await checkLeftovers(root)).state).toBe('sound')
    put(path.join(root, 'images/2026/11/29/.0123456789abcdef.part'), '')
    put(path.join(root, 'database/2026/11/29/a-b.json.torn'), '')
    expect(await checkLeftovers(root)).toMatchObject({
      state: 'note',
      text: expect.stringMatching(/^unfinished files: 1, set aside .*: 1$/),
    })
  })
})

describe('what is told', () => {
  it('is fit for strangers: without the name of the home folder', () => {
    const finding: Finding = {
      about: 'x',
      state: 'note',
      text: '/home/ada/archive and /mnt/ada/x and adagio',
      remedy: 'look at /home/ada/.config',
    }
    expect(anonymous(finding, '/home/ada')).toEqual({
      ...finding,
      text: '~/archive and /mnt/someone/x and adagio',
      remedy: 'look at ~/.config',
    })
    expect(anonymous(finding, '/')).toEqual(finding)
  })

  it('is every check, one after the other, also of an archive that is not there', async () => {
    const told: string[] = []
    const config = configFor(path.join(temporaryFolder(), 'nowhere'))
    await examine({
      config,
      signal: new AbortController().signal,
      isQuick: true,
      onFinding: ({ about }) => told.push(about),
    })
    expect(told).toEqual(['Node', 'Browser', 'Window', 'Profile', 'Port', 'Archive'])
  })

  it('finds a file where the archive should be', async () => {
    const config = configFor(put(path.join(temporaryFolder(), 'archive'), 'a file'))
    const { signal } = new AbortController()
    const findings = await examine({ config, signal, isQuick: true, onFinding: () => {} })
    expect(findings.find(({ about }) => about === 'Archive')).toMatchObject({
      state: 'trouble',
      text: expect.stringContaining('is a file, not a folder'),
    })
  })

  it('ends with 3 where something is to be mended, each with its remedy, as words and as JSON', async () => {
    const root = temporaryFolder()
    const config = path.join(root, 'config.json')
    put(
      config,
      JSON.stringify({
        archivePath: root,
        chromiumPath: program('exit 1'),
        headless: true,
        chromiumArgs: ['--no-sandbox'],
      }),
    )
    const io = createFakeIo()
    expect(await main(['doctor', '--quick', '--config', config], io)).toBe(3)
    expect(io.out).toMatch(/✗ Browser: .*does not start.*\n {4}→ Start it by hand/)
    expect(io.out).toContain('1 thing to mend.')
    const json = createFakeIo()
    await main(['doctor', '--quick', '--config', config, '--json'], json)
    const lines = json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.at(-1)).toEqual({ event: 'doctor-ended', troubles: 1 })
    expect(lines.filter(({ state }) => state === 'trouble')).toHaveLength(1)
  })
})
