import { describe, expect, it } from 'vitest'
import { createStreams } from '../../src/observe/streams.ts'
import { createFakeWire, event, soon } from '../fakes/wire.ts'

/** A followed answer whose start comes when the test says so. */
function follow() {
  const wire = createFakeWire()
  const chunks: Buffer[] = []
  const ends: boolean[] = []
  let start = (_bufferedData: string | Error) => {}
  const reply = new Promise<{ bufferedData: string }>((resolve, reject) => {
    start = (data) =>
      typeof data === 'string' ? resolve({ bufferedData: Buffer.from(data).toString('base64') }) : reject(data)
  })
  wire.answer('Network.streamResourceContent', () => reply)
  const streams = createStreams(wire)
  streams.follow('P', '1', { chunk: (bytes) => void chunks.push(bytes), end: (isWhole) => void ends.push(isWhole) })
  const hear = (method: string, params: object) =>
    streams.hear(event(`Network.${method}`, { requestId: '1', ...params }, 'P'))
  return {
    wire,
    streams,
    ends,
    text: () => Buffer.concat(chunks).toString(),
    start: async (data: string | Error) => {
      start(data)
      await soon()
    },
    /** A chunk whose bytes come with it, as after the start. */
    chunk: (text: string) =>
      hear('dataReceived', { dataLength: Buffer.byteLength(text), data: Buffer.from(text).toString('base64') }),
    /** A chunk that is only counted, as before the start: its bytes lie in the start. */
    counted: (dataLength: number) => hear('dataReceived', { dataLength }),
    finished: () => hear('loadingFinished', {}),
    aborted: () => hear('loadingFailed', { errorText: 'net::ERR_ABORTED' }),
  }
}

describe('a streamed answer', () => {
  it('is passed on as it comes, beginning with what had come before', async () => {
    const { counted, start, chunk, finished, text, ends, wire } = follow()
    expect(wire.sent).toMatchObject([
      { method: 'Network.streamResourceContent', params: { requestId: '1' }, sessionId: 'P' },
    ])
    counted(3)
    await start('one')
    expect(text()).toBe('one')
    chunk('two')
    expect(text()).toBe('onetwo')
    expect(ends).toEqual([])
    finished()
    expect(ends).toEqual([true])
  })

  it('is in order when chunks arrive before its start', async () => {
    const { counted, start, chunk, finished, text, ends } = follow()
    counted(3)
    chunk('two')
    chunk('three')
    expect(text()).toBe('')
    await start('one')
    expect(text()).toBe('onetwothree')
    finished()
    expect(ends).toEqual([true])
  })

  it('is whole also when it ends before its start has come', async () => {
    const { counted, start, chunk, finished, text, ends } = follow()
    counted(3)
    chunk('two')
    finished()
    expect(ends).toEqual([])
    await start('one')
    expect(text()).toBe('onetwo')
    expect(ends).toEqual([true])
  })

  it('that is broken off is passed on as far as it came', async () => {
    const { start, chunk, aborted, text, ends } = follow()
    await start('')
    chunk('so far')
    aborted()
    expect(text()).toBe('so far')
    expect(ends).toEqual([true])
  })

  it('keeps bytes as they are, even if a chunk ends inside a letter', async () => {
    const { streams, start, finished, text } = follow()
    await start('')
    for (const byte of Buffer.from('Кошка 🐈')) {
      streams.hear(
        event(
          'Network.dataReceived',
          { requestId: '1', dataLength: 1, data: Buffer.from([byte]).toString('base64') },
          'P',
        ),
      )
    }
    finished()
    expect(text()).toBe('Кошка 🐈')
  })

  it('with a gap is not whole', async () => {
    const { counted, start, chunk, finished, ends } = follow()
    counted(3)
    await start('one')
    chunk('two')
    counted(5)
    finished()
    expect(ends).toEqual([false])
  })

  it('whose start is shorter than what was counted is not whole', async () => {
    const { counted, start, finished, ends } = follow()
    counted(300)
    await start('one')
    finished()
    expect(ends).toEqual([false])
  })

  it.each([
    [
      'before it ends',
      async ({ start, finished }: ReturnType<typeof follow>) => [
        await start(new Error('already finished')),
        finished(),
      ],
    ],
    [
      'after it ended',
      async ({ start, finished }: ReturnType<typeof follow>) => [
        finished(),
        await start(new Error('already finished')),
      ],
    ],
  ])('that cannot be followed ends as not whole, once: refused %s', async (_, play) => {
    const one = follow()
    one.counted(10)
    await play(one)
    expect(one.ends).toEqual([false])
  })

  it('ends with its tab, once', async () => {
    const one = follow()
    await one.start('one')
    one.streams.forget('P')
    one.finished()
    expect(one.ends).toEqual([true])
    const waiting = follow()
    waiting.streams.forget('P')
    await waiting.start(new Error('session closed'))
    expect(waiting.ends).toEqual([false])
  })

  it('does not end with another tab, and receives no other load', async () => {
    const { streams, start, finished, text, ends } = follow()
    await start('one')
    streams.forget('P2')
    streams.hear(event('Network.dataReceived', { requestId: '2', dataLength: 1, data: 'eA==' }, 'P'))
    streams.hear(event('Network.dataReceived', { requestId: '1', dataLength: 1, data: 'eA==' }, 'P2'))
    streams.hear(event('Network.loadingFinished', { requestId: '1' }, 'P2'))
    expect(ends).toEqual([])
    finished()
    expect([text(), ...ends]).toEqual(['one', true])
  })
})
