import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** Where the build puts the page: `dist/gallery-page/` beside the compiled `dist/gallery/`. */
export const pageFolder = path.resolve(import.meta.dirname, '..', '..', 'dist', 'gallery-page')

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}

/** A built file of the page. */
export interface PageFile {
  readonly bytes: Buffer
  readonly type: string
  /** Its name changes with its content, so it may be kept for good. */
  readonly isLasting: boolean
}

/** The page's shell; undefined when the page was not built. */
export async function readShell(folder: string): Promise<string | undefined> {
  return readFile(path.join(folder, 'index.html'), 'utf8').catch(() => undefined)
}

/** One of the page's own files, by its plain name. */
export async function readAsset(folder: string, name: string): Promise<PageFile | undefined> {
  const type = types[path.extname(name)]
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name) || type === undefined) return undefined
  const bytes = await readFile(path.join(folder, 'assets', name)).catch(() => undefined)
  return bytes && { bytes, type, isLasting: /-[\w-]{8}\.\w+$/.test(name) }
}
