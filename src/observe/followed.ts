import type { WireEvent } from '../browser/wire.ts'
import type { Exchange } from './exchanges.ts'
import type { StreamSink, Streams } from './streams.ts'
import type { Target } from './target.ts'
import type { Targets } from './targets.ts'

/** Answers that are read while they stream: by the plain session, so that the other one need not fetch them. */
export interface Followed {
  hear(event: WireEvent): void
  /** Begins to read an answer that the plain session told of. */
  follow(exchange: Exchange, sink: StreamSink): void
  /** Whether the answer to this load, which has ended, was read to its end. */
  wasRead(exchange: Exchange): Promise<boolean>
  forget(plainSessionId: string): void
  /** Answers that have not ended, or ended a moment ago. */
  readonly size: number
}

/** The other session's end comes within such a moment of the plain one's, before or after. */
const tailWaitMs = 2_000

/** Follows streamed answers over `streams`, and knows which load of the other session each of them is. */
export function createFollowed(streams: Streams, targets: Targets): Followed {
  const reading = new Map<string, Promise<boolean>>()
  /** Both sessions of a target number its loads alike. */
  const keyOf = (target: Target | undefined, { requestId }: Exchange) => `${target?.targetId} ${requestId}`
  return {
    hear: (event) => streams.hear(event),
    follow(exchange, sink) {
      const key = keyOf(targets.byPlainSession(exchange.sessionId), exchange)
      const whole = new Promise<boolean>((resolve) => {
        streams.follow(exchange.sessionId, exchange.requestId, {
          chunk: (bytes) => sink.chunk(bytes),
          end(isWhole) {
            sink.end(isWhole)
            resolve(isWhole)
          },
        })
      })
      reading.set(key, whole)
      void whole.then(() => setTimeout(() => reading.delete(key), tailWaitMs).unref())
    },
    async wasRead(exchange) {
      const whole = reading.get(keyOf(targets.bySession(exchange.sessionId), exchange))
      if (!whole) return false
      const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), tailWaitMs).unref())
      return Promise.race([whole, late])
    },
    forget: (plainSessionId) => streams.forget(plainSessionId),
    get size() {
      return streams.size + reading.size
    },
  }
}
