import { parseJson, textAt } from '../../decode/json.ts'
import type { Questions } from '../site.ts'
import { isHomeUrl, parse } from './addresses.ts'

/** How ChatGPT is asked, from one of its own pages, for what the page itself did not ask for. */
export const questions: Questions = {
  mayAsk: (pageUrl) => URL.canParse(pageUrl) && !pageUrl.startsWith('blob:') && isHomeUrl(pageUrl),
  isRead: (url) => /^\/backend-(?:api|anon)\/(?!estuary\/)/.test(parse(url)?.pathname ?? ''),
  tokenPath: '/api/auth/session',
  tokenIn: (text) => textAt(parseJson(text), 'accessToken') ?? undefined,
  conversationOf: (pageUrl) => /\/c\/([0-9a-f]{8}-[0-9a-f-]{27})(?:[/?#]|$)/.exec(parse(pageUrl)?.href ?? '')?.[1],
  conversationPath: (conversationId) => `/backend-api/conversation/${encodeURIComponent(conversationId)}`,
  lookUpPaths(fileId, conversationId) {
    const file = encodeURIComponent(fileId)
    const chat = conversationId === null ? undefined : encodeURIComponent(conversationId)
    return [
      `/backend-api/files/download/${file}?${chat ? `conversation_id=${chat}&` : ''}inline=false`,
      ...(chat ? [`/backend-api/conversation/${chat}/attachment/${file}/download`] : []),
      `/backend-api/files/${file}/download`,
    ]
  },
  addressIn(text) {
    const url = textAt(parseJson(text), 'download_url') ?? ''
    return /^https:/i.test(url) && URL.canParse(url) ? url : undefined
  },
  // Who asks, and for which account; everything else the browser adds by itself.
  isReplayed: (name) => /^(authorization|chatgpt-account-id|oai-device-id|oai-language)$/i.test(name),
}
