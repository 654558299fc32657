import { parseJson, textAt } from '../../decode/json.ts'
import type { FileId } from '../ids.ts'
import type { ResponseHead } from '../site.ts'
import { isBelow, isHome, isStorage } from './hosts.ts'
import { parseFileId, parsePointer } from './ids.ts'

/** Paths, below `/backend-api/` or `/backend-anon/`, whose JSON may speak of images or of sockets that will. */
const answerPaths =
  /^(?:f\/|sidebar\/)?(?:conversations?|tasks|my\/recent\/image_gen|share|files\/library|celsius\/ws\/user|register-websocket)(?:\/|$)|^gizmos\/[^/]+\/conversations$|^calpico\/chatgpt\/rooms\/[^/]+(?:\/messages)?$/

/** Reads of one conversation name it in their path; `init`, `batch` and `search` stand in the same place. */
const conversationPaths = /^conversations?\/([0-9a-f]{8}-[0-9a-f-]{27})(?:\/messages)?$/

/** A room of a group chat; it stands where other chats have a conversation's id. */
export const roomForm = /^[0-9a-f]{32}$/

/** The three generations of download look-up; the file id stands in the path, percent-encoded. */
const lookUpPaths = [
  /^files\/download\/([^/]+)$/,
  /^files\/([^/]+)\/download$/,
  /^conversation\/[^/]+\/attachment\/([^/]+)\/download$/,
]

const turnPaths = /^\/backend-(?:api|anon)\/(?:f\/|sidebar\/)?conversation(?:\/resume)?$/

/** What a response is good for; which decoder reads it follows from the kind. */
export type AddressUse =
  | { readonly kind: 'stream'; readonly isResumed: boolean }
  | { readonly kind: 'answer'; readonly conversationId: string | null }
  | { readonly kind: 'share-page' }
  | { readonly kind: 'download-link'; readonly fileId: FileId }
  | { readonly kind: 'image'; readonly fileId: FileId }
  /** A picture that is shown without telling which file it is. */
  | { readonly kind: 'shown-image' }

/** ChatGPT's own pages, which are watched and may ask. */
export function isHomeUrl(url: string): boolean {
  const parsed = parse(url)
  return parsed !== undefined && isHome(parsed)
}

/** ChatGPT's own pages and the hosts that store its files. */
export function isOursUrl(url: string): boolean {
  const parsed = parse(url)
  return parsed !== undefined && (isHome(parsed) || isStorage(parsed))
}

/**
 * What the response from an address is good for; undefined when it is of no use.
 *
 * Source  docs/wire/bytes.md, docs/wire/conversations.md
 */
export function useOf(head: ResponseHead): AddressUse | undefined {
  const url = parse(head.url)
  // A picture may come whole as its own only part; whether it is whole, its bytes tell.
  if (!url || !(head.status === 200 || (head.status === 206 && isImage(head.mimeType)))) return undefined
  if (head.url.startsWith('blob:')) return isHome(url) && isImage(head.mimeType) ? { kind: 'shown-image' } : undefined
  const first = head.firstUrl === undefined ? undefined : parse(head.firstUrl)
  const image = (first && fileIdOf(first)) ?? fileIdOf(url)
  if (image) return head.method === 'GET' ? { kind: 'image', fileId: image } : undefined
  const use = isHome(url) ? useOfHome(url, head) : undefined
  // A foreign page may send a tab, and with a form even a turn, to any address: what comes of that is nobody's news.
  return head.isNavigation && use?.kind !== 'share-page' ? undefined : use
}

/** Whether a request begins or continues a turn, so that its body holds what the person wrote. */
export function isTurnRequest(url: string, method: string): boolean {
  const parsed = parse(url)
  return method === 'POST' && parsed !== undefined && isHome(parsed) && turnPaths.test(parsed.pathname)
}

/** Whether a socket's address is one of ChatGPT's own. */
export function isSocketUrl(url: string): boolean {
  const host = parse(url)?.hostname ?? ''
  return isBelow(host, 'chatgpt.com') || isBelow(host, 'chat.openai.com') || isBelow(host, 'webpubsub.azure.com')
}

function useOfHome(url: URL, { mimeType }: ResponseHead): AddressUse | undefined {
  const path = /^\/backend-(?:api|anon)\/(.*)$/.exec(url.pathname)?.[1]
  if (path === undefined) {
    return /^\/(?:share|s)\//.test(url.pathname) && mimeType === 'text/html' ? { kind: 'share-page' } : undefined
  }
  if (mimeType === 'text/event-stream') return { kind: 'stream', isResumed: url.pathname.endsWith('/resume') }
  if (!mimeType.endsWith('json')) return undefined
  const lookUp = lookUpPaths.map((form) => form.exec(path)?.[1]).find((id) => id !== undefined)
  const pointer = lookUp === undefined ? undefined : parsePointer(lookUp)
  if (pointer) {
    return pointer.isDerivative ? undefined : { kind: 'download-link', fileId: pointer.fileId }
  }
  if (!answerPaths.test(path)) return undefined
  return { kind: 'answer', conversationId: conversationPaths.exec(path)?.[1] ?? null }
}

/**
 * The file whose bytes an address serves, or undefined when it serves none of ours.
 *
 * Shape   `files.oaiusercontent.com/file-<id>`, `sdmntpr<region>.oaiusercontent.com/files/<uuid>/raw`, and
 *         `chatgpt.com/backend-api/estuary/content?id=…`; in shared posts `…/public_content/enc/<JSON in base64url>`,
 *         whose `id` is `m_<post>:<pointer>`. Thumbnails and other derivatives (`…#…`) are left out.
 * Source  docs/wire/bytes.md
 */
export function fileIdOf(url: URL): FileId | undefined {
  if (isStorage(url)) {
    const [, direct, stored] = /^\/(?:(file[-_][A-Za-z0-9_]+)|files\/([0-9a-f-]{32,36})\/raw)/i.exec(url.pathname) ?? []
    return parseFileId(direct ?? dashed(stored ?? '')) ?? undefined
  }
  const estuary = /^\/backend-(?:api|anon)\/estuary\/(?:\w*content|public_content\/enc\/([\w-]+)=*)$/.exec(url.pathname)
  if (!isHome(url) || !estuary) return undefined
  const pointer = parsePointer(estuary[1] === undefined ? (url.searchParams.get('id') ?? '') : postedIn(estuary[1]))
  return pointer && !pointer.isDerivative ? pointer.fileId : undefined
}

/** The pointer to a file of a shared post. */
function postedIn(encoded: string): string {
  const said = textAt(parseJson(Buffer.from(encoded, 'base64url').toString()), 'id')
  return said?.replace(/^m_[0-9a-f]+:/, '') ?? ''
}

/** A storage address in 32 hex digits is the UUID without its dashes. */
const dashed = (text: string) => (/^[0-9a-f]{32}$/i.test(text) ? `file_${text.toLowerCase()}` : text)

const isImage = (mimeType: string) => mimeType.startsWith('image/')

/**
 * The parts of an address; worker scripts and pictures may live at `blob:<address>`, and what counts is whose they are.
 */
export function parse(url: string): URL | undefined {
  const text = url.startsWith('blob:') ? url.slice('blob:'.length) : url
  return URL.canParse(text) ? new URL(text) : undefined
}
