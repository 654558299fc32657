import type { Wire, WireEvent } from '../browser/wire.ts'
import { type Askers, createAskers } from './askers.ts'
import { createBodies } from './bodies.ts'
import { createDeliveries, readSafely } from './deliveries.ts'
import { createExchangeTable } from './exchanges.ts'
import { createExpectations } from './expectations.ts'
import { createFollowed } from './followed.ts'
import { createFrames } from './frames.ts'
import { createLateLoads } from './late-loads.ts'
import { createOpenLoads } from './open-loads.ts'
import type { ObserverDelegate, WatchedTab } from './reception.ts'
import { sweepShown } from './shown.ts'
import { createStreams } from './streams.ts'
import type { Target } from './target.ts'
import { createTargets, type Targets } from './targets.ts'
import { createUnclaimed } from './unclaimed.ts'

export interface Observer {
  /** Loads of bodies that have not been fetched yet. */
  readonly waiting: number
  /** No page is loading a picture or waits for a turn, and no picture waits to be fetched. */
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

const oldBrowser =
  'This browser is older than Chrome 145: pictures may be missed when a page is left at once. Please update it.'
/** A turn that takes longer has lost the news of its end. */
const longestTurnMs = 15 * 60_000
const frozenTab = 'A tab did not go on loading; the connection is dropped so that it can.'

/**
 * Watches a browser over a wire and hands on what is expected.
 *
 * The page is only ever listened to: no request is paused or repeated, no script runs in it, and no setting is changed.
 *
 * Errors  what cannot be had is told by `onOddity` with its reason; rejects only when the browser refuses to be
 *         watched.
 */
export async function observe(wire: Wire, delegate: ObserverDelegate): Promise<Observer> {
  const { onOddity } = delegate
  const unclaimed = createUnclaimed()
  let isOver = false

  const targets = createTargets(wire, {
    isHome: delegate.isHome,
    foundLoaded(target) {
      delegate.onLate(target)
      void sweepShown(wire, target.sessionId, {
        expect: (exchange) => expectations.of(exchange),
        onOddity,
        isOver: () => isOver,
      })
    },
    gone(target) {
      lateLoads.forget(target.targetId)
      exchanges.forget(target.sessionId)
      frames.forget(target.sessionId)
    },
    plainGone(sessionId) {
      followed.forget(sessionId)
      plainExchanges.forget(sessionId)
    },
    changed: () => delegate.onTabs(tabs().length),
    withoutDurable: () => delegate.onNotice(oldBrowser),
    frozen() {
      delegate.onNotice(frozenTab)
      void wire.close()
    },
  })
  const askers: Askers = createAskers(targets, delegate.isHome)
  const isWatchedTab = (target: Target) => target.type === 'page' && delegate.isHome(target.url)
  const tabs = () => targets.all().filter(isWatchedTab)
  const lateLoads = createLateLoads((target) => delegate.onLate(target))
  const bodies = createBodies(wire, targets)
  const turns = createOpenLoads(longestTurnMs)
  const followed = createFollowed(createStreams(wire), targets)
  const deliveries = createDeliveries(bodies, followed, onOddity)
  const frames = createFrames({
    wantsSocket: (_, sessionId) => askers.isTargetAtHome(targets.bySession(sessionId)),
    frame: delegate.onFrame,
    closed: delegate.onSocketClosed,
  })

  const expectations = createExpectations(askers, delegate.expect)

  const exchanges = createExchangeTable({
    request(exchange) {
      if (expectations.begin(exchange)?.delivery === 'when-quiet') bodies.pictureBegan(exchange.id)
      if (!askers.isAtHome(exchange) || exchange.isNavigation) return
      if (delegate.isTurn(exchange)) turns.began(exchange.id)
      delegate.onRequest(exchange)
    },
    unseen(sessionId) {
      const target = targets.bySession(sessionId)
      // What a frame or a worker begins with is asked for by its page, and so seen there.
      if (target && isWatchedTab(target)) lateLoads.note(target)
    },
    end(exchange) {
      bodies.pictureEnded(exchange.id)
      turns.ended(exchange.id)
      // Asked anew, since a look-up that names its address may have been read meanwhile.
      const reception = expectations.end(exchange)
      if (isOver) return
      if (askers.isAtHome(exchange)) delegate.onEnd?.(exchange)
      if (reception) deliveries.collect(exchange, reception)
      else if (askers.isAtHome(exchange)) unclaimed.keep(exchange)
    },
    traffic: bodies.traffic,
  })

  /** Plain sessions are heard for the sake of streams alone. */
  const plainExchanges = createExchangeTable({
    request() {},
    response(exchange) {
      const reception = expectations.of(exchange)
      if (reception?.delivery === 'stream') deliveries.follow(exchange, reception)
    },
    end() {},
    traffic() {},
  })

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
    if (!isOver) readSafely(event.method, () => hear(event), onOddity)
  })
  await targets.start()

  return {
    get waiting() {
      return bodies.waiting
    },
    get isQuiet() {
      return bodies.isQuiet && bodies.waiting === 0 && !turns.isAny
    },
    get unfinished() {
      const tables = [exchanges, plainExchanges, followed, frames]
      const open = tables.reduce((sum, { size }) => sum + size, 0)
      return open + deliveries.undecided + bodies.waiting + targets.all().length
    },
    tabs,
    reconsider(url) {
      const exchange = unclaimed.take(url)
      const reception = exchange && expectations.of(exchange)
      if (exchange && reception && !isOver) deliveries.collect(exchange, reception)
    },
    open: (url) => openPage(wire, targets, url),
    async drain() {
      await deliveries.decided()
      await bodies.drain()
      isOver = true
    },
  }
}

async function openPage(wire: Wire, targets: Targets, url: string): Promise<void> {
  const empty = await firstEmptyTab(targets)
  // A navigation holds back commands that are still on their way, so they must have arrived before it begins.
  await empty?.listens
  if (empty) await wire.send('Page.navigate', { url }, empty.sessionId)
  else await wire.send('Target.createTarget', { url })
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
