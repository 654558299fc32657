import { type ImageFacts, mergeFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import type { FileQueue } from './file-queue.ts'
import type { Verdict } from './verdict.ts'

/** What one piece of news takes in memory, roughly. */
const bytesOf = ({ prompt }: ImageFacts) => 2_000 + 2 * (prompt?.length ?? 0)

/** News of pictures on its way to the disk. */
export interface News {
  learn(facts: ImageFacts): Promise<Verdict>
  /** What was held of a file is lost. */
  forget(fileId: FileId): void
}

/**
 * Hands news on in the order in which it came.
 *
 * State   what the disk has refused so far, merged per file, until it is written: so no piece is lost, and an old one
 *         that is tried again cannot overtake a newer one.
 */
export function createNews(queue: FileQueue, learn: (facts: ImageFacts) => Promise<Verdict>): News {
  const refused = new Map<FileId, ImageFacts>()

  const learnRefused = async (fileId: FileId): Promise<Verdict> => {
    const news = refused.get(fileId)
    // Newer news was written meanwhile, and this with it.
    if (!news) return { kind: 'waiting' }
    const verdict = await learn(news)
    refused.delete(fileId)
    return verdict
  }

  return {
    async learn(facts) {
      const { fileId } = facts
      const first = () => {
        refused.set(fileId, mergeFacts(refused.get(fileId), facts))
        return learnRefused(fileId)
      }
      const held = { key: `facts ${fileId}`, bytes: bytesOf(facts), again: () => learnRefused(fileId) }
      return (await queue.add(fileId, first, held)) ?? { kind: 'waiting' }
    },
    forget: (fileId) => void refused.delete(fileId),
  }
}
