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

function run(archivePath: string, onPicture: readonly string[]) {
  const { args, env } = command(archivePath, onPicture)
  return spawnSync(process.execPath, args, { env, encoding: 'utf8' })
}

/**
 * Imports until the program has left a report of each picture: on a busy machine the first start may not get so far.
 */
function runUntilAllRan(archivePath: string, { command: onPicture, folder }: ReturnType<typeof reporter>) {
  do expect(run(archivePath, onPicture).status).toBe(0)
  while (namesIn(folder).length < 2)
  return namesIn(folder).map((name) => reportIn(folder, name))
}

const linesOf = (file: string) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : []

describe('onPicture', { timeout: 90_000 }, () => {
  it('is run for each picture of an import, which says where it came from', () => {
    const root = path.join(temporaryFolder(), 'archive')
    const reports = runUntilAllRan(root, reporter())
    expect(reports).toHaveLength(filesBelow(path.join(root, 'database')).length)
    for (const report of reports) {
      expect(JSON.parse(report?.stdin ?? '')).toMatchObject({ source: { origin: 'export' } })
      expect(existsSync(report?.env.DALLE_ARCHIVER_IMAGE ?? '')).toBe(true)
      expect(Object.keys(report?.env ?? {})).not.toContain('DALLE_ARCHIVER_ON_PICTURE')
    }
    expect(existsSync(path.join(root, 'pending', 'hooks.ndjson'))).toBe(false)
    // An import that brings nothing new runs nothing.
    const again = reporter()
    expect(run(root, again.command).status).toBe(0)
    expect(namesIn(again.folder)).toEqual([])
  })

  it('that cannot be started changes nothing of the import but a line', () => {
    const root = path.join(temporaryFolder(), 'archive')
    const { status, stderr } = run(root, ['/nowhere/program'])
    expect(status).toBe(0)
    expect(stderr.split('\n').filter((line) => line.includes('cannot be started'))).toHaveLength(1)
    expect(stderr).toContain('onPicture is still to be run for 2 pictures; the next start goes on.')
    expect(filesBelow(path.join(root, 'images'))).toHaveLength(2)
  })

  it('is run by the next start for whatever a killed one has not run it for', async () => {
    const root = path.join(temporaryFolder(), 'archive')
    const { command: hanging, folder } = nodeProgram(`
      fs.writeFileSync(folder + '/' + process.pid, '')
      setTimeout(() => {}, 60_000)`)
    const { args, env } = command(root, hanging)
    const killed = spawn(process.execPath, args, { env, stdio: 'ignore' })
    const ended = new Promise((resolve) => killed.once('exit', (_, signal) => resolve(signal)))
    await until(() => namesIn(folder).length > 0 && linesOf(path.join(root, 'pending', 'hooks.ndjson')).length === 2)
    killed.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    for (const pid of namesIn(folder)) process.kill(Number(pid), 'SIGKILL')
    const next = reporter()
    runUntilAllRan(root, next)
    const records = filesBelow(path.join(root, 'database')).map((name) => /-([^-/]+)\.json$/.exec(name)?.[1])
    expect(namesIn(next.folder)).toEqual(records.sort())
  })
})
