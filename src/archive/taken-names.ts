import path from 'node:path'
import { awayNameFor } from './away.ts'
import { namesIn } from './read-files.ts'

/** Which names a folder holds, as a file system without upper and lower case would take them for the same. */
export interface TakenNames {
  isFree(folder: string, name: string): Promise<boolean>
  note(folder: string, name: string): void
}

/** A name as it is compared. */
export const foldedName = (name: string): string => name.normalize('NFC').toLowerCase()

/** What a folder held is remembered for so long; 0 looks before each name. Some folders hold many thousand files. */
export function createTakenNames(root: string, rememberForMs: number): TakenNames {
  const known = new Map<string, { readonly names: Set<string>; readonly until: number }>()
  const namesOf = async (folder: string): Promise<Set<string>> => {
    const remembered = known.get(folder)
    if (remembered && performance.now() < remembered.until) return remembered.names
    const names = new Set((await namesIn(path.join(root, folder))).map(foldedName))
    if (rememberForMs > 0) known.set(folder, { names, until: performance.now() + rememberForMs })
    return names
  }
  return {
    async isFree(folder, name) {
      const taken = await namesOf(folder)
      // An original that is away keeps its name.
      return !taken.has(foldedName(name)) && !taken.has(foldedName(awayNameFor(name)))
    },
    note: (folder, name) => void known.get(folder)?.names.add(foldedName(name)),
  }
}
