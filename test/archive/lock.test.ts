import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { lockArchive } from '../../src/archive/lock.ts'
import { ArchiverError } from '../../src/errors.ts'
import { type ProcessId, thisProcess } from '../../src/process-id.ts'
import { temporaryFolder } from '../fakes/folder.ts'

const lockIn = (root: string) => path.join(root, '.dalle-archiver.lock')
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof ArchiverError ? error : Promise.reject(error)),
  )

/** A process that has ended, on this machine. */
function gone(): ProcessId {
  const pid = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }))
  return { ...thisProcess(), pid, processStart: '1' }
}

/** Puts the lock of a holder into a folder, as old as told. */
function lockedBy(root: string, holder: ProcessId, ageS = 0) {
  writeFileSync(lockIn(root), JSON.stringify({ ...holder, startedAt: '2026-11-20T08:00:00.000Z', token: 'other' }))
  const at = Date.now() / 1000 - ageS
  utimesSync(lockIn(root), at, at)
}

const elsewhere: ProcessId = { host: 'attic', machine: 'attic 1 2', pid: 4711, processStart: '9' }

describe('the lock of an archive', () => {
  it('names host, process and start time of its owner', async () => {
    const root = temporaryFolder()
    const lock = await lockArchive(root, () => new Date('2026-11-20T09:00:00Z'))
    const error = await errorOf(lockArchive(root))
    expect(error?.code).toBe('archive-locked')
    expect(error?.message).toContain(`process ${process.pid} on ${hostname()}, since 2026-11-20T09:00:00.000Z`)
    await lock.release()
    await (await lockArchive(root)).release()
    expect(readdirSync(root)).toEqual([])
  })

  it('is taken at once from a process of this machine that has ended', async () => {
    const root = temporaryFolder()
    lockedBy(root, gone())
    const lock = await lockArchive(root)
    await lock.check()
    await lock.release()
  })

  it('is taken from a process whose id was given to another one', async () => {
    const root = temporaryFolder()
    lockedBy(root, { ...thisProcess(), processStart: '1' })
    await (await lockArchive(root)).release()
  })

  it('is respected while another machine writes to it, and taken after a long silence of that machine', async () => {
    const root = temporaryFolder()
    lockedBy(root, elsewhere, 30)
    const error = await errorOf(lockArchive(root))
    expect(error?.code).toBe('archive-locked')
    expect(error?.message).toContain('process 4711 on attic, since 2026-11-20T08:00:00.000Z')
    lockedBy(root, elsewhere, 120)
    await (await lockArchive(root)).release()
    expect(readdirSync(root)).toEqual([])
  })

  it('is respected while its content is not understood, until the file is old', async () => {
    const root = temporaryFolder()
    writeFileSync(lockIn(root), '{ half a lo')
    expect((await errorOf(lockArchive(root)))?.code).toBe('archive-locked')
    utimesSync(lockIn(root), 1, 1)
    await (await lockArchive(root)).release()
  })

  it('is refused if it is a symbolic link, and the target of the link stays as it is', async () => {
    const [root, other] = [temporaryFolder(), temporaryFolder()]
    const target = path.join(other, 'precious')
    writeFileSync(target, 'precious')
    symlinkSync(target, lockIn(root))
    expect((await errorOf(lockArchive(root)))?.code).toBe('disk')
    expect(readFileSync(target, 'utf8')).toBe('precious')
  })

  it('is refused if it is a symbolic link without a target', async () => {
    const root = temporaryFolder()
    symlinkSync(path.join(root, 'nowhere'), lockIn(root))
    expect((await errorOf(lockArchive(root)))?.code).toBe('disk')
    expect(existsSync(path.join(root, 'nowhere'))).toBe(false)
  })

  it('reports at the next write that another process has taken it over', async () => {
    const root = temporaryFolder()
    const lock = await lockArchive(root)
    lockedBy(root, elsewhere)
    expect((await errorOf(lock.check()))?.code).toBe('archive-locked')
    await lock.release()
    expect(readFileSync(lockIn(root), 'utf8')).toContain('attic')
  })

  it.each([
    ['in its place', (root: string) => lockedBy(root, elsewhere)],
    [
      'by another file',
      (root: string) => {
        rmSync(lockIn(root))
        lockedBy(root, elsewhere)
      },
    ],
  ])('reports that right after it was looked at, too: %s', async (_, takeOver) => {
    const root = temporaryFolder()
    const lock = await lockArchive(root)
    await lock.check()
    await lock.check()
    takeOver(root)
    expect((await errorOf(lock.check()))?.code).toBe('archive-locked')
    await lock.release()
  })

  it('is taken although a process died while it was removing a stale lock', async () => {
    const root = temporaryFolder()
    lockedBy(root, gone())
    const name = createHash('sha256')
      .update(readFileSync(lockIn(root)))
      .digest('hex')
      .slice(0, 16)
    writeFileSync(`${lockIn(root)}.${name}`, JSON.stringify(gone()))
    await (await lockArchive(root)).release()
    expect(readdirSync(root)).toEqual([])
  })

  it.each([
    ['left on this machine', 0],
    ['left on another machine', 120],
  ])('goes to exactly one of many processes that find one at the same moment that was %s', async (_, ageS) => {
    for (let round = 0; round < 30; round++) {
      const root = temporaryFolder()
      lockedBy(root, ageS > 0 ? elsewhere : gone(), ageS)
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, () => lockArchive(root).catch((error: ArchiverError) => error)),
      )
      const winners = outcomes.flatMap((one) => (one instanceof Error ? [] : [one]))
      const losers = outcomes.filter((one) => one instanceof Error)
      expect([round, winners.length]).toEqual([round, 1])
      expect(new Set(losers.map((one) => 'code' in one && one.code))).toEqual(new Set(['archive-locked']))
      await winners[0]?.check()
      await winners[0]?.release()
      expect(readdirSync(root)).toEqual([])
    }
  })

  it('is all that prevents two writers at once', async () => {
    const root = temporaryFolder()
    const first = await openArchive(root, { isLocked: true })
    expect((await errorOf(openArchive(root, { isLocked: true })))?.code).toBe('archive-locked')
    const second = await openArchive(root)
    expect(second.root).toBe(first.root)
    await Promise.all([first.close(), second.close()])
  })
})
