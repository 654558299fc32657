import pLimit from 'p-limit'
import { bytesIn } from '../browser/messages.ts'
import type { Wire } from '../browser/wire.ts'
import { messageOf } from '../errors.ts'
import type { Exchange } from './exchanges.ts'
import { createOpenLoads } from './open-loads.ts'
import type { BodyReception } from './reception.ts'
import { durableBytes } from './switches.ts'
import type { Targets } from './targets.ts'

/** A body that somebody wants. */
export interface Order {
  readonly exchange: Exchange
  readonly delivery: BodyReception['delivery']
  /** Asked again right before fetching: another tab may have brought it meanwhile. */
  isStillWanted(): boolean
  /** Why these bytes are not the whole body; undefined when they are. */
  check(bytes: Buffer): string | undefined
  deliver(bytes: Buffer): Promise<void>
  /** It could not be had, with the reason each way gave. */
  giveUp(reason: string): void
}

export interface Bodies {
  order(order: Order): void
  /** The page has begun to load a picture; `pictureEnded` must follow. */
  pictureBegan(id: string): void
  pictureEnded(id: string): void
  /** This much went through the browser's buffer. */
  traffic(bytes: number): void
  readonly waiting: number
  /** No page is loading a picture. */
  readonly isQuiet: boolean
  /** Resolves when every order is delivered or given up; nothing waits for quiet any more. */
  drain(): Promise<void>
}

/**
 * Why every way failed, and whether the body may come a moment later: the browser knows the load but not its data yet.
 */
interface Miss {
  readonly reasons: string
  readonly mayCome: boolean
}

interface Waiting {
  readonly order: Order
  readonly since: number
  readonly trafficAt: number
}

const quietMs = 15
const longestWaitMs = 3_000
/** A tab that hangs never ends its loads; nobody waits for them longer than this. */
const longestLoadMs = 30_000
/** Fetched regardless of the page when this much has come after it, well before the browser drops the oldest. */
const urgentTrafficBytes = durableBytes * 0.5
const checkEveryMs = 10
const bodyTimeoutMs = 60_000
/**
 * The browser tells of a load's end from the page's process and keeps its body in another, so on a busy machine the
 * body is there a moment later than the news. A cancelled load may have none at all.
 */
const retryPausesMs = [50, 250, 1_000]
const cancelledPausesMs = [100]

/**
 * Gets the bodies of finished loads, late and few at a time, so that the page is not slowed.
 *
 * Errors  an order whose body cannot be had by any way is given up with the reasons.
 * State   the queue of orders; each ends delivered or given up.
 * Source  docs/capture.md (what each way loses)
 */
