import type { Answered } from '../site.ts'
import { isHomeUrl, parse } from './addresses.ts'

/**
 * Whether an answer to ChatGPT's own page shows that somebody is logged in.
 *
 * Shape   below `/backend-anon/` a page asks while nobody is. Below `/backend-api/` it asks with a token, which is
 *         refused with 401 once the session is over; a refusal without a token says nothing.
 * Source  docs/wire/conversations.md
 */
export function loginIn({ url, status, requestHeaders }: Answered): 'somebody' | 'nobody' | undefined {
  const path = isHomeUrl(url) ? (parse(url)?.pathname ?? '') : ''
  if (path.startsWith('/backend-anon/')) return 'nobody'
  const hasToken = Object.keys(requestHeaders).some((name) => name.toLowerCase() === 'authorization')
  if (!path.startsWith('/backend-api/') || !hasToken) return undefined
  if (status === 401) return 'nobody'
  return status >= 200 && status < 300 ? 'somebody' : undefined
}
