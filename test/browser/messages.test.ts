import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bytesIn, parseMessage } from '../../src/browser/messages.ts'

const bytes = randomBytes(10_000)
const base64 = bytes.toString('base64')
const sent = (message: object) => parseMessage(Buffer.from(JSON.stringify(message)))

describe('an answer that holds bytes', () => {
  it.each([
    ['body', { body: base64, base64Encoded: true }],
    ['content', { content: base64, base64Encoded: true }],
    ['data', { base64Encoded: true, data: base64, eof: false }],
  ])('is read without its bytes ever being JSON: %s', (key, result) => {
    const message = sent({ id: 7, result, sessionId: 'S' })
    expect(message).toMatchObject({ id: 7, sessionId: 'S', result: { ...result, [key]: bytes } })
    expect(bytesIn(message.result ?? {}, key)).toEqual(bytes)
  })

  it.each([0, 1, 2, 3])('keeps its last bytes, %s more than fit whole letters', (more) => {
    const all = randomBytes(9_000 + more)
    const { result = {} } = sent({ id: 1, result: { body: all.toString('base64'), base64Encoded: true } })
    expect(bytesIn(result, 'body')).toEqual(all)
  })

  it('is the same when it is short', () => {
    const { result = {} } = sent({ id: 1, result: { body: 'AAEC', base64Encoded: true } })
    expect(bytesIn(result, 'body')).toEqual(Buffer.from([0, 1, 2]))
  })
})

describe('an answer that holds text', () => {
  it.each([
    ['with quotes', 'he said "no" '.repeat(1_000)],
    ['that looks like an answer of bytes', `"${',"base64Encoded":true},'.repeat(1_000)}`],
    ['with a backslash at its end', `${'x'.repeat(9_000)}\\`],
    ['of every script', 'Кошка 🐈 猫 '.repeat(1_000)],
  ])('is left as it is: %s', (_, text) => {
    const { result = {} } = sent({ id: 1, result: { body: text, base64Encoded: false } })
    expect(result).toEqual({ body: text, base64Encoded: false })
    expect(bytesIn(result, 'body').toString()).toBe(text)
  })
})

describe('everything else', () => {
  it('is JSON', () => {
    const event = { method: 'Network.dataReceived', params: { data: base64, dataLength: 10_000 }, sessionId: 'S' }
    expect(sent(event)).toEqual(event)
    const refusal = { id: 2, error: { code: -32000, message: 'No resource with given identifier found' } }
    expect(sent(refusal)).toEqual(refusal)
  })

  it('that is no JSON throws', () => {
    expect(() => parseMessage(Buffer.from('{"id":1,"result":{"body":"AAAA'))).toThrow()
    expect(() => parseMessage(Buffer.from(`{"id":1,"result":{"body":"${base64}`))).toThrow()
  })
})
