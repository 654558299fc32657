import { createHash } from 'node:crypto'
import path from 'node:path'
import { isCollectionId } from '../archive/collections.ts'
import { bareIdInRecordName } from '../archive/names.ts'
import { isImageName } from '../catalogue/record.ts'
import type { RecordPlace } from '../catalogue/record-places.ts'

/**
 * What is where in a mirror. Every key says what is under it by its hash, so two machines that write the same key write
 * the same bytes, and nothing up there is ever changed or removed by us.
 *
 *   originals/ab/abcd…               an original, by the SHA-256 of its bytes
 *   records/2023/10/29/<name>/<sha256>.json   each state of a record, under its name in `database/`
 *   marks/2023/10/29/<name>/<time>-<sha256>.json   each state of what a person marked; the last one counts
 *   collections/<id>/<time>-<sha256>.json   each state of a collection; the last one counts
 */
const [originals, records, marks, collections] = ['originals/', 'records/', 'marks/', 'collections/'] as const

/** Under which every original, record, state of marks and state of a collection is. */
export const beginnings = { originals, records, marks, collections } as const

/** The SHA-256 of bytes, hexadecimal. */
export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The key of an original. */
export const originalKey = (sha256: string): string => `${originals}${sha256.slice(0, 2)}/${sha256}`

/** The hash in the key of an original; undefined for any other key. */
export const sha256OfKey = (key: string): string | undefined =>
  /^originals\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(key)?.[1]

/** A state of a record, or of marks, up there. */
export interface State {
  readonly place: RecordPlace
  readonly sha256: string
}

/** The key of a state of a record. */
export const recordKey = ({ place, sha256 }: State): string => `${records}${stemOf(place)}/${sha256}.json`

/** What the key of a state of a record says; undefined for any other key. */
export function stateOfKey(key: string): State | undefined {
  const [, stem, sha256] = /^records\/(.+)\/([0-9a-f]{64})\.json$/.exec(key) ?? []
  const place = placeOf(stem ?? '')
  return place && sha256 !== undefined ? { place, sha256 } : undefined
}

/** What a person marked, at a time: milliseconds. */
export interface MarksState extends State {
  readonly at: number
}

const timeDigits = 15

/** Names of states are in the order of their times; of the same time, in that of their hashes. */
const timedName = (at: number, sha256: string) => `${String(Math.floor(at)).padStart(timeDigits, '0')}-${sha256}.json`

/** The key of a state of marks: those of a record are in the order of their times. */
export const marksKey = ({ place, at, sha256 }: MarksState): string =>
  `${marks}${stemOf(place)}/${timedName(at, sha256)}`

/** What the key of a state of marks says; undefined for any other key. */
export function marksOfKey(key: string): MarksState | undefined {
  const [, stem, at, sha256] = /^marks\/(.+)\/(\d{15})-([0-9a-f]{64})\.json$/.exec(key) ?? []
  const place = placeOf(stem ?? '')
  return place && sha256 !== undefined ? { place, at: Number(at), sha256 } : undefined
}

/** A collection as it was changed, at a time: milliseconds; 0 where that is not known. */
export interface CollectionState {
  readonly id: string
  readonly at: number
  readonly sha256: string
}

/** The key of a state of a collection. */
export const collectionKey = ({ id, at, sha256 }: CollectionState): string =>
  `${collections}${id}/${timedName(at, sha256)}`

/** What the key of a state of a collection says; undefined for any other key. */
export function collectionOfKey(key: string): CollectionState | undefined {
  const [, id = '', at, sha256] = /^collections\/([^/]+)\/(\d{15})-([0-9a-f]{64})\.json$/.exec(key) ?? []
  return isCollectionId(id) && sha256 !== undefined ? { id, at: Number(at), sha256 } : undefined
}

/**
 * Whether a state of a collection counts more than another, or than none. Of the same time the hash decides, so that
 * all machines end with the same.
 */
export const isLater = (one: CollectionState, than: CollectionState | undefined): boolean =>
  than === undefined || timedName(one.at, one.sha256) > timedName(than.at, than.sha256)

const stemOf = ({ folder, name }: RecordPlace) => path.posix.join(folder, name.replace(/\.json$/, ''))

/** Where a record stands; undefined for what is no place below `database/`, whoever wrote that key. */
function placeOf(stem: string): RecordPlace | undefined {
  const { dir, base } = path.posix.parse(stem)
  const name = `${base}.json`
  const isInside = isPlainPlace(`${stem}.json`)
  return isInside && bareIdInRecordName(name) !== undefined ? { folder: dir, name } : undefined
}

const maxStepBytes = 200

/**
 * Whether a path that another machine has made can be one here, whatever else is here: no folder is named as a file.
 */
export const isPlainPlace = (place: string): boolean =>
  place.split('/').every((step) => /^[^.\\\0][^\\\0]*$/.test(step) && Buffer.byteLength(step) <= maxStepBytes) &&
  !path.posix
    .dirname(place)
    .split('/')
    .some((step) => step.endsWith('.json') || isImageName(step))
