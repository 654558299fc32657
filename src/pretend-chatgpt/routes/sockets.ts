import { celsiusUrl, pubSubUrl } from '../sockets.ts'
import { type Route, sendJson } from './route.ts'

/** Where a page learns the addresses of its sockets. */
export const socketRoutes: readonly Route[] = [
  [
    'GET',
    /^\/backend-api\/celsius\/ws\/user$/,
    (_request, response) => sendJson(response, 200, { websocket_url: celsiusUrl() }),
  ],
  [
    'POST',
    /^\/backend-api\/register-websocket$/,
    (_request, response) => sendJson(response, 200, { wss_url: pubSubUrl(), expires_at: '' }),
  ],
]
