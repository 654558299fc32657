import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { namesIn, nodeProgram, reporter, reportIn } from './support.ts'

const twoPictures = fileURLToPath(new URL('../field/11-wrapped-conversations/export', import.meta.url))
const main = path.resolve('dist/cli/main.js')

/** The import of an export, as a person starts it, with a program for each new picture. */
const command = (archivePath: string, onPicture: readonly string[]) => ({
  args: [main, 'import', twoPictures, '--archive', archivePath],
  env: { ...process.env, DALLE_ARCHIVER_ON_PICTURE: JSON.stringify(onPicture) },
})

const linesOf = (file: string) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : []

describe('onPicture', () => {
  it('is run for each picture of an import, which says where it came from; an import that brings none runs none', () => {
    const root = path.join(temporaryFolder(), 'archive')
    const { command: onPicture, folder } = reporter()
    const { args, env } = command(root, onPicture)
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    const reports = namesIn(folder).map((name) => reportIn(folder, name))
    expect(reports).toHaveLength(filesBelow(path.join(root, 'database')).length)
    expect(reports.length).toBeGreaterThan(0)
    for (const report of reports) {
      expect(JSON.parse(report?.stdin ?? '')).toMatchObject({ source: { origin: 'export' } })
      expect(existsSync(report?.env.DALLE_ARCHIVER_IMAGE ?? '')).toBe(true)
      expect(Object.keys(report?.env ?? {})).not.toContain('DALLE_ARCHIVER_ON_PICTURE')
    }
    const again = reporter()
    const second = command(root, again.command)
    expect(spawnSync(process.execPath, second.args, { env: second.env }).status).toBe(0)
    expect(namesIn(again.folder)).toEqual([])
  })

  it('that fails changes nothing of the import but a line', () => {
    const root = path.join(temporaryFolder(), 'archive')
    const { args, env } = command(root, ['/nowhere/program'])
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stderr.split('\n').filter((line) => line.includes('cannot be started'))).toHaveLength(1)
    expect(stderr).toContain('the next start goes on')
    expect(filesBelow(path.join(root, 'images')).length).toBeGreaterThan(0)
  })

  it('is run by the next start for whatever a killed one has not run it for', async () => {
    const root = path.join(temporaryFolder(), 'archive')
    const { command: hanging, folder } = nodeProgram(`
      fs.writeFileSync(folder + '/' + process.pid, '')
      setTimeout(() => {}, 20_000)`)
    const { args, env } = command(root, hanging)
    const killed = spawn(process.execPath, args, { env, stdio: 'ignore' })
    const ended = new Promise((resolve) => killed.once('exit', (_, signal) => resolve(signal)))
    await until(() => namesIn(folder).length > 0 && linesOf(path.join(root, 'pending', 'hooks.ndjson')).length === 2)
    killed.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    for (const pid of namesIn(folder)) process.kill(Number(pid), 'SIGKILL')
    const next = reporter()
    const again = command(root, next.command)
    expect(spawnSync(process.execPath, again.args, { env: again.env }).status).toBe(0)
    const records = filesBelow(path.join(root, 'database')).map((name) => /-([^-/]+)\.json$/.exec(name)?.[1])
    expect(namesIn(next.folder)).toEqual(records.sort())
    expect(existsSync(path.join(root, 'pending', 'hooks.ndjson'))).toBe(false)
  })
})
