import type { Askers } from './askers.ts'
import type { Exchange } from './exchanges.ts'
import type { Head, Reception } from './reception.ts'

/** Which loads something is expected of: those that a page at home asks for, and addresses that are opened. */
export interface Expectations {
  /** A request goes out; what is expected of its answer, as far as its address tells. */
  begin(exchange: Exchange): Reception | undefined
  /** What is expected of a load whose headers have come. */
  of(exchange: Exchange): Reception | undefined
  /** The same for a load that has ended, and is forgotten. */
  end(exchange: Exchange): Reception | undefined
}

/**
 * Asks what is expected, but only where somebody may ask.
 *
 * State   loads of addresses that a person or a page at home sent a tab to; each until it ends.
 */
export function createExpectations(askers: Askers, expect: (head: Head) => Reception | undefined): Expectations {
  const opened = new Set<string>()

  const of = (exchange: Exchange): Reception | undefined => {
    const { response } = exchange
    if (!response) return undefined
    if (askers.isAtHome(exchange)) return expect({ ...exchange, ...response })
    // An address that is opened can give a picture, and nothing else.
    const reception = opened.has(exchange.id) ? expect({ ...exchange, ...response }) : undefined
    return reception?.delivery === 'when-quiet' ? reception : undefined
  }

  return {
    begin(exchange) {
      if (askers.isOpened(exchange)) opened.add(exchange.id)
      return askers.isAtHome(exchange) ? expect({ ...exchange, status: 200, mimeType: '' }) : undefined
    },
    of,
    end(exchange) {
      const reception = of(exchange)
      opened.delete(exchange.id)
      return reception
    },
  }
}
