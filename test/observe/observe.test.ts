import { describe, expect, it, vi } from 'vitest'
import { maxBodyBytes } from '../../src/decode/limits.ts'
import { observe } from '../../src/observe/observe.ts'
import type { Head, ObserverDelegate, Reception } from '../../src/observe/reception.ts'
import { createFakeWire, type Sent, soon } from '../fakes/wire.ts'

const home = 'https://site.example/'
const [main, plain] = ['S', 'P']

/** An observer of one tab, by whoever expects texts at `/text`, pictures at `/picture`, streams at `/stream`. */
async function watched(more: Partial<ObserverDelegate> = {}) {
  const wire = createFakeWire()
  const heard: string[] = []
  const bodies = new Map<string, string>()
  const bodyOf = ({ params }: Sent) => {
    const body = bodies.get(String(params.requestId))
    return body === undefined ? new Error('No resource with given identifier') : { body, base64Encoded: false }
  }
  wire.answer('Network.getResponseBody', bodyOf)
  const taking = (delivery: 'at-once' | 'when-quiet', path: string): Reception => ({
    delivery,
    isStillWanted: () => true,
    flawOf: (bytes) => (bytes.toString().startsWith('<') ? 'a page' : undefined),
    accept: async (bytes) => void heard.push(`${path} ${bytes}`),
  })
  const streaming: Reception = {
    delivery: 'stream',
    open: () => ({
      chunk: (bytes) => void heard.push(`chunk ${bytes}`),
      end: (isWhole) => void heard.push(isWhole ? 'whole' : 'cut'),
    }),
  }
  const expectations: Head[] = []
  const observer = await observe(wire, {
    isHome: (url) => url.startsWith(home),
    expect(head) {
      expectations.push(head)
      const { pathname } = new URL(head.url)
      if (head.status !== 200) return undefined
      if (pathname === '/stream') return head.mimeType === 'text/event-stream' ? streaming : undefined
      if (pathname === '/text') return head.mimeType === 'text/plain' ? taking('at-once', pathname) : undefined
      return pathname === '/picture' ? taking('when-quiet', pathname) : undefined
    },
    isTurn: ({ url }) => url.endsWith('/turn'),
    onFrame: ({ text }) => void heard.push(`frame ${text}`),
    onSocketClosed: () => {},
    onRequest: ({ url }) => void heard.push(`asked ${new URL(url).pathname}`),
    onOddity: (kind, detail) => void heard.push(`${kind}: ${detail}`),
    onNotice: (text) => void heard.push(text),
    onTabs: (count) => void heard.push(`${count} tabs`),
    onLate: ({ url }) => void heard.push(`late ${url}`),
    ...more,
  })
  const attach = (waitingForDebugger: boolean) => {
    for (const sessionId of [main, plain]) {
      const targetInfo = { targetId: 'T', type: 'page', url: home }
      wire.emit('Target.attachedToTarget', { sessionId, waitingForDebugger, targetInfo })
    }
    heard.splice(0)
  }
  let lastId = 0
  /** A request up to its headers; `end` is called with its body. */
  const begin = (path: string, mimeType: string, askedBy = home, sessions: readonly string[] = [main]) => {
    lastId += 1
    const requestId = `r${lastId}`
    const url = new URL(path, home).href
    for (const session of sessions) {
      const request = { url, method: 'GET' }
      wire.emit('Network.requestWillBeSent', { requestId, documentURL: askedBy, frameId: 'F', request }, session)
      wire.emit('Network.responseReceived', { requestId, response: { url, status: 200, mimeType } }, session)
    }
    return {
      requestId,
      end(body: string, lengthBytes = body.length) {
        bodies.set(requestId, body)
        wire.emit('Network.dataReceived', { requestId, dataLength: lengthBytes }, main)
        for (const session of [...sessions].reverse()) wire.emit('Network.loadingFinished', { requestId }, session)
      },
    }
  }
  return { wire, observer, heard, expectations, attach, begin }
}

describe('what pages load', () => {
  it('is passed to the one that expects it, and to nobody else', async () => {
    const { observer, heard, attach, begin } = await watched()
    attach(true)
    begin('/text', 'text/plain').end('hello')
    begin('/picture', 'image/png').end('pixels')
    begin('/other', 'text/plain').end('nothing')
    await observer.drain()
    expect(heard).toEqual(['asked /text', 'asked /picture', 'asked /other', '/text hello', '/picture pixels'])
  })

  it('for a foreign page is not even asked about', async () => {
    const { observer, heard, expectations, attach, begin } = await watched()
    attach(true)
    begin('/text', 'text/plain', 'https://elsewhere.example/').end('private')
    await observer.drain()
    expect([heard, expectations]).toEqual([[], []])
  })

  it('and is another thing than was expected is an oddity without the query, which may be signed', async () => {
    const { observer, heard, attach, begin } = await watched()
    attach(true)
    begin('/text?sig=secret', 'text/plain').end('<html>')
    await observer.drain()
    expect(heard[1]).toMatch(/^body-missed: site\.example\/text: own session: a page; plain session: a page/)
    expect(heard.join()).not.toContain('secret')
  })

  it('and is too large is not fetched', async () => {
    const { wire, observer, heard, attach, begin } = await watched()
    attach(true)
    begin('/picture', 'image/png').end('pixels', maxBodyBytes + 1)
    await observer.drain()
    expect(heard[1]).toContain('bytes of site.example/picture')
    expect(wire.methodsFor(main)).not.toContain('Network.getResponseBody')
  })

  it('keeps it from being quiet while that is a picture', async () => {
    const { observer, attach, begin } = await watched()
    attach(true)
    const text = begin('/text', 'text/plain')
    expect(observer.isQuiet).toBe(true)
    const picture = begin('/picture', 'image/png')
    expect(observer.isQuiet).toBe(false)
    for (const load of [text, picture]) load.end('x')
    await observer.drain()
    expect([observer.isQuiet, observer.waiting]).toEqual([true, 0])
  })

  it('is not reported any more after the end', async () => {
    const { observer, heard, attach, begin } = await watched()
    attach(true)
    await observer.drain()
    begin('/text', 'text/plain').end('late')
    await soon(30)
    expect(heard).toEqual([])
  })
})

