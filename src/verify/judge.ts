import type { Expected } from './expected.ts'
import type { HashedFile } from './hash-files.ts'

/** What became of an original. */
export const verdicts = ['intact', 'changed', 'damaged', 'missing', 'away', 'deleted', 'moved', 'unproven'] as const
export type Verdict = (typeof verdicts)[number]

/** With which endings files that are in the place of an original are set aside. */
export const asides = ['.damaged', '.edited'] as const
export type Aside = (typeof asides)[number]

/** What was seen of a file when it was intact. */
export interface Seen {
  readonly modifiedMs: number
  readonly hadCredentials: boolean | null
}

/** Clocks of a disk and of a machine differ, and a record is written after its image. */
const slackMs = 60_000

/**
 * Compares an original with its record.
 *
 * Shape   other bytes of the same length, in a file that nobody has written to since: "damaged", the disk did it. Of
 *         another length, or written to since: "changed", somebody did it. Whether it was written to says the time it
 *         had when it was intact last, or else that of its record.
 *         Without a hash in the record: "unproven".
 */
export function judge(expected: Expected, found: HashedFile | undefined, seen: Seen | undefined): Verdict {
  if (!found) return 'missing'
  if (expected.sha256 === null) return 'unproven'
  if (found.sha256 === expected.sha256) return 'intact'
  if (expected.lengthBytes !== null && found.lengthBytes !== expected.lengthBytes) return 'changed'
  return wasWritten(expected, found, seen) ? 'changed' : 'damaged'
}

function wasWritten({ writtenAt }: Expected, { modifiedMs }: HashedFile, seen: Seen | undefined): boolean {
  if (seen) return modifiedMs !== seen.modifiedMs
  return writtenAt !== null && modifiedMs > writtenAt.getTime() + slackMs
}

/** Where Content Credentials are, were, or never were. */
export type Credentials = 'there' | 'gone' | 'never' | 'unknown'

/** What is known of a file's Content Credentials; only bytes that were intact once tell that some are gone. */
export function credentialsOf(verdict: Verdict, found: HashedFile | undefined, seen: Seen | undefined): Credentials {
  const now = found?.hasCredentials ?? null
  if (now === true) return 'there'
  if (now === null) return 'unknown'
  if (verdict === 'intact') return 'never'
  return seen?.hadCredentials === true ? 'gone' : 'unknown'
}
