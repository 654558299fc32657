import type {
  Changed,
  Marks,
  Picture,
  PictureDetails,
  PictureList,
  PicturePage,
  SearchResult,
  Small,
} from '../gallery/api.ts'
import { type Filters, filterParams } from './state.ts'

export type { Marks, Picture, PictureDetails, PictureList, Small }

/** Bits of `flags` in the list. */
export const flag = { favourite: 1, hasSeed: 2, isMissing: 4 } as const

export interface Hits {
  readonly revision: number
  /** Positions in the list, ascending. */
  readonly positions: Uint32Array
}

export interface Listener {
  changed(change: Changed): void
  /** The revision as the connection stands, after a break too. */
  greeted(revision: number): void
  /** The connection stands, or broke. */
  connected(isConnected: boolean): void
}

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
  mark(id: string, marks: Marks): Promise<Marks>
  deleteImage(id: string): Promise<void>
  takeOut(ids: readonly string[]): Promise<Blob>
  /** Returns what ends the listening. */
  listen(listener: Listener): () => void
}

/** An answer that is no success, with what a person can do about it. */
export class RequestError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const hints: Record<number, string> = {
  0: 'The gallery does not answer. Is “dalle-archiver browse” still running?',
  401: 'This window is not signed in. Open the address that “dalle-archiver browse” printed.',
  403: 'This window is not allowed in. Open the address that “dalle-archiver browse” printed.',
}

async function request(path: string, init?: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new RequestError(0, hints[0] ?? '')
  }
  if (response.ok) return response
  const said: { error?: unknown } = await response.json().catch(() => ({}))
  const message = typeof said.error === 'string' ? said.error : `The gallery answered ${response.status}.`
  throw new RequestError(response.status, hints[response.status] ?? message)
}

const json = async <Answer>(path: string, init?: RequestInit): Promise<Answer> => (await request(path, init)).json()

const sending = (method: string, body?: unknown): RequestInit =>
  body === undefined
    ? { method }
    : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }

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
  const at = (id: string, rest = '') => `/api/pictures/${encodeURIComponent(id)}${rest}`
  return {
    canChange: true,
    list: () => json('/api/list'),
    async search(filters, signal) {
      const { revision, hits } = await json<SearchResult>(`/api/search?${filterParams(filters)}`, { signal })
      return { revision, positions: positionsOf(hits) }
    },
    async pictures(filters, offset, limit) {
      const params = filterParams(filters)
      params.set('offset', `${offset}`)
      params.set('limit', `${limit}`)
      return (await json<PicturePage>(`/api/pictures?${params}`)).pictures
    },
    detail: (id) => json(at(id)),
    thumbUrl: (id, heightPx) => at(id, `/thumb?h=${heightPx > 240 ? 480 : 240}`),
    imageUrl: (id) => at(id, '/image'),
    downloadUrl: (id) => at(id, '/image?download=1'),
    mark: (id, marks) => json(at(id, '/marks'), sending('PUT', marks)),
    deleteImage: async (id) => void (await request(at(id, '/image'), sending('DELETE'))),
    takeOut: async (ids) => (await request('/api/take-out', sending('POST', { ids }))).blob(),
    listen({ changed, greeted, connected }) {
      const events = new EventSource('/api/events')
      events.addEventListener('changed', (event) => changed(JSON.parse(event.data)))
      events.addEventListener('hello', (event) => greeted(JSON.parse(event.data).revision))
      events.addEventListener('open', () => connected(true))
      events.addEventListener('error', () => connected(false))
      return () => events.close()
    },
  }
}
