import type { FileId } from '../sites/ids.ts'

/** Received but not yet written; more than this only when a disk is slower than the network. */
const maxInHandBytes = 256 * 1024 * 1024

/** Bytes on their way to the disk. */
export interface Arrivals {
  /** Counts bytes of a file as being on their way until the work is done. */
  during<Outcome>(fileId: FileId, bytes: number, work: () => Promise<Outcome>): Promise<Outcome>
  /** The files they are of. */
  readonly fileIds: ReadonlySet<FileId>
  /** More is on its way than a disk should be given. */
  readonly isTooMuch: boolean
}

/** Makes an empty count. */
export function createArrivals(): Arrivals {
  let inHand = 0
  const fileIds = new Set<FileId>()
  return {
    async during(fileId, bytes, work) {
      inHand += bytes
      fileIds.add(fileId)
      try {
        return await work()
      } finally {
        inHand -= bytes
        fileIds.delete(fileId)
      }
    },
    fileIds,
    get isTooMuch() {
      return inHand > maxInHandBytes
    },
  }
}
