import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../errors.ts'

/** What macOS and Windows put beside files. */
export const isClutter = (name: string): boolean =>
  /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/.test(name)

/**
 * The names of all plain files below a folder, relative to it and with `/`.
 *
 * Shape   `own` is a folder that is passed over, wherever it lies.
 * Errors  what is no file, a link, or a folder that cannot be read goes to `onFlaw`.
 */
export async function* walkFolder(
  root: string,
  own: string | undefined,
  onFlaw: (name: string, reason: string) => void,
): AsyncGenerator<string> {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const found of await listFolder(root, folder, onFlaw)) {
      const name = folder === '' ? found.name : `${folder}/${found.name}`
      if (found.isDirectory()) {
        if (path.join(root, name) !== own) folders.push(name)
      } else if (isClutter(name)) continue
      else if (found.isSymbolicLink()) onFlaw(name, 'is a symbolic link')
      else if (!found.isFile()) onFlaw(name, 'is no file')
      else yield name
    }
  }
}

async function listFolder(
  root: string,
  folder: string,
  onFlaw: (name: string, reason: string) => void,
): Promise<Dirent[]> {
  try {
    return await readdir(path.join(root, folder), { withFileTypes: true })
  } catch (error) {
    onFlaw(folder, `cannot be read: ${messageOf(error)}`)
    return []
  }
}
