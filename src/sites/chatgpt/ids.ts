import type { FileId } from '../ids.ts'
import { isHome, isStorage } from './hosts.ts'

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
 * Shape   as in `pointerPartsOf`. Composite forms, `<hash>#file_…#thumbnail` and `…#p_0.jpg`, are derivatives of the
 *         file they name.
 * Errors  null for anything else, so no odd text ever becomes an id.
 */
export function parsePointer(text: string): Pointer | null {
  const { id, derivative } = pointerPartsOf(text, (part) => parseFileId(part) !== null) ?? {}
  const fileId = id === undefined ? null : parseFileId(id)
  return fileId && { fileId, isDerivative: derivative !== null }
}

/**
 * The id in a pointer, and what stands behind its `#`: the one grammar for all that ever names a file.
 *
 * Shape   `file-service://file-…`, `sediment://file_…`, with or without the scheme, percent-encoded or not; a query
 *         says who may see it and is no part of the id; `….dat` and the names systems give to copies, `… (1)` and
 *         `… 2`; or an address of the site's, whose `id` or path names the file. What is an id, `isId` decides.
 */
export function pointerPartsOf(
  text: string,
  isId: (text: string) => boolean,
): { readonly id: string; readonly derivative: string | null } | undefined {
  if (/^https?:\/\//i.test(text)) return inAddress(text, isId)
  const [path = ''] = decodePercent(text).split('?')
  const parts = path
    .replace(/^[a-z][a-z-]*:\/\//, '')
    .split('#')
    .map(withoutCopy)
  const at = parts.findIndex(isId)
  const id = parts[at]
  if (id === undefined) return undefined
  const behind = parts.slice(at + 1).join('#')
  return { id, derivative: at > 0 || behind !== '' ? behind : null }
}

function inAddress(address: string, isId: (text: string) => boolean) {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !(isHome(url) || isStorage(url))) return undefined
  const named = url.searchParams.get('id') ?? url.pathname.split('/').find((part) => isId(part))
  return named === undefined || /^https?:/i.test(named) ? undefined : pointerPartsOf(named, isId)
}

/** A name without `.dat`, and without what a system puts behind the name of a copy. */
export const withoutCopy = (name: string) => name.replace(/(?: \(\d{1,3}\)| \d{1,2})?(?:\.dat)?$/i, '')

/** Text without percent escapes; as it is, where these are malformed. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
