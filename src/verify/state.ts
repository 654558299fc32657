import path from 'node:path'
import { z } from 'zod'
import { ensureFolderIn } from '../archive/folders.ts'
import { openJournaledMap } from '../archive/journaled-map.ts'
import type { Seen } from './judge.ts'

const row = z.object({
  image: z.string(),
  /** When it was looked at last. */
  at: z.iso.datetime(),
  /** What it was when it was intact last. */
  modifiedMs: z.number(),
  hadCredentials: z.boolean().nullable(),
})
type Row = z.infer<typeof row>

/** What earlier verifications saw, so that the next begins with what was not looked at for longest. */
export interface VerifyState {
  /** How an image was when it was intact last. */
  seen(image: string): Seen | undefined
  /** When it was looked at last, in milliseconds; 0 for never. */
  lookedAtMs(image: string): number
  /** Errors: none; a disk that refuses is done without. */
  note(image: string, seen: Seen, at: Date): Promise<void>
}

const folder = 'verify'

/** Opens `verify/state.ndjson`; beside a watch, for nobody else writes there. */
export async function openVerifyState(root: string): Promise<VerifyState> {
  const kept = await openJournaledMap<Row>(path.join(root, folder, 'state.ndjson'), {
    ready: () => ensureFolderIn(root, folder),
    keyOf: ({ image }) => image,
    revive: (line) => row.safeParse(line).data,
    isOptional: true,
  })
  return {
    seen: (image) => kept.get(image),
    lookedAtMs: (image) => Date.parse(kept.get(image)?.at ?? '') || 0,
    note: (image, { modifiedMs, hadCredentials }, at) =>
      kept.set({ image, at: at.toISOString(), modifiedMs, hadCredentials }),
  }
}
