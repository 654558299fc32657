import type { Wire, WireEvent } from '../browser/wire.ts'
import { isObject, listAt, objectAt, textAt } from '../decode/json.ts'
import { maxBodyBytes, overLimit } from '../decode/limits.ts'
import { messageOf } from '../errors.ts'
import { createBodies, type Delivery, resourceContent } from './bodies.ts'
import { createExchangeTable, type Exchange } from './exchanges.ts'
import { createFrames, type Frame } from './frames.ts'
import { createStreams, type StreamSink } from './streams.ts'
import { createTargets, type Target, type Targets } from './targets.ts'

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
  /** A tab of ours began to load before it could be heard. */
  onLate(tab: WatchedTab): void
}

/** A tab of the site. */
export interface WatchedTab {
  readonly sessionId: string
  readonly url: string
}

export interface Observer {
  /** Loads of bodies that have not been fetched yet. */
  readonly waiting: number
  /** No page is loading a picture, and none waits to be fetched. */
  readonly isQuiet: boolean
  /** Loads, streams, sockets, tabs and their frames that have not ended. */
  readonly unfinished: number
  tabs(): WatchedTab[]
  /** Sends the empty first tab to an address, or opens a tab for it; every request of it is seen. */
  open(url: string): Promise<void>
  /** An address was announced: if its bytes came before the news of it, they are fetched now. */
  reconsider(url: string): void
  /** Fetches what has been received, then lets go. Events that come later are no longer heard. */
  drain(): Promise<void>
}

const tailWaitMs = 2_000

/**
 * Watches a browser over a wire and hands on what is wished for.
 *
 * The page is only ever listened to: no request is paused or repeated, no script runs in it, and no setting is changed.
 *
 * Errors  what cannot be had is told by `onOddity` with its reason; rejects only when the browser refuses to be watched.
 */
