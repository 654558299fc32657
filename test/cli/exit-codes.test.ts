import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { main } from '../../src/cli/main.ts'
import { exitCodes } from '../../src/errors.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { createFakeIo, type FakeIo } from '../fakes/io.ts'
import { archiveToVerify, flipBit } from '../verify/support.ts'

const twoPictures = path.resolve('test/field/11-wrapped-conversations/export')
const program = path.resolve('dist/cli/main.js')
const home = process.cwd()

beforeEach(() => {
  // The person's own config is theirs.
  for (const name of ['HOME', 'XDG_CONFIG_HOME']) vi.stubEnv(name, temporaryFolder())
  process.chdir(temporaryFolder())
})
afterEach(() => {
  process.chdir(home)
  vi.unstubAllEnvs()
})

/** What ends with each code, in one command; 130 and 143 need a process of their own, and 6 a page. */
const endings: Readonly<Record<number, (io: FakeIo) => Promise<number>>> = {
  0: async (io) => main(['verify', '--archive', (await archiveToVerify(1)).root], io),
  1: (io) => main(['config', 'path'], { ...io, stdout: { ...io.stdout, write: () => broken() } as never }),
  2: (io) => main(['verify', '--smaple', '5%'], io),
  3: (io) => main(['import', put(path.resolve('letter.txt'), 'Dear all'), '--archive', 'archive'], io),
  async 4(io) {
    const { root, images } = await archiveToVerify(2)
    flipBit(images[0] ?? '')
    return main(['verify', '--archive', root], io)
  },
  5(io) {
    const config = { archivePath: 'archive', chromiumPath: '/nowhere/chromium', notices: false }
    return main(['--config', put(path.resolve('config.json'), JSON.stringify(config))], io)
  },
  async 7(io) {
    const root = temporaryFolder()
    const archive = await openArchive(root, { isLocked: true })
    return main(['import', twoPictures, '--archive', root], io).finally(() => archive.close())
  },
  8: (io) => main(['coverage', '--archive', put(path.resolve('file'), 'a file where the archive should be')], io),
}

const broken = () => {
  throw new Error('the pen is\n  broken')
}

it.each(Object.keys(endings).map(Number))('%i', async (code) => {
  const io = createFakeIo()
  expect(await endings[code]?.(io)).toBe(code)
  const [first = '', ...more] = io.err.split('\n').filter((line) => line !== '')
  expect(io.err).not.toMatch(/^\s+at .+:\d+/m)
  // What did not come to its end says so in one line, and in a second one what to do.
  if (![0, 3, 4].includes(code)) expect([first, more.length]).toEqual([expect.stringMatching(/^dalle-archiver: \S/), 1])
})

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while nothing could be finished: %i', async (signal, code) => {
  // A mirror that never answers.
  const store = createServer().listen(0, '127.0.0.1')
  await once(store, 'listening')
  const { port } = store.address() as { port: number }
  const mirror = { endpoint: `http://127.0.0.1:${port}`, bucket: 'pictures' }
  const config = { archivePath: (await archiveToVerify(1)).root, mirror }
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' }
  const args = [program, 'mirror', 'push', '--config', put(path.resolve('config.json'), JSON.stringify(config))]
  const push = spawn(process.execPath, args, { env })
  const said = { err: '' }
  push.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk
  })
  const closed = once(push, 'close')
  await Promise.race([once(store, 'connection'), closed])
  push.kill(signal)
  expect([...(await closed), said.err]).toEqual([
    code,
    null,
    'Stopping; what is done stays, and the next run goes on.\n',
  ])
  store.close()
})

it('every code of the table is provoked here, but for the login, which test/chromium/backfill.test.ts provokes', () => {
  const provoked = [...Object.keys(endings).map(Number), 130, 143, exitCodes['login-needed']]
  expect(provoked.sort((a, b) => a - b)).toEqual([...new Set(Object.values(exitCodes))].sort((a, b) => a - b))
})
