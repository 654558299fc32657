import type { Site } from '../site.ts'
import { isHomeUrl, isOursUrl, isSocketUrl, isTurnRequest, roomForm } from './addresses.ts'
import { history } from './history.ts'
import { loginIn } from './login.ts'
import { questions } from './questions.ts'
import { createReader } from './reader.ts'

/** ChatGPT, at both of its homes. */
export const chatgpt: Site = {
  name: 'chatgpt',
  startUrl: 'https://chatgpt.com/',
  isHome: isHomeUrl,
  isOurs: isOursUrl,
  isTurn: isTurnRequest,
  isSocket: isSocketUrl,
  loginIn,
  // An id that could be something else in an address is none.
  conversationUrl(conversationId) {
    if (!/^[A-Za-z0-9_-]{1,100}$/.test(conversationId)) return null
    return `https://chatgpt.com/${roomForm.test(conversationId) ? 'gg' : 'c'}/${conversationId}`
  },
  createReader,
  questions,
  history,
}
