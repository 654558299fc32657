import type { Wire, WireEvent } from '../browser/wire.ts'
import { maxBodyBytes, overLimit } from '../decode/limits.ts'
import { messageOf } from '../errors.ts'
import { createBodies, resourceContent } from './bodies.ts'
import { createExchangeTable, type Exchange } from './exchanges.ts'
import { createFollowed } from './followed.ts'
import { createFrames } from './frames.ts'
import { shownPictures } from './shown.ts'
import { createStreams } from './streams.ts'
import { createTargets, type Target, type Targets } from './targets.ts'
import { createUnclaimed } from './unclaimed.ts'
import type { WatchedTab, Wishes } from './wishes.ts'

/** Each end of an unseen load may be that of an answer; a tab has no more of them under way when it is found. */
const maxLateLoads = 100

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

/**
 * Watches a browser over a wire and hands on what is wished for.
 *
 * The page is only ever listened to: no request is paused or repeated, no script runs in it, and no setting is changed.
 *
 * Errors  what cannot be had is told by `onOddity` with its reason; rejects only when the browser refuses to be watched.
 */
export async function observe<Want>(wire: Wire, wishes: Wishes<Want>): Promise<Observer> {
  const unclaimed = createUnclaimed()
  /** How often it was told of a tab that something was loaded unseen. */
  const lateLoads = new Map<string, number>()
  let isOver = false

  const targets = createTargets(wire, {
    isOurs: wishes.isOurs,
    foundLoaded(target) {
      wishes.onLate(target)
      void sweep(target)
    },
    gone(target) {
      lateLoads.delete(target.targetId)
      exchanges.forget(target.sessionId)
      frames.forget(target.sessionId)
    },
    plainGone(sessionId) {
      followed.forget(sessionId)
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
  const followed = createFollowed(createStreams(wire), targets)
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

  const exchanges = createExchangeTable({
    request(exchange) {
      const want = isFromOurs(exchange) ? wishes.wants({ ...exchange, status: 200, mimeType: '' }) : undefined
      if (want !== undefined && wishes.deliveryOf(want) === 'when-quiet') bodies.pictureBegan(exchange.id)
      if (isFromOurs(exchange)) wishes.onAsked(exchange)
      if (isFromOurs(exchange) && wishes.wantsRequest(exchange.url, exchange.method)) wishes.onRequest(exchange)
    },
    unseen(sessionId) {
      const target = targets.bySession(sessionId)
      // What a frame or a worker begins with is asked for by its page, and so seen there.
      if (!target || !isWatchedTab(target)) return
      const times = lateLoads.get(target.targetId) ?? 0
      if (times >= maxLateLoads) return
      lateLoads.set(target.targetId, times + 1)
      wishes.onLate(target)
    },
    end(exchange) {
      bodies.pictureEnded(exchange.id)
      // Asked again, since the look-up that names this address may have been read in the meantime.
      const want = wantOf(exchange)
      if (isOver) return
      if (want !== undefined) collect(exchange, want)
      else unclaimed.keep(exchange)
    },
    traffic: bodies.traffic,
  })

  /** Plain sessions are heard for the sake of streams alone. */
  const plainExchanges = createExchangeTable({
    request() {},
    response(exchange) {
      const want = wantOf(exchange)
      if (want === undefined || wishes.deliveryOf(want) !== 'stream') return
      const sink = wishes.onStream(want, exchange)
      const place = placeOf(exchange.url)
      followed.follow(exchange, {
        chunk: (bytes) => attempt(place, () => sink.chunk(bytes)),
        end: (isWhole) => attempt(place, () => sink.end(isWhole)),
      })
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

  /** Ends of loads that are not decided yet: a streamed answer may turn out to have been followed, or not. */
  const undecided = new Set<Promise<void>>()

  const collect = (exchange: Exchange, want: Want) => {
    const deciding = decide(exchange, want).finally(() => undecided.delete(deciding))
    undecided.add(deciding)
  }

  const decide = async (exchange: Exchange, want: Want) => {
    const delivery = wishes.deliveryOf(want)
    if (delivery === 'stream' && (await followed.wasRead(exchange))) return
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

  const reportMiss = (exchange: Exchange, reason: string) => {
    const how = exchange.outcome === 'failed' ? `load ${exchange.failure ?? 'failed'}; ` : ''
    wishes.onOddity('body-missed', `${placeOf(exchange.url)}: ${how}${reason}`)
  }

  /** A tab that was there before us shows pictures we saw no request of: they lie in its own cache. */
  const sweep = async ({ sessionId }: Target) => {
    try {
      for (const exchange of await shownPictures(wire, sessionId)) {
        const want = wantOf(exchange)
        if (want === undefined || wishes.deliveryOf(want) !== 'when-quiet' || !wishes.isStillWanted(want, exchange))
          continue
        const bytes = await resourceContent(wire, sessionId, exchange.frameId ?? '', exchange.url)
        const flaw = wishes.check(want, bytes, exchange)
        if (flaw) wishes.onOddity('body-missed', `${placeOf(exchange.url)}: shown picture: ${flaw}`)
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
      followed.hear(event)
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
      const tables = [exchanges, plainExchanges, followed, frames, undecided]
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
