import path from 'node:path'
import { isPlainFolder, statOf } from './confined.ts'
import { createImageNames, type Folder, type ImageNames, readFolder, settled } from './folders.ts'
import type { Known } from './index-cache.ts'

/** Keeps what is known of the folders true to the disk. */
export interface Survey {
  readonly known: Known
  /** Looks at every folder's time and reads those that changed; true when something did. */
  look(): Promise<boolean>
  /** Reads one folder with all its record files' times; true when something in it changed. */
  examine(folder: string): Promise<boolean>
}

/** Days that are looked at together; years and months come one after the other, so that the latest are there first. */
const together = 8
const depthOf = (folder: string) => (folder === '' ? 0 : folder.split('/').length)

/** A pass over the archive remembers what it has seen, and nothing longer than that. */
interface Pass {
  readonly plain: Map<string, boolean>
  readonly imageNames: ImageNames
  /** Image folders whose time is another than before. */
  readonly changedImages: Set<string>
  readonly seen: Set<string>
}

/**
 * Makes the survey of an archive, beginning with what a cache told.
 *
 * Shape   all writers rename or link files into place, so the time of a folder tells of every change by them, and of files
 *         that were deleted by hand. `onProgress` is called after each folder that was read, the latest first; once
 *         `isStopped`, a look ends early and changes nothing more.
 */
export function createSurvey(
  root: string,
  start: Known | undefined,
  { onProgress, isStopped }: { onProgress: () => void; isStopped: () => boolean },
): Survey {
  const known: Known = start ?? { folders: new Map(), images: new Map() }
  const { folders, images } = known

  const begin = (): Pass => {
    const plain = new Map<string, boolean>()
    const imageNames = createImageNames(root, plain)
    return { plain, imageNames, changedImages: new Set(), seen: new Set() }
  }

  /** Notes the time of an image folder before its names are read. */
  const lookAtImages = async (folder: string, pass: Pass) => {
    if (pass.seen.has(folder)) return
    pass.seen.add(folder)
    const found = await statOf(path.join(root, folder))
    const isThere = found?.isDirectory() === true && (await isPlainFolder(root, folder, pass.plain))
    const modifiedMs = isThere ? settled(found.mtimeMs, Date.now()) : 0
    const before = images.get(folder)
    // One that is seen for the first time is read right now.
    if (before !== undefined && (before !== modifiedMs || modifiedMs === -1)) pass.changedImages.add(folder)
    images.set(folder, modifiedMs)
  }

  const read = async (folder: string, pass: Pass): Promise<boolean> => {
    const before = folders.get(folder)
    await lookAtImages(`images/${folder}`, pass)
    const after = await readFolder(root, folder, before, pass.imageNames)
    folders.set(folder, after)
    for (const one of after.imageFolders) await lookAtImages(one, pass)
    onProgress()
    return !isSame(before, after)
  }

  /** A folder and all below it. */
  const visit = async (folder: string, pass: Pass, visited: Set<string>): Promise<boolean> => {
    const found = await statOf(path.join(root, 'database', folder))
    if (!found?.isDirectory() || isStopped()) return false
    visited.add(folder)
    let isChanged = folders.get(folder)?.modifiedMs !== found.mtimeMs && (await read(folder, pass))
    const { children = [] } = folders.get(folder) ?? {}
    const width = depthOf(folder) < 2 ? 1 : together
    for (let at = 0; at < children.length; at += width) {
      const some = children.slice(at, at + width).map((child) => visit(child, pass, visited))
      for (const one of await Promise.all(some)) isChanged = one || isChanged
    }
    return isChanged
  }

  const lookAtAllImages = async (pass: Pass) => {
    const all = [...images.keys()]
    for (let at = 0; at < all.length; at += 4 * together)
      await Promise.all(all.slice(at, at + 4 * together).map((folder) => lookAtImages(folder, pass)))
  }

  const forget = (visited: ReadonlySet<string>): boolean => {
    const gone = [...folders.keys()].filter((folder) => !visited.has(folder))
    for (const folder of gone) folders.delete(folder)
    return gone.length > 0
  }

  return {
    known,
    async look() {
      const pass = begin()
      await lookAtAllImages(pass)
      const visited = new Set<string>()
      let isChanged = await visit('', pass, visited)
      if (isStopped()) return false
      isChanged = forget(visited) || isChanged
      if (pass.changedImages.size === 0) return isChanged
      for (const [folder, { imageFolders }] of [...folders]) {
        const isTouched = imageFolders.some((one) => pass.changedImages.has(one))
        if (isTouched) isChanged = (await read(folder, pass)) || isChanged
      }
      return isChanged
    },
    examine: (folder) => (folders.has(folder) ? read(folder, begin()) : Promise.resolve(false)),
  }
}

/** Entries are made anew only when something about them changed. */
function isSame(before: Folder | undefined, after: Folder): boolean {
  const [was, is] = [before?.entries ?? [], after.entries]
  return was.length === is.length && was.every((entry, at) => entry === is[at])
}
