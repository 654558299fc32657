import { describe, expect, it, vi } from 'vitest'
import { WireError } from '../../src/browser/wire.ts'
import { createBodies, type Order } from '../../src/observe/bodies.ts'
import type { Exchange } from '../../src/observe/exchanges.ts'
import type { Target } from '../../src/observe/target.ts'
import type { Targets } from '../../src/observe/targets.ts'
import { createFakeWire, type Sent, silence, soon } from '../fakes/wire.ts'

const image = Buffer.from('the whole picture')
const own: Target = {
  targetId: 'T',
  type: 'page',
  sessionId: 'S',
  parentSessionId: undefined,
  url: 'https://chatgpt.com/',
  origin: 'https://chatgpt.com/',
  openedBy: undefined,
  plainSessionId: 'P',
  isOn: true,
  listens: Promise.resolve(),
}
const sibling: Target = { ...own, targetId: 'T2', sessionId: 'S2', plainSessionId: 'P2' }

function exchange(more: Partial<Exchange> = {}): Exchange {
  return {
    id: 'S 1',
    sessionId: 'S',
    requestId: '1',
    url: 'https://files.oaiusercontent.com/file-abc',
    firstUrl: 'https://files.oaiusercontent.com/file-abc',
    method: 'GET',
    frameId: 'F',
    askedBy: 'https://chatgpt.com/',
    isNavigation: false,
    requestBody: null,
    requestHeaders: {},
    startedAtMs: 0,
    response: { status: 200, mimeType: 'image/webp', isFromCache: false, statedBytes: null, retryAfterS: null },
    receivedBytes: image.length,
    outcome: 'finished',
    failure: null,
    ...more,
  }
}

const asBody = (bytes: Buffer) => ({ body: bytes.toString('base64'), base64Encoded: true })

