import type { Marks } from '../archive/marks.ts'
import type {
  Changed,
  Coverage,
  Picture,
  PictureDetails,
  PictureList,
  PicturePage,
  SearchResult,
  Small,
} from '../gallery/api.ts'
import { type Finding, serverFinding } from './finding.ts'
import { json, notAnswering, notSignedIn, request, sending } from './requests.ts'
import { type Filters, filterParams } from './state.ts'
import { serverWork, type Work } from './work.ts'

export { RequestError } from './requests.ts'
export type { Changed, Coverage, Marks, Picture, PictureDetails, PictureList, Small }

/** Bits of `flags` in the list. */
export const flag = { favourite: 1, hasSeed: 2, isMissing: 4, isAway: 8 } as const

/** The answer of a search. */
export interface Hits {
  readonly revision: number
  /** Positions in the list, the best first. */
  readonly positions: Uint32Array
  /** The words they answer where nothing was found for those asked. */
  readonly corrected?: string
}

/** Who wants to hear what happens to the gallery. */
export interface Listener {
  changed(change: Changed): void
  /** The revision as the connection stands, after a break too. */
  greeted(revision: number): void
  connection(state: Connection): void
}

/** It stands; it broke; or the server does not know this page, as when it was started anew. */
export type Connection = 'there' | 'lost' | 'refused'

/** Where the page gets its pictures from: the server, or the data beside a static copy. */
export interface Source {
  /** A static copy can be looked at and searched, not changed. */
  readonly canChange: boolean
  list(): Promise<PictureList>
  search(filters: Filters, signal: AbortSignal): Promise<Hits>
  /** Some pictures of the list in full, by their place among the hits. */
  pictures(filters: Filters, offset: number, limit: number): Promise<readonly Picture[]>
  detail(id: string): Promise<PictureDetails>
  thumbUrl(id: string, heightPx: number): string
  imageUrl(id: string): string
  downloadUrl(id: string): string
  mark(id: string, changes: Partial<Marks>): Promise<Marks>
  deleteImage(id: string): Promise<void>
  /** What is counted and proposed; null for a copy. */
  readonly finding: Finding | null
  /** What else is done with pictures; null for a copy. */
  readonly work: Work | null
  /** What an account holds beside it, the first one if none is named; null for a copy, which knows no account. */
  readonly coverage: ((profile?: string | null) => Promise<Coverage>) | null
  /** Returns what ends the listening. */
  listen(listener: Listener): () => void
}

/** What a person can do about a connection that does not stand. */
export const connectionHints = { there: null, lost: notAnswering, refused: notSignedIn } as const

/** The set bits of a base64 bitmap, least significant bit first, as positions. */
export function positionsOf(bitmap: string): Uint32Array {
  const bytes = Uint8Array.from(atob(bitmap), (letter) => letter.charCodeAt(0))
  const positions = new Uint32Array(bytes.length * 8)
  let count = 0
  for (const [at, byte] of bytes.entries()) {
    for (let bit = 0; byte >> bit; bit++) if ((byte >> bit) & 1) positions[count++] = at * 8 + bit
  }
  return positions.slice(0, count)
}

/** The server this page came from. */
export function serverSource(): Source {
  const at = (id: string, rest = '') => `api/pictures/${encodeURIComponent(id)}${rest}`
  return {
    canChange: true,
    list: () => json('api/list'),
    async search(filters, signal) {
      const found = await json<SearchResult>(`api/search?${filterParams(filters)}`, { signal })
      const { revision, hits, order, corrected } = found
      const positions = order ? Uint32Array.from(order) : positionsOf(hits)
      return { revision, positions, ...(corrected !== undefined && { corrected }) }
    },
    async pictures(filters, offset, limit) {
      const params = filterParams(filters)
      params.set('offset', `${offset}`)
      params.set('limit', `${limit}`)
      return (await json<PicturePage>(`api/pictures?${params}`)).pictures
    },
    detail: (id) => json(at(id)),
    thumbUrl: (id, heightPx) => at(id, `/thumb?h=${heightPx > 240 ? 480 : 240}`),
    imageUrl: (id) => at(id, '/image'),
    downloadUrl: (id) => at(id, '/image?download=1'),
    mark: (id, changes) => json(at(id, '/marks'), sending('PATCH', changes)),
    deleteImage: async (id) => void (await request(at(id, '/image'), sending('DELETE'))),
    finding: serverFinding(),
    work: serverWork(),
    coverage: (profile) =>
      json(`api/coverage${profile === undefined ? '' : `?${new URLSearchParams({ profile: profile ?? '' })}`}`),
    listen,
  }
}

/** The browser itself tries again after a break, but not after a refusal. */
const retryMs = 3_000

/**
 * Listens as long as the page is seen: a browser has six connections for all windows of a server, and each listener
 * holds one of them. Whoever comes back is greeted with the revision, and so learns what was missed.
 */
function listen({ changed, greeted, connection }: Listener): () => void {
  let events: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    clearTimeout(timer)
    events?.close()
    events = undefined
  }
  const start = () => {
    stop()
    const source = new EventSource('api/events')
    events = source
    source.addEventListener('changed', (event) => changed(JSON.parse(event.data)))
    source.addEventListener('hello', (event) => greeted(JSON.parse(event.data).revision))
    source.addEventListener('open', () => connection('there'))
    source.addEventListener('error', () => {
      const isRefused = source.readyState === EventSource.CLOSED
      connection(isRefused ? 'refused' : 'lost')
      if (isRefused) timer = setTimeout(start, retryMs)
    })
  }
  const follow = () => (document.hidden ? stop() : start())
  document.addEventListener('visibilitychange', follow)
  if (!document.hidden) start()
  return () => {
    document.removeEventListener('visibilitychange', follow)
    stop()
  }
}
