import { isObject, type Json, listAt, momentAt, parseJson, textAt } from '../../../src/decode/json.ts'
import { unsaidFacts } from '../../../src/sites/facts.ts'
import { type Findings, nothingFound, odd } from '../../../src/sites/findings.ts'
import { type FileId, fileIdOn, parseGenerationId } from '../../../src/sites/ids.ts'
import type { ResponseHead, Site, Want } from '../../../src/sites/site.ts'

/** An invented site: another host, other ids (`p-12ab`), one plain JSON list, bytes on a host of their own. */
export const paint: Site = {
  name: 'paint',
  startUrl: 'https://paint.example/',
  isHome: (url) => hostOf(url) === 'paint.example',
  isOurs: (url) => ['paint.example', 'cdn.paint.example'].includes(hostOf(url)),
  isTurn: () => false,
  isSocket: () => false,
  conversationUrl: () => null,
  createReader: () => ({
    wants,
    request: () => nothingFound,
    frame: () => nothingFound,
    socketClosed: () => nothingFound,
  }),
  questions: {
    mayAsk: (pageUrl) => hostOf(pageUrl) === 'paint.example',
    isRead: (url) => url.startsWith('https://paint.example/api/'),
    isReplayed: () => false,
    isLasting: () => false,
    isWhole: () => true,
    tokenPath: '/api/token',
    headersIn: (text) => ({ authorization: text }),
    conversationOf: () => undefined,
    conversationPath: (conversationId) => `/api/${conversationId}`,
    lookUpPaths: (fileId) => [`/api/pictures/p-${fileId.slice('paint~p'.length)}`],
    addressIn: (text) => textAt(parseJson(text), 'url') ?? undefined,
  },
}

function wants({ url, status, mimeType }: ResponseHead): Want | undefined {
  if (status !== 200) return undefined
  const picture = /^https:\/\/cdn\.paint\.example\/(p-[0-9a-z]+)\.png$/.exec(url)?.[1]
  const fileId = picture === undefined ? null : fileIdOf(picture)
  if (fileId) return { kind: 'image', fileId }
  const isList = url === 'https://paint.example/api/pictures' && mimeType === 'application/json'
  return isList ? { kind: 'text', read: readList } : undefined
}

/** `{ pictures: [{ id, prompt, made, url }] }`. */
function readList(text: string): Findings {
  const list = parseJson(text)
  if (!isObject(list)) return odd('no-list', `${text.length} characters`)
  const facts = listAt(list, 'pictures').filter(isObject).flatMap(factsOf)
  return { ...nothingFound, facts }
}

function factsOf(picture: Json) {
  const [id, createdAt] = [textAt(picture, 'id') ?? '', momentAt(picture, 'made')]
  const fileId = fileIdOf(id)
  if (!fileId) return []
  return [
    {
      ...unsaidFacts(fileId, 'library'),
      genId: parseGenerationId(id),
      ...{ prompt: textAt(picture, 'prompt'), promptSource: 'library-caption' as const },
      ...(createdAt && { createdAt, dateSource: 'library' as const }),
    },
  ]
}

/** `p-12ab` is `paint~p12ab` among all files. */
const fileIdOf = (id: string): FileId | null =>
  /^p-[0-9a-z]+$/.test(id) ? fileIdOn('paint', id.replace('-', '')) : null

const hostOf = (url: string) => (/^https:/.test(url) && URL.canParse(url) ? new URL(url).host : '')
