import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { WireReply } from '../../src/browser/wire.ts'
import { watchConnection } from '../../src/daemon/connection.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'
import { createFakeWire, soon } from '../fakes/wire.ts'

setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What 50,000 requests more may leave behind: memories that are bounded, not yet full after the first ones. */
const maxGrowthBytes = 24 * 1024 * 1024
const [requestsPerTab, tabsAtOnce] = [250, 4]

/** Numbers in a fixed order, so that a failure comes again. */
function dice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * sides)
  }
}

async function heapBytes(): Promise<number> {
  await soon(30)
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function watched() {
  const wire = createFakeWire()
  const events = { oddities: 0 }
  const archive = await openArchive(temporaryFolder())
  const now = () => new Date()
  const intake = quietIntake(archive, { now })
  wire.answer('Network.getResponseBody', ({ params }): WireReply | Error =>
    String(params.requestId).endsWith('7') ? new Error('No data found') : { body: '{"mapping":{}}' },
  )
  wire.answer('Network.streamResourceContent', ({ params }): WireReply | Error =>
    String(params.requestId).endsWith('3') ? new Error('No resource') : { bufferedData: '' },
  )
  const { observer, finish } = await watchConnection({
    wire,
    intake,
    now,
    onEvent: ({ kind }) => {
      if (kind === 'oddity') events.oddities += 1
    },
  })
  return { wire, observer, intake, finish, events }
}

type Watched = Awaited<ReturnType<typeof watched>>
let lastTab = 0
let lastRequest = 0

/** A tab with both its sessions; `close` ends them in either order. */
function openTab({ wire }: Watched, roll: (sides: number) => number) {
  lastTab += 1
  const [main, plain, targetId] = [`S${lastTab}`, `P${lastTab}`, `T${lastTab}`]
  const targetInfo = { targetId, type: 'page', url: 'https://chatgpt.com/' }
  for (const sessionId of [main, plain])
    wire.emit('Target.attachedToTarget', { sessionId, waitingForDebugger: true, targetInfo })
  const close = () => {
    for (const sessionId of roll(2) ? [main, plain] : [plain, main])
      wire.emit('Target.detachedFromTarget', { sessionId })
  }
  return { main, plain, close }
}

const addresses = [
  ['https://chatgpt.com/backend-api/conversation/0123abcd-0000-4000-8000-000000000000', 'application/json'],
  ['https://chatgpt.com/backend-api/f/conversation', 'text/event-stream'],
  ['https://chatgpt.com/assets/app.js', 'text/javascript'],
  ['https://files.oaiusercontent.com/file-abc', 'image/webp'],
  ['https://cdn.example.org/picture', 'image/png'],
] as const

/** One request with a fate of its own; some of them have none until their tab is closed. */
function request({ wire }: Watched, { main, plain }: ReturnType<typeof openTab>, roll: (sides: number) => number) {
  lastRequest += 1
  const requestId = `r${lastRequest}`
  // Pictures are fetched a few at a time, so they are fewer.
  const [address, mimeType] = addresses[roll(roll(12) > 0 ? 3 : addresses.length)] ?? addresses[0]
  const url = `${address}?n=${lastRequest}`
  const sessions = [main, plain]
  const each = (method: string, params: object) => {
    for (const session of sessions) wire.emit(`Network.${method}`, { requestId, ...params }, session)
  }
  if (roll(12) === 0) {
    wire.emit('Network.webSocketCreated', { requestId, url: `wss://ws.chatgpt.com/${lastRequest}` }, main)
    wire.emit('Network.webSocketFrameReceived', { requestId, response: { opcode: 1, payloadData: '[]' } }, main)
    if (roll(2)) wire.emit('Network.webSocketClosed', { requestId }, main)
    return
  }
  // Some are heard of for the first time when they end, and some of those were only read back.
  if (roll(10) > 0) {
    const asked = { url, method: mimeType === 'text/event-stream' ? 'POST' : 'GET', headers: {}, postData: '{}' }
    each('requestWillBeSent', { documentURL: 'https://chatgpt.com/', frameId: 'F', request: asked })
    if (roll(10) === 0) each('requestWillBeSent', { redirectResponse: {}, request: asked })
  } else if (roll(2)) each('responseReceived', { type: 'Other', response: { url, status: 200, mimeType } })
  const fate = roll(6)
  if (fate === 0) return
  each('responseReceived', { type: 'Fetch', response: { url, status: fate === 1 ? 500 : 200, mimeType } })
  if (fate === 2) return
  for (let at = roll(4); at > 0; at--) each('dataReceived', { dataLength: 3, data: 'YWJj' })
  if (fate === 3) each('loadingFailed', { errorText: 'net::ERR_ABORTED', canceled: true })
  else each('loadingFinished', { encodedDataLength: 9 })
}

async function many(visit: Watched, count: number, roll: (sides: number) => number) {
  for (let done = 0; done < count; done += requestsPerTab * tabsAtOnce) {
    const tabs = Array.from({ length: tabsAtOnce }, () => openTab(visit, roll))
    for (let at = 0; at < requestsPerTab * tabsAtOnce; at++) {
      const tab = tabs[roll(tabsAtOnce)]
      if (tab) request(visit, tab, roll)
      if (at % 50 === 0) await soon()
    }
    for (const tab of tabs) tab.close()
    while (visit.observer.waiting > 0) await soon(5)
  }
}

it('remembers nothing of 50,000 requests with every kind of end, and its memory does not grow', {
  timeout: 120_000,
}, async () => {
  const visit = await watched()
  const roll = dice(20_261_120)
  await many(visit, 10_000, roll)
  // A wire of the tests remembers what was sent.
  const forgetSent = () => (visit.wire.sent as unknown[]).splice(0)
  forgetSent()
  const before = await heapBytes()
  await many(visit, 50_000, roll)
  forgetSent()
  expect(visit.events.oddities).toBeGreaterThan(0)
  // What came over a stream is awaited from the other session for two seconds.
  for (let tries = 0; tries < 400 && visit.observer.unfinished > 0; tries++) await soon(20)
  expect(visit.observer.unfinished).toBe(0)
  expect(visit.observer.tabs()).toEqual([])
  expect(visit.observer.isQuiet).toBe(true)
  const grownBytes = (await heapBytes()) - before
  expect(grownBytes).toBeLessThan(maxGrowthBytes)
  await visit.finish()
  expect(await visit.intake.close()).toBe(0)
})

it('negative control: requests that never end in an open tab would be seen to stay, up to their limit', async () => {
  const visit = await watched()
  const roll = dice(1)
  const tab = openTab(visit, roll)
  for (let at = 0; at < 10_000; at++) request(visit, tab, roll)
  await soon(100)
  expect(visit.observer.unfinished).toBeGreaterThan(500)
  // Both sessions' loads, the sockets, and what is about to be fetched.
  expect(visit.observer.unfinished).toBeLessThan(10_000)
  tab.close()
  for (let tries = 0; tries < 400 && visit.observer.unfinished > 0; tries++) await soon(20)
  expect(visit.observer.unfinished).toBe(0)
})
