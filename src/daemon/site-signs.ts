import type { Exchange } from '../observe/exchanges.ts'
import type { Findings } from '../sites/findings.ts'
import type { Signs } from './notices.ts'
import type { SiteMemory } from './site-memory.ts'

/** Hears from what passes whether somebody is logged in, and whether what the site says can still be read. */
export interface SiteSigns {
  /** A load of the page has ended. */
  ended(exchange: Exchange): void
  /** Bytes of a picture came of which nothing is known yet. */
  unread(lengthBytes: number): void
  read(findings: Pick<Findings, 'facts' | 'dismissed'>): void
}

/** Smaller pictures may be anything: icons, faces, previews. */
const leastBytes = 200_000

/** Reads the signs of one connection; nothing is asked for their sake. */
export function createSiteSigns(signs: Signs, { sites, links }: Pick<SiteMemory, 'sites' | 'links'>): SiteSigns {
  const unread = (lengthBytes: number) => {
    if (lengthBytes >= leastBytes) signs.seen('site-changed')
  }

  const isUnclaimed = ({ url, firstUrl, method, response }: Exchange) => {
    if (method !== 'GET' || response?.status !== 200 || response.isFromCache) return false
    if (!response.mimeType.startsWith('image/') || !sites.some(({ site }) => site.isOurs(url))) return false
    const isLinked = links.fileAt(url) !== undefined || links.fileAt(firstUrl) !== undefined
    const { status, mimeType } = response
    return !isLinked && sites.every(({ reader }) => !reader.wants({ url, firstUrl, method, status, mimeType }))
  }

  return {
    ended(exchange) {
      const { url, requestHeaders, receivedBytes, response } = exchange
      if (!response) return
      for (const { site } of sites) {
        const login = site.loginIn?.({ url, status: response.status, requestHeaders })
        if (login === 'somebody') signs.over('logged-out')
        if (login === 'nobody') signs.seen('logged-out')
      }
      if (isUnclaimed(exchange)) unread(receivedBytes)
    },
    unread,
    read({ facts, dismissed }) {
      if (facts.length + dismissed.length > 0) signs.over('site-changed')
    },
  }
}
