import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { readConfined } from '../archive/confined.ts'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { cacheFolder } from '../catalogue/index-cache.ts'

const file = `${cacheFolder}/gallery-path`

/**
 * The path at which browsers find an archive's gallery, `/<43 characters>/`: the same at each start, so that a window
 * left open comes back to life. The folder it is kept in only its owner can read.
 *
 * Errors  throws none: where nothing can be written, it is another one at each start.
 */
export async function secretPathOf(root: string): Promise<string> {
  const known = (await readConfined(root, file, 100).catch(() => undefined))?.toString() ?? ''
  if (/^[\w-]{43}$/.test(known)) return `/${known}/`
  const made = randomBytes(32).toString('base64url')
  await ensureFolderIn(root, cacheFolder, { isPrivate: true })
    .then(() => writeOver(path.join(root, file), Buffer.from(made)))
    .catch(() => {})
  return `/${made}/`
}
