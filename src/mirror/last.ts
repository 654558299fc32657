import path from 'node:path'
import { readConfined } from '../archive/confined.ts'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { momentAt, numberAt, parseJson, textAt } from '../decode/json.ts'
import { mirrorFolder } from './known.ts'
import type { Mirror } from './mirror.ts'

/** What the last push came to. */
export interface LastPush {
  readonly at: Date
  readonly mirror: string
  readonly failed: number
  /** Why it was not finished; null when it was. */
  readonly trouble: string | null
}

const place = `${mirrorFolder}/last.json`
const maxBytes = 64 * 1024

/** Notes what a push came to; a disk that refuses is done without. */
export async function noteLast(
  { root, name, now }: Pick<Mirror, 'root' | 'name' | 'now'>,
  what: { readonly failed: number; readonly trouble?: string },
): Promise<void> {
  const note = { at: now().toISOString(), mirror: name, ...what }
  try {
    await ensureFolderIn(root, mirrorFolder)
    await writeOver(path.join(root, place), Buffer.from(`${JSON.stringify(note, null, 2)}\n`), { isDurable: false })
  } catch {
    // What was sent was sent all the same.
  }
}

/** The last push; undefined where there was none. */
export async function readLastPush(root: string): Promise<LastPush | undefined> {
  const json = parseJson((await readConfined(root, place, maxBytes))?.toString() ?? '')
  const [at, mirror] = [momentAt(json, 'at'), textAt(json, 'mirror')]
  return at && mirror
    ? { at, mirror, failed: numberAt(json, 'failed') ?? 0, trouble: textAt(json, 'trouble') }
    : undefined
}
