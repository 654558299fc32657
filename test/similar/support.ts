import { openArchive } from '../../src/archive/archive.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import type { DatedFacts } from '../../src/sites/facts.ts'
import { storeLive } from '../fakes/archive.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { nthFacts } from '../gallery/support.ts'

/** Whether the optional package is installed here. */
export const hasSharp = await import('sharp').then(
  () => true,
  () => false,
)

/** A picture for an archive: its bytes, and what is said of it besides. */
export interface Given {
  readonly bytes: Buffer
  readonly facts?: Partial<DatedFacts>
}

/** An archive of real pictures; the n-th has the id `idOf(n)`, and words and conversation of its own. */
export async function archiveOfPictures(given: readonly Given[]): Promise<string> {
  const root = temporaryFolder()
  const archive = await openArchive(root)
  for (const [n, { bytes, facts }] of given.entries()) {
    const kind = inspectImage(bytes)
    if (!kind) throw new Error('no image')
    const apart = { prompt: `alone${n}`, conversationId: `conversation-${n}`, messageId: `message-${n}` }
    await storeLive(archive, nthFacts(n, { ...apart, ...facts }), bytes, kind, 'files.oaiusercontent.com')
  }
  await archive.close()
  return root
}
