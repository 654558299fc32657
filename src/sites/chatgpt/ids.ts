import type { FileId } from '../ids.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * The file id in `text`, or null when it is none.
 *
 * Shape   `file-<letters and digits>`, `file_<letters, digits, underscores>`, or a UUID (a storage address), which
 *         names the same file as `file_` and its 32 hex digits.
 * Source  docs/wire/bytes.md
 */
export function parseFileId(text: string): FileId | null {
  if (/^file[-_][A-Za-z0-9_]{1,80}$/.test(text)) return text as FileId
  return uuid.test(text) ? (`file_${text.replaceAll('-', '').toLowerCase()}` as FileId) : null
}

/** What an asset pointer names. */
export interface Pointer {
  readonly fileId: FileId
  /** A thumbnail, a page of a PDF or a watermarked copy: not the picture itself. */
  readonly isDerivative: boolean
}

/**
 * Reads an asset pointer, or an id as URLs carry it.
 *
 * Shape   `file-service://file-…`, `sediment://file_…`, with or without the scheme, percent-encoded or not. Composite
 *         forms, `<hash>#file_…#thumbnail` and `…#p_0.jpg`, are derivatives of the file they name.
 * Errors  null for anything else, so no odd text ever becomes an id.
 */
export function parsePointer(text: string): Pointer | null {
  const parts = decodePercent(text)
    .replace(/^(file-service|sediment):\/\//, '')
    .split('#')
  const ids = parts.map(parseFileId).filter((id) => id !== null)
  return ids[0] ? { fileId: ids[0], isDerivative: parts.length > 1 } : null
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
