import path from 'node:path'
import { imageOfAwayName } from '../archive/away.ts'
import { confined } from '../archive/confined.ts'
import { sha256Of, sizeOf, walkFiles } from '../archive/read-files.ts'
import { isTemporary } from '../archive/temporary-names.ts'
import { isImageName } from '../catalogue/record.ts'
import type { Expected } from './expected.ts'
import { asides } from './judge.ts'

/** A file below `images/` that no record names, and what it is. */
export interface Stray {
  readonly place: string
  /**
   * "moved": it is an original, under another name. "ours": named as we name, so that a run ended before its record.
   * "aside": a damaged or edited file, set aside when its original was put back. "foreign": somebody else's.
   */
  readonly kind: 'moved' | 'ours' | 'aside' | 'foreign'
}

/** An original that was found under another name. */
export interface Moved {
  readonly expected: Expected
  readonly to: string
}

/** Lists of sums and sidecars are other programs' business, or our own. */
const isCompanion = (name: string) =>
  name === 'SHA256SUMS' || name.endsWith('.xmp') || imageOfAwayName(name) !== undefined

/** Every file below `images/` that no record names. */
export async function straysIn(root: string, named: ReadonlySet<string>): Promise<string[]> {
  const strays: string[] = []
  await walkFiles(path.join(root, 'images'), (folder, name) => {
    const place = ['images', folder, name].filter((step) => step !== '').join('/')
    if (!named.has(place) && !isTemporary(name) && !isCompanion(name)) strays.push(place)
  })
  return strays
}

/**
 * Finds originals that are missing among files without a record, by length first and then by hash; says of the others
 * what they are.
 */
export async function explain(
  root: string,
  strays: readonly string[],
  missing: readonly Expected[],
): Promise<{ readonly strays: Stray[]; readonly moved: Moved[] }> {
  const bySha256 = new Map(missing.map((expected) => [expected.sha256, expected]))
  const lengths = new Set(missing.map(({ lengthBytes }) => lengthBytes))
  const found: Stray[] = []
  const moved: Moved[] = []
  for (const place of strays) {
    const file = await confined(root, place)
    const lengthBytes = file === undefined ? undefined : await sizeOf(file)
    const isLike = lengthBytes !== undefined && (lengths.has(lengthBytes) || lengths.has(null))
    const expected = isLike && file !== undefined ? bySha256.get((await sha256Of(file)) ?? '') : undefined
    if (expected) moved.push({ expected, to: place })
    found.push({ place, kind: expected ? 'moved' : kindByName(place) })
  }
  return { strays: found, moved }
}

function kindByName(place: string): Stray['kind'] {
  const original = asides
    .map((ending) => place.replace(new RegExp(`\\${ending}\\d*$`), ''))
    .find((one) => one !== place)
  if (original !== undefined && isImageName(original)) return 'aside'
  return isNamedAsOurs(place) ? 'ours' : 'foreign'
}

/** `unix_time-gen_id-beginning_of_prompt.ext` */
const isNamedAsOurs = (place: string) =>
  isImageName(place) && /^\d{9,11}-(?:[a-z0-9]+~)?[A-Za-z0-9]/.test(path.posix.basename(place))