export function createBodies(wire: Wire, targets: Targets, now: () => number = Date.now): Bodies {
  const urgent = pLimit(4)
  const relaxed = pLimit(2)
  let queue: Waiting[] = []
  const running = new Set<Promise<void>>()
  /** Pictures a page is loading right now, by exchange. */
  const loading = createOpenLoads(longestLoadMs, now)
  let lastBusyAt = 0
  let trafficTotal = 0
  let isDraining = false
  let timer: NodeJS.Timeout | undefined

  const run = (limit: ReturnType<typeof pLimit>, order: Order) => {
    const work = (async () => {
      for (let turn = 0; ; turn++) {
        const miss = await limit(() => fulfil(order))
        if (miss === undefined) return
        const pauses = order.exchange.outcome === 'finished' ? retryPausesMs : cancelledPausesMs
        const pauseMs = miss.mayCome ? pauses[turn] : undefined
        if (pauseMs === undefined) return order.giveUp(miss.reasons)
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    })()
    running.add(work)
    void work.finally(() => running.delete(work))
  }

  const isDue = (item: Waiting) =>
    isDraining ||
    wire.isRecorded === true ||
    (!loading.isAny && now() - lastBusyAt >= quietMs) ||
    now() - item.since >= longestWaitMs ||
    trafficTotal - item.trafficAt >= urgentTrafficBytes

  const next = (): Waiting | undefined => {
    const first = queue.find((item) => item.order.delivery === 'when-quiet')
    if (first) return isDue(first) ? first : undefined
    return relaxed.activeCount === 0 ? queue.find(isDue) : undefined
  }

  const pump = () => {
    timer = undefined
    // One more than can run at once keeps the lane full without taking the decision too early.
    for (let item = next(); item && relaxed.pendingCount < 1; item = next()) {
      queue = queue.filter((other) => other !== item)
      run(relaxed, item.order)
    }
    if (queue.length > 0) timer = setTimeout(pump, checkEveryMs)
  }

  /** Tries every way once; returns why each failed, or undefined when the order is done. */
  const fulfil = async (order: Order): Promise<Miss | undefined> => {
    if (!order.isStillWanted()) return undefined
    const reasons: string[] = []
    let hadBytes = false
    for (const way of waysTo(order.exchange)) {
      const got = await way.get().catch((error: unknown) => messageOf(error))
      const flaw = typeof got === 'string' ? got : got.length === 0 ? 'empty' : order.check(got)
      if (typeof got !== 'string' && flaw === undefined) {
        await order.deliver(got).catch((error: unknown) => order.giveUp(`not read: ${messageOf(error)}`))
        return undefined
      }
      hadBytes ||= typeof got !== 'string' && got.length > 0
      reasons.push(`${way.name}: ${flaw}`)
    }
    return {
      reasons: reasons.join('; '),
      mayCome: !hadBytes && reasons.some((reason) => /No data found|empty/.test(reason)),
    }
  }

  /** Own session, then sessions that may ask for it too, then the page's own cache of shown pictures. */
  function* waysTo(exchange: Exchange) {
    const own = targets.bySession(exchange.sessionId)
    if (own) yield { name: 'own session', get: () => responseBody(exchange, exchange.sessionId) }
    if (own?.plainSessionId) {
      const plain = own.plainSessionId
      yield { name: 'plain session', get: () => responseBody(exchange, plain) }
    }
    const sibling = targets.all().find((target) => target !== own && target.isOn)
    if (sibling) yield { name: 'sibling session', get: () => responseBody(exchange, sibling.sessionId) }
    if (own?.type === 'page' && exchange.frameId) {
      yield { name: 'page', get: () => resourceContent(wire, exchange.sessionId, exchange.frameId ?? '', exchange.url) }
    }
  }

  const responseBody = async ({ requestId }: Exchange, sessionId: string) =>
    bytesIn(await wire.send('Network.getResponseBody', { requestId }, sessionId, bodyTimeoutMs), 'body')

  return {
    order(order) {
      if (order.delivery === 'at-once') return run(urgent, order)
      queue.push({ order, since: now(), trafficAt: trafficTotal })
      timer ??= setTimeout(pump, checkEveryMs)
    },
    pictureBegan: loading.began,
    pictureEnded(id) {
      if (loading.ended(id)) lastBusyAt = now()
    },
    traffic(bytes) {
      trafficTotal += bytes
    },
    get isQuiet() {
      return !loading.isAny
    },
    get waiting() {
      return queue.length + running.size
    },
    async drain() {
      isDraining = true
      clearTimeout(timer)
      while (queue.length > 0 || running.size > 0) {
        pump()
        await Promise.race([Promise.all(running), new Promise((resolve) => setTimeout(resolve, checkEveryMs))])
      }
    },
  }
}

/** A picture the page shows, out of its own cache: no request is made. */
export async function resourceContent(wire: Wire, sessionId: string, frameId: string, url: string): Promise<Buffer> {
  await wire.send('Page.enable', {}, sessionId)
  return bytesIn(await wire.send('Page.getResourceContent', { frameId, url }, sessionId, bodyTimeoutMs), 'content')
}