/** A set of bodies over a wire that answers by session; what is not told fails. */
function fetching(answers: Record<string, Buffer | Error> = {}, watched: readonly Target[] = [own, sibling]) {
  const wire = createFakeWire()
  const answer = ({ method, sessionId }: Sent, wrap: (bytes: Buffer) => object) => {
    const found = answers[method === 'Page.getResourceContent' ? 'page' : (sessionId ?? '')]
    if (found instanceof Buffer) return { ...wrap(found) }
    throw found ?? new WireError(method, 'No resource with given identifier found')
  }
  wire.answer('Network.getResponseBody', (sent) => answer(sent, asBody))
  wire.answer('Page.getResourceContent', (sent) =>
    answer(sent, (bytes) => ({ content: bytes.toString('base64'), base64Encoded: true })),
  )
  const targets: Targets = {
    hear() {},
    start: async () => {},
    bySession: (sessionId) => watched.find((target) => target.sessionId === sessionId),
    byPlainSession: (sessionId) => watched.find((target) => target.plainSessionId === sessionId),
    all: () => [...watched],
  }
  let now = 1_000_000
  const bodies = createBodies(wire, targets, () => now)
  const delivered: Buffer[] = []
  const missed: string[] = []
  const orderOf = (more: Partial<Order> = {}): Order => ({
    exchange: exchange(),
    delivery: 'at-once',
    isStillWanted: () => true,
    check: (bytes) => (bytes.length < image.length ? 'too short' : undefined),
    deliver: async (bytes) => void delivered.push(bytes),
    giveUp: (reason) => void missed.push(reason),
    ...more,
  })
  return {
    wire,
    bodies,
    delivered,
    missed,
    order: (more: Partial<Order> = {}) => bodies.order(orderOf(more)),
    asked: () =>
      wire.sent
        .filter((one) => one.method !== 'Page.enable')
        .map((one) => (one.method === 'Page.getResourceContent' ? 'page' : one.sessionId)),
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe('the ways to get a body', () => {
  it('begin and end with its own session if that has it', async () => {
    const { order, bodies, asked, delivered, wire } = fetching({ S: image })
    order()
    await bodies.drain()
    expect(delivered).toEqual([image])
    expect(asked()).toEqual(['S'])
    expect(wire.sent[0]).toMatchObject({ params: { requestId: '1' } })
  })

  it('are the load’s own session, the plain session, a sibling, and last the page', async () => {
    const { order, bodies, asked, delivered, wire } = fetching({ page: image })
    order()
    await bodies.drain()
    expect(delivered).toEqual([image])
    expect(asked()).toEqual(['S', 'P', 'S2', 'page'])
    expect(wire.sent.find((one) => one.method === 'Page.getResourceContent')).toMatchObject({
      sessionId: 'S',
      params: { frameId: 'F', url: 'https://files.oaiusercontent.com/file-abc' },
    })
  })

  it('use a sibling when the tab itself is gone', async () => {
    const { order, bodies, asked, delivered } = fetching({ S2: image }, [sibling])
    order()
    await bodies.drain()
    expect(delivered).toEqual([image])
    expect(asked()).toEqual(['S2'])
  })

  it('do not ask the page on behalf of a worker, nor a sibling that is switched off', async () => {
    const { order, bodies, asked, missed } = fetching({}, [
      { ...own, type: 'worker' },
      { ...sibling, isOn: false },
    ])
    order()
    await bodies.drain()
    expect(new Set(asked())).toEqual(new Set(['S', 'P']))
    expect(missed).toHaveLength(1)
  })

  it('are tried again a moment later, since the body may come after the event of its end', async () => {
    const { order, bodies, wire, delivered } = fetching()
    let asked = 0
    wire.answer('Network.getResponseBody', () => {
      asked += 1
      return asked > 4 ? asBody(image) : Promise.reject(new Error('No data found for resource with given identifier'))
    })
    order()
    await bodies.drain()
    expect(delivered).toEqual([image])
  })

  it.each([
    ['empty', Buffer.alloc(0)],
    ['short', image.subarray(0, 5)],
  ])('do not stop at %s bytes, which never count as a success', async (_, flawed) => {
    const { order, bodies, delivered } = fetching({ S: flawed, P: flawed, S2: flawed, page: image })
    order()
    await bodies.drain()
    expect(delivered).toEqual([image])
  })

  it('end, if all fail, in one reason that names each of them', async () => {
    const { order, bodies, delivered, missed } = fetching({ S: Buffer.alloc(0), P: image.subarray(0, 5) })
    order()
    await bodies.drain()
    expect(delivered).toEqual([])
    expect(missed).toHaveLength(1)
    expect(missed[0]).toMatch(
      /own session: empty; plain session: too short; sibling session: .*No resource.*; page: .*No resource/,
    )
  })

  it('read text as it is', async () => {
    const { order, bodies, delivered, wire } = fetching()
    wire.answer('Network.getResponseBody', { body: '{"title":"Кошка"}', base64Encoded: false })
    order({ check: () => undefined })
    await bodies.drain()
    expect(delivered.map(String)).toEqual(['{"title":"Кошка"}'])
  })
})

describe('bodies', () => {
  it('of answers are fetched at once', async () => {
    const { order, bodies, asked } = fetching({ S: image })
    bodies.pictureBegan('another')
    order({ delivery: 'at-once' })
    await soon()
    expect(asked()).toEqual(['S'])
  })

  it('of pictures are not fetched while the page is busy', async () => {
    const { order, bodies, asked, pass } = fetching({ S: image })
    bodies.pictureBegan('another')
    order({ delivery: 'when-quiet' })
    await soon(60)
    expect(asked()).toEqual([])
    bodies.pictureEnded('another')
    await soon(60)
    expect(asked()).toEqual([])
    pass(100)
    await vi.waitFor(() => expect(asked()).toEqual(['S']))
  })

  it('are fetched although a load has not ended for long, as in a tab that hangs', () => {
    const { bodies, pass } = fetching()
    bodies.pictureBegan('another')
    pass(20_000)
    expect(bodies.isQuiet).toBe(false)
    pass(20_000)
    expect(bodies.isQuiet).toBe(true)
    bodies.pictureBegan('a third')
    expect(bodies.isQuiet).toBe(false)
    bodies.pictureEnded('a third')
    expect(bodies.isQuiet).toBe(true)
  })

  it('of pictures are fetched all the same when they have waited for long', async () => {
    const { order, bodies, asked, pass } = fetching({ S: image })
    order({ delivery: 'when-quiet' })
    pass(60_000)
    bodies.pictureBegan('another')
    await vi.waitFor(() => expect(asked()).toEqual(['S']))
  })

  it('of pictures are fetched all the same before the browser would drop them', async () => {
    const { order, bodies, asked } = fetching({ S: image })
    bodies.pictureBegan('another')
    order({ delivery: 'when-quiet' })
    bodies.traffic(200 * 1024 * 1024)
    await vi.waitFor(() => expect(asked()).toEqual(['S']))
  })

  it('are fetched few at a time', async () => {
    const { order, wire, asked, bodies } = fetching()
    const held: (() => void)[] = []
    wire.answer('Network.getResponseBody', () => new Promise((resolve) => held.push(() => resolve(asBody(image)))))
    for (let at = 0; at < 10; at++) order({ delivery: 'when-quiet' })
    await soon(80)
    expect(asked().length).toBeLessThanOrEqual(2)
    expect(bodies.waiting).toBe(10)
    const drained = bodies.drain()
    while (bodies.waiting > 0) {
      for (const release of held.splice(0)) release()
      await soon(1)
    }
    await drained
    expect(asked()).toHaveLength(10)
  })

  it('are fetched by the last way only when no other picture waits', async () => {
    const { order, bodies, asked, delivered } = fetching({ S: image })
    const at: string[] = []
    const note = (name: string) => async (bytes: Buffer) => {
      at.push(name)
      delivered.push(bytes)
    }
    order({ delivery: 'last-resort', deliver: note('last') })
    for (let turn = 0; turn < 4; turn++) order({ delivery: 'when-quiet', deliver: note('picture') })
    await vi.waitFor(() => expect(bodies.waiting).toBe(0))
    expect(at).toEqual(['picture', 'picture', 'picture', 'picture', 'last'])
    expect(asked()).toHaveLength(5)
  })

  it('are not fetched when another tab has delivered the picture meanwhile', async () => {
    const { order, bodies, asked, delivered, missed } = fetching({ S: image })
    let isWanted = true
    order({ delivery: 'when-quiet', isStillWanted: () => isWanted })
    isWanted = false
    await bodies.drain()
    expect([asked(), delivered, missed]).toEqual([[], [], []])
  })
})

describe('the end', () => {
  it('fetches all that was ordered, however busy the page', async () => {
    const { order, bodies, delivered } = fetching({ S: image })
    bodies.pictureBegan('another')
    for (let at = 0; at < 20; at++) order({ delivery: at % 3 ? 'when-quiet' : 'last-resort' })
    order({ delivery: 'at-once' })
    await bodies.drain()
    expect(delivered).toHaveLength(21)
    expect(bodies.waiting).toBe(0)
  })

  it('comes at once if nothing waits', async () => {
    await fetching().bodies.drain()
  })

  it('waits for what is on its way', async () => {
    const { order, bodies, wire } = fetching()
    wire.answer('Network.getResponseBody', silence)
    order()
    const outcome = await Promise.race([bodies.drain().then(() => 'drained'), soon(60).then(() => 'waits')])
    expect(outcome).toBe('waits')
  })

  it('one body that cannot be delivered does not stop the others, nor is it delivered twice', async () => {
    const { order, bodies, delivered, missed } = fetching({ S: image, P: image, S2: image, page: image })
    let attempts = 0
    order({
      deliver: async () => {
        attempts += 1
        throw new Error('a decoder failed')
      },
    })
    order()
    await bodies.drain()
    expect(delivered).toEqual([image])
    expect(attempts).toBe(1)
    expect(missed).toHaveLength(1)
  })
})
