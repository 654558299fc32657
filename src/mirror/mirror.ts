import type { MirrorSettings } from '../config.ts'
import { findCredentials } from './credentials.ts'
import { type Known, openKnown } from './known.ts'
import { mirrorName, placeOf } from './place.ts'
import type { StoreOptions } from './requests.ts'
import { openStore, type Store } from './s3.ts'

/** A mirror of an archive: the store, and what this machine knows to be there. */
export interface Mirror {
  /** The archive. */
  readonly root: string
  /** Where it is, for people. */
  readonly name: string
  readonly store: Store
  readonly known: Known
  readonly now: () => Date
}

/**
 * Opens the mirror of the settings; nothing is asked of it yet.
 *
 * Errors  ArchiverError "config" when there is none, or no credentials.
 */
export async function openMirror(
  root: string,
  settings: MirrorSettings | undefined,
  options: Omit<StoreOptions, 'place' | 'credentials'> = {},
): Promise<Mirror> {
  const { now = () => new Date() } = options
  const place = placeOf(settings)
  const credentials = await findCredentials()
  const [store, known] = await Promise.all([openStore({ ...options, place, credentials }), openKnown(root, place)])
  return { root, name: mirrorName(place), store, known, now }
}
