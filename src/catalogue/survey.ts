import path from 'node:path'
import pLimit from 'p-limit'
import { statOf } from '../archive/confined.ts'
import { createImageFolders, type Folder, type ImageFolders, isUnchanged, readFolder } from './folders.ts'

/** Keeps what is known of the folders true to the disk. */
export interface Survey {
  /** What was found on the disk; each folder before those below it, the latest first. */
  folders(): Iterable<readonly [string, Folder]>
  /** Hands over what is remembered of a folder; it counts when a look finds the folder unchanged. */
  remember(folder: string, as: Folder): void
  /** Looks at every folder's time and reads those that changed; ends early once it has found `enough` pictures. */
  look(enough?: number): Promise<Looked>
  /**
   * Reads one folder with all its record files' times; true when a picture in it changed, undefined when it is not
   * known.
   */
  examine(folder: string): Promise<boolean | undefined>
}

/** What a look came to. */
export interface Looked {
  /** Other pictures than before, or something else about them. */
  readonly isChanged: boolean
  /** It saw every folder. */
  readonly isWhole: boolean
}

export interface SurveyOptions {
  /** A folder is not what was known of it, nor what was remembered. */
  readonly onNews: () => void
  /** From then on a look ends early and changes nothing more. */
  readonly isStopped: () => boolean
}

/** Days that are looked at together; years and months come one after the other, so that the latest are there first. */
const together = 8
const depthOf = (folder: string) => (folder === '' ? 0 : folder.split('/').length)

/** A pass over the archive remembers what it has seen, and nothing longer than that. */
interface Pass {
  readonly images: ImageFolders
  readonly visited: Set<string>
  readonly enough: number
  found: number
  isChanged: boolean
  isWhole: boolean
}

/**
 * Makes the survey of an archive.
 *
 * Shape   all writers rename or link files into place, so the time of a folder tells of every change by them, and of
 *         files that were deleted by hand.
 */
export function createSurvey(root: string, { onNews, isStopped }: SurveyOptions): Survey {
  const known = new Map<string, Folder>()
  const remembered = new Map<string, Folder>()

  const read = async (folder: string, images: ImageFolders): Promise<Folder> => {
    const before = known.get(folder) ?? remembered.get(folder)
    const after = await readFolder(root, folder, before, images)
    if (!before || !isSameFolder(before, after)) onNews()
    return after
  }

  /** True when a picture changed. */
  const keep = (folder: string, after: Folder): boolean => {
    const before = known.get(folder)
    known.set(folder, after)
    remembered.delete(folder)
    return !isSameList(before?.entries ?? [], after.entries)
  }

  /** A folder and all below it. */
  const visit = async (folder: string, pass: Pass): Promise<void> => {
    const found = await statOf(path.join(root, 'database', folder))
    if (isStopped() || pass.found >= pass.enough) pass.isWhole = false
    if (!found?.isDirectory() || !pass.isWhole) return
    pass.visited.add(folder)
    const before = known.get(folder) ?? remembered.get(folder)
    const isSame = before !== undefined && (await isUnchanged(before, found.mtimeMs, pass.images))
    const now = isSame ? before : await read(folder, pass.images)
    pass.isChanged = keep(folder, now) || pass.isChanged
    pass.found += now.entries.length
    const isOneByOne = depthOf(folder) < 2 || pass.enough < Number.POSITIVE_INFINITY
    const width = isOneByOne ? 1 : together
    await pLimit(width).map(now.children, (child) => visit(child, pass))
  }

  const forget = (pass: Pass) => {
    remembered.clear()
    for (const [folder, { entries }] of [...known]) {
      if (pass.visited.has(folder)) continue
      known.delete(folder)
      pass.isChanged ||= entries.length > 0
    }
  }

  function* below(folder: string): Generator<readonly [string, Folder]> {
    const found = known.get(folder)
    if (!found) return
    yield [folder, found]
    for (const child of found.children) yield* below(child)
  }

  return {
    folders: () => below(''),
    remember: (folder, as) => void remembered.set(folder, as),
    async look(enough = Number.POSITIVE_INFINITY) {
      const images = createImageFolders(root)
      const pass: Pass = { images, visited: new Set(), enough, found: 0, isChanged: false, isWhole: true }
      await visit('', pass)
      if (pass.isWhole) forget(pass)
      return pass
    },
    async examine(folder) {
      return known.has(folder) ? keep(folder, await read(folder, createImageFolders(root))) : undefined
    },
  }
}

/** Entries are made anew only when something about them changed. */
const isSameList = <T>(before: readonly T[], after: readonly T[]): boolean =>
  before.length === after.length && before.every((one, at) => one === after[at])

function isSameFolder(before: Folder, after: Folder): boolean {
  return (
    before.modifiedMs === after.modifiedMs &&
    isSameList(before.children, after.children) &&
    isSameList(before.entries, after.entries) &&
    isSameList([...before.images].flat(), [...after.images].flat())
  )
}
