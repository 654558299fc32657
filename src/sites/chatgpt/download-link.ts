import { isObject, shapeOf, textAt } from '../../decode/json.ts'
import { maxUrlChars, overLimit } from '../../decode/limits.ts'
import { type Findings, nothingFound, odd, oddly } from '../findings.ts'
import type { FileId } from '../ids.ts'

/**
 * Reads the answer of a download look-up, which joins a file id to the address its bytes come from.
 *
 * Shape   `{ status: "success", download_url, file_name, file_size_bytes }`; the id stands in the request's path alone.
 *         Since 2026-04 the address may be relative to `askedAt`, the address of the look-up.
 * Errors  throws none. `{ status: "error" | "retry" }` is nothing (the page asks again); any other shape is an oddity.
 * Source  docs/wire/bytes.md
 */
export function decodeDownloadLink(fileId: FileId, value: unknown, askedAt: string): Findings {
  const told = textAt(value, 'download_url')
  if (told && told.length > maxUrlChars) {
    return oddly([overLimit('characters of an address', told.length, maxUrlChars)])
  }
  const url = told ? webAddress(told, askedAt) : undefined
  if (url !== undefined) return { ...nothingFound, links: [{ fileId, url }] }
  if (isObject(value) && ('error_code' in value || 'status' in value || 'detail' in value || 'file_name' in value)) {
    return nothingFound
  }
  return odd('unknown-look-up-answer', shapeOf(value))
}

/** A told address as it will be asked for: one on the web, or a path on the host that told it. */
export function webAddress(told: string, askedAt: string): string | undefined {
  if (!URL.canParse(told, askedAt) || !(told.startsWith('/') || URL.canParse(told))) return undefined
  const url = new URL(told, askedAt)
  return url.protocol === 'https:' ? url.href : undefined
}
