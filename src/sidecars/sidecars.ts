import path from 'node:path'
import pLimit from 'p-limit'
import { statOf } from '../archive/confined.ts'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { changeMarks, type WriteMarks } from '../archive/mark-files.ts'
import { createTurns } from '../archive/turns.ts'
import { pathOfRecord, type RecordPlace } from '../catalogue/record-places.ts'
import { editsIn, type Remembered, remember } from './edits.ts'
import { type Found, findSidecar, isAsNoted, isOurs, removeOwn, stampOf, writtenMsOf } from './on-disk.ts'
import { type PictureAt, pictureAt, sidecarOfImage } from './pictures.ts'
import { nothingSaid, parseXmp, refreshOurs, saidIn, textOf } from './read-xmp.ts'
import { hashOf, openWritten, type Written, writtenFolder } from './written.ts'
import { oursOf, sidecarOf } from './xmp.ts'

/**
 * What was done for a picture. "written": its sidecar is new, or anew. "kept": it was right already. "edited": somebody
 * else wrote to it, so it was read, and only our own part of it refreshed. "left": it cannot be read, and stays as it
 * is. "none": there is no image to describe.
 */
export const outcomes = ['written', 'kept', 'edited', 'left', 'none'] as const
export interface Tended {
  readonly outcome: (typeof outcomes)[number]
  /** What somebody changed in the sidecar became marks. */
  readonly isMarked?: boolean
}

/** The sidecars of an archive. */
export interface Sidecars {
  /**
   * Makes the sidecar of a picture right, and takes over what a photo manager changed in it.
   *
   * Errors  rejects with what the disk says.
   */
  tend(place: RecordPlace): Promise<Tended>
  /** The same, unless neither the picture nor its sidecar changed since; undefined then. Opens no file. */
  look(place: RecordPlace): Promise<Tended | undefined>
  /** Removes a sidecar whose bytes are ours; undefined when there is none. */
  remove(place: RecordPlace): Promise<'removed' | 'left' | undefined>
  /** What was noted of all. */
  noted(): Iterable<Written>
}

export interface SidecarsOptions {
  readonly root: string
  readonly mark: WriteMarks
  /** Rejects when the archive may not be written any more. */
  readonly check?: () => Promise<void>
}

/** Pictures tended at a time. */
const atOnce = 8

type WithImage = PictureAt & { readonly image: string }

/**
 * Opens the sidecars of an archive; also beside a process that has it locked, for they are no records.
 *
 * Errors  rejects when what was noted of them cannot be read.
 */
