import { setBounded } from '../bounded-map.ts'
import type { Exchange } from './exchanges.ts'

const maxUnclaimed = 200

/** Loads of pictures from addresses that say nothing yet of what they serve. */
export interface Unclaimed {
  /** Takes note of a load that nobody wants so far, if it may be a picture. */
  keep(exchange: Exchange): void
  /** The load from an address that has been announced; it is not kept any longer. */
  take(url: string): Exchange | undefined
}

/** Makes a bounded memory of such loads, by address; the browser holds their bodies a while. */
export function createUnclaimed(): Unclaimed {
  const exchanges = new Map<string, Exchange>()
  return {
    keep(exchange) {
      if (!mayBePicture(exchange)) return
      setBounded(exchanges, exchange.url, exchange, maxUnclaimed)
    },
    take(url) {
      const found = exchanges.get(URL.canParse(url) ? new URL(url).href : url)
      if (found) exchanges.delete(found.url)
      return found
    },
  }
}

const mayBePicture = ({ method, outcome, response }: Exchange) =>
  method === 'GET' && outcome === 'finished' && /^image\/|octet-stream$/.test(response?.mimeType ?? '')
