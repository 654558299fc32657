import { codeOf, reasonOf } from '../archive/disk-errors.ts'
import { ArchiverError, messageOf } from '../errors.ts'

export interface LanesOptions<Item> {
  /** Items worked on at a time. */
  readonly lanes: number
  readonly signal?: AbortSignal | undefined
  /** What is wrong with one item alone; the others follow. Left out where everything ends the work. */
  onFailed?(item: Item, reason: string): void
}

/**
 * Works on many items, a few at a time. When the store or the disk refuses, or the signal is aborted, no further one is
 * begun, and those under way are waited for.
 *
 * Errors  ArchiverErrors of the work; ArchiverError "disk" for what the disk says; whatever the signal was aborted
 *         with.
 */
export async function inLanes<Item>(
  items: Iterable<Item>,
  { lanes, signal, onFailed }: LanesOptions<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]()
  const ends: unknown[] = []
  const lane = async () => {
    for (let next = left.next(); !next.done && ends.length === 0; next = left.next()) {
      try {
        signal?.throwIfAborted()
        await work(next.value)
      } catch (error) {
        if (onFailed && !signal?.aborted && isOfOne(error)) onFailed(next.value, messageOf(error))
        else ends.push(signal?.aborted ? signal.reason : endOf(error))
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (ends.length > 0) throw ends[0]
}

/** Whether an error is about one item alone, and not about store or disk. */
export const isOfOne = (error: unknown): boolean => !(error instanceof ArchiverError) && codeOf(error) === ''

const endOf = (error: unknown) =>
  codeOf(error) === '' || error instanceof ArchiverError
    ? error
    : new ArchiverError('disk', `The archive cannot be written: ${reasonOf(error)}`, { cause: error })
