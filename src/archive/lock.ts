import { createHash, randomBytes } from 'node:crypto'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { momentAt, parseJson } from '../decode/json.ts'
import { ArchiverError } from '../errors.ts'
import { isAlive, type ProcessId, processIn, thisProcess } from '../process-id.ts'
import { codeOf } from './disk-errors.ts'
import { remove, removeIfSame, touchIfSame, writeNew } from './files.ts'
import { deviceOf, identityOf, readIfThere, writtenAt } from './read-files.ts'

/** The right to write into an archive. */
export interface Lock {
  /**
   * Makes sure that the archive is there and still ours; asked before each write.
   *
   * Errors  ArchiverError "disk" while its folder is gone (a drive that was taken out, a share that is away), and
   *         "archive-locked" when somebody else has taken it over.
   */
  check(): Promise<void>
  release(): Promise<void>
}

const lockName = '.dalle-archiver.lock'
const beatMs = 10_000
/** A holder that has not written for this long is gone, as seen by the clock of the disk they share. */
const deadAfterMs = 60_000
/**
 * What was read and has not changed since is not read again for so long. Not for longer, since a shared folder may tell
 * late what changed: only opening a file asks for it anew.
 */
const readForMs = 1_000
/** Clearing a stale lock takes some milliseconds. */
const [clearTries, clearPauseMs] = [40, 25]

/**
 * Takes the lock of an archive: one writer at a time, also over a shared folder.
 *
 * Shape   `.dalle-archiver.lock`, made by linking a finished file to its name; its holder writes it anew every 10 s. A
 *         lock is stale when its process has ended (on the same machine), or when it was not written for 60 s by the
 *         file system's own clock, so that two machines need not agree on the time.
 * Errors  ArchiverError "archive-locked" naming the holder; "disk" when the lock cannot be written or is a link.
 */
export async function lockArchive(root: string, now = () => new Date(), me: ProcessId = thisProcess()): Promise<Lock> {
  const file = path.join(root, lockName)
  const token = randomBytes(12).toString('hex')
  const content = Buffer.from(`${JSON.stringify({ ...me, startedAt: now().toISOString(), token }, null, 2)}\n`)
  const device = await deviceOf(root)
  await take()

  async function take(): Promise<void> {
    for (let tries = 0; tries < clearTries; tries++) {
      if (await claimed(file)) return
      const other = await readLock()
      if (other === undefined) continue
      if (!(await isStale(file, other))) throw lockedBy(other)
      if (!(await clear(other))) await pause(clearPauseMs)
    }
    throw lockedBy((await readLock()) ?? content)
  }

  /** False when it is taken, and when its holder just swept our temporary file away as a leftover. */
  async function claimed(place: string): Promise<boolean> {
    try {
      return (await writeNew(place, content)) === 'written'
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && (await readLock()) !== undefined) return false
      throw error
    }
  }

  /**
   * Removes a stale lock, unless somebody else is about to. Of all who find it only one may touch it, since a slower
   * one would move the fresh lock of whoever was faster.
   */
  async function clear(stale: Buffer): Promise<boolean> {
    const claim = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`
    if (!(await claimed(claim))) {
      const other = await readIfThere(claim)
      if (other && (await isStale(claim, other))) await removeIfSame(claim, other)
      return false
    }
    try {
      await removeIfSame(file, stale)
      return true
    } finally {
      await remove(claim)
    }
  }

  async function readLock(): Promise<Buffer | undefined> {
    try {
      return await readIfThere(file)
    } catch (error) {
      if (codeOf(error) !== 'ELOOP') throw error
      throw new ArchiverError('disk', `${file} is a symbolic link, which we do not follow.`, { hint: 'Remove it.' })
    }
  }

  async function isStale(place: string, lock: Buffer): Promise<boolean> {
    const other = holderOf(lock)
    if (other && other.machine === me.machine) {
      if (!isAlive(other)) return true
      // A process id may have been given anew; where the system tells when a process began, that was compared.
      if (other.processStart !== '') return false
    }
    return (await quietForMs(place)) > deadAfterMs
  }

  /** How long a lock was not written, by the clock of the disk it lies on; for ever when it is not there any more. */
  async function quietForMs(place: string): Promise<number> {
    const probe = path.join(root, `${lockName}.${token}`)
    await writeNew(probe, new Uint8Array())
    try {
      return (await writtenAt(probe)).getTime() - (await writtenAt(place)).getTime()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return Number.POSITIVE_INFINITY
      throw error
    } finally {
      await remove(probe)
    }
  }

  function lockedBy(lock: Buffer): ArchiverError {
    const other = holderOf(lock)
    const since = momentAt(parseJson(lock.toString()), 'startedAt')
    const who = other ? `process ${other.pid} on ${other.host}` : 'another program'
    return new ArchiverError(
      'archive-locked',
      `The archive ${root} is in use by ${who}${since ? `, since ${since.toISOString()}` : ''}.`,
      { hint: `Stop that one first. If it is gone for certain, remove ${file}.` },
    )
  }

  /** The lock as it was when it was last read and ours. */
  let read: { readonly identity: string | undefined; readonly until: number } | undefined

  // A beat that fails is no news: what cannot be written is noticed by whoever writes a picture.
  const beating = setInterval(() => void touchIfSame(file, content).catch(() => {}), beatMs)
  beating.unref()

  return {
    async check() {
      const identity = await identityOf(file)
      if (identity !== undefined && identity === read?.identity && performance.now() < read.until) return
      const found = await readLock()
      if (found?.equals(content)) {
        read = { identity, until: performance.now() + readForMs }
        return
      }
      if (found) throw lockedBy(found)
      // Without the lock the folder may be an empty mount point; on the same device it is ours, only tidied up.
      if ((await deviceOf(root).catch(() => undefined)) !== device)
        throw new ArchiverError('disk', `The archive folder ${root} is gone.`)
      await take()
    },
    async release() {
      clearInterval(beating)
      await removeIfSame(file, content).catch(() => {})
    },
  }
}

/** Who writes into an archive. */
export interface LockHolder extends ProcessId {
  readonly since: Date | null
  /** False for one of this machine that has ended; unknown of another machine. */
  readonly isAlive: boolean | null
}

/** Who holds the lock of an archive, for whoever only looks; undefined when nobody does. */
export async function readLockHolder(root: string): Promise<LockHolder | undefined> {
  const lock = await readIfThere(path.join(root, lockName)).catch(() => undefined)
  const holder = lock && holderOf(lock)
  if (!holder) return undefined
  const isOurs = holder.machine === thisProcess().machine
  return {
    ...holder,
    since: momentAt(parseJson(lock.toString()), 'startedAt'),
    isAlive: isOurs ? isAlive(holder) : null,
  }
}

const holderOf = (lock: Buffer) => processIn(parseJson(lock.toString()))
