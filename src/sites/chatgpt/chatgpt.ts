import type { Site } from '../site.ts'
import { isHomeUrl, isOursUrl, isSocketUrl } from './addresses.ts'
import { questions } from './questions.ts'
import { createReader } from './reader.ts'

/** ChatGPT, at both of its homes. */
export const chatgpt: Site = {
  name: 'chatgpt',
  startUrl: 'https://chatgpt.com/',
  isHome: isHomeUrl,
  isOurs: isOursUrl,
  isSocket: isSocketUrl,
  // An id that could be something else in an address is none.
  conversationUrl: (conversationId) =>
    /^[A-Za-z0-9_-]{1,100}$/.test(conversationId) ? `https://chatgpt.com/c/${conversationId}` : null,
  createReader,
  questions,
}
