/** What a message points at. */
export type ReferenceKind =
  | 'generated'
  | 'upload'
  | 'attachment'
  | 'audio'
  | 'video'
  | 'frame'
  | 'plot'
  | 'screenshot'
  | 'page'
  | 'lineage'
  | 'link'
  | 'mention'

/** One place in a conversation that names an asset. */
export interface Reference {
  readonly conversationId: string
  readonly messageId: string | null
  /** As it stands there. */
  readonly pointer: string
  kind: ReferenceKind
  /** `file-…`, `file_…` or a UUID; null when only a name is known. */
  readonly id: string | null
  /** The library's own id, which some attachments bear instead. */
  readonly libraryId: string | null
  /** Whose export it was in; null when nobody said. */
  account: string | null
  readonly derivative: string | null
  sizeBytes: number | null
  widthPx: number | null
  heightPx: number | null
  genId: string | null
  name: string | null
  readonly createdAt: Date | null
  readonly expiresAt: Date | null
  readonly isPlaceholder: boolean
}

/** Where a reference stands; for library files without one, where they belong. */
export interface ReferencePlace {
  readonly conversationId: string | null
  readonly messageId: string | null
  readonly pointer: string | null
  readonly kind: string
}

/** A reference's place in its conversation. */
export const placeOfReference = ({ conversationId, messageId, pointer, kind }: Reference): ReferencePlace => ({
  conversationId,
  messageId,
  pointer,
  kind,
})
