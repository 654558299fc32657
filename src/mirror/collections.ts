import {
  type CollectionFile,
  collectionIds,
  collectionPlace,
  maxCollectionBytes,
  readCollectionFile,
  takeOverCollection,
} from '../archive/collections.ts'
import { messageOf } from '../errors.ts'
import { inLanes, isOfOne, type LanesOptions } from './lanes.ts'
import { beginnings, type CollectionState, collectionKey, collectionOfKey, hashOf, isLater } from './layout.ts'
import type { Mirror } from './mirror.ts'

/** What collections need of a mirror. */
type Ends = Pick<Mirror, 'root' | 'store' | 'known'>

/**
 * Sends every collection that is another than the one that is known to be up there; resolves with how many.
 *
 * Errors  ArchiverErrors of store and disk; what is wrong with one collection is reported by the name of its file.
 */
export async function pushCollections(
  mirror: Ends,
  { onFailed, ...options }: Required<LanesOptions<string>>,
): Promise<number> {
  const onIdFailed = (id: string, reason: string) => onFailed(collectionPlace(id), reason)
  let sent = 0
  await inLanes(await collectionIds(mirror.root), { ...options, onFailed: onIdFailed }, async (id) => {
    const file = await readCollectionFile(mirror.root, id)
    if (file && (await pushCollection(mirror, id, file))) sent += 1
  })
  return sent
}

/** True when it was sent. One that says no time is as old as can be. */
async function pushCollection(
  { store, known }: Ends,
  id: string,
  { bytes, changedAt }: CollectionFile,
): Promise<boolean> {
  const [sha256, before] = [hashOf(bytes), known.collectionOf(id)]
  if (sha256 === before?.sha256) return false
  // Later than what it replaces, whatever the clock says, and whoever has changed the file by hand.
  const key = collectionKey({ id, sha256, at: Math.max(changedAt?.getTime() ?? 0, (before?.at ?? -1) + 1) })
  const { md5 } = await store.put(key, bytes, { type: 'application/json' })
  await known.note(key, md5)
  return true
}

/** The states of each collection of which the last is not known here, by id; the last one comes first. */
export async function newCollections({ store, known }: Ends): Promise<Map<string, CollectionState[]>> {
  const found = new Map<string, CollectionState[]>()
  for await (const { key } of store.list(beginnings.collections)) {
    const state = collectionOfKey(key)
    if (state) found.set(state.id, [...(found.get(state.id) ?? []), state])
  }
  for (const [id, states] of found) {
    states.sort((one, other) => (isLater(one, other) ? -1 : 1))
    if (states[0] && known.has(collectionKey(states[0]))) found.delete(id)
  }
  return found
}

/**
 * Takes over the last state of a collection, if it is later than what is known here. What is here and not up there is
 * sent first, so that none is lost. A state that is not what its key says is reported, and the one before it counts.
 *
 * Shape   `states` of one collection, the last one first. One that was deleted here comes back by a later state alone.
 * Errors  an Error for a file here that cannot be read. Resolves with whether it was changed.
 */
export async function pullCollection(
  mirror: Ends,
  [id, states]: readonly [string, readonly CollectionState[]],
  onFlaw: (state: CollectionState, reason: string) => void,
): Promise<boolean> {
  const { root, known } = mirror
  const here = await readCollectionFile(root, id)
  const [last] = states
  if (here && last?.sha256 === hashOf(here.bytes)) {
    await known.note(collectionKey(last), null)
    return false
  }
  if (here) await pushCollection(mirror, id, here)
  for (const state of states) {
    if (!isLater(state, known.collectionOf(id))) return false
    try {
      return await takeOver(mirror, state, here)
    } catch (error) {
      if (!isOfOne(error)) throw error
      onFlaw(state, messageOf(error))
    }
  }
  return false
}

/** False where the collection is changed here meanwhile. */
async function takeOver(
  { root, store, known }: Ends,
  state: CollectionState,
  here: CollectionFile | undefined,
): Promise<boolean> {
  const key = collectionKey(state)
  const found = await store.get(key, maxCollectionBytes)
  if (!found || hashOf(found.bytes) !== state.sha256) throw new Error('the mirror has other bytes in its place')
  // One that is changed here at this moment is sent by the next push or pull, which looks at this state again.
  const isTaken = await takeOverCollection(root, state.id, here?.bytes, found.bytes)
  if (isTaken) await known.note(key, null)
  return isTaken
}
