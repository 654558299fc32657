import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { archiveOf } from '../gallery/support.ts'

/** An archive of so many pictures on a real disk, and the absolute paths of their images. */
export async function archiveToVerify(count: number) {
  const { root, records } = await archiveOf(count)
  return { root, records, images: records.map(({ image }) => path.join(root, image)) }
}

/** What a disk does to a file: a bit is another, and the file says nothing of it. */
export function flipBit(file: string, at = 1_000): void {
  const { atime, mtime } = statSync(file)
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file, bytes)
  utimesSync(file, atime, mtime)
}
