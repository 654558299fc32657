import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { readConfined } from '../archive/confined.ts'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { cacheFolder } from '../catalogue/index-cache.ts'
import { numberAt, parseJson, textAt } from '../decode/json.ts'

/** What stays the same from one start to the next, so that a bookmark still opens the gallery. */
export interface KeptKey {
  readonly key: string
  /** The port of the start before; undefined at the first. */
  readonly port: number | undefined
  /** Notes the port for the next start, unless one is noted. */
  keepPort(port: number): Promise<void>
}

const file = `${cacheFolder}/gallery-key.json`

/**
 * The key of an archive's gallery, made the first time; only the owner can read the folder it is kept in.
 *
 * Errors  throws none: where nothing can be written, it is another one at each start.
 */
export async function keptKeyOf(root: string): Promise<KeptKey> {
  const json = parseJson((await readConfined(root, file, 1_000).catch(() => undefined))?.toString() ?? '')
  const [known, port] = [textAt(json, 'key') ?? '', numberAt(json, 'port')]
  const key = /^[\w-]{43}$/.test(known) ? known : randomBytes(32).toString('base64url')
  const isPort = port !== null && Number.isInteger(port) && port > 0 && port <= 65_535
  return {
    key,
    port: isPort ? port : undefined,
    async keepPort(now) {
      if (isPort && key === known) return
      await ensureFolderIn(root, cacheFolder, { isPrivate: true })
        .then(() => writeOver(path.join(root, file), Buffer.from(JSON.stringify({ key, port: now }))))
        .catch(() => {})
    },
  }
}
