import { randomBytes } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inject } from 'vitest'
import { type Archive, openArchive } from '../../../src/archive/archive.ts'
import type { MirrorSettings } from '../../../src/config.ts'
import { openKnown } from '../../../src/mirror/known.ts'
import type { Mirror } from '../../../src/mirror/mirror.ts'
import { mirrorName, placeOf } from '../../../src/mirror/place.ts'
import type { StoreOptions } from '../../../src/mirror/requests.ts'
import { openStore, type Store } from '../../../src/mirror/s3.ts'
import { makeWebp } from '../../../src/pretend-chatgpt/pictures.ts'
import { filesBelow, put, temporaryFolder } from '../../fakes/folder.ts'
import { makeBucket, swiftKeys } from '../../fakes/swift.ts'

/** Where the real store is; empty where there is none, and then the tests of this folder are left out. */
export const endpoint = inject('store')

/** A bucket of its own in the real store. */
export const newBucket = (maxBytes?: number): Promise<MirrorSettings> =>
  makeBucket(endpoint, `bucket-${randomBytes(6).toString('hex')}`, maxBytes)

/** A store that is asked again at once. */
export const storeAt = (settings: MirrorSettings, more: Partial<StoreOptions> = {}): Promise<Store> =>
  openStore({ place: placeOf(settings), credentials: swiftKeys, pauseMs: 1, ...more })

/** The mirror of an archive, as another process would open it. */
export async function mirrorOf(
  root: string,
  settings: MirrorSettings,
  more: Partial<StoreOptions> = {},
): Promise<Mirror> {
  const place = placeOf(settings)
  const { now = () => new Date() } = more
  const [store, known] = await Promise.all([storeAt(settings, more), openKnown(root, place)])
  return { root, name: mirrorName(place), store, known, now }
}

/** Opens an archive to be written for as long as some work takes. */
export async function withArchive<T>(root: string, work: (archive: Archive) => Promise<T>): Promise<T> {
  const archive = await openArchive(root, { isLocked: true })
  try {
    return await work(archive)
  } finally {
    await archive.close()
  }
}

/** Every key in a store. */
export async function keysIn(store: Store, beginning = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(beginning)) keys.push(key)
  return keys
}

/** The bytes of every picture, record and mark of an archive, by their paths. */
export function contentsOf(root: string): Record<string, string> {
  const files = ['images', 'database'].flatMap((folder) =>
    filesBelow(path.join(root, folder)).map((file) => `${folder}/${file}`),
  )
  return Object.fromEntries(files.map((file) => [file, readFileSync(path.join(root, file)).toString('base64')]))
}

/** An archive of one picture as the 2023 tool has left it: `record` and `image` are the places of its files. */
export async function archiveOf2023() {
  const root = temporaryFolder()
  const [record, image] = [
    path.join(root, 'database/2023/10/29/M5QoHjYO7Qe9pl1Z-OldFile1.json'),
    path.join(root, 'images/2023/10/29/1698615680-M5QoHjYO7Qe9pl1Z-a-boat.webp'),
  ]
  const facts = { gen_id: 'M5QoHjYO7Qe9pl1Z', prompt: 'a boat', seed: 7, date: 1698615680, fileId: 'OldFile1' }
  put(record, JSON.stringify({ ...facts, width: 1, height: 1 }))
  put(image, makeWebp({ widthPx: 1024, heightPx: 1024 }, 2_000))
  return { root, record, image }
}

/** The same archive in another folder. */
export function copyOf(root: string): string {
  const copy = temporaryFolder()
  cpSync(root, copy, { recursive: true })
  return copy
}
