import { type Route, sendJson } from '../http.ts'
import { pretendPerson } from '../world.ts'

const { id, email, account } = pretendPerson

/** Who is signed in, and where their news comes from. */
export const accountRoutes: readonly Route[] = [
  [
    'GET',
    /^\/api\/auth\/session$/,
    ({ response }, { token }) =>
      sendJson(response, 200, { accessToken: token, user: { id, email }, account: { id: account } }),
  ],
  [
    'GET',
    /^\/backend-api\/celsius\/ws\/user$/,
    ({ response }, { sockets }) => sendJson(response, 200, { websocket_url: sockets.celsius.address() }),
  ],
  [
    'POST',
    /^\/backend-api\/register-websocket$/,
    ({ response }, { sockets }) => sendJson(response, 200, { wss_url: sockets.pubSub.address(), expires_at: '' }),
  ],
  ['GET', /^\/backend-api\/tasks$/, ({ response }) => sendJson(response, 200, { tasks: [] })],
]
