import { statfs } from 'node:fs/promises'

/** Bytes that may still be written where a folder lies; undefined where the system does not say. */
export async function freeBytesAt(folder: string): Promise<number | undefined> {
  const found = await statfs(folder).catch(() => undefined)
  return found && found.bavail * found.bsize
}
