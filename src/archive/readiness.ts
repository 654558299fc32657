import path from 'node:path'
import { ensureFolderIn } from './folders.ts'
import type { Lock } from './lock.ts'
import { folderIdentityOf } from './read-files.ts'

export interface ReadinessOptions {
  /** Without one, nobody else is known to write. */
  readonly lock: Lock | undefined
  /** How long a look at lock and folder holds good, for who writes many files in a row. */
  readonly readyForMs: number
}

/** Awaited before each write: the archive is there and ours, and the folder is one of it. */
export type Ready = (folder: string, options?: { readonly isPrivate?: boolean }) => Promise<void>

/** Many pictures are written within a moment: a folder that is the same as then was reached by the same way. */
const wayForMs = 250

/**
 * Makes the look before each write.
 *
 * Errors  those of the lock, and of `ensureFolderIn`.
 * State   when each folder was looked at last, and which it was.
 */
export function createReadiness(root: string, { lock, readyForMs }: ReadinessOptions): Ready {
  const looks = new Map<string, { readonly at: number; readonly identity: string | undefined }>()
  return async (relative, options = {}) => {
    const look = looks.get(relative)
    const now = performance.now()
    const ageMs = now - (look?.at ?? Number.NEGATIVE_INFINITY)
    if (ageMs < readyForMs) return
    await lock?.check()
    const folder = path.join(root, relative)
    const isKnown = ageMs < wayForMs && look?.identity !== undefined
    if (isKnown && (await folderIdentityOf(folder)) === look.identity) return
    await ensureFolderIn(root, relative, options)
    looks.set(relative, { at: now, identity: await folderIdentityOf(folder) })
  }
}
