import { chmodSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { serviceName } from '../../../src/service/settings.ts'
import { put, temporaryFolder } from '../../fakes/folder.ts'
import { createFakeIo } from '../../fakes/io.ts'

const home = process.cwd()
afterEach(() => {
  process.chdir(home)
  vi.unstubAllEnvs()
})

/** A folder with a config, a home of its own, and a systemd that does nothing. */
function prepared(config: object = { archivePath: 'archive', headless: true }) {
  const folder = temporaryFolder()
  put(path.join(folder, 'config.json'), JSON.stringify(config))
  for (const name of ['systemctl', 'journalctl']) chmodSync(put(path.join(folder, 'bin', name), '#!/bin/sh\n'), 0o755)
  vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`)
  vi.stubEnv('XDG_CONFIG_HOME', path.join(folder, 'settings'))
  process.chdir(folder)
  const name = serviceName(path.join(folder, 'archive'))
  return { folder, unit: path.join(folder, 'settings', 'systemd', 'user', `${name}.service`) }
}

async function run(...argv: string[]) {
  const io = createFakeIo()
  const code = await main(['service', ...argv], io)
  return { code, out: io.out, err: io.err }
}

describe.skipIf(process.platform !== 'linux')('service', () => {
  it('install --dry-run prints the file with absolute paths, and writes nothing', async () => {
    const { folder, unit } = prepared()
    const { code, out } = await run('install', '--dry-run', '--minimized')
    expect([code, existsSync(unit)]).toEqual([0, false])
    expect(out).toContain(`# ${unit}\n[Unit]\n`)
    expect(out).toContain(`"watch" "--config" "${folder}/config.json" "--minimized"\n`)
    expect(out).toContain(`WorkingDirectory=${folder}\n`)
    expect(out).toContain('# then: systemctl --user daemon-reload\n')
  })

  it('install --dry-run --json is one object with the text of the file', async () => {
    const { unit } = prepared()
    const { out } = await run('install', '-n', '--json', '--archive', 'other archive')
    const { file, text } = JSON.parse(out) as { file: string; text: string }
    expect(path.dirname(file)).toBe(path.dirname(unit))
    expect(file).not.toBe(unit)
    expect(text).toContain(`"--archive" "${path.resolve('other archive')}"\n`)
  })

  it('install names the person’s own config, where that alone says what there is to say', async () => {
    const { folder } = prepared()
    const own = { archivePath: path.join(folder, 'mine'), headless: true }
    put(path.join(folder, 'settings', 'dalle-archiver', 'config.json'), JSON.stringify(own))
    process.chdir(temporaryFolder())
    const { code, out } = await run('install', '-n')
    expect(code).toBe(0)
    expect(out).toContain(`"watch" "--config" "${folder}/settings/dalle-archiver/config.json"\n`)
    expect(out).toContain(`Description=dalle-archiver, ChatGPT pictures to ${folder}/mine\n`)
  })

  it('install, status, logs and remove tell what they did', async () => {
    const { unit } = prepared()
    expect(await run('status')).toMatchObject({ code: 0, out: expect.stringContaining('No service is installed') })
    expect(await run('install')).toMatchObject({ code: 0, out: expect.stringContaining(`Installed ${unit}\n`) })
    expect(readFileSync(unit, 'utf8')).toContain('[Service]')
    expect(await run('status')).toMatchObject({ code: 0, out: `Installed: ${unit}\nIt does not run.\n` })
    expect(JSON.parse((await run('status', '--json')).out)).toEqual({
      ...{ event: 'service', file: unit, isInstalled: true, isRunning: false, pid: null, lastExitCode: null },
    })
    expect(await run('logs')).toEqual({ code: 0, out: '', err: 'Nothing was written yet.\n' })
    expect(await run('remove', '--dry-run')).toMatchObject({ code: 0, out: `Would remove ${unit}\n` })
    expect(existsSync(unit)).toBe(true)
    expect(await run('remove')).toMatchObject({ code: 0, out: `Removed ${unit}\n` })
    expect(await run('remove')).toMatchObject({ code: 0, out: expect.stringContaining('No service is installed') })
    expect(existsSync(unit)).toBe(false)
  })

  it('run ends well when the watch says that its config is wrong: a new start would not help', async () => {
    const { folder } = prepared()
    put(path.join(folder, 'config.json'), '{')
    const log = path.join(folder, 'logs', 'watch.log')
    expect(await run('run', '--config', 'config.json', '--log', log)).toEqual({ code: 0, out: '', err: '' })
    expect(readFileSync(log, 'utf8')).toContain('config.json is no valid JSON')
  })

  it.each<[string, string[], string]>([
    ['an unknown word', ['start'], 'start'],
    ['no word', [], 'what'],
    ['--dry-run where nothing is written', ['logs', '--dry-run'], '--dry-run'],
    ['a config that is not there', ['install', '--config', 'none.json'], 'none.json'],
  ])('%s is one line, exit 2', async (_, argv, said) => {
    prepared()
    const { code, out, err } = await run(...argv)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(said)
    expect(err).not.toMatch(/^\s+at .+:\d+/m)
  })
})
