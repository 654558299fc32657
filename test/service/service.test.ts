import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ArchiverError } from '../../src/errors.ts'
import {
  type Host,
  install,
  isInstalled,
  logsOf,
  managerFor,
  refuseTemporary,
  stateOf,
  uninstall,
} from '../../src/service/service.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

afterEach(() => vi.unstubAllEnvs())

const hostOf = (more: Partial<Host> = {}): Host => ({
  ...{ platform: 'linux', home: '/home/me', env: { PATH: '/usr/bin' }, cwd: '/work', uid: 501, user: 'me' },
  ...{ node: '/usr/bin/node', program: '/opt/dalle-archiver/dist/cli/main.js' },
  ...more,
})

const wishOf = (archivePath = '/data/pictures') => ({
  config: { archivePath, headless: true, attach: undefined },
  args: ['--config', '/home/me/config.json'],
  folder: '/home/me',
})

/** Stands in place of the platform's tools: notes how each is called, and fails for what matches `fails`. */
function stubTools(fails = '^$'): { readonly said: () => string[] } {
  const folder = temporaryFolder()
  const log = path.join(folder, 'log')
  const text = `#!/bin/sh\necho "$(basename "$0") $*" >> ${log}\nif echo "$*" | grep -qE '${fails}'; then echo "it is refused" >&2; exit 1; fi\necho MainPID=0\necho ExecMainStatus=5\necho ExecMainExitTimestampMonotonic=9\n`
  for (const name of ['systemctl', 'journalctl']) chmodSync(put(path.join(folder, name), text), 0o755)
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  return { said: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) }
}

/** The manager of a home that is empty so far. */
async function inHome() {
  const config = temporaryFolder()
  const manager = await managerFor(wishOf(), hostOf({ env: { PATH: '/usr/bin', XDG_CONFIG_HOME: config } }))
  const files = () =>
    readdirSync(config, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.service'))
  return { manager, files }
}

describe('each platform', () => {
  it('runs what it needs', async () => {
    const text = async (host: Partial<Host>) => {
      const { bytes } = await managerFor(wishOf(), hostOf(host))
      return host.platform === 'win32' ? bytes.toString('utf16le') : bytes.toString()
    }
    const program = '/opt/dalle-archiver/dist/cli/main.js'
    expect(await text({})).toContain(`:"/usr/bin/node" "${program}" "watch" "--config" "/home/me/config.json"\n`)
    const plist = await text({ platform: 'darwin' })
    expect(plist).toMatch(/<string>service<\/string>\s*<string>run<\/string>\s*<string>--config</)
    expect(plist).toMatch(/<string>\/home\/me\/Library\/Logs\/dalle-archiver\/dalle-archiver-pictures-\w{8}\.log</)
    const task = await text({ platform: 'win32', env: { LOCALAPPDATA: 'C:\\Local' } })
    expect(task).toMatch(
      /main\.js service run --log C:\\Local\\dalle-archiver\\dalle-archiver-pictures-\w{8}\.log --config/,
    )
  })

  it('has the settings that the environment of the command has', async () => {
    const env = { PATH: '/usr/bin', HOME: '/home/me', DALLE_ARCHIVER_HEADLESS: 'true', DALLE_ARCHIVER_NOTICES: '' }
    const { bytes } = await managerFor(wishOf(), hostOf({ env }))
    expect(bytes.toString().match(/^Environment=.*$/gm)).toEqual([
      'Environment="PATH=/usr/bin"',
      'Environment="DALLE_ARCHIVER_HEADLESS=true"',
    ])
    // Paths in variables are relative to the folder of the command.
    expect(bytes.toString()).toContain('WorkingDirectory=/work\n')
    expect((await managerFor(wishOf(), hostOf())).bytes.toString()).toContain('WorkingDirectory=/home/me\n')
  })

  it('without a manager that we know is told so', async () => {
    await expect(managerFor(wishOf(), hostOf({ platform: 'freebsd' }))).rejects.toThrow(/this platform \(freebsd\)/)
  })

  it.each([
    '/home/me/.npm/_npx/0123456789abcdef/node_modules/dalle-archiver/dist/cli/main.js',
    'C:\\Users\\me\\AppData\\Local\\npm-cache\\_npx\\01\\node_modules\\dalle-archiver\\dist\\cli\\main.js',
    '/home/me/.cache/pnpm/dlx-1234/node_modules/dalle-archiver/dist/cli/main.js',
  ])('runs no program that may be gone tomorrow: %s', (program) => {
    expect(() => refuseTemporary(program)).toThrow(ArchiverError)
    expect(() => refuseTemporary('/usr/lib/node_modules/dalle-archiver/dist/cli/main.js')).not.toThrow()
  })
})

describe.skipIf(process.platform !== 'linux')('a service', () => {
  it('is written whole, then started; a second one of the same archive replaces it', async () => {
    const { said } = stubTools()
    const { manager, files } = await inHome()
    await install(manager)
    await install(manager)
    expect(files()).toHaveLength(1)
    expect(readFileSync(manager.file)).toEqual(manager.bytes)
    const unit = path.basename(manager.file)
    const stopping = [`stop ${unit}`, `reset-failed ${unit}`]
    const once = ['show-environment', ...stopping, 'show', 'daemon-reload', `reenable ${unit}`, `start ${unit}`]
    const verbs = said().map((line) => line.replace('systemctl --user ', '').replace(/^show .*/, 'show'))
    expect(verbs).toEqual([...once, ...once])
    expect(await stateOf(manager)).toEqual({ isRunning: false, pid: null, lastExitCode: 5 })
    expect(await logsOf(manager)).toEqual(['MainPID=0', 'ExecMainStatus=5', 'ExecMainExitTimestampMonotonic=9'])
  })

  it('is gone after it was removed', async () => {
    const { said } = stubTools()
    const { manager, files } = await inHome()
    await install(manager)
    await uninstall(manager)
    expect([files(), isInstalled(manager)]).toEqual([[], false])
    expect(said().at(-3)).toContain('disable --now dalle-archiver-pictures-')
  })

  it.each(['daemon-reload', 'reenable', ' start '])('is not half installed when %s fails', async (verb) => {
    stubTools(verb)
    const { manager, files } = await inHome()
    await expect(install(manager)).rejects.toThrow(/it is refused/)
    expect(files()).toEqual([])
  })

  it('is not written where no manager runs', async () => {
    stubTools('show-environment')
    const { manager, files } = await inHome()
    await expect(install(manager)).rejects.toThrow(/systemctl is not at work in this session: it is refused/)
    expect(files()).toEqual([])
  })

  it('of which nothing is known does not run', async () => {
    stubTools(' show ')
    const { manager } = await inHome()
    expect(await stateOf(manager)).toEqual({ isRunning: false, pid: null, lastExitCode: null })
  })
})
