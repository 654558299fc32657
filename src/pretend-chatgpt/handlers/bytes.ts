import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type Call, type Handler, type Route, sendJson, sendNotFound } from '../http.ts'
import { hours } from '../reads.ts'
import { type Era, type Fault, type PretendPicture, pretendPerson } from '../world.ts'

const lookUp: Handler = ({ request, response, groups }, { world, token, lookedUp, options }) => {
  const picture = world.pictures.get(decodeURIComponent(groups.id ?? ''))
  if (request.headers.authorization !== `Bearer ${token}` || !picture) {
    return sendJson(response, 404, { detail: 'File not found.' })
  }
  if (options.retriesLookUps && !lookedUp.has(picture.fileId)) {
    lookedUp.add(picture.fileId)
    return sendJson(response, 200, { status: 'retry' })
  }
  return sendJson(response, 200, {
    status: 'success',
    download_url: bytesUrl(picture),
    metadata: null,
    file_name: `${pretendPerson.id}/${picture.storageId}.png`,
    creation_time: null,
    file_size_bytes: picture.bytes.length,
  })
}

/** The host of today: bytes for the session alone, and thumbnails under `file#picture#thumbnail`. */
const estuary: Handler = (call, { world, cookie }) => {
  const { request, response, url } = call
  if (!request.headers.cookie?.includes(cookie)) return sendForbidden(response)
  const id = url.searchParams.get('id') ?? ''
  const picture = world.pictures.get(id.split('#').find((part) => world.pictures.has(part)) ?? id)
  if (!picture) return sendNotFound(response)
  if (!id.includes('#')) return sendBytes(call, picture)
  return sendBytes(call, { ...picture, bytes: picture.bytes.subarray(0, 3_000), faults: [] })
}

/** The hosts of before: whoever has the address has the bytes. */
const direct: Handler = (call, { world }) => {
  const { id = '', storage = '' } = call.groups
  const picture = world.pictures.get(id) ?? world.byStorage(storage)
  return picture ? sendBytes(call, picture) : sendNotFound(call.response)
}

/** Where a picture lies, and its bytes. */
export const byteRoutes: readonly Route[] = [
  ['GET', /^\/backend-api\/files\/(?<id>[^/]+)\/download$/, lookUp],
  ['GET', /^\/backend-api\/files\/download\/(?<id>[^/]+)$/, lookUp],
  ['GET', /^\/backend-api\/conversation\/[\w-]+\/attachment\/(?<id>[^/]+)\/download$/, lookUp],
  ['GET', /^\/backend-api\/estuary\/content$/, estuary],
  ['GET', /^\/(?<id>file-\w+)$/, direct],
  ['GET', /^\/files\/(?<storage>[0-9a-f-]{36})\/raw$/, direct],
]

/** The address a look-up announces: that of the picture's era, signed anew each time. */
function bytesUrl({ era, fileId, storageId }: PretendPicture): string {
  const sig = randomBytes(32).toString('hex')
  const blob = `https://files.oaiusercontent.com/${fileId}?se=2030-01-01T00%3A00%3A00Z&sp=r&sv=2021-08-06&sr=b&rscc=max-age%3D31536000&rscd=attachment%3B%20filename%3D${storageId}.webp&sig=${sig}`
  const addresses: Record<Era, string> = {
    A: blob,
    B: blob,
    C: `https://sdmntprwestus.oaiusercontent.com/files/${storageId}/raw?se=2030-01-01T00%3A00%3A00Z&sp=r&sv=2024-08-04&sr=b&sig=${sig}`,
    D: `https://chatgpt.com/backend-api/estuary/content?id=${fileId}&ts=${hours()}&p=fs&cid=1&sig=${sig}&v=0`,
  }
  return addresses[era]
}

const sendForbidden = (response: ServerResponse) => sendJson(response, 403, { detail: 'File stream access denied.' })

/** Sends a picture's bytes, or what goes wrong in their place. */
function sendBytes({ request, response }: Call, picture: PretendPicture): unknown {
  picture.served += 1
  const { bytes, faults, mime, sha256 } = picture
  const has = (fault: Fault) => faults.includes(fault)
  if (has('forbidden')) return sendForbidden(response)
  if (has('html')) return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Try again later</html>')
  if (has('empty')) return response.writeHead(200, { 'content-type': mime, 'content-length': 0 }).end()
  const etag = `"${sha256.slice(0, 16)}"`
  const cors = has('no-cors') ? {} : { 'access-control-allow-origin': '*' }
  const headers = { 'content-type': mime, 'cache-control': cacheOf(faults), etag, ...cors }
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, headers).end()
  const half = bytes.subarray(0, bytes.length >> 1)
  if (has('cut-quietly')) return response.writeHead(200, { ...headers, 'content-length': half.length }).end(half)
  response.writeHead(200, { ...headers, 'content-length': bytes.length })
  if (has('cut')) return response.write(half, () => response.destroy())
  return has('slow') ? sendSlowly(response, bytes) : response.end(bytes)
}

function cacheOf(faults: readonly Fault[]): string {
  if (faults.includes('no-store')) return 'no-store'
  return faults.includes('immutable') ? 'private, max-age=31536000, immutable' : 'private, no-cache'
}

async function sendSlowly(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 16_384) {
    response.write(bytes.subarray(at, at + 16_384))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  response.end()
}
