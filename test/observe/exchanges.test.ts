import { describe, expect, it } from 'vitest'
import { createExchangeTable, type Exchange } from '../../src/observe/exchanges.ts'
import { event } from '../fakes/wire.ts'

const url = 'https://chatgpt.com/backend-api/conversation/1'

/** A table with a diary of what it told. */
function table() {
  const told: string[] = []
  const ended: Exchange[] = []
  const exchanges = createExchangeTable({
    request: (exchange) => void told.push(`request ${exchange.url}`),
    response: ({ response }) => void told.push(`response ${response?.status}`),
    end(exchange) {
      told.push(`end ${exchange.outcome}`)
      ended.push(exchange)
    },
    unseen: (sessionId) => void told.push(`unseen ${sessionId}`),
    traffic: (bytes) => void told.push(`traffic ${bytes}`),
  })
  const hear = (method: string, params: object, sessionId = 'S') =>
    exchanges.hear(event(`Network.${method}`, params, sessionId))
  return {
    exchanges,
    told,
    ended,
    sent: (requestId = '1', more: object = {}, sessionId = 'S') =>
      hear(
        'requestWillBeSent',
        { requestId, documentURL: 'https://chatgpt.com/', frameId: 'F', request: { url, method: 'POST', ...more } },
        sessionId,
      ),
    answered: (requestId = '1', more: object = {}, sessionId = 'S') =>
      hear(
        'responseReceived',
        { requestId, response: { url, status: 200, mimeType: 'application/json', ...more } },
        sessionId,
      ),
    data: (dataLength: number, requestId = '1', sessionId = 'S') =>
      hear('dataReceived', { requestId, dataLength }, sessionId),
    finished: (requestId = '1', sessionId = 'S') =>
      hear('loadingFinished', { requestId, encodedDataLength: 7 }, sessionId),
    failed: (requestId = '1', more: object = {}, sessionId = 'S') =>
      hear('loadingFailed', { requestId, ...more }, sessionId),
  }
}

describe('a load', () => {
  it('is reported from request to end, with what is known by then', () => {
    const { sent, answered, data, finished, told, ended, exchanges } = table()
    sent('1', { postData: '{"messages":[]}' })
    answered('1', { headers: { 'Content-Length': '300' }, fromDiskCache: false })
    data(100)
    data(200)
    finished()
    expect(told).toEqual([`request ${url}`, 'response 200', 'traffic 7', 'end finished'])
    expect(ended[0]).toMatchObject({
      url,
      method: 'POST',
      frameId: 'F',
      askedBy: 'https://chatgpt.com/',
      requestBody: '{"messages":[]}',
      startedAtMs: 1_790_000_000_000,
      receivedBytes: 300,
      failure: null,
      response: { status: 200, mimeType: 'application/json', isFromCache: false, statedBytes: 300 },
    })
    expect(exchanges.size).toBe(0)
  })

  it('that the page cancelled ends too: its bytes may all have come', () => {
    const { sent, answered, data, failed, ended } = table()
    sent()
    answered()
    data(100)
    failed('1', { errorText: 'net::ERR_ABORTED', canceled: true })
    expect(ended[0]).toMatchObject({ outcome: 'failed', failure: 'net::ERR_ABORTED', receivedBytes: 100 })
  })

  it('of a redirect reuses the id, and describes the last hop', () => {
    const { sent, answered, finished, ended, exchanges } = table()
    sent()
    sent('1', { url: 'https://files.oaiusercontent.com/file-abc', method: 'GET' })
    answered('1', { url: 'https://files.oaiusercontent.com/file-abc', status: 206 })
    finished()
    expect(ended).toHaveLength(1)
    expect(ended[0]).toMatchObject({
      url: 'https://files.oaiusercontent.com/file-abc',
      method: 'GET',
      response: { status: 206 },
    })
    expect(exchanges.size).toBe(0)
  })

  it('has a stated length only if it is not compressed', () => {
    const { sent, answered, finished, ended } = table()
    sent()
    answered('1', { headers: { 'content-length': '300', 'Content-Encoding': 'br' } })
    finished()
    expect(ended[0]?.response?.statedBytes).toBeNull()
  })

  it('from a cache is marked as such', () => {
    const { sent, answered, finished, ended } = table()
    for (const [at, flag] of ['fromDiskCache', 'fromPrefetchCache'].entries()) {
      sent(String(at))
      answered(String(at), { [flag]: true })
      finished(String(at))
    }
    expect(ended.map((exchange) => exchange.response?.isFromCache)).toEqual([true, true])
  })

  it('has its long request body put together from pieces', () => {
    const { sent, finished, ended } = table()
    const pieces = ['{"mess', 'ages":["Кошка"]}'].map((text) => ({ bytes: Buffer.from(text).toString('base64') }))
    sent('1', { postDataEntries: pieces })
    finished()
    expect(ended[0]?.requestBody).toBe('{"messages":["Кошка"]}')
  })

  it('has its long request body put together also where a piece ends inside a letter', () => {
    const { sent, finished, ended } = table()
    const bytes = Buffer.from('{"messages":["Кошка"]}')
    const pieces = [bytes.subarray(0, 15), bytes.subarray(15)].map((piece) => ({ bytes: piece.toString('base64') }))
    sent('1', { postDataEntries: pieces })
    finished()
    expect(ended[0]?.requestBody).toBe('{"messages":["Кошка"]}')
  })

  it('without an answer still ends', () => {
    const { sent, failed, ended } = table()
    sent()
    failed('1', { errorText: 'net::ERR_NAME_NOT_RESOLVED' })
    expect(ended[0]).toMatchObject({ outcome: 'failed', response: null })
  })
})

