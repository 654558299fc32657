import { setBounded } from '../bounded-map.ts'
import type { DownloadLink } from '../sites/findings.ts'
import type { FileId } from '../sites/ids.ts'

/**
 * Which file an address serves, as download look-ups announced it.
 *
 * An address mostly tells by itself, but an old file may lie under a storage id that is not its own. The look-up is the
 * better witness, and it may be read a moment after the bytes have come.
 */
export interface Links {
  /** Learns an announced address; returns the file we took it for if its bytes were seen before. */
  add(link: DownloadLink): FileId | undefined
  fileAt(url: string): FileId | undefined
  /** Remembers what an address was taken for by its form alone. */
  guessed(url: string, fileId: FileId): void
  /** The newest address that a page has used for a file, or was told; it may have run out. */
  addressOf(fileId: FileId): { readonly url: string; readonly at: Date } | undefined
}

const maxLinks = 5_000

/** A bounded memory of addresses, oldest forgotten first. */
export function createLinks(now: () => Date = () => new Date()): Links {
  const announced = new Map<string, FileId>()
  const guesses = new Map<string, FileId>()
  const addresses = new Map<FileId, { readonly url: string; readonly at: Date }>()
  const used = (url: string, fileId: FileId) => void setBounded(addresses, fileId, { url, at: now() }, maxLinks)
  return {
    add({ fileId, url }) {
      used(url, fileId)
      setBounded(announced, normal(url), fileId, maxLinks)
      return guesses.get(normal(url))
    },
    fileAt: (url) => announced.get(normal(url)),
    guessed(url, fileId) {
      used(url, fileId)
      setBounded(guesses, normal(url), fileId, maxLinks)
    },
    addressOf: (fileId) => addresses.get(fileId),
  }
}

/** As the browser spells an address when it asks for it. */
function normal(url: string): string {
  if (!URL.canParse(url)) return url
  const parsed = new URL(url)
  parsed.hash = ''
  return parsed.href
}
