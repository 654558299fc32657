import { randomBytes } from 'node:crypto'
import { hours } from '../reads.ts'
import type { PretendSite } from '../site.ts'
import { type PretendPicture, pretendPerson } from '../world.ts'
import { type Handler, type Route, sendJson } from './route.ts'

/** Where a page asks for the address of a file's bytes: a path for each era. */
export function lookUpRoutes(site: PretendSite): readonly Route[] {
  const handler = lookUp(site)
  return [
    ['GET', /^\/backend-api\/files\/(?<id>[^/]+)\/download$/, handler],
    ['GET', /^\/backend-api\/files\/download\/(?<id>[^/]+)$/, handler],
    ['GET', /^\/backend-api\/conversation\/[\w-]+\/attachment\/(?<id>[^/]+)\/download$/, handler],
  ]
}

const lookUp =
  ({ world, token, options, lookedUp }: PretendSite): Handler =>
  (request, response, _url, match) => {
    const picture = world.pictures.get(decodeURIComponent(match.groups?.id ?? ''))
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

/** The address that the library announces: storage of the site's own in another cloud. */
export const regionalUrl = ({ storageId }: PretendPicture) =>
  `https://oaisdmntprwestus.blob.core.windows.net/files/${storageId}/raw?se=2030&sig=${randomBytes(16).toString('hex')}`

/** The address a look-up announces: that of the picture's era, signed anew each time. */
function bytesUrl({ era, fileId, storageId }: PretendPicture): string {
  const sig = randomBytes(32).toString('hex')
  const until = 'se=2030-01-01T00%3A00%3A00Z&sp=r'
  if (era === 'A' || era === 'B') {
    const asFile = `rscc=max-age%3D31536000&rscd=attachment%3B%20filename%3D${storageId}.webp`
    return `https://files.oaiusercontent.com/${fileId}?${until}&sv=2021-08-06&sr=b&${asFile}&sig=${sig}`
  }
  if (era === 'C') {
    return `https://sdmntprwestus.oaiusercontent.com/files/${storageId}/raw?${until}&sv=2024-08-04&sr=b&sig=${sig}`
  }
  return `https://chatgpt.com/backend-api/estuary/content?id=${fileId}&ts=${hours()}&p=fs&cid=1&sig=${sig}&v=0`
}