export async function observe<Want>(wire: Wire, wishes: Wishes<Want>): Promise<Observer> {
  const streaming = new Map<string, Promise<boolean>>()
  const unclaimed = createUnclaimed()
  /** Tabs of which it was told that something was loaded unseen. */
  const lateTargets = new Set<string>()
  let isOver = false

  const targets = createTargets(wire, {
    isOurs: wishes.isOurs,
    foundLoaded(target) {
      wishes.onLate(target)
      void sweep(target)
    },
    gone(target) {
      lateTargets.delete(target.targetId)
      exchanges.forget(target.sessionId)
      frames.forget(target.sessionId)
    },
    plainGone(sessionId) {
      streams.forget(sessionId)
      plainExchanges.forget(sessionId)
    },
    changed: () => wishes.onTabs(targets.all().filter(isWatchedTab).length),
    withoutDurable: () =>
      wishes.onNotice(
        'This browser is older than Chrome 145: pictures may be missed when a page is left at once. Please update it.',
      ),
    frozen() {
      wishes.onNotice('A tab did not go on loading; the connection is dropped so that it can.')
      void wire.close()
    },
  })
  const isWatchedTab = (target: Target) => target.type === 'page' && wishes.isOurs(target.url)
  const bodies = createBodies(wire, targets)
  const streams = createStreams(wire)
  const frames = createFrames({
    // A page may open a socket before the answer that announced its address has been read.
    wantsSocket: (url, sessionId) => wishes.wantsSocket(url) || wishes.isOurs(targets.bySession(sessionId)?.url ?? ''),
    frame: wishes.onFrame,
    closed: wishes.onSocketClosed,
  })

  /** A page of ours asked, or we do not know who did: requests of foreign pages are none of our business. */
  const isFromOurs = ({ askedBy }: Exchange) => !/^https?:/.test(askedBy) || wishes.isOurs(askedBy)

  const wantOf = (exchange: Exchange): Want | undefined => {
    const { response } = exchange
    return response && isFromOurs(exchange) ? wishes.wants({ ...exchange, ...response }) : undefined
  }

  /** Session and request id say which load it is; both sessions of a target number its loads alike. */
  const loadKey = (target: Target | undefined, requestId: string) => `${target?.targetId} ${requestId}`

  const exchanges = createExchangeTable({
    request(exchange) {
      const want = isFromOurs(exchange) ? wishes.wants({ ...exchange, status: 200, mimeType: '' }) : undefined
      if (want !== undefined && wishes.deliveryOf(want) === 'when-quiet') bodies.pictureBegan(exchange.id)
      if (isFromOurs(exchange)) wishes.onAsked(exchange)
      if (isFromOurs(exchange) && wishes.wantsRequest(exchange.url, exchange.method)) wishes.onRequest(exchange)
    },
    unseen(sessionId) {
      const target = targets.bySession(sessionId)
      if (!target || lateTargets.has(target.targetId) || !wishes.isOurs(target.url)) return
      lateTargets.add(target.targetId)
      if (isWatchedTab(target)) wishes.onLate(target)
      wishes.onOddity(
        'load-unseen',
        `${placeOf(target.url)} was loading before it could be watched; reload it to be sure`,
      )
    },
    end(exchange) {
      bodies.pictureEnded(exchange.id)
      // Asked again, since the look-up that names this address may have been read in the meantime.
      const want = wantOf(exchange)
      if (isOver) return
      if (want !== undefined) collect(exchange, want)
      else if (mayBePicture(exchange)) unclaimed.keep(exchange)
    },
    traffic: bodies.traffic,
  })

  /** Plain sessions are heard for the sake of streams alone. */
  const plainExchanges = createExchangeTable({
    request() {},
    response(exchange) {
      const want = wantOf(exchange)
      if (want !== undefined && wishes.deliveryOf(want) === 'stream') followStream(exchange, want)
    },
    end() {},
    traffic() {},
  })

  /** Reads what came; a fault of ours costs this one piece of news and not the watch. */
  const attempt = (what: string, read: () => void) => {
    try {
      read()
    } catch (error) {
      wishes.onOddity('not-read', `${what}: ${messageOf(error)}`)
    }
  }

  const followStream = (exchange: Exchange, want: Want) => {
    const key = loadKey(targets.byPlainSession(exchange.sessionId), exchange.requestId)
    const sink = wishes.onStream(want, exchange)
    const place = placeOf(exchange.url)
    const whole = new Promise<boolean>((resolve) => {
      streams.follow(exchange.sessionId, exchange.requestId, {
        chunk: (bytes) => attempt(place, () => sink.chunk(bytes)),
        end(isWhole) {
          attempt(place, () => sink.end(isWhole))
          resolve(isWhole)
        },
      })
    })
    streaming.set(key, whole)
    // The other session's end comes within a moment of this one, before or after.
    void whole.then(() => setTimeout(() => streaming.delete(key), tailWaitMs).unref())
  }

  /** Ends of loads that are not decided yet: a streamed answer may turn out to have been followed, or not. */
  const undecided = new Set<Promise<void>>()

  const collect = (exchange: Exchange, want: Want) => {
    const deciding = decide(exchange, want).finally(() => undecided.delete(deciding))
    undecided.add(deciding)
  }

  const decide = async (exchange: Exchange, want: Want) => {
    const delivery = wishes.deliveryOf(want)
    if (delivery === 'stream' && (await wasStreamed(exchange))) return
    const lengthBytes = Math.max(exchange.receivedBytes, exchange.response?.statedBytes ?? 0)
    if (lengthBytes > maxBodyBytes) {
      const { kind, detail } = overLimit(`bytes of ${placeOf(exchange.url)}`, lengthBytes, maxBodyBytes)
      return wishes.onOddity(kind, detail)
    }
    bodies.order({
      exchange,
      delivery,
      isStillWanted: () => wishes.isStillWanted(want, exchange),
      check: (bytes) => shortBy(exchange, bytes) ?? wishes.check(want, bytes, exchange),
      deliver: (bytes) => deliver(exchange, want, bytes),
      giveUp: (reason) => reportMiss(exchange, reason),
    })
  }

  const deliver = async (exchange: Exchange, want: Want, bytes: Buffer) => {
    if (wishes.deliveryOf(want) !== 'stream') return wishes.onBody(want, bytes, exchange)
    const sink = wishes.onStream(want, exchange)
    sink.chunk(bytes)
    sink.end(true)
  }

  const wasStreamed = async (exchange: Exchange): Promise<boolean> => {
    const whole = streaming.get(loadKey(targets.bySession(exchange.sessionId), exchange.requestId))
    if (!whole) return false
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), tailWaitMs).unref())
    return Promise.race([whole, late])
  }

  const reportMiss = (exchange: Exchange, reason: string) => {
    const how = exchange.outcome === 'failed' ? `load ${exchange.failure ?? 'failed'}; ` : ''
    wishes.onOddity('body-missed', `${placeOf(exchange.url)}: ${how}${reason}`)
  }

  /** A tab that was there before us shows pictures we saw no request of: they lie in its own cache. */
  const sweep = async ({ sessionId }: Target) => {
    try {
      await wire.send('Page.enable', {}, sessionId)
      const tree = await wire.send('Page.getResourceTree', {}, sessionId)
      for (const { frameId, url, mimeType } of imagesIn(tree.frameTree)) {
        const exchange = shownExchange(sessionId, frameId, url, mimeType)
        const want = wantOf(exchange)
        if (want === undefined || wishes.deliveryOf(want) !== 'when-quiet' || !wishes.isStillWanted(want, exchange))
          continue
        const bytes = await resourceContent(wire, sessionId, frameId, url)
        const flaw = wishes.check(want, bytes, exchange)
        if (flaw) wishes.onOddity('body-missed', `${placeOf(url)}: shown picture: ${flaw}`)
        else await wishes.onBody(want, bytes, exchange)
      }
    } catch (error) {
      if (!isOver) wishes.onOddity('sweep-failed', messageOf(error))
    }
  }

  const hear = (event: WireEvent) => {
    targets.hear(event)
    if (!event.method.startsWith('Network.')) return
    if (targets.bySession(event.sessionId)) {
      frames.hear(event)
      exchanges.hear(event)
    } else if (targets.byPlainSession(event.sessionId)) {
      plainExchanges.hear(event)
      streams.hear(event)
    }
  }

  wire.onEvent((event) => {
    if (!isOver) attempt(event.method, () => hear(event))
  })
  await targets.start()

  return {
    get waiting() {
      return bodies.waiting
    },
    get isQuiet() {
      return bodies.isQuiet && bodies.waiting === 0
    },
    get unfinished() {
      const tables = [exchanges, plainExchanges, streams, streaming, frames, undecided]
      return tables.reduce((sum, { size }) => sum + size, bodies.waiting + targets.all().length)
    },
    tabs: () => targets.all().filter(isWatchedTab),
    reconsider(url) {
      const exchange = unclaimed.take(url)
      const want = exchange && wantOf(exchange)
      if (exchange && want !== undefined && !isOver) collect(exchange, want)
    },
    async open(url) {
      const empty = await firstEmptyTab(targets)
      // A navigation holds back commands that are still on their way, so they must have arrived before it begins.
      await empty?.listens
      if (empty) await wire.send('Page.navigate', { url }, empty.sessionId)
      else await wire.send('Target.createTarget', { url })
    },
    async drain() {
      await Promise.all(undecided)
      await bodies.drain()
      isOver = true
    },
  }
}

