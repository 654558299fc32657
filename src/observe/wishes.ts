import type { Delivery } from './bodies.ts'
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
}

/** What whoever watches a site wants of it. The site's own knowledge is handed in, so that none of it is known here. */
export interface Wishes<Want> {
  isOurs(url: string): boolean
  wants(head: Head): Want | undefined
  deliveryOf(want: Want): Delivery
  /** Asked right before a body is fetched. */
  isStillWanted(want: Want, exchange: Exchange): boolean
  /** Why bytes are not the whole body of what was wanted. */
  check(want: Want, bytes: Buffer, exchange: Exchange): string | undefined
  onBody(want: Want, bytes: Buffer, exchange: Exchange): Promise<void>
  onStream(want: Want, exchange: Exchange): StreamSink
  /** Every request of a page of ours, as it goes out. */
  onAsked(exchange: Exchange): void
  wantsRequest(url: string, method: string): boolean
  onRequest(exchange: Exchange): void
  /** Sockets of other pages; those that a page of ours opens are heard whatever their address. */
  wantsSocket(url: string): boolean
  onFrame(frame: Frame): void
  onSocketClosed(socketId: string): void
  onOddity(kind: string, detail: string): void
  onNotice(text: string): void
  onTabs(count: number): void
  /** A tab of ours was loading before it could be heard, or something it asked for then has come: told a few times at most. */
  onLate(tab: WatchedTab): void
}

/** A tab of the site. */
export interface WatchedTab {
  readonly sessionId: string
  readonly url: string
}
