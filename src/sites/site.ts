import type { FileId } from './ids.ts'

/** What is known of a response when its headers have come. */
export interface ResponseHead {
  readonly url: string
  /** Where redirects began; the same as `url` when there were none. */
  readonly firstUrl?: string
  readonly method: string
  readonly status: number
  readonly mimeType: string
}

/** What a response is good for; the decoder follows from the kind. */
export type Want =
  | { readonly kind: 'stream'; readonly isResumed: boolean }
  | { readonly kind: 'answer'; readonly conversationId: string | null }
  | { readonly kind: 'share-page' }
  | { readonly kind: 'download-link'; readonly fileId: FileId }
  | { readonly kind: 'image'; readonly fileId: FileId }
  /** A picture that is shown without telling which file it is. */
  | { readonly kind: 'shown-image' }

/** A place on the web that makes images: which pages to watch, which answers to read, where bytes come from. */
export interface Site {
  readonly name: string
  readonly startUrl: string
  /** Whether a tab, frame or worker at this address may be read. */
  isOurs(url: string): boolean
  wants(head: ResponseHead): Want | undefined
  /** Whether a request begins or continues a turn, so that its body holds what the person wrote. */
  isTurnRequest(url: string, method: string): boolean
  wantsSocket(url: string): boolean
  /** How to ask, from a page of the site, for what the page itself did not ask for. */
  readonly questions: Questions
}

/** Paths of a site's own reads, and what their answers say. */
export interface Questions {
  /** Whether a page at this address may ask: it is of the site itself, not of a host that stores its files. */
  mayAsk(pageUrl: string): boolean
  /** Whether an address is read with whatever logs a person in. */
  isRead(url: string): boolean
  /** Tells the token with which a page asks. */
  readonly tokenPath: string
  tokenIn(text: string): string | undefined
  /** The conversation a page's address names. */
  conversationOf(pageUrl: string): string | undefined
  conversationPath(conversationId: string): string
  /** Where a file's address is told, newest route first. */
  lookUpPaths(fileId: FileId, conversationId: string | null): string[]
  /** The address, if the answer tells one of the web. */
  addressIn(text: string): string | undefined
}