/** Pictures have loaded from an address that says nothing yet of what it serves. */
const mayBePicture = ({ method, outcome, response }: Exchange) =>
  method === 'GET' && outcome === 'finished' && /^image\/|octet-stream$/.test(response?.mimeType ?? '')

const maxUnclaimed = 200

/** A bounded memory of such loads, by address; the browser holds their bodies a while. */
function createUnclaimed() {
  const exchanges = new Map<string, Exchange>()
  return {
    keep(exchange: Exchange) {
      exchanges.delete(exchange.url)
      exchanges.set(exchange.url, exchange)
      if (exchanges.size > maxUnclaimed) exchanges.delete(exchanges.keys().next().value ?? '')
    },
    take(url: string): Exchange | undefined {
      const found = exchanges.get(URL.canParse(url) ? new URL(url).href : url)
      if (found) exchanges.delete(found.url)
      return found
    },
  }
}

/** The tab a browser starts with; it may be reported a moment after we began to follow tabs. */
async function firstEmptyTab(targets: Targets): Promise<Target | undefined> {
  for (let tries = 0; tries < 50; tries++) {
    const pages = targets.all().filter((target) => target.type === 'page')
    if (pages.length > 0) return pages.find((page) => page.url === 'about:blank')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return undefined
}

/** Fewer bytes than the page received, or than the server stated, is a body cut short. */
function shortBy(exchange: Exchange, bytes: Buffer): string | undefined {
  const stated = exchange.response?.statedBytes ?? 0
  const due = exchange.response?.isFromCache ? 0 : Math.max(exchange.receivedBytes, stated)
  return bytes.length < due ? `${bytes.length} of ${due} bytes` : undefined
}

/** An address fit to be shown: without its query, which may be signed. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host + new URL(url).pathname : 'an odd address'
}

function shownExchange(sessionId: string, frameId: string, url: string, mimeType: string): Exchange {
  return {
    id: '',
    sessionId,
    requestId: '',
    url,
    firstUrl: url,
    method: 'GET',
    frameId,
    askedBy: '',
    requestBody: null,
    requestHeaders: {},
    startedAtMs: Date.now(),
    response: { status: 200, mimeType, isFromCache: true, statedBytes: null },
    receivedBytes: 0,
    outcome: 'finished',
    failure: null,
  }
}

function imagesIn(tree: unknown): { frameId: string; url: string; mimeType: string }[] {
  const frameId = textAt(objectAt(tree, 'frame'), 'id') ?? ''
  const own = listAt(tree, 'resources')
    .filter(isObject)
    .map((resource) => ({ frameId, url: textAt(resource, 'url') ?? '', mimeType: textAt(resource, 'mimeType') ?? '' }))
  return [...own, ...listAt(tree, 'childFrames').flatMap(imagesIn)]
}
