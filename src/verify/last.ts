import path from 'node:path'
import { readConfined } from '../archive/confined.ts'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { isObject, momentAt, numberAt, parseJson } from '../decode/json.ts'
import type { Verdict } from './judge.ts'

/** What the last verification came to. */
export interface LastVerify {
  readonly at: Date
  readonly looked: number
  /** Originals and records, but for those that were put back since. */
  readonly damaged: number
}

const folder = 'verify'
const place = `${folder}/last.json`
const maxBytes = 64 * 1024

/** Notes what a verification came to; a disk that refuses is done without. */
export async function noteVerify(
  root: string,
  at: Date,
  looked: number,
  counts: Readonly<Record<Verdict, number>>,
  unreadable: number,
): Promise<void> {
  await write(root, { at: at.toISOString(), looked, damaged: counts.damaged + unreadable, counts })
}

/** Notes that so many of the damaged originals that it found were put back; a disk that refuses is done without. */
export async function noteRepaired(root: string, count: number): Promise<void> {
  const known = parseJson((await readConfined(root, place, maxBytes))?.toString() ?? '')
  const damaged = numberAt(known, 'damaged')
  if (!isObject(known) || damaged === null || count === 0) return
  await write(root, { ...known, damaged: Math.max(0, damaged - count) })
}

async function write(root: string, note: object): Promise<void> {
  try {
    await ensureFolderIn(root, folder)
    await writeOver(path.join(root, place), Buffer.from(`${JSON.stringify(note, null, 2)}\n`), { isDurable: false })
  } catch {
    // The result was told all the same.
  }
}

/** The last verification; undefined where there was none. */
export async function readLastVerify(root: string): Promise<LastVerify | undefined> {
  const json = parseJson((await readConfined(root, place, maxBytes))?.toString() ?? '')
  const [at, looked, damaged] = [momentAt(json, 'at'), numberAt(json, 'looked'), numberAt(json, 'damaged')]
  return at && looked !== null && damaged !== null ? { at, looked, damaged } : undefined
}
