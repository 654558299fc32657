import type { WantedFile } from '../match/wanted-files.ts'
import type { StagedAsset } from '../read/assets.ts'
import { isActive, isNameFor } from '../read/file-types.ts'
import type { Contents } from '../read/read.ts'
import { safeName } from './safe-names.ts'

/** The name of a file somebody refers to: as the reference says, the name index, the library, or its own. */
export function nameOfWanted(
  { file, nameParts, content }: StagedAsset,
  { id, references, library }: WantedFile,
  { sidecars }: Contents,
): string {
  const indexed = id === null ? undefined : sidecars.names.get(id)?.split('/').at(-1)
  const referredTo = references.find(({ name }) => name !== null)?.name
  const name = referredTo ?? indexed ?? library?.name ?? nameParts.originalName ?? file.path.split('/').at(-1) ?? 'file'
  return withExtension(name, content.extension)
}

/** The name of a file nobody refers to: by the name index, or its own. */
export function nameOfOrphan({ file, nameParts, content }: StagedAsset, { sidecars }: Contents): string {
  const indexed = sidecars.names
    .get(nameParts.fileId ?? '')
    ?.split('/')
    .at(-1)
  const name = indexed ?? nameParts.originalName ?? file.path.split('/').at(-1) ?? 'file'
  return withExtension(name, content.extension)
}

/**
 * The name with the extension its bytes deserve, where it had none, only `.dat`, or one of another kind. What a
 * double click might run or render, and whose bytes are of no type we know, gets `.dat` behind it.
 */
function withExtension(name: string, extension: string | null): string {
  const safe = safeName(name.replace(/\.dat$/i, ''))
  const [, stem = safe, own] = /^(.+)\.([A-Za-z0-9]{1,8})$/su.exec(safe) ?? []
  if (extension === null) return own === undefined || isActive(own) ? `${safe}.dat` : safe
  if (own === undefined) return `${safe}.${extension}`
  return isNameFor(extension, own) ? safe : `${stem}.${extension}`
}
