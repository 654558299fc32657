import { confined, realFolder } from './archive/confined.ts'
import { type Catalogue, openCatalogue } from './catalogue/catalogue.ts'
import type { Entry } from './catalogue/entry.ts'
import { imageOf } from './catalogue/pictures.ts'
import type { PictureObject } from './catalogue/record-fields.ts'
import { parseWhere } from './catalogue/where.ts'
import { resolvePath } from './config-paths.ts'
import { ArchiverError } from './errors.ts'
import { objectOf, takenOut } from './take-out/records.ts'

export type { PictureObject as Picture } from './catalogue/record-fields.ts'
export { ArchiverError } from './errors.ts'

/** What changed in an archive, as ids of pictures. */
export interface Change {
  readonly added: readonly string[]
  /** Completed or corrected records, other marks, and images that went away or came back. */
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

/** An archive as a program looks at it: nothing here writes, and a watch may run beside it. */
export interface ReadableArchive {
  /** The archive's folder, absolute and without links. */
  readonly root: string
  /**
   * The pictures, newest first, each read from the disk when it is its turn.
   *
   * Shape   `where` as in `dalle-archiver export --where`: `favourite and after:2026-01 -tag:draft "red coat"`; without
   *         it, all.
   * Errors  ArchiverError "usage" for words that are not understood.
   */
  list(where?: string): AsyncIterable<PictureObject>
  /** The picture with this file id, with or without its `file-`. */
  find(id: string): Promise<PictureObject | undefined>
  /** The absolute path of a picture's original; undefined when it is not on this disk. */
  pathOf(id: string): Promise<string | undefined>
  /**
   * Hears of what any program adds, changes or deletes, some seconds later; until the returned function is called. The
   * process stays awake as long as somebody listens. Of an archive that is gone as a whole nothing is heard.
   */
  subscribe(listener: (change: Change) => void): () => void
  /** Nobody hears anything any more, and the process may end. */
  close(): Promise<void>
}

/**
 * Opens an archive to be looked at by a program.
 *
 * Shape   `folder` absolute, relative to the current folder, or beginning with `~`.
 * Errors  ArchiverError "disk" when there is no such folder. A record that cannot be read is not listed.
 */
export async function readArchive(folder: string): Promise<ReadableArchive> {
  const root = await realFolder(resolvePath(process.cwd(), folder))
  if (root === undefined)
    throw new ArchiverError('disk', `There is no archive at ${folder}.`, {
      hint: 'Archive something first, or name another folder.',
    })
  const catalogue = await openCatalogue(root, { isReadOnly: true })
  await catalogue.examined
  const subscriptions = new Set<() => void>()
  const entryOf = async (id: string) => {
    await catalogue.freshen()
    return catalogue.get(id.replace(/^file[-_]/, ''))
  }
  return {
    root,
    list: (where = '') => listOf(root, catalogue, where),
    async find(id) {
      const entry = await entryOf(id)
      return entry && (await picturesOf(root, [entry]))[0]
    },
    async pathOf(id) {
      const entry = await entryOf(id)
      const image = entry && imageOf(entry)
      return image === undefined ? undefined : confined(root, image)
    },
    subscribe(listener) {
      const end = subscribeTo(catalogue, listener)
      subscriptions.add(end)
      return () => {
        subscriptions.delete(end)
        end()
      }
    },
    async close() {
      for (const end of subscriptions) end()
      await catalogue.close()
    },
  }
}

/** Records read at a time; whoever stops early has read no more than these in vain. */
const atOnce = 32

async function* listOf(root: string, catalogue: Catalogue, where: string): AsyncGenerator<PictureObject> {
  const parsed = parseWhere(where, catalogue.collections)
  if ('flaw' in parsed) throw new ArchiverError('usage', `"${where}" is not understood: ${parsed.flaw}.`)
  await catalogue.freshen()
  const entries = catalogue.entries.filter(parsed.where)
  for (let at = 0; at < entries.length; at += atOnce) yield* await picturesOf(root, entries.slice(at, at + atOnce))
}

const picturesOf = async (root: string, entries: readonly Entry[]) => (await takenOut(root, entries)).map(objectOf)

/** Days; the timer does nothing but keep the process from ending, since those of the catalogue do not. */
const longMs = 2 ** 31 - 1

function subscribeTo(catalogue: Catalogue, listener: (change: Change) => void): () => void {
  let before = byId(catalogue.entries)
  const awake = setInterval(() => {}, longMs)
  const forget = catalogue.onChange(() => {
    const after = byId(catalogue.entries)
    // All gone at once: rather the disk is than the pictures, and a program may delete what it hears was deleted.
    if (after.size === 0) return
    const change = changeBetween(before, after)
    before = after
    const isNews = Object.values(change).some((ids) => ids.length > 0)
    // Out of the catalogue's hands, so that what a listener throws stops the listener's program and nothing else.
    if (isNews) queueMicrotask(() => listener(change))
  })
  return () => {
    forget()
    clearInterval(awake)
  }
}

const byId = (entries: readonly Entry[]): ReadonlyMap<string, Entry> =>
  new Map(entries.map((entry) => [entry.id, entry]))

/** Entries are made anew only when something about them changed. */
function changeBetween(before: ReadonlyMap<string, Entry>, after: ReadonlyMap<string, Entry>): Change {
  const ids = [...after.keys()]
  return {
    added: ids.filter((id) => !before.has(id)),
    changed: ids.filter((id) => before.has(id) && before.get(id) !== after.get(id)),
    removed: [...before.keys()].filter((id) => !after.has(id)),
  }
}
