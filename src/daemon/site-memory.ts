import type { OpenTurn } from '../sites/findings.ts'
import { allSites } from '../sites/index.ts'
import type { Site, SiteReader } from '../sites/site.ts'
import { createLinks, type Links } from './links.ts'

/** A site with what was heard of it in this run. */
export interface KnownSite {
  readonly site: Site
  readonly reader: SiteReader
}

/** What is known of the sites beyond one connection: messages, announced addresses, hosts of sockets. */
export interface SiteMemory {
  readonly sites: readonly [KnownSite, ...KnownSite[]]
  readonly links: Links
  readonly sockets: SocketHosts
}

/** Sockets that are known to be a site's: by their address, or because an answer of the site named their host. */
export interface SocketHosts {
  learn(addresses: readonly string[]): void
  isKnown(url: string): boolean
}

/** Hosts that answers named; a handful over the life of a site. */
const maxHosts = 100

/** Makes an empty memory, or one that knows of turns whose pictures are still to come. */
export function createSiteMemory(openTurns: readonly OpenTurn[] = [], sites: readonly Site[] = allSites): SiteMemory {
  const [first, ...others] = sites.map((site) => ({ site, reader: site.createReader(openTurns) }))
  if (!first) throw new Error('no site to watch')
  return { sites: [first, ...others], links: createLinks(), sockets: createSocketHosts(sites) }
}

function createSocketHosts(sites: readonly Site[]): SocketHosts {
  const hosts = new Set<string>()
  return {
    learn(addresses) {
      for (const address of addresses) {
        const host = hostOf(address)
        if (host && hosts.size < maxHosts) hosts.add(host)
      }
    },
    isKnown: (url) => sites.some((site) => site.isSocket(url)) || hosts.has(hostOf(url) ?? ''),
  }
}

/** The host of an address, with its port. */
export const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null)
