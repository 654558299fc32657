import { type ExportFile, folderOf } from '../inputs/export-file.ts'

/** Whose exports were given. */
export interface Accounts {
  /** Notes whose folder it is, if the file there says so. */
  note(file: ExportFile, account: string | null): void
  /** Whose export a file lies in; null when nobody said, and while all are one person's, where it does not matter. */
  of(file: ExportFile): string | null
  count(): number
}

/** The accounts of all exports, by the folders their user.json lies in. */
export function createAccounts(): Accounts {
  const byFolder = new Map<string, string>()
  const count = () => new Set(byFolder.values()).size
  return {
    note(file, account) {
      if (account) byFolder.set(folderOf(file), account)
    },
    of: (file) => (count() > 1 ? nearest(byFolder, file) : null),
    count,
  }
}

/** The account noted in the folder of a file, or in one around it. */
function nearest(byFolder: ReadonlyMap<string, string>, file: ExportFile): string | null {
  const parts = folderOf(file).split('\n')
  for (; parts.length > 0; parts.pop()) {
    const found = byFolder.get(parts.join('\n'))
    if (found !== undefined) return found
  }
  return null
}