describe('a picture from an address that names no file', () => {
  it('is fetched once the address is announced', async () => {
    const announced = new Set<string>()
    const accepted: string[] = []
    const { observer, attach, begin } = await watched({
      expect: ({ url }) =>
        announced.has(url)
          ? {
              delivery: 'when-quiet',
              isStillWanted: () => true,
              flawOf: () => undefined,
              accept: async (bytes) => void accepted.push(bytes.toString()),
            }
          : undefined,
    })
    attach(true)
    begin('/unknown', 'image/png').end('pixels')
    begin('/text', 'text/plain').end('a text is not kept for later')
    for (const path of ['unknown', 'text']) {
      announced.add(home + path)
      observer.reconsider(home + path)
      observer.reconsider(home + path)
    }
    await observer.drain()
    expect(accepted).toEqual(['pixels'])
  })
})

describe('a streamed answer', () => {
  it('is passed on while it comes, and not fetched again', async () => {
    const { wire, observer, heard, attach, begin } = await watched()
    wire.answer('Network.streamResourceContent', { bufferedData: '' })
    attach(true)
    const { requestId, end } = begin('/stream', 'text/event-stream', home, [main, plain])
    await soon()
    const data = Buffer.from('one').toString('base64')
    wire.emit('Network.dataReceived', { requestId, dataLength: 3, data }, plain)
    expect(heard).toContain('chunk one')
    end('one')
    await observer.drain()
    expect(heard.slice(1)).toEqual(['chunk one', 'whole'])
  })

  it('that cannot be followed is fetched whole when it has ended', async () => {
    const { wire, observer, heard, attach, begin } = await watched()
    wire.answer('Network.streamResourceContent', new Error('already finished'))
    attach(true)
    begin('/stream', 'text/event-stream', home, [main, plain]).end('all of it')
    await observer.drain()
    expect(heard.slice(1)).toEqual(['cut', 'chunk all of it', 'whole'])
  })

  it('whose reader fails costs only this answer and does not end the watch', async () => {
    const sink = {
      chunk() {
        throw new Error('a reader failed')
      },
      end() {},
    }
    const { wire, observer, heard, attach, begin } = await watched({
      expect: ({ mimeType }) =>
        mimeType === 'text/event-stream' ? { delivery: 'stream', open: () => sink } : undefined,
    })
    wire.answer('Network.streamResourceContent', { bufferedData: Buffer.from('x').toString('base64') })
    attach(true)
    begin('/stream', 'text/event-stream', home, [main, plain]).end('x')
    await observer.drain()
    expect(heard).toContain('not-read: site.example/stream: a reader failed')
  })
})

describe('a tab that was open before we connected', () => {
  const shows = (wire: ReturnType<typeof createFakeWire>, content: string) => {
    const resources = [{ url: `${home}picture`, mimeType: 'image/png' }]
    wire.answer('Page.getResourceTree', { frameTree: { frame: { id: 'F' }, resources } })
    wire.answer('Page.getResourceContent', { content, base64Encoded: false })
  }

  it('has the pictures it shows read from its own cache', async () => {
    const { wire, heard, attach } = await watched()
    shows(wire, 'pixels')
    attach(false)
    await vi.waitFor(() => expect(heard).toEqual(['/picture pixels']))
  })

  it('reports when one of them is not a picture', async () => {
    const { wire, heard, attach } = await watched()
    shows(wire, '<html>')
    attach(false)
    await vi.waitFor(() => expect(heard).toEqual(['body-missed: site.example/picture: shown picture: a page']))
  })

  it('has loads reported that it had already begun, a limited number of times', async () => {
    const { wire, heard, attach } = await watched()
    attach(true)
    for (let at = 0; at < 1_000; at++) wire.emit('Network.loadingFinished', { requestId: `old${at}` }, main)
    expect(heard.length).toBeGreaterThan(50)
    expect(heard.length).toBeLessThanOrEqual(100)
    expect(new Set(heard)).toEqual(new Set([`late ${home}`]))
  })
})

it('the empty first tab is sent to an address; where there is none, a tab is opened', async () => {
  const { wire, observer } = await watched()
  const targetInfo = { targetId: 'E', type: 'page', url: 'about:blank' }
  wire.emit('Target.attachedToTarget', { sessionId: 'E', waitingForDebugger: true, targetInfo })
  await observer.open(home)
  expect(wire.sent.find((one) => one.method === 'Page.navigate')).toMatchObject({
    sessionId: 'E',
    params: { url: home },
  })
  wire.emit('Target.targetInfoChanged', { targetInfo: { ...targetInfo, url: home } })
  await observer.open(`${home}2`)
  expect(wire.sent.find((one) => one.method === 'Target.createTarget')?.params).toEqual({ url: `${home}2` })
})
