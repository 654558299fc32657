import type { Findings, OpenTurn } from './findings.ts'
import type { History } from './history.ts'
import type { FileId } from './ids.ts'

/** What is known of a response when its headers have come. */
export interface ResponseHead {
  readonly url: string
  /** Where redirects began; the same as `url` when there were none. */
  readonly firstUrl?: string
  readonly method: string
  readonly status: number
  readonly mimeType: string
  /** A tab or frame was sent there, as any page may do. */
  readonly isNavigation?: boolean
}

/** What a response is good for. */
export type Want =
  | { readonly kind: 'image'; readonly fileId: FileId }
  /** A picture that is shown without telling which file it is. */
  | { readonly kind: 'shown-image' }
  /** Text that is read once it is whole. */
  | { readonly kind: 'text'; read(text: string): Findings }
  /** Text that is read while it comes. */
  | { readonly kind: 'stream'; open(started: Started): TextStream }

/** How a streamed answer began. */
export interface Started {
  readonly at: Date
  readonly requestBody: string | null
}

export interface TextStream {
  /** Reads text as it arrives and hands on what became known by it. */
  feed(text: string): Findings
  end(): Findings
}

/** A request of one of the site's own pages, as it goes out. */
export interface SentRequest {
  readonly url: string
  readonly method: string
  readonly body: string | null
  readonly sentAt: Date
}

/** An answer to a request of one of the site's own pages. */
export interface Answered {
  readonly url: string
  readonly status: number
  readonly requestHeaders: Readonly<Record<string, unknown>>
}

/** Reads all that a site sends, whatever form it has; remembers over one run what belongs together. */
export interface SiteReader {
  wants(head: ResponseHead): Want | undefined
  /** What the person wrote may stand in the request alone. */
  request(request: SentRequest): Findings
  frame(text: string, receivedAt: Date, socketId: string): Findings
  socketClosed(socketId: string): Findings
}

/** A place on the web that makes images. */
export interface Site {
  /** Lower-case letters and digits: it stands in names and records of every site but ChatGPT. */
  readonly name: string
  readonly startUrl: string
  /** Whether an address is one of the site's own pages: these are watched, and may ask. */
  isHome(url: string): boolean
  /** The same, and the hosts that store its files. */
  isOurs(url: string): boolean
  /** Whether a request begins or continues a turn: its body holds what the person wrote, and they wait for its end. */
  isTurn(url: string, method: string): boolean
  /** Whether a socket's address is one the site is known to use. */
  isSocket(url: string): boolean
  /** Whether an answer shows that somebody is logged in, or nobody; undefined where it shows neither. */
  loginIn?(answer: Answered): 'somebody' | 'nobody' | undefined
  /** The page of a conversation; null for an id that is none. */
  conversationUrl(conversationId: string): string | null
  /** `openTurns` are those of earlier runs whose pictures were still to come. */
  createReader(openTurns: readonly OpenTurn[]): SiteReader
  /** How to ask, from a page of the site, for what the page itself did not ask for. */
  readonly questions: Questions
  /** How its account's past is asked for; a site without is only watched. */
  readonly history?: History
}

/** Paths of a site's own reads, and what their answers say. */
export interface Questions {
  /** Whether a page at this address may ask: it is of the site itself, not of a host that stores its files. */
  mayAsk(pageUrl: string): boolean
  /** Whether an address is read with whatever logs a person in. */
  isRead(url: string): boolean
  /** Tells the token with which a page asks. */
  readonly tokenPath: string
  /** The headers with which to ask, out of that answer; undefined while nobody is logged in. */
  headersIn(text: string): Record<string, string> | undefined
  /** The conversation a page's address names. */
  conversationOf(pageUrl: string): string | undefined
  conversationPath(conversationId: string): string
  /** Where a file's address is told, newest route first. */
  lookUpPaths(fileId: FileId, conversationId: string | null): string[]
  /** The address, if the answer tells one of the web; it may be relative to the page that asks. */
  addressIn(text: string, pageUrl: string): string | undefined
  /** Whether a header the page sent says who asks, so that a question of ours must bear it too. */
  isReplayed(header: string): boolean
  /** Whether it holds for later requests that leave it out, too. */
  isLasting(header: string): boolean
  /** Whether such headers say all of it: the past of an account is not told to whoever leaves a part out. */
  isWhole(headers: Readonly<Record<string, string>>): boolean
}
