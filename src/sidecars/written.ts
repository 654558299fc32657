import { createHash } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { type JournaledMap, openJournaledMap } from '../archive/journaled-map.ts'

const list = z.array(z.string()).readonly().nullable()

const row = z.object({
  /** Path of the record, relative to the archive. */
  record: z.string(),
  image: z.string(),
  /** What record and marks looked like on the disk, and the form of our text. */
  stamp: z.string(),
  /** The sidecar as we left it. */
  sha256: z.string(),
  lengthBytes: z.number(),
  modifiedMs: z.number(),
  /** False when somebody else wrote to it: its bytes are theirs since. */
  isOurs: z.boolean(),
  said: z.object({
    rating: z.number().nullable(),
    descriptionKey: z.string(),
    caption: z.string(),
    subject: list,
    tagsList: list,
    hierarchical: list,
  }),
})

/** A sidecar as it was when we last looked at it. */
export type Written = z.infer<typeof row>

/** Where it is noted, below the archive. */
export const writtenFolder = 'sidecars'

/**
 * Opens `sidecars/written.ndjson`, which says of each sidecar whether its bytes are ours.
 *
 * Errors  rejects with what the disk says; `ready` is awaited before each write.
 */
export function openWritten(root: string, ready: () => Promise<void>): Promise<JournaledMap<Written>> {
  return openJournaledMap<Written>(path.join(root, writtenFolder, 'written.ndjson'), {
    ready,
    keyOf: ({ record }) => record,
    revive: (line) => row.safeParse(line).data,
  })
}

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
