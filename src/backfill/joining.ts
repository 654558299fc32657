import type { ImageFacts } from '../sites/facts.ts'
import { type FileId, reviveFileId } from '../sites/ids.ts'
import type { BackfillJournal, FileRow } from './journal.ts'

/** Finds rows of the library that are pictures which their conversations know under another id. */
export interface Joining {
  /** Takes up what the lists have brought. */
  begin(): void
  /**
   * What conversations have said: all of it, or a page (`isPage`), beside which others may know the row's own id or
   * another picture like it; then only a row that names its message is joined.
   */
  join(facts: readonly ImageFacts[], isPage?: boolean): Promise<void>
}

/**
 * Makes the joining of one workspace's rows.
 *
 * Shape   the same conversation, the same message where the row names one, and the same length in bytes; nothing is
 *         joined where two pictures are like that, or where the conversation knows the row's own id.
 * Errors  rejects when the disk refuses.
 * Source  docs/wire/history.md
 */
export function createJoining(journal: BackfillJournal, isSame: (row: FileId, as: FileId) => Promise<void>): Joining {
  let rows = new Map<string, FileRow[]>()

  const joinRow = async (row: FileRow, facts: readonly ImageFacts[]) => {
    if (row.sameAs !== null || facts.some(({ fileId }) => fileId === row.fileId)) return
    const [found, another] = facts.filter((one) => isLike(row, one))
    // Neither of two rows is the other one.
    if (!found || another || (journal.file(found.fileId)?.sameAs ?? null) !== null) return
    await journal.put({ ...row, sameAs: found.fileId })
    const id = reviveFileId(row.fileId)
    if (id) await isSame(id, found.fileId)
  }

  return {
    begin() {
      rows = new Map()
      for (const row of journal.files()) {
        if (row.conversationId === null || row.sizeBytes === null) continue
        const others = rows.get(row.conversationId)
        if (others) others.push(row)
        else rows.set(row.conversationId, [row])
      }
    },
    async join(facts, isPage = false) {
      for (const id of new Set(facts.map(({ conversationId }) => conversationId))) {
        const own = facts.filter(({ conversationId }) => conversationId === id)
        for (const row of rows.get(id ?? '') ?? []) if (!isPage || row.messageId !== null) await joinRow(row, own)
      }
    },
  }
}

const isLike = (row: FileRow, { sizeBytes, messageId }: ImageFacts) =>
  sizeBytes === row.sizeBytes && (row.messageId === null || row.messageId === messageId)
