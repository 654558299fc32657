import { expect, it } from 'vitest'
import { createEventCleaner, type RecordedLine } from '../../src/observe/event-cleaner.ts'

const site = {
  isOurs: (url: string) => url.startsWith('https://ours.example/'),
  isSocket: (url: string) => url.startsWith('wss://ours.example/'),
}
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')

/** A cleaner that hears events of one session. */
function hearing() {
  const cleaner = createEventCleaner(site)
  const hear = (method: string, params: Record<string, unknown>) =>
    cleaner.event({ method, params, sessionId: 'S', receivedAtMs: 1 })
  return {
    cleaner,
    hear,
    /** A streamed answer has begun. */
    stream(requestId: string) {
      hear('Network.requestWillBeSent', { requestId, request: { url: 'https://ours.example/turn', method: 'POST' } })
      const response = { url: 'https://ours.example/turn', mimeType: 'text/event-stream', status: 200 }
      hear('Network.responseReceived', { requestId, response })
    },
    data: (requestId: string, bytes: string | Uint8Array) =>
      hear('Network.dataReceived', { requestId, data: base64(bytes) }),
  }
}

const paramsOf = (lines: readonly RecordedLine[]) =>
  lines.flatMap((line) => ('event' in line ? [line.event.params] : []))
const textsOf = (lines: readonly RecordedLine[]) =>
  paramsOf(lines).flatMap(({ data }) => (typeof data === 'string' ? [Buffer.from(data, 'base64').toString()] : []))

it('records requests to ChatGPT with the fields that are read, and nothing of other requests', () => {
  const { hear } = hearing()
  const request = { url: 'https://ours.example/c?sig=abc&id=file-1', method: 'GET', headers: { cookie: 'secret' } }
  const lines = hear('Network.requestWillBeSent', { requestId: 'r', documentURL: 'https://other.example/', request })
  expect(paramsOf(lines)).toMatchObject([{ request: { url: 'https://ours.example/c?id=file-1', method: 'GET' } }])
  expect(JSON.stringify(lines)).not.toMatch(/secret|other\.example/)
  const others = { requestId: 'q', request: { url: 'https://other.example/', method: 'GET' } }
  expect(hear('Network.requestWillBeSent', others)).toEqual([])
  expect(hear('Network.loadingFinished', { requestId: 'q' })).toEqual([])
})

it('hides the name of a page that is not ChatGPT’s', () => {
  const { hear } = hearing()
  const targetInfo = { targetId: 'T', type: 'page', url: 'https://bank.example/account', title: 'My account' }
  const [params] = paramsOf(hear('Target.attachedToTarget', { sessionId: 'S', targetInfo }))
  expect(params?.targetInfo).toEqual({ targetId: 'T', type: 'page', url: 'https://elsewhere.invalid/' })
})

it('records a stream event by event, even if a chunk ends inside an event or inside a letter', () => {
  const { stream, data, hear } = hearing()
  stream('r')
  const bytes = Buffer.from('data: {"text":"Ж"}\n\ndata: {"text":"b"}\n\n')
  const cut = bytes.indexOf('Ж') + 1
  expect(data('r', bytes.subarray(0, cut))).toEqual([])
  expect(textsOf(data('r', bytes.subarray(cut, -2)))).toEqual(['data: {"text":"Ж"}\n\n'])
  expect(textsOf(hear('Network.loadingFinished', { requestId: 'r' }))).toEqual(['data: {"text":"b"}\n\n'])
})

it('keeps the streams of two requests apart', () => {
  const { stream, data } = hearing()
  for (const id of ['one', 'other']) stream(id)
  data('one', 'data: {"text":')
  expect(textsOf(data('other', 'data: {"text":"other"}\n\n'))).toEqual(['data: {"text":"other"}\n\n'])
  expect(textsOf(data('one', '"one"}\n\n'))).toEqual(['data: {"text":"one"}\n\n'])
})

it('holds back what arrived before the start of a stream, and records it after that start', () => {
  const { cleaner, stream, data } = hearing()
  stream('r')
  cleaner.hold('S', 'r')
  expect(data('r', '"late"}\n\n')).toEqual([])
  const start = cleaner.reply('Network.streamResourceContent', 'S', 'r', { bufferedData: base64('data: {"text":') })
  expect(start).toMatchObject([{ reply: 'Network.streamResourceContent', result: { bufferedData: '' } }])
  expect(textsOf(cleaner.release('S', 'r'))).toEqual(['data: {"text":"late"}\n\n'])
  expect(cleaner.release('S', 'r')).toEqual([])
})

it('cleans the streams that frames carry, as text and in base64 pieces', () => {
  const { hear } = hearing()
  hear('Network.webSocketCreated', { requestId: 'w', url: 'wss://ours.example/?verify=secret' })
  const frame = (value: unknown) => {
    const response = { opcode: 1, payloadData: JSON.stringify(value) }
    const [params] = paramsOf(hear('Network.webSocketFrameReceived', { requestId: 'w', response }))
    const cleaned = params?.response as { readonly payloadData: string } | undefined
    return JSON.parse(cleaned?.payloadData ?? 'null') as unknown
  }
  const secret = 'data: {"text":"a","email":"someone"}\n\n'
  expect(frame({ payload: { encoded_item: secret } })).toEqual({
    payload: { encoded_item: 'data: {"text":"a","email":"[hidden]"}\n\n' },
  })
  const [first, second] = [secret.slice(0, 12), secret.slice(12)].map((body) => ({ body: base64(body) }))
  expect(frame({ ...first, response_id: '1' })).toEqual({ body: '', response_id: '1' })
  expect(frame({ ...second, response_id: '1' })).toEqual({
    body: base64('data: {"text":"a","email":"[hidden]"}\n\n'),
    response_id: '1',
  })
})

it('records no frame of a socket that is not ChatGPT’s, or that was closed', () => {
  const { hear } = hearing()
  const frame = () => hear('Network.webSocketFrameReceived', { requestId: 'w', response: { payloadData: '{}' } })
  hear('Network.webSocketCreated', { requestId: 'w', url: 'wss://other.example/' })
  expect(frame()).toEqual([])
  hear('Network.webSocketCreated', { requestId: 'w', url: 'wss://ours.example/' })
  expect(frame()).toHaveLength(1)
  hear('Network.webSocketClosed', { requestId: 'w' })
  expect(frame()).toEqual([])
})
