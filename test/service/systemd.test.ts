import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemdManager, unitText } from '../../src/service/systemd.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { hasSystemd } from '../fakes/programs.ts'
import { hostile, serviceOf } from './support.ts'

/** What systemd itself says of a unit, and with `isLoud` how it understands it. */
function verified(text: string, isLoud = false) {
  const folder = temporaryFolder()
  const file = put(path.join(folder, 'dalle-archiver-test.service'), text)
  const runtime = path.join(folder, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime, ...(isLoud && { SYSTEMD_LOG_LEVEL: 'debug' }) }
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--user', file], { env, encoding: 'utf8' })
  return { status, stdout, complaints: isLoud ? '' : stdout + stderr }
}

const good = { status: 0, complaints: '' }

describe.skipIf(!hasSystemd)('the unit, as systemd reads it', () => {
  it.each([[true], [false]])('is right, with a desktop: %s', (isGraphical) => {
    expect(verified(unitText(serviceOf({ isGraphical })))).toMatchObject(good)
  })

  it('means what was meant, whatever the paths are called', () => {
    const folder = temporaryFolder()
    const program = put(path.join(folder, 'a $HOME 100% %h 語', 'node'), '#!/bin/sh\n')
    chmodSync(program, 0o755)
    const command = [program, hostile, ';', '', '--archive', `/data/${hostile}`] as const
    const text = unitText(
      serviceOf({ command, folder: path.dirname(program), environment: { PATH: `/usr/bin:/${hostile}` } }),
    )
    expect(verified(text)).toMatchObject(good)
    const { stdout } = verified(text, true)
    const line = (start: string) => stdout.split('\n').find((one) => one.trim().startsWith(start)) ?? ''
    const shown = line('Command Line: ').trim().slice('Command Line: '.length)
    // systemd shows the words as a shell would take them.
    const words = spawnSync('bash', ['-c', `printf '%s\\n' ${shown.replaceAll('\\a', '\u0007')}`], { encoding: 'utf8' })
    expect(words.stdout.split('\n').slice(0, -1)).toEqual(command)
    expect(line('WorkingDirectory: ').trim()).toBe(`WorkingDirectory: ${path.dirname(program)}`)
    expect(line('Environment: PATH').trim()).toBe(`Environment: PATH=/usr/bin:/${hostile}`)
    expect(line('Restart: ').trim()).toBe('Restart: on-failure')
  })

  it('may name a program whose path systemd does not take', () => {
    const program = put(path.join(temporaryFolder(), `o'brien`, 'node'), '#!/bin/sh\n')
    chmodSync(program, 0o755)
    expect(unitText(serviceOf({ command: [program, 'watch'] }))).toContain(`:"/usr/bin/env" "${program}" "watch"`)
    expect(verified(unitText(serviceOf({ command: [program, 'watch'] })))).toMatchObject(good)
  })

  it.each<[string, (text: string) => string]>([
    ['a word that does not exist', (text) => text.replace('on-failure', 'on-failures')],
    ['a key that does not exist', (text) => text.replace('Restart=', 'Restarts=')],
    ['a quote too few', (text) => text.replace('"watch"', '"watch')],
    ['a folder that is relative', (text) => text.replace('WorkingDirectory=/', 'WorkingDirectory=')],
    ['a program that is not there', (text) => text.replace('ExecStart=:"', 'ExecStart=:"/nowhere')],
    ['a target that does not exist', (text) => text.replace('[Service]', 'Requires=nothing\n[Service]')],
  ])('negative control: would be refused for %s', (_, spoil) => {
    const text = unitText(serviceOf())
    const spoilt = spoil(text)
    expect(spoilt).not.toBe(text)
    expect(verified(spoilt).complaints).not.toBe('')
  })
})

describe('the unit', () => {
  it('starts with the desktop, or with the session where there is none', () => {
    expect(unitText(serviceOf({ isGraphical: true }))).toContain('WantedBy=graphical-session.target')
    const without = unitText(serviceOf({ isGraphical: false }))
    expect(without).toContain('WantedBy=default.target')
    expect(without).not.toContain('graphical')
  })

  it('is not started again for what a start cannot mend: config, finished, login', () => {
    expect(unitText(serviceOf())).toContain('RestartPreventExitStatus=2 3 6\n')
  })

  it('lies where systemd looks, and is managed in the person’s own manager alone', () => {
    const { file, probe, install, remove, afterRemove, state, logs } = systemdManager(serviceOf(), '/home/me/.config')
    expect(file).toBe('/home/me/.config/systemd/user/dalle-archiver-pictures-0123abcd.service')
    for (const command of [probe, ...install, ...remove, ...afterRemove, state, logs])
      expect(command.slice(1, 2)).toEqual(['--user'])
  })

  it('tells how it is', () => {
    const { stateIn } = systemdManager(serviceOf(), '/c')
    const show = (...lines: string[]) => stateIn(lines.join('\n'))
    const ended = 'ExecMainExitTimestampMonotonic=5'
    expect(show('MainPID=12', 'ExecMainStatus=0', 'ExecMainExitTimestampMonotonic=0')).toEqual({
      ...{ isRunning: true, pid: 12, lastExitCode: null },
    })
    expect(show('MainPID=0', 'ExecMainStatus=7', ended)).toEqual({
      ...{ isRunning: false, pid: null, lastExitCode: 7 },
    })
    expect(stateIn(undefined)).toEqual({ isRunning: false, pid: null, lastExitCode: null })
  })
})
