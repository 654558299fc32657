import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { ArchiverError, messageOf } from '../../errors.ts'
import type { ZipEntry } from '../../zip/entry.ts'
import type { RandomAccess } from '../../zip/random-access.ts'
import type { FilePool } from './file-access.ts'

/** Zips that lie in zips. */
export interface NestedZips {
  /** In place where one lies unpacked, else from a copy. Who opens it closes it. */
  open(entry: ZipEntry): Promise<RandomAccess>
  /** Removes the copies. */
  close(): Promise<void>
}

/**
 * Copies go to a folder of their own in `workFolder`, which is made when the first one is needed.
 *
 * Errors  ArchiverError "disk" where nothing can be written; else what `ZipEntry.open` throws.
 */
export function createNestedZips(workFolder: string, pool: FilePool): NestedZips {
  let folder: Promise<string> | undefined
  let count = 0

  const made = async () => {
    await mkdir(workFolder, { recursive: true })
    return mkdtemp(path.join(workFolder, 'zips-'))
  }

  return {
    async open(entry) {
      const inPlace = await entry.inPlace()
      if (inPlace) return inPlace
      folder ??= made()
      count += 1
      const target = path.join(await folder.catch(notWritten), `${count}.zip`)
      await unpack(entry, target)
      return pool.open(target)
    },
    async close() {
      const place = await folder?.catch(() => undefined)
      if (place) await rm(place, { recursive: true, force: true })
    },
  }
}

async function unpack(entry: ZipEntry, target: string): Promise<void> {
  const handle = await open(target, 'wx', 0o600).catch(notWritten)
  try {
    for await (const chunk of entry.open()) await handle.writeFile(chunk).catch(notWritten)
  } finally {
    await handle.close()
  }
}

function notWritten(error: unknown): never {
  throw new ArchiverError('disk', `A zip within the export could not be unpacked: ${messageOf(error)}.`, {
    hint: 'Make room on the disk, or unpack the export yourself and give the folder.',
    cause: error,
  })
}