describe('loads side by side', () => {
  it('of two tabs may have the same number', () => {
    const { sent, answered, data, finished, ended } = table()
    sent('1', { url: 'https://chatgpt.com/a' }, 'S1')
    sent('1', { url: 'https://chatgpt.com/b' }, 'S2')
    answered('1', { url: 'https://chatgpt.com/b' }, 'S2')
    data(5, '1', 'S2')
    finished('1', 'S2')
    finished('1', 'S1')
    expect(ended.map((one) => [one.sessionId, one.url, one.receivedBytes])).toEqual([
      ['S2', 'https://chatgpt.com/b', 5],
      ['S1', 'https://chatgpt.com/a', 0],
    ])
    expect(new Set(ended.map((one) => one.id)).size).toBe(2)
  })

  it('end with their tab, and the others go on', () => {
    const { sent, finished, ended, exchanges } = table()
    sent('1', {}, 'S1')
    sent('2', {}, 'S1')
    sent('1', {}, 'S2')
    exchanges.forget('S1')
    expect(ended).toHaveLength(2)
    expect(ended[0]).toMatchObject({ outcome: 'failed', sessionId: 'S1' })
    finished('1', 'S1')
    expect(ended).toHaveLength(2)
    finished('1', 'S2')
    expect(ended[2]).toMatchObject({ outcome: 'finished', sessionId: 'S2' })
  })

  it('are limited: if there are too many, the oldest ends', () => {
    const { sent, ended, exchanges } = table()
    for (let at = 0; at < 20_000; at++) sent(String(at))
    expect(exchanges.size).toBeLessThan(10_000)
    expect(ended.length + exchanges.size).toBe(20_000)
    expect(ended[0]).toMatchObject({ requestId: '0', outcome: 'failed' })
  })

  it('that began before we connected are reported as such only', () => {
    const { answered, data, finished, failed, told } = table()
    answered()
    data(5)
    failed()
    finished()
    expect(told).toEqual(['traffic 7', 'unseen S'])
  })
})

it('an event without any of its fields does no harm', () => {
  const { exchanges } = table()
  for (const method of ['requestWillBeSent', 'responseReceived', 'dataReceived', 'loadingFinished', 'loadingFailed']) {
    exchanges.hear(event(`Network.${method}`, {}))
    exchanges.hear(event(`Network.${method}`, { requestId: 3, request: null, response: [], dataLength: -1 }, 'S'))
  }
  expect(exchanges.size).toBeLessThanOrEqual(2)
})

describe('a load whose beginning was not seen', () => {
  it('is reported when it ends: something was loaded before we connected', () => {
    const { answered, finished, failed, told } = table()
    answered('1', { type: 'Fetch' })
    finished('1')
    failed('2')
    finished('3', 'T')
    expect(told).toEqual(['traffic 7', 'unseen S', 'traffic 7', 'unseen T'])
  })

  it('is not reported when a picture was read from the page’s cache', () => {
    const { exchanges, finished, failed, told } = table()
    const echo = (requestId: string) =>
      exchanges.hear(event('Network.responseReceived', { requestId, type: 'Other', response: { url } }, 'S'))
    echo('1')
    finished('1')
    echo('2')
    failed('2')
    expect(told).toEqual(['traffic 7'])
    // Each echo excuses one end, of its own session.
    finished('1')
    echo('3')
    finished('3', 'T')
    exchanges.forget('S')
    finished('3')
    expect(told.filter((one) => one.startsWith('unseen'))).toEqual(['unseen S', 'unseen T', 'unseen S'])
  })
})
