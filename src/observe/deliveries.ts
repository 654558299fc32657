import { maxBodyBytes, overLimit } from '../decode/limits.ts'
import { messageOf } from '../errors.ts'
import type { Bodies } from './bodies.ts'
import type { Exchange } from './exchanges.ts'
import type { Followed } from './followed.ts'
import type { BodyReception, Reception, StreamReception } from './reception.ts'

/** Loads that have ended, on their way to who receives them. */
export interface Deliveries {
  /** A streamed answer has begun, as a session that can read it tells. */
  follow(exchange: Exchange, reception: StreamReception): void
  /** A load has ended: its body is fetched, unless it was read while it streamed. */
  collect(exchange: Exchange, reception: Reception): void
  /** Resolves when it is decided of each load whether its body must be fetched. */
  decided(): Promise<unknown>
  readonly undecided: number
}

/**
 * Makes the way from ended loads to their receptions. Errors: what cannot be had is told by `onOddity`, with its
 * reason.
 */
export function createDeliveries(
  bodies: Bodies,
  followed: Followed,
  onOddity: (kind: string, detail: string) => void,
): Deliveries {
  /** A streamed answer may turn out to have been followed, or not. */
  const deciding = new Set<Promise<void>>()

  const attempt = (what: string, read: () => void) => readSafely(what, read, onOddity)

  const decide = async (exchange: Exchange, reception: Reception) => {
    if (reception.delivery === 'stream' && (await followed.wasRead(exchange))) return
    const place = hostAndPath(exchange.url)
    const lengthBytes = Math.max(exchange.receivedBytes, exchange.response?.statedBytes ?? 0)
    if (lengthBytes > maxBodyBytes) {
      const { kind, detail } = overLimit(`bytes of ${place}`, lengthBytes, maxBodyBytes)
      return onOddity(kind, detail)
    }
    const { delivery, isStillWanted, flawOf, accept } =
      reception.delivery === 'stream' ? asBody(exchange, reception) : reception
    bodies.order({
      exchange,
      delivery,
      isStillWanted: () => isStillWanted(exchange.receivedBytes),
      check: (bytes) => shortBy(exchange, bytes) ?? flawOf(bytes),
      deliver: accept,
      giveUp(reason) {
        const how = exchange.outcome === 'failed' ? `load ${exchange.failure ?? 'failed'}; ` : ''
        onOddity('body-missed', `${place}: ${how}${reason}`)
      },
    })
  }

  return {
    follow(exchange, reception) {
      const [sink, place] = [reception.open(exchange), hostAndPath(exchange.url)]
      followed.follow(exchange, {
        chunk: (bytes) => attempt(place, () => sink.chunk(bytes)),
        end: (isWhole) => attempt(place, () => sink.end(isWhole)),
      })
    },
    collect(exchange, reception) {
      const one = decide(exchange, reception).finally(() => deciding.delete(one))
      deciding.add(one)
    },
    decided: () => Promise.all(deciding),
    get undecided() {
      return deciding.size
    },
  }
}

/** A stream that could not be followed is read from its whole body. */
function asBody(exchange: Exchange, reception: StreamReception): BodyReception {
  return {
    delivery: 'at-once',
    isStillWanted: () => true,
    flawOf: () => undefined,
    async accept(bytes) {
      const sink = reception.open(exchange)
      sink.chunk(bytes)
      sink.end(true)
    },
  }
}

/** Reads what came; a fault of ours costs this one piece of news and not the watch. */
export function readSafely(what: string, read: () => void, onOddity: (kind: string, detail: string) => void): void {
  try {
    read()
  } catch (error) {
    onOddity('not-read', `${what}: ${messageOf(error)}`)
  }
}

/** Fewer bytes than the page received, or than the server stated, is a body cut short. */
function shortBy(exchange: Exchange, bytes: Buffer): string | undefined {
  const stated = exchange.response?.statedBytes ?? 0
  const due = exchange.response?.isFromCache ? 0 : Math.max(exchange.receivedBytes, stated)
  return bytes.length < due ? `${bytes.length} of ${due} bytes` : undefined
}

/** An address fit to be shown: without its query, which may be signed. */
export function hostAndPath(url: string): string {
  return URL.canParse(url) ? new URL(url).host + new URL(url).pathname : 'an odd address'
}
