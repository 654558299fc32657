import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endpointAt } from '../../src/browser/attach.ts'
import { notedSession } from '../../src/browser/session.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { hasUserManager, startUserManager, type UserManager } from '../fakes/user-manager.ts'
import { machineArgs } from './support.ts'

const program = path.resolve('dist/cli/main.js')

/** Each start of Node counts twice: once for the command, and once for the service. */
const longestMs = 180_000

describe.skipIf(!hasUserManager)('a service that systemd really runs', { timeout: longestMs }, () => {
  let manager: UserManager
  let site: PretendChatgpt
  let folder: string
  beforeEach(async () => {
    manager = await startUserManager()
    site = await startPretendChatgpt({ paceMs: 5 })
    // Whatever quoting may get wrong.
    folder = path.join(temporaryFolder(), `a "b" 100% %h $HOME 語`)
  })
  afterEach(async () => {
    service('remove')
    await site.close()
    await manager.close()
  })

  const configWith = (more: object) => {
    const chromiumArgs = [...site.chromiumArgs, ...machineArgs]
    const config = { archivePath: 'archive', profilePath: 'profile', headless: true, notices: false, chromiumArgs }
    put(path.join(folder, 'config.json'), JSON.stringify({ ...config, ...more }))
  }
  const service = (verb: string, ...args: string[]) =>
    manager.run(process.execPath, program, 'service', verb, '--config', path.join(folder, 'config.json'), ...args)
  const status = () =>
    JSON.parse(service('status', '--json').out) as { pid: number; file: string; lastExitCode: number }
  const stateOf = (unit: string) => manager.run('systemctl', '--user', 'show', '-P', 'SubState', unit).out.trim()

  it('watches, takes its browser over after a crash, and is gone when it is removed', async () => {
    configWith({})
    expect(service('install')).toMatchObject({ code: 0, err: '' })
    const profile = path.join(folder, 'profile')
    const before = await until(() => notedSession(profile)?.endpoint)
    await until(() => existsSync(path.join(folder, 'archive', '.dalle-archiver.lock')) || undefined)
    const { pid, file } = status()
    const unit = path.basename(file)

    process.kill(pid, 'SIGKILL')
    await until(() => stateOf(unit) === 'auto-restart' || undefined)
    // Instead of waiting for it: the same start, now.
    manager.run('systemctl', '--user', 'restart', unit)
    const again = await until(() => (status().pid !== pid && status().pid) || undefined)
    expect(again).toBeGreaterThan(0)
    await until(() => notedSession(profile)?.owner.pid === again || undefined)
    expect(notedSession(profile)?.endpoint).toBe(before)

    expect(service('remove').code).toBe(0)
    expect(existsSync(file)).toBe(false)
    const port = notedSession(profile)?.port ?? 0
    await until(async () => (await endpointAt(port)) === undefined || undefined)
    expect(() => process.kill(again, 0)).toThrow()
  })

  it('is started again for what may be well soon, and not for a config that is wrong', async () => {
    configWith({ chromiumPath: '/nowhere/chromium' })
    service('install')
    const { file } = status()
    const unit = path.basename(file)
    await until(() => stateOf(unit) === 'auto-restart' || undefined)
    expect(status()).toMatchObject({ pid: null, lastExitCode: 5 })

    writeFileSync(path.join(folder, 'config.json'), readFileSync(path.join(folder, 'config.json'), 'utf8').slice(1))
    manager.run('systemctl', '--user', 'restart', unit)
    await until(() => stateOf(unit) === 'failed' || undefined)
    configWith({})
    expect(status()).toMatchObject({ pid: null, lastExitCode: 2 })

    // One that systemd has given up is installed anew all the same.
    const again = () => manager.run('systemctl', '--user', 'restart', unit).code
    expect(Array.from({ length: 12 }, again).at(-1)).not.toBe(0)
    expect(service('install')).toMatchObject({ code: 0, err: '' })
  })
})
