import path from 'node:path'
import { z } from 'zod'
import { parseJson } from '../decode/json.ts'
import { readConfined } from './confined.ts'
import { remove, writeNew } from './files.ts'

const away = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
  /** Where it is, for whoever finds this file. */
  mirror: z.string(),
})

/** What stands for an original that is in the mirror and not on this disk. */
export type Away = Readonly<z.infer<typeof away>>

const ending = '.away'
const maxBytes = 4096

/**
 * The file that stands for an original that is away: beside its place, with all of its name. So nobody else gets the
 * name, and whoever looks through the folder sees it.
 */
export const awayNameFor = (image: string): string => image + ending

/** The original a name of a folder stands for; undefined for any other name. */
export const imageOfAwayName = (name: string): string | undefined =>
  name.endsWith(ending) ? name.slice(0, -ending.length) : undefined

/** What stands for an original; undefined where it is not away. `image` is relative to the archive. */
export async function readAway(root: string, image: string): Promise<Away | undefined> {
  const bytes = await readConfined(root, awayNameFor(image), maxBytes)
  return away.safeParse(parseJson(bytes?.toString() ?? '')).data
}

/** Lets an original be away; `target` is its absolute place. */
export function writeAway(target: string, { sha256, bytes, mirror }: Away): Promise<'written' | 'taken'> {
  const note = { version: 1, sha256, bytes, mirror }
  return writeNew(awayNameFor(target), Buffer.from(`${JSON.stringify(note)}\n`))
}

/** The original is here again. */
export const removeAway = (root: string, image: string): Promise<void> => remove(path.join(root, awayNameFor(image)))
