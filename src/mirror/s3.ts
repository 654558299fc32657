import { createHash } from 'node:crypto'
import { maxImageBytes } from '../catalogue/record.ts'
import { messageOf } from '../errors.ts'
import { type Listed, md5OfTag, type Page, pageIn } from './listing.ts'
import type { Answer } from './refusals.ts'
import { createRequests, type Requests, type StoreOptions } from './requests.ts'

/** What the store says of an object. */
export interface Found {
  readonly lengthBytes: number
  /** The MD5 that the store has made of the bytes, hexadecimal; null for a store that keeps another kind of tag. */
  readonly md5: string | null
}

/** What may be said of an object besides its bytes; it comes back with them. */
export type About = Readonly<Record<string, string>>

/** A store of objects under keys. Errors of every call: see `createRequests`. */
export interface Store {
  /** Undefined when there is no such object. */
  head(key: string): Promise<Found | undefined>
  /** All of its bytes, which may be so many; undefined when there is no such object. */
  get(key: string, maxBytes?: number): Promise<{ readonly bytes: Buffer; readonly about: About } | undefined>
  /** Resolves when the store has just these bytes, by the checksum that it keeps; an object of this key is replaced. */
  put(key: string, bytes: Buffer, options: { readonly type: string; readonly about?: About }): Promise<Found>
  /** Every object whose key begins so, in the order of their keys. */
  list(beginning: string): AsyncGenerator<Listed, void, void>
}

/** Opens a store; nothing is asked yet. */
export async function openStore(options: StoreOptions): Promise<Store> {
  return storeOver(await createRequests(options), options.place.prefix)
}

function storeOver({ ask }: Requests, prefix: string): Store {
  return {
    async head(key) {
      const answer = await ask({ method: 'HEAD', key: prefix + key, isMissingFine: true })
      return answer.status === 404 ? undefined : foundIn(answer)
    },
    async get(key, maxBytes = maxImageBytes) {
      const answer = await ask({ method: 'GET', key: prefix + key, isMissingFine: true, maxBytes })
      return answer.status === 404 ? undefined : { bytes: answer.bytes, about: aboutIn(answer.headers) }
    },
    async put(key, bytes, { type, about = {} }) {
      const md5 = createHash('md5').update(bytes)
      const hex = md5.copy().digest('hex')
      const answer = await ask({
        method: 'PUT',
        key: prefix + key,
        body: bytes,
        headers: { 'content-type': type, 'content-md5': md5.digest('base64'), ...headersOf(about) },
        // The store refuses bytes that came out different; and what it says that it keeps is compared as well.
        flawOf: ({ headers }) => ([null, hex].includes(md5In(headers)) ? undefined : 'the store has other bytes'),
      })
      return { lengthBytes: bytes.length, md5: md5In(answer.headers) }
    },
    async *list(beginning) {
      for (let next: string | undefined = ''; next !== undefined; ) {
        const query = { 'list-type': '2', 'encoding-type': 'url', prefix: prefix + beginning }
        const token: string = next
        let page: Page = { objects: [], next: undefined }
        await ask({
          method: 'GET',
          query: token === '' ? query : { ...query, 'continuation-token': token },
          flawOf({ bytes }) {
            try {
              page = pageIn(bytes.toString())
            } catch (error) {
              return messageOf(error)
            }
            return page.next === token ? 'the listing turns in a circle' : undefined
          },
        })
        for (const listed of page.objects) yield { ...listed, key: listed.key.slice(prefix.length) }
        next = page.next
      }
    },
  }
}

const foundIn = ({ headers }: Answer): Found => ({
  lengthBytes: Number(headers.get('content-length') ?? Number.NaN),
  md5: md5In(headers),
})

/** The tag is an MD5 where it has the form of one, and the store did not encrypt with a key of its own. */
function md5In(headers: Headers): string | null {
  const isOther = /kms/i.test(headers.get('x-amz-server-side-encryption') ?? '')
  return isOther ? null : md5OfTag(headers.get('etag') ?? '')
}

const aboutPrefix = 'x-amz-meta-'

/** Headers are ASCII: a name in any script goes through percent signs. */
const headersOf = (about: About) =>
  Object.fromEntries(Object.entries(about).map(([key, value]) => [aboutPrefix + key, encodeURIComponent(value)]))

function aboutIn(headers: Headers): About {
  const ours = [...headers].filter(([key]) => key.startsWith(aboutPrefix))
  return Object.fromEntries(ours.map(([key, value]) => [key.slice(aboutPrefix.length), decodeURIComponent(value)]))
}
