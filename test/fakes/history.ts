import type { FileRow } from '../../src/backfill/journal.ts'

/** A file as the backfill's journal has it: generated, and in a conversation, but for what is said otherwise. */
export const fileRow = (fileId: string, at: string): FileRow => ({
  ...{ kind: 'file', fileId, libraryId: null, conversationId: 'c', messageId: null, sizeBytes: null },
  ...{ createdAt: null, sameAs: null, isGenerated: true, isUpload: false, isArchived: false },
  ...{ seenIn: { generated: at }, firstSeen: at },
})
