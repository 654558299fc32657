import { expect, it } from 'vitest'
import { loginIn } from '../../../src/sites/chatgpt/login.ts'

const token = { Authorization: 'Bearer x' }

it.each([
  ['an answer to a token', 'https://chatgpt.com/backend-api/me', 200, token, 'somebody'],
  [
    'an answer to a token in small letters',
    'https://chatgpt.com/backend-api/me',
    204,
    { authorization: 'x' },
    'somebody',
  ],
  ['a refused token', 'https://chatgpt.com/backend-api/conversations?offset=0', 401, token, 'nobody'],
  ['a page for those who have no account', 'https://chatgpt.com/backend-anon/conversation/init', 200, {}, 'nobody'],
  ['too many requests', 'https://chatgpt.com/backend-api/me', 429, token, undefined],
  ['a refusal of something', 'https://chatgpt.com/backend-api/files/download/x', 403, token, undefined],
  ['a refusal without a token', 'https://chatgpt.com/backend-api/estuary/content?id=x', 401, {}, undefined],
  ['what needs no token', 'https://chatgpt.com/backend-api/estuary/content?id=x', 200, {}, undefined],
  ['the site’s own scripts', 'https://chatgpt.com/cdn/assets/x.js', 200, token, undefined],
  ['another site', 'https://example.com/backend-anon/me', 200, {}, undefined],
  ['a host that stores files', 'https://files.oaiusercontent.com/backend-api/me', 401, token, undefined],
])('%s shows who is logged in, or nothing', (_, url, status, requestHeaders, login) => {
  expect(loginIn({ url, status, requestHeaders })).toBe(login)
})
