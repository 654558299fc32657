import type { Exchange } from './exchanges.ts'
import type { Frame } from './frames.ts'
import type { StreamSink } from './streams.ts'

/** What is known of a response when its headers have come; `firstUrl` is where redirects began. */
export interface Head {
  readonly url: string
  readonly firstUrl: string
  readonly method: string
  readonly status: number
  readonly mimeType: string
  /** A tab or frame was sent there: by whom, nobody knows. */
  readonly isNavigation?: boolean
  /** Seconds after which one may ask again, where the server says so. */
  readonly retryAfterS?: number | null
}

/** Where the answer to a load goes, and how it is fetched. */
export type Reception = StreamReception | BodyReception

/** An answer that is read while it streams. */
export interface StreamReception {
  readonly delivery: 'stream'
  open(exchange: Exchange): StreamSink
}

/**
 * A body that is fetched once it is complete: answers are small and are fetched at once; pictures wait until the page
 * is quiet; a last resort waits until every other picture has been fetched.
 */
export interface BodyReception {
  readonly delivery: 'at-once' | 'when-quiet' | 'last-resort'
  /** Asked right before fetching: another tab may have brought it meanwhile. */
  isStillWanted(receivedBytes: number): boolean
  /** Why these bytes are not what is received here; another way to them is tried then. */
  flawOf(bytes: Buffer): string | undefined
  accept(bytes: Buffer): Promise<void>
}

/** A tab of a watched site. */
export interface WatchedTab {
  readonly sessionId: string
  readonly url: string
}

/** Whoever watches. What is known of sites is handed in here, so that nothing in this room knows any. */
export interface ObserverDelegate {
  /** Whether an address is one of a watched site's own pages: only what these ask for is looked at. */
  isHome(url: string): boolean
  /** The one question: what a load is good for, if for anything. */
  expect(head: Head): Reception | undefined
  /** Every request of a page at home, as it goes out; never a navigation, which may come from anywhere. */
  onRequest(exchange: Exchange): void
  /** Every load of a page at home, once it has ended. */
  onEnd?(exchange: Exchange): void
  /** Whether the person waits for its answer, as for that of a turn. */
  isTurn(exchange: Exchange): boolean
  onFrame(frame: Frame): void
  onSocketClosed(socketId: string): void
  onOddity(kind: string, detail: string): void
  onNotice(text: string): void
  onTabs(count: number): void
  /**
   * A tab at home was loading before it could be heard, or something it asked for then has come: a few times at most.
   */
  onLate(tab: WatchedTab): void
}
