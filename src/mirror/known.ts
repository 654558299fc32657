import { createHash } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { ensureFolderIn } from '../archive/folders.ts'
import { openJournaledMap } from '../archive/journaled-map.ts'
import { bareIdInRecordName } from '../archive/names.ts'
import type { RecordPlace } from '../catalogue/record-places.ts'
import { type CollectionState, collectionOfKey, isLater, type MarksState, marksOfKey } from './layout.ts'
import { type MirrorPlace, mirrorName } from './place.ts'

const row = z.object({
  key: z.string(),
  /** What the store said of the bytes when it took them; null for a store that keeps no MD5. */
  md5: z.string().nullable(),
  /** A listing has named it, and says this MD5; that it is right nobody here has seen. */
  isLearned: z.literal(true).optional(),
})
type Row = z.infer<typeof row>

/** What is up there as far as this machine has sent it, or has taken it over. */
export interface Known {
  has(key: string): boolean
  /** What the store said of bytes that were right; null where it said nothing, or where nobody here has seen them. */
  md5Of(key: string): string | null
  /** What a listing says of an original that nobody here has seen up there; undefined for any other. */
  learnedOf(key: string): { readonly md5: string | null } | undefined
  /** The last state of a record's marks that was sent or taken over. */
  marksOf(place: RecordPlace): MarksState | undefined
  /** The last state of a collection that was sent or taken over. */
  collectionOf(id: string): CollectionState | undefined
  note(key: string, md5: string | null): Promise<void>
  /** A listing names it. */
  learn(key: string, md5: string | null): Promise<void>
  /** It turned out not to be there, or not to be whole: the next push sends it again. */
  forget(key: string): Promise<void>
  keys(): Iterable<string>
  readonly size: number
}

/** Everything of ours about mirrors, in the archive. */
export const mirrorFolder = 'mirror'

/**
 * Opens the journal of one mirror, `mirror/<hash of where it is>.ndjson`; with another mirror another one begins.
 *
 * Errors  rejects with what the file system says. A line that is lost is no harm: what it said is sent once more.
 */
export async function openKnown(root: string, place: MirrorPlace): Promise<Known> {
  const id = createHash('sha256').update(mirrorName(place)).digest('hex').slice(0, 12)
  const rows = await openJournaledMap<Row>(path.join(root, mirrorFolder, `${id}.ndjson`), {
    ready: () => ensureFolderIn(root, mirrorFolder),
    keyOf: ({ key }) => key,
    revive: (line) => row.safeParse(line).data,
  })
  const marks = new Map<string, MarksState>()
  const noteMarks = (key: string) => {
    const state = marksOfKey(key)
    const id = state && idOf(state.place)
    if (state && id !== undefined && state.at >= (marks.get(id)?.at ?? 0)) marks.set(id, state)
  }
  const collections = new Map<string, CollectionState>()
  const noteCollection = (key: string) => {
    const state = collectionOfKey(key)
    if (state && isLater(state, collections.get(state.id))) collections.set(state.id, state)
  }
  const noteState = (key: string) => {
    noteMarks(key)
    noteCollection(key)
  }
  for (const key of rows.keys()) noteState(key)
  return {
    has: rows.has,
    md5Of(key) {
      const known = rows.get(key)
      return known?.isLearned ? null : (known?.md5 ?? null)
    },
    learnedOf(key) {
      const known = rows.get(key)
      return known?.isLearned ? known : undefined
    },
    marksOf: (place) => marks.get(idOf(place) ?? ''),
    collectionOf: (id) => collections.get(id),
    note(key, md5) {
      noteState(key)
      return rows.set({ key, md5 })
    },
    learn: (key, md5) => rows.set({ key, md5, isLearned: true }),
    async forget(key) {
      await rows.delete(key)
    },
    keys: rows.keys,
    get size() {
      return rows.size
    },
  }
}

/** Two machines may have given the record of a picture different names; the id in them is the same. */
const idOf = ({ name }: RecordPlace) => bareIdInRecordName(name)
