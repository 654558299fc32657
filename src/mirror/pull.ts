import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { readAway, removeAway } from '../archive/away.ts'
import { collectionPlace } from '../archive/collections.ts'
import { writeNew } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { bareIdInRecordName } from '../archive/names.ts'
import { sha256Of } from '../archive/read-files.ts'
import { readArchivedPictures } from '../catalogue/archived-pictures.ts'
import { createPictureStore } from '../intake/picture-store.ts'
import { newCollections, pullCollection } from './collections.ts'
import { inLanes } from './lanes.ts'
import { beginnings, type CollectionState, collectionKey, type MarksState, marksOfKey, stateOfKey } from './layout.ts'
import type { Mirror } from './mirror.ts'
import { awayIn, fetchOriginal, learnOriginals } from './originals.ts'
import { pullMarks } from './pull-marks.ts'
import { type NewState, pullPicture } from './pull-picture.ts'

/** What a pull came to, and how far it is. */
export interface PullCounts {
  /** Pictures of which the mirror says something new. */
  pictures: number
  looked: number
  added: number
  completed: number
  marks: number
  collections: number
  /** Originals that came onto this disk. */
  originals: number
  bytes: number
  /** Originals that are wanted on this disk. */
  wanted: number
  /** Pictures whose original is not up there yet. */
  waiting: number
  failed: number
}

export interface PullOptions {
  readonly archive: Archive
  readonly mirror: Mirror
  /** Also brings every original that is away onto this disk. */
  readonly hasOriginals?: boolean
  readonly signal?: AbortSignal | undefined
  onProgress?(counts: PullCounts): void
  onFailed?(what: string, reason: string): void
}

const lanes = 8

/**
 * Takes over what other machines have sent: records, marks and collections, and originals where they are asked for.
 * Without them, each is away, and fetched when it is needed.
 *
 * Shape   what is known here is completed, by the rules of every origin, and never contradicted. Where nothing is new,
 *         nothing is written. Stopped anywhere, the next pull goes on.
 * Errors  ArchiverErrors of store and disk; what is wrong with one picture or collection is reported, and the others
 *         follow.
 */
export async function pull(options: PullOptions): Promise<PullCounts> {
  const counts: PullCounts = {
    ...{ pictures: 0, looked: 0, added: 0, completed: 0, marks: 0, collections: 0 },
    ...{ originals: 0, bytes: 0, wanted: 0, waiting: 0, failed: 0 },
  }
  await pullRecords(options, counts)
  await pullAllMarks(options, counts)
  await pullAllCollections(options, counts)
  if (options.hasOriginals) await pullOriginals(options, counts)
  return counts
}

/** How many are worked on at a time, and where failures go. */
const lanesFor = <Item>({ signal, onFailed }: PullOptions, counts: PullCounts, nameOf: (item: Item) => string) => ({
  ...{ lanes, signal },
  onFailed(item: Item, reason: string) {
    counts.failed += 1
    onFailed?.(nameOf(item), reason)
  },
})

async function pullRecords(options: PullOptions, counts: PullCounts): Promise<void> {
  const { archive, mirror } = options
  const news = await newStates(mirror)
  counts.pictures = news.size
  if (news.size === 0) return
  const originals = await learnOriginals(mirror)
  const archived = await readArchivedPictures(archive.root)
  const store = createPictureStore({ archive, archived, now: mirror.now })
  const hasOriginal = (sha256: string) => originals.has(sha256)
  const nameOf = ([id]: readonly [string, readonly NewState[]]) => id
  const { onFailed: onFlaw } = lanesFor(options, counts, ({ key }: NewState) => key)
  await inLanes(news, lanesFor(options, counts, nameOf), async ([, states]) => {
    counts.looked += 1
    const outcome = await pullPicture({ archive, mirror, store, hasOriginal, onFlaw }, states)
    if (outcome !== 'known') counts[outcome] += 1
    options.onProgress?.(counts)
  })
}

/** What is new, by the id of the picture. */
async function newStates({ store, known }: Mirror): Promise<Map<string, NewState[]>> {
  const news = new Map<string, NewState[]>()
  for await (const { key, md5 } of store.list(beginnings.records)) {
    const state = known.has(key) ? undefined : stateOfKey(key)
    const id = state && bareIdInRecordName(state.place.name)
    if (state && id !== undefined) news.set(id, [...(news.get(id) ?? []), { ...state, key, md5 }])
  }
  return news
}

type NewMarks = MarksState & { readonly key: string }

async function pullAllMarks(options: PullOptions, counts: PullCounts): Promise<void> {
  const { archive, mirror } = options
  const last = new Map<string, NewMarks>()
  for await (const { key } of mirror.store.list(beginnings.marks)) {
    const state = marksOfKey(key)
    const id = state && bareIdInRecordName(state.place.name)
    if (state && id !== undefined && state.at >= (last.get(id)?.at ?? 0)) last.set(id, { ...state, key })
  }
  const news = [...last.values()].filter(({ key }) => !mirror.known.has(key))
  const nameOf = ({ key }: NewMarks) => key
  await inLanes(news, lanesFor(options, counts, nameOf), async (state) => {
    if (await pullMarks(archive, mirror, state)) counts.marks += 1
    options.onProgress?.(counts)
  })
}

async function pullAllCollections(options: PullOptions, counts: PullCounts): Promise<void> {
  const { mirror } = options
  const nameOf = ([id]: readonly [string, readonly CollectionState[]]) => collectionPlace(id)
  const { onFailed: onFlaw } = lanesFor(options, counts, collectionKey)
  await inLanes(await newCollections(mirror), lanesFor(options, counts, nameOf), async (news) => {
    if (await pullCollection(mirror, news, onFlaw)) counts.collections += 1
    options.onProgress?.(counts)
  })
}

async function pullOriginals(options: PullOptions, counts: PullCounts): Promise<void> {
  const { root, store } = options.mirror
  const images = await awayIn(root)
  counts.wanted = images.length
  const nameOf = (image: string) => image
  await inLanes(images, lanesFor(options, counts, nameOf), async (image) => {
    const away = await readAway(root, image)
    if (!away) throw new Error('what stands for it cannot be read')
    const bytes = await bringBack(root, image, await fetchOriginal(store, away.sha256), away.sha256)
    counts.bytes += bytes
    counts.originals += 1
    options.onProgress?.(counts)
  })
}

/** Puts an original into its place, which must be free or hold the same; resolves with how many bytes it has. */
async function bringBack(root: string, image: string, bytes: Buffer, sha256: string): Promise<number> {
  const target = path.join(root, image)
  await ensureFolderIn(root, path.posix.dirname(image))
  if ((await writeNew(target, bytes)) === 'taken' && (await sha256Of(target)) !== sha256)
    throw new Error('another file is in its place')
  await removeAway(root, image)
  return bytes.length
}
