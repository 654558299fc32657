import { DOMParser, type Element } from '@xmldom/xmldom'

/** An object as a listing tells of it. */
export interface Listed {
  readonly key: string
  readonly lengthBytes: number
  readonly md5: string | null
}

/** One page of a listing. */
export interface Page {
  readonly objects: readonly Listed[]
  /** Continues the listing; undefined after the last page. */
  readonly next: string | undefined
}

/**
 * Reads a page of a listing, whose keys are encoded as in addresses.
 *
 * Shape   `<ListBucketResult>` with `<Contents>` of `<Key>`, `<Size>` and `<ETag>`, and `<NextContinuationToken>`.
 * Errors  throws for what is no such document, and for a page that says that others follow and not which.
 * Source  https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function pageIn(text: string): Page {
  const root = new DOMParser({ onError: refuse }).parseFromString(text, 'text/xml').documentElement
  if (root?.localName !== 'ListBucketResult') throw new Error('the store answered something else than a listing')
  const objects: Listed[] = []
  let next: string | undefined
  let isTruncated = false
  for (let node = root.firstChild; node; node = node.nextSibling) {
    if (node.nodeName === 'Contents') objects.push(listedIn(node as Element))
    if (node.nodeName === 'NextContinuationToken') next = node.textContent ?? undefined
    if (node.nodeName === 'IsTruncated') isTruncated = node.textContent === 'true'
  }
  if (isTruncated && !next) throw new Error('the listing breaks off')
  return { objects, next: isTruncated ? next : undefined }
}

function refuse(level: string, message: string): void {
  if (level !== 'warning') throw new Error(message)
}

function listedIn(contents: Element): Listed {
  const textOf = (name: string) => contents.getElementsByTagName(name).item(0)?.textContent ?? ''
  return {
    key: keyIn(textOf('Key')),
    lengthBytes: Number(textOf('Size')),
    md5: md5OfTag(textOf('ETag')),
  }
}

/** A store that does not encode keys may have any; none of ours has a percent sign. */
function keyIn(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** The MD5 in an ETag; null for one that is none, as that of an object that was uploaded in parts. */
export const md5OfTag = (tag: string): string | null => /^"?([0-9a-f]{32})"?$/.exec(tag)?.[1] ?? null
