import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import fs from 'fs-extra'
import { ArchiverError } from '../errors.ts'
import { codeOf } from './disk-errors.ts'

/** Makes a folder and those above it, wherever the person wants it. */
export async function ensureFolder(folder: string): Promise<void> {
  await fs.ensureDir(folder)
}

/**
 * Makes a folder below `root` with those in between; `isPrivate` lets only its owner in.
 *
 * Shape   `relative` with `/`. A new folder is flushed into the one above it, so that a power cut does not take it.
 * Errors  ArchiverError "disk" for a symbolic link on the way: what is written to the archive stays in it.
 */
export async function ensureFolderIn(root: string, relative: string, { isPrivate = false } = {}): Promise<void> {
  let folder = root
  for (const part of relative.split('/')) {
    folder = path.join(folder, part)
    if (await makeFolder(folder, isPrivate)) await flushFolder(path.dirname(folder))
  }
}

/** True when the folder is new. */
async function makeFolder(folder: string, isPrivate: boolean): Promise<boolean> {
  // Mostly it is there: looking is cheaper than an error.
  const known = await fs.promises.lstat(folder).catch(() => undefined)
  if (known?.isDirectory() && !isPrivate) return false
  try {
    await fs.promises.mkdir(folder, { mode: isPrivate ? 0o700 : 0o777 })
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const found = await fs.promises.lstat(folder)
    // Some disks know no rights; there, nothing can be done about it.
    if (found.isDirectory() && isPrivate && (found.mode & 0o077) !== 0)
      await fs.promises.chmod(folder, 0o700).catch(() => {})
    if (found.isDirectory()) return false
    throw new ArchiverError('disk', `${folder} is a link or a file where a folder of the archive should be.`, {
      hint: 'Put a real folder there, or set "archivePath" to where the archive really is.',
      cause: error,
    })
  }
}

/** Removes a folder of our own with all it holds. */
export async function removeFolder(folder: string): Promise<void> {
  await fs.rm(folder, { recursive: true, force: true })
}

/**
 * Makes new names survive a power cut; Windows has no such call and needs none. Who asks at the same time shares it.
 */
export const flushFolder: (folder: string) => Promise<void> = shared(async (folder) => {
  if (process.platform === 'win32') return
  const handle = await fs.promises.open(folder, 'r')
  try {
    await handle.sync()
  } catch {
    // Some network file systems refuse to flush a folder; the file itself is flushed already.
  } finally {
    await handle.close()
  }
})

/** So long after it was done once, others who ask for the same are waited for. */
const gatherMs = 10

/**
 * Work that many ask for: who asks while it is done for the same key, or right after, waits for the next time, together
 * with others. So each is answered by work that began after it was asked for.
 */
function shared(work: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()
  const begin = (key: string) => {
    waiting.delete(key)
    const worked = work(key)
    const rested = worked
      .catch(() => {})
      .then(() => pause(gatherMs))
      .then(() => {
        if (running.get(key) === rested) running.delete(key)
      })
    running.set(key, rested)
    return worked
  }
  return (key) => {
    const now = running.get(key)
    if (!now) return begin(key)
    const next =
      waiting.get(key) ??
      now.then(
        () => begin(key),
        () => begin(key),
      )
    waiting.set(key, next)
    return next
  }
}
