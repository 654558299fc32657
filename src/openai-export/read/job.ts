import type { BytesPlace } from '../inputs/export-file.ts'
import type { Content } from './assets.ts'

/** An asset that is to be read by another thread; it and all below is plain data that can be handed over. */
export interface Job {
  /** Its number. */
  readonly at: number
  readonly place: BytesPlace
  readonly sizeBytes: number
  /** As in `ReadingOptions`. */
  readonly target: string | null
  /** It is to be written even where it is known. */
  readonly isAgain?: boolean
}

/** What became of a job: its content, what its export cannot give, or what the disk refused. */
export type Outcome =
  | { readonly at: number; readonly content: Content }
  | { readonly at: number; readonly flaw: string }
  | { readonly at: number; readonly refused: string; readonly code: string }

/** What a thread posts. */
export type Posted = number | { readonly outcomes: readonly Outcome[]; readonly bytes: number }

/** What a thread is started with. */
export interface ThreadData {
  /** What the archive has already; see `tableOf`. */
  readonly known: SharedArrayBuffer | undefined
}

const hashBytes = 32

/** Hashes (SHA-256 in hex) as a table that threads share, 32 bytes each, in order. */
export function tableOf(hashes: Iterable<string>): SharedArrayBuffer | undefined {
  const sorted = [...new Set(hashes)].filter((hash) => /^[0-9a-f]{64}$/.test(hash)).sort()
  if (sorted.length === 0) return undefined
  const table = new SharedArrayBuffer(sorted.length * hashBytes)
  const bytes = Buffer.from(table)
  for (const [at, hash] of sorted.entries()) bytes.write(hash, at * hashBytes, 'hex')
  return table
}

/** Whether a hash is in such a table. */
export function hashesIn(table: SharedArrayBuffer): (sha256: string) => boolean {
  const bytes = Buffer.from(table)
  return (sha256) => {
    const wanted = Buffer.from(sha256, 'hex')
    let [low, high] = [0, bytes.length / hashBytes]
    while (low < high) {
      const middle = (low + high) >> 1
      const order = bytes.compare(wanted, 0, hashBytes, middle * hashBytes, (middle + 1) * hashBytes)
      if (order === 0) return true
      if (order < 0) low = middle + 1
      else high = middle
    }
    return false
  }
}
