import type { Questions } from '../sites/site.ts'

/** The headers with which a page asks its own site, by the site's origin. They stay in memory. */
export interface Credentials {
  of(origin: string): Record<string, string> | undefined
  /** A page's own request, from which its headers are learned. */
  heard(url: string, headers: Readonly<Record<string, unknown>>): void
  learn(origin: string, headers: Record<string, string>): void
  forget(origin: string): void
}

/** Makes an empty memory of such headers; which of them say who asks, the site knows. */
export function createCredentials(site: Pick<Questions, 'isReplayed' | 'isLasting' | 'isRead'>): Credentials {
  const known = new Map<string, Record<string, string>>()
  return {
    of: (origin) => known.get(origin),
    heard(url, headers) {
      const { origin } = new URL(url)
      const own = Object.entries(headers)
        .filter(isText)
        .filter(([name]) => site.isReplayed(name))
      const has = (wanted: string) => own.some(([name]) => name.toLowerCase() === wanted.toLowerCase())
      const before = known.get(origin)
      // A page that asks its site without a token gets by on its cookies, and so do we.
      if (!has('authorization') && (!site.isRead(url) || before)) return
      // What a request leaves out, such as the account it is for, is as it was before.
      const lasting = Object.entries(before ?? {}).filter(([name]) => site.isLasting(name) && !has(name))
      known.set(origin, Object.fromEntries([...lasting, ...own]))
    },
    learn: (origin, headers) => void known.set(origin, headers),
    forget: (origin) => void known.delete(origin),
  }
}

const isText = (header: [string, unknown]): header is [string, string] => typeof header[1] === 'string'
