import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileAccess } from '../../src/openai-export/inputs/file-access.ts'
import { openZip } from '../../src/zip/zip.ts'
import { temporaryFolder } from '../fakes/folder.ts'

/** All pieces of a stream. */
export const allOf = async (chunks: AsyncIterable<Uint8Array>) => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

/** Name → bytes of a zip, as our own reader sees it; it checks every checksum. */
export async function unzip(bytes: Uint8Array) {
  const file = path.join(temporaryFolder(), 'taken.zip')
  writeFileSync(file, bytes)
  const access = await fileAccess(file)
  try {
    const zip = await openZip(access)
    const files = new Map<string, Buffer>()
    for (const entry of zip.entries) files.set(entry.name, Buffer.concat(await allOf(entry.open())))
    return { files, flaw: zip.flaw, isTruncated: zip.isTruncated, zip }
  } finally {
    await access.close()
  }
}
