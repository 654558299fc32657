import { isObject, shapeOf, textAt } from '../../decode/json.ts'
import { maxUrlChars, overLimit } from '../../decode/limits.ts'
import { type Findings, nothingFound, odd, oddly } from '../findings.ts'
import type { FileId } from '../ids.ts'

/**
 * Reads the answer of a download look-up, which joins a file id to the address its bytes come from.
 *
 * Shape   `{ status: "success", download_url, file_name, file_size_bytes }`; the id stands in the request's path alone.
 * Errors  throws none. `{ status: "error" | "retry" }` is nothing (the page asks again); any other shape is an oddity.
 * Source  docs/wire/bytes.md
 */
export function decodeDownloadLink(fileId: FileId, value: unknown): Findings {
  const url = textAt(value, 'download_url')
  if (url && url.length > maxUrlChars) {
    return oddly([overLimit('characters of an address', url.length, maxUrlChars)])
  }
  if (url && URL.canParse(url)) return { ...nothingFound, links: [{ fileId, url }] }
  if (isObject(value) && ('error_code' in value || 'status' in value || 'detail' in value || 'file_name' in value)) {
    return nothingFound
  }
  return odd('unknown-look-up-answer', shapeOf(value))
}
