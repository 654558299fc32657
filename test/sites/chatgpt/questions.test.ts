import { describe, expect, it } from 'vitest'
import { questions } from '../../../src/sites/chatgpt/questions.ts'

const page = 'https://chatgpt.com/c/1'
const addressIn = (url: unknown) => questions.addressIn(JSON.stringify({ status: 'success', download_url: url }), page)

describe('the address of a file', () => {
  it('may be relative to the page that asks', () => {
    expect(addressIn('/backend-api/estuary/content?id=file_1&sig=0')).toBe(
      'https://chatgpt.com/backend-api/estuary/content?id=file_1&sig=0',
    )
    expect(addressIn('//files.oaiusercontent.com/file-1')).toBe('https://files.oaiusercontent.com/file-1')
  })

  it('is used as it is if it is absolute', () => {
    expect(addressIn('https://files.oaiusercontent.com/file-1?sig=a%2Fb')).toBe(
      'https://files.oaiusercontent.com/file-1?sig=a%2Fb',
    )
  })

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/plain,x',
    'http://files.test/1',
    'blob:https://x/1',
    7,
    null,
    '',
  ])('is not valid if it does not lead to the web: %s', (url) => {
    expect(addressIn(url)).toBeUndefined()
  })
})

describe('the account that asks', () => {
  const headersIn = (session: unknown) => questions.headersIn(JSON.stringify(session))

  it('is identified by the token and the account, whatever its kind', () => {
    for (const structure of ['personal', 'workspace'])
      expect(headersIn({ accessToken: 't', account: { id: 'a', structure } })).toEqual({
        authorization: 'Bearer t',
        'chatgpt-account-id': 'a',
      })
    expect(headersIn({ accessToken: 't' })).toEqual({ authorization: 'Bearer t' })
  })

  it('is unknown without a token', () => {
    expect(headersIn({ account: { id: 'a' } })).toBeUndefined()
    expect(questions.headersIn('<html>')).toBeUndefined()
  })
})
