import path from 'node:path'
import { inspectImage } from '../decode/image-bytes.ts'
import type { DatedFacts } from '../sites/facts.ts'
import { mismatch } from '../sites/mismatch.ts'
import { contentInMemory, type ImageContent } from './content.ts'
import { folderFor, imageBeginningFor, recordBeginningFor } from './names.ts'
import { namesIn, readUnlinked } from './read-files.ts'

const dayMs = 24 * 60 * 60 * 1000

/**
 * The image that a run wrote which ended before its record: named after the same generation, and the whole original of
 * it.
 *
 * Errors  undefined when there is none, or when a record of that generation is there, to which the image may belong.
 */
export async function findLeftoverImage(
  root: string,
  facts: DatedFacts,
): Promise<{ readonly image: string; readonly content: ImageContent } | undefined> {
  if (facts.genId === null) return undefined
  // That run may have been in another time zone.
  const days = [0, -1, 1].map((day) => folderFor(new Date(facts.createdAt.getTime() + day * dayMs)))
  const namesOf = async (folder: string, beginning: string) =>
    (await namesIn(path.join(root, folder))).filter((name) => name.startsWith(beginning))
  for (const day of days) {
    const records = await namesOf(`database/${day}`, recordBeginningFor(facts))
    if (records.some((name) => name.endsWith('.json'))) return undefined
  }
  for (const folder of days.map((day) => `images/${day}`)) {
    for (const name of await namesOf(folder, imageBeginningFor(facts))) {
      const bytes = await readUnlinked(path.join(root, folder, name))
      const kind = bytes && inspectImage(bytes)
      if (bytes && kind && !mismatch(facts, kind, bytes.length))
        return { image: `${folder}/${name}`, content: contentInMemory(bytes, kind) }
    }
  }
  return undefined
}
