import { describe, expect, it } from 'vitest'
import { createFrames } from '../../src/observe/frames.ts'
import { event } from '../fakes/wire.ts'

function listen() {
  const heard: string[] = []
  const frames = createFrames({
    wantsSocket: (url) => url.startsWith('wss://ws.chatgpt.com/'),
    frame: ({ text, receivedAtMs, socketId }) => void heard.push(`${socketId} at ${receivedAtMs}: ${text}`),
    closed: (socketId) => void heard.push(`${socketId} closed`),
  })
  const hear = (method: string, params: object, sessionId = 'S', at = 1) =>
    frames.hear(event(`Network.${method}`, params, sessionId, at))
  return {
    frames,
    heard,
    opened: (requestId = '1', url = 'wss://ws.chatgpt.com/p07/ws/user/x', sessionId = 'S') =>
      hear('webSocketCreated', { requestId, url }, sessionId),
    text: (payloadData: string, requestId = '1', sessionId = 'S', at = 1) =>
      hear('webSocketFrameReceived', { requestId, response: { opcode: 1, payloadData } }, sessionId, at),
    binary: (text: string, requestId = '1') =>
      hear('webSocketFrameReceived', {
        requestId,
        response: { opcode: 2, payloadData: Buffer.from(text).toString('base64') },
      }),
    closed: (requestId = '1') => hear('webSocketClosed', { requestId }),
  }
}

describe('messages of a socket', () => {
  it('are reported in order, with their time', () => {
    const { opened, text, heard } = listen()
    opened()
    text('{"a":1}', '1', 'S', 11)
    text('[2]', '1', 'S', 12)
    expect(heard).toEqual(['S 1 at 11: {"a":1}', 'S 1 at 12: [2]'])
  })

  it('are read from binary frames too', () => {
    const { opened, binary, heard } = listen()
    opened()
    binary('{"title":"Кошка"}')
    expect(heard).toEqual(['S 1 at 1: {"title":"Кошка"}'])
  })

  it('are reported for wanted sockets only', () => {
    const { opened, text, closed, heard } = listen()
    opened('1', 'wss://elsewhere.example/')
    text('private')
    text('of a socket opened before we came', '2')
    closed()
    expect(heard).toEqual([])
  })

  it('are reported for a socket that was open before we connected, in a tab in which every socket is wanted', () => {
    const heard: string[] = []
    const frames = createFrames({
      wantsSocket: (url, sessionId) => url === '' && sessionId === 'ours',
      frame: ({ text, url }) => void heard.push(`${text} from "${url}"`),
      closed: (socketId) => void heard.push(`${socketId} closed`),
    })
    const text = (sessionId: string) =>
      frames.hear(
        event(
          'Network.webSocketFrameReceived',
          { requestId: '1', response: { opcode: 1, payloadData: 'a' } },
          sessionId,
          1,
        ),
      )
    text('ours')
    text('foreign')
    text('ours')
    frames.hear(event('Network.webSocketClosed', { requestId: '1' }, 'ours', 1))
    expect(heard).toEqual(['a from ""', 'a from ""', 'ours 1 closed'])
    expect(frames.size).toBe(0)
  })

  it('that the page sent itself are ignored', () => {
    const { opened, frames, heard } = listen()
    opened()
    frames.hear(
      event('Network.webSocketFrameSent', { requestId: '1', response: { opcode: 1, payloadData: 'sent' } }, 'S'),
    )
    expect(heard).toEqual([])
  })

  it('end with the socket', () => {
    const { opened, closed, text, heard } = listen()
    opened()
    closed()
    text('late')
    closed()
    expect(heard).toEqual(['S 1 closed'])
  })

  it('end with the tab, and no other', () => {
    const { opened, frames, text, heard } = listen()
    opened('1')
    opened('2')
    opened('1', 'wss://ws.chatgpt.com/', 'S2')
    frames.forget('S')
    text('still here', '1', 'S2')
    expect(heard).toEqual(['S 1 closed', 'S 2 closed', 'S2 1 at 1: still here'])
  })

  it('are limited: if there are too many sockets, the oldest ends', () => {
    const { opened, heard } = listen()
    for (let at = 0; at < 5_000; at++) opened(String(at))
    expect(heard[0]).toBe('S 0 closed')
    expect(heard.length).toBeGreaterThan(3_000)
  })
})