export async function openSidecars({ root, mark, check = async () => {} }: SidecarsOptions): Promise<Sidecars> {
  const written = await openWritten(root, async () => {
    await check()
    await ensureFolderIn(root, writtenFolder)
  })
  /** Two records may name one image: the first has the sidecar as long as it is there. */
  const owners = new Map([...written.values()].map(({ image, record }) => [image, record]))
  const limit = pLimit(atOnce)
  const inTurn = createTurns()

  const note = async (row: Omit<Written, 'said'> & { readonly said: Remembered }) => {
    owners.set(row.image, row.record)
    await written.set(row)
  }

  /** What we noted of an image that the picture no longer has. */
  const forget = async (row: Written, picture: PictureAt | undefined) => {
    await check()
    await removeOwn(root, row.image, row, picture)
    owners.delete(row.image)
    await written.delete(row.record)
  }

  const tend = async (place: RecordPlace): Promise<Tended> => {
    const stamp = await stampOf(root, place)
    const picture = await pictureAt(root, place)
    const [record, image] = [pathOfRecord(place), picture?.image]
    const before = written.get(record)
    if (before && before.image !== image) await forget(before, picture)
    const owner = image === undefined ? undefined : (owners.get(image) ?? record)
    if (!picture || image === undefined || owner === undefined) return { outcome: 'none' }
    if (owner !== record && (await statOf(path.join(root, owner)))) return { outcome: 'none' }
    const row = written.get(owner)
    if (owner !== record) await written.delete(owner)
    const found = await findSidecar(root, image)
    const about = { record, image, stamp }
    if (!found || found.bytes?.length === 0 || (found.bytes && isOurs(found.bytes, row, picture)))
      return tendOwn({ ...picture, image }, about, found)
    return found.bytes
      ? takeEdits({ ...picture, image }, { ...about, place, row }, found, found.bytes)
      : { outcome: 'left' }
  }

  type About = Pick<Written, 'record' | 'image' | 'stamp'>

  const tendOwn = async (picture: WithImage, about: About, found: Found | undefined): Promise<Tended> => {
    const bytes = Buffer.from(sidecarOf(picture))
    const isRight = found?.bytes?.equals(bytes) === true
    if (!isRight) {
      await check()
      // It can be made again, so nobody waits for the disk.
      await writeOver(path.join(root, sidecarOfImage(picture.image)), bytes, { isDurable: false })
    }
    const modifiedMs = isRight ? found.modifiedMs : await writtenMsOf(root, picture.image)
    const xmp = parseXmp(bytes.toString())
    const said = remember(xmp ? saidIn(xmp) : nothingSaid, picture.record.prompt)
    await note({ ...about, modifiedMs, said, isOurs: true, sha256: hashOf(bytes), lengthBytes: bytes.length })
    return { outcome: isRight ? 'kept' : 'written' }
  }

  /** Somebody else's bytes: what they say becomes marks, and only our own part is written. */
  const takeEdits = async (
    picture: WithImage,
    { place, row, ...about }: About & { readonly place: RecordPlace; readonly row: Written | undefined },
    { modifiedMs }: Found,
    bytes: Buffer,
  ): Promise<Tended> => {
    const { record, image } = picture
    const before = row?.said ?? remember(nothingSaid, null)
    const theirs = (now: Buffer, said: Remembered, writtenMs = modifiedMs) =>
      note({ ...about, said, isOurs: false, sha256: hashOf(now), lengthBytes: now.length, modifiedMs: writtenMs })
    const xmp = parseXmp(bytes.toString())
    if (!xmp) {
      await theirs(bytes, before)
      return { outcome: 'left' }
    }
    const now = saidIn(xmp)
    const edits = editsIn(before, now, picture.marks, record.prompt)
    const marks = edits ? (await changeMarks({ root, mark }, place, edits)).after : picture.marks
    const said = remember(now, record.prompt)
    const isRefreshed = refreshOurs(xmp, oursOf({ record, marks }))
    // A photo manager may write at any moment; what it wrote since is looked at the next time.
    if (isRefreshed && (await findSidecar(root, image))?.bytes?.equals(bytes)) {
      await check()
      const merged = Buffer.from(textOf(xmp))
      await writeOver(path.join(root, sidecarOfImage(image)), merged)
      await theirs(merged, said, await writtenMsOf(root, image))
    } else await theirs(bytes, said)
    return { outcome: 'edited', isMarked: edits !== undefined }
  }

  const tendInTurn = (place: RecordPlace) => inTurn(pathOfRecord(place), () => limit(() => tend(place)))

  return {
    tend: tendInTurn,
    async look(place) {
      const row = written.get(pathOfRecord(place))
      return row && (await isAsNoted(root, place, row)) ? undefined : tendInTurn(place)
    },
    remove: (place) =>
      inTurn(pathOfRecord(place), async () => {
        const record = pathOfRecord(place)
        const row = written.get(record)
        const picture = await pictureAt(root, place)
        const image = row?.image ?? picture?.image
        if (image === undefined || (owners.get(image) ?? record) !== record) return undefined
        const removed = await removeOwn(root, image, row, picture)
        if (removed !== 'left') await written.delete(record)
        return removed
      }),
    noted: () => written.values(),
  }
}

/**
 * Makes what removes the sidecars of images that are being deleted, as far as their bytes are ours. Notes nothing:
 * whoever tends the sidecars next finds them gone. What was noted of all is read once, for the first image that has
 * one.
 */
export function createSidecarRemover(root: string): (place: RecordPlace) => Promise<void> {
  let opening: ReturnType<typeof openWritten> | undefined
  return async (place) => {
    const picture = await pictureAt(root, place)
    if (!picture?.image || !(await findSidecar(root, picture.image))) return
    opening ??= openWritten(root, async () => {})
    await removeOwn(root, picture.image, (await opening).get(pathOfRecord(place)), picture)
  }
}
