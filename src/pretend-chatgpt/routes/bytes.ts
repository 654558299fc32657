import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PretendSite } from '../site.ts'
import type { Fault, PretendPicture } from '../world.ts'
import { type Handler, type Route, sendJson } from './route.ts'

const thumbnailBytes = 3_000

/** Where the bytes of pictures are: behind the session's cookie, or at addresses that are signed. */
export function bytesRoutes(site: PretendSite): readonly Route[] {
  const handler = direct(site)
  return [
    ['GET', /^\/backend-api\/estuary\/content$/, estuary(site)],
    ['GET', /^\/(?<id>file-\w+)$/, handler],
    ['GET', /^\/files\/(?<storage>[0-9a-f-]{36})\/raw$/, handler],
  ]
}

const estuary =
  (site: PretendSite): Handler =>
  (request, response, url) => {
    if (!request.headers.cookie?.includes(site.cookie)) return refuse(response)
    const id = url.searchParams.get('id') ?? ''
    const picture = id.split('#').reduce<Found>((found, part) => found ?? pictureOf(site, part), undefined)
    if (!picture) return sendJson(response, 404, { detail: 'Not found' })
    const isThumbnail = id.includes('#')
    const thumbnail = { ...picture, bytes: picture.bytes.subarray(0, thumbnailBytes), faults: [] }
    return sendBytes(request, response, isThumbnail ? thumbnail : picture)
  }

const direct =
  (site: PretendSite): Handler =>
  (request, response, _url, match) => {
    const { id = '', storage = '' } = match.groups ?? {}
    const picture = pictureOf(site, id) ?? worldsOf(site).flatMap((world) => world.byStorage(storage) ?? [])[0]
    return picture ? sendBytes(request, response, picture) : sendJson(response, 404, { detail: 'Not found' })
  }

/** Storage knows no workspaces: an address is enough. */
const worldsOf = ({ world, workspaces }: PretendSite) => [world, ...[...workspaces.values()].map((one) => one.world)]

type Found = PretendPicture | undefined

const pictureOf = (site: PretendSite, id: string): Found =>
  worldsOf(site).flatMap(({ pictures }) => pictures.get(id) ?? [])[0]

const refuse = (response: ServerResponse) => sendJson(response, 403, { detail: 'File stream access denied.' })

/** Answers with a picture, or fails in the way its faults say. */
async function sendBytes(request: IncomingMessage, response: ServerResponse, picture: PretendPicture): Promise<void> {
  picture.served += 1
  const { bytes, faults, mime } = picture
  const has = (fault: Fault) => faults.includes(fault)
  if (has('forbidden')) return refuse(response)
  if (has('html')) {
    return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Try again later</html>')
  }
  if (has('empty')) return void response.writeHead(200, { 'content-type': mime, 'content-length': 0 }).end()
  const headers = headersOf(picture)
  if (request.headers['if-none-match'] === headers.etag) return void response.writeHead(304, headers).end()
  const half = bytes.subarray(0, bytes.length >> 1)
  if (has('cut-quietly')) return void response.writeHead(200, { ...headers, 'content-length': half.length }).end(half)
  response.writeHead(200, { ...headers, 'content-length': bytes.length })
  if (has('cut')) return void response.write(half, () => response.destroy())
  return has('slow') ? writeSlowly(response, bytes) : void response.end(bytes)
}

function headersOf({ mime, sha256, faults }: PretendPicture) {
  const cacheable = faults.includes('immutable') ? 'private, max-age=31536000, immutable' : 'private, no-cache'
  return {
    'content-type': mime,
    'cache-control': faults.includes('no-store') ? 'no-store' : cacheable,
    etag: `"${sha256.slice(0, 16)}"`,
    ...(!faults.includes('no-cors') && { 'access-control-allow-origin': '*' }),
  }
}

async function writeSlowly(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 16_384) {
    response.write(bytes.subarray(at, at + 16_384))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  response.end()
}
