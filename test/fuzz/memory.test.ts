import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { Wire, WireEvent } from '../../src/browser/wire.ts'
import { watchConnection } from '../../src/daemon/connection.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'
import { conversationId, event, type Loose, message, userSays } from '../fakes/messages.ts'
import { soon } from '../fakes/wire.ts'

setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What a watch may have grown by when it has seen 150,000 odd things: all its memories full of the ids we made up. */
const maxGrowthBytes = 64 * 1024 * 1024
const count = 50_000

async function heapBytes(): Promise<number> {
  await soon(20)
  collectGarbage()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

/** A watch of a tab that is told everything by `emit`. */
async function watched() {
  const archive = await openArchive(temporaryFolder())
  const now = () => new Date()
  let oddities = 0
  const onOddity = () => {
    oddities += 1
  }
  const intake = quietIntake(archive, { now, onOddity })
  const listeners: ((event: WireEvent) => void)[] = []
  const wire: Wire = {
    isRecorded: true,
    async send(method) {
      return method === 'Network.getResponseBody' ? { body: '{"surprise":true}' } : { bufferedData: '' }
    },
    onEvent: (listener) => void listeners.push(listener),
    closed: new Promise(() => {}),
    async close() {},
  }
  const onEvent = ({ kind }: { kind: string }) => kind === 'oddity' && onOddity()
  const { observer, finish } = await watchConnection({ wire, intake, onEvent, now })
  const emit = (method: string, params: Loose, sessionId?: string) => {
    for (const listener of listeners) listener({ method, params, sessionId, receivedAtMs: 1_778_122_863_000 })
  }
  for (const sessionId of ['S', 'P']) {
    const targetInfo = { targetId: 'T', type: 'page', url: 'https://chatgpt.com/' }
    emit('Target.attachedToTarget', { sessionId, waitingForDebugger: true, targetInfo })
  }
  const end = async () => {
    await finish()
    await intake.close()
  }
  return { emit, observer, end, oddities: () => oddities }
}

type Emit = Awaited<ReturnType<typeof watched>>['emit']

/** Ids as long as may be remembered, each another. */
const longId = (number: number) => `${number}-`.padEnd(200, 'x')
const words = (number: number) =>
  userSays(longId(number), `Words ${number} `.repeat(40), { turn_exchange_id: `t${number % 9}` })

/** One frame each: unknown events, words of ever new messages, turns that never end, garbage. */
function oddFrame(emit: Emit, number: number) {
  const texts = [
    () => JSON.stringify({ type: `surprise-${number}`, payload: { x: longId(number) } }),
    () => JSON.stringify({ type: 'conversation-update', payload: { update_content: { message: words(number) } } }),
    () =>
      JSON.stringify({
        type: 'conversation-turn-stream',
        payload: { turn_id: longId(number), encoded_item: 'data: {"v"' },
      }),
    () => JSON.stringify({ type: 'message', topic_id: longId(number), offset: `${number}`, payload: {} }),
    () =>
      JSON.stringify({ data: { body: Buffer.from(`data: ${number}`).toString('base64'), response_id: `${number}` } }),
    () => `{"cut": ${number}`,
  ]
  const payloadData = texts[number % texts.length]?.() ?? ''
  emit('Network.webSocketFrameReceived', { requestId: 'ws', response: { opcode: 1, payloadData } }, 'S')
}

/** One event of a stream that never ends. */
function oddStreamEvent(emit: Emit, number: number) {
  const texts = [
    () => event({ type: `surprise-${number}`, conversation_id: longId(number) }),
    () =>
      event({ c: number, p: '', o: 'add', v: { message: words(number), conversation_id: longId(number) } }, 'delta'),
    () => event({ p: '/message/content/parts/0', o: 'append', v: longId(number) }, 'delta'),
    () => event({ p: `/message/metadata/${number}`, o: 'add', v: [longId(number)] }, 'delta'),
    () => event({ message: message(longId(number), 'tool', { parts: [number] }), conversation_id: conversationId }),
    () => `data: {"cut": ${number}\n\n`,
  ]
  const data = Buffer.from(texts[number % texts.length]?.() ?? '').toString('base64')
  emit('Network.dataReceived', { requestId: 'stream', dataLength: 1, data }, 'P')
}

/** One load: most never end, some end with an answer nobody knows, or as an image no one asked for. */
function oddLoad(emit: Emit, number: number) {
  const requestId = `load-${number}`
  const url = `https://chatgpt.com/backend-api/${number % 10 === 0 ? 'conversations' : 'elsewhere'}?${longId(number)}`
  const mimeType = number % 10 === 0 ? 'application/json' : 'image/png'
  emit('Network.requestWillBeSent', { requestId, documentURL: 'https://chatgpt.com/', request: { url } }, 'S')
  emit('Network.responseReceived', { requestId, response: { url, status: 200, mimeType } }, 'S')
  if (number % 5 === 0) emit('Network.loadingFinished', { requestId, encodedDataLength: 1 }, 'S')
  if (number % 50 === 0) emit('Network.webSocketCreated', { requestId, url: 'wss://ws.chatgpt.com/x' }, 'S')
}

async function flood(emit: Emit, isDone: () => boolean = () => true) {
  const asked = { url: 'https://chatgpt.com/backend-api/f/conversation', method: 'POST' }
  for (const session of ['S', 'P']) {
    emit(
      'Network.requestWillBeSent',
      { requestId: 'stream', documentURL: 'https://chatgpt.com/', request: asked },
      session,
    )
    const response = { url: asked.url, status: 200, mimeType: 'text/event-stream' }
    emit('Network.responseReceived', { requestId: 'stream', response }, session)
  }
  emit('Network.webSocketCreated', { requestId: 'ws', url: 'wss://ws.chatgpt.com/x' }, 'S')
  for (let number = 0; number < count; number++) {
    oddFrame(emit, number)
    oddStreamEvent(emit, number)
    oddLoad(emit, number)
    if (number % 500 === 0)
      do await soon()
      while (!isDone())
  }
}

describe('memory', () => {
  it(`grows by less than ${maxGrowthBytes / 1024 / 1024} MiB over 150,000 odd frames, stream events and loads`, async () => {
    const { emit, observer, end, oddities } = await watched()
    const before = await heapBytes()
    await flood(emit, () => observer.waiting === 0)
    const growth = (await heapBytes()) - before
    console.log(`memory: ${Math.round(growth / 1024 / 1024)} MiB more after ${3 * count} odd events`)
    expect(oddities()).toBeGreaterThan(count / 3)
    expect(growth).toBeLessThan(maxGrowthBytes)
    await end()
  }, 120_000)

  it('negative control: a watcher that forgets nothing is noticed', async () => {
    const kept: Loose[] = []
    const before = await heapBytes()
    await flood((_, params) => void kept.push(structuredClone(params)))
    expect((await heapBytes()) - before).toBeGreaterThan(maxGrowthBytes)
    expect(kept.length).toBeGreaterThan(3 * count)
  }, 120_000)
})
