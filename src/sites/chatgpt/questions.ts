import { objectAt, parseJson, textAt } from '../../decode/json.ts'
import type { Questions } from '../site.ts'
import { isHomeUrl, isOursUrl, parse, roomForm } from './addresses.ts'
import { webAddress } from './download-link.ts'

/** How ChatGPT is asked, from one of its own pages, for what the page itself did not ask for. */
export const questions: Questions = {
  mayAsk: (pageUrl) => URL.canParse(pageUrl) && !pageUrl.startsWith('blob:') && isHomeUrl(pageUrl),
  isRead: (url) => /^\/backend-(?:api|anon)\/(?!estuary\/)/.test(parse(url)?.pathname ?? ''),
  tokenPath: '/api/auth/session',
  headersIn,
  conversationOf: (pageUrl) =>
    /\/(?:c\/(?=[0-9a-f]{8}-)|gg\/(?=[0-9a-f]{32}))([0-9a-f-]{32,36})(?:[/?#]|$)/.exec(parse(pageUrl)?.href ?? '')?.[1],
  conversationPath: (conversationId) =>
    roomForm.test(conversationId)
      ? `/backend-api/calpico/chatgpt/rooms/${conversationId}/messages?limit=20`
      : `/backend-api/conversation/${encodeURIComponent(conversationId)}`,
  lookUpPaths(fileId, conversationId) {
    const file = encodeURIComponent(fileId)
    const isChat = conversationId !== null && !roomForm.test(conversationId)
    const chat = isChat ? encodeURIComponent(conversationId) : undefined
    return [
      `/backend-api/files/download/${file}?${chat ? `conversation_id=${chat}&` : ''}inline=false`,
      ...(chat ? [`/backend-api/conversation/${chat}/attachment/${file}/download`] : []),
      `/backend-api/files/${file}/download`,
    ]
  },
  addressIn,
  isLasting: (name) => name.toLowerCase() !== 'chatgpt-project-id',
  // Without the account a list is answered as if it were empty, without the token some are, too.
  isWhole: (headers) => {
    const names = Object.keys(headers).map((name) => name.toLowerCase())
    return names.includes('authorization') && names.includes('chatgpt-account-id')
  },
  // Who asks, and for which account; everything else the browser adds by itself.
  isReplayed: (name) =>
    /^(authorization|chatgpt-account-id|oai-device-id|oai-language|chatgpt-project-id)$/i.test(name),
}

/** A workspace's reads are answered 404 without the account beside the token; personal ones take it as well. */
function headersIn(text: string): Record<string, string> | undefined {
  const session = parseJson(text)
  const [token, account] = [textAt(session, 'accessToken'), textAt(objectAt(session, 'account'), 'id')]
  if (token === null) return undefined
  return { authorization: `Bearer ${token}`, ...(account !== null && { 'chatgpt-account-id': account }) }
}

function addressIn(text: string, pageUrl: string): string | undefined {
  const json = parseJson(text)
  const told = textAt(json, 'download_url') ?? textAt(json, 'content_url')
  const url = told === null ? undefined : webAddress(told, pageUrl)
  // Whatever an answer says, nobody else is asked.
  return url !== undefined && isOursUrl(url) ? url : undefined
}
