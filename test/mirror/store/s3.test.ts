import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { MirrorSettings } from '../../../src/config.ts'
import { type Fault, unreliableStore } from '../../fakes/unreliable-store.ts'
import { endpoint, keysIn, newBucket, storeAt } from './support.ts'

const type = 'image/png'
const bytes = randomBytes(200_000)

/** A bucket behind a store that has this fault in its first `times` requests. */
async function behind(fault: Fault, times = 2) {
  const settings = await newBucket()
  const unreliable = await unreliableStore(endpoint, ({ before }) => (before < times ? fault : undefined))
  const store = await storeAt({ ...settings, endpoint: unreliable.endpoint })
  return { settings, unreliable, store }
}

describe.skipIf(endpoint === '')('a store', () => {
  it('takes bytes with what is said of them, and gives just these back, and lists them', async () => {
    const store = await storeAt({ ...(await newBucket()), prefix: 'my/pictures' })
    await store.put('a/b c+ü&~.png', bytes, { type, about: { image: 'images/2023/10/29/ü+ .png' } })
    const found = await store.get('a/b c+ü&~.png')
    expect(found?.bytes.equals(bytes)).toBe(true)
    expect(found?.about).toEqual({ image: 'images/2023/10/29/ü+ .png' })
    expect((await store.head('a/b c+ü&~.png'))?.lengthBytes).toBe(bytes.length)
    expect([await store.head('none'), await store.get('none')]).toEqual([undefined, undefined])
    expect(await keysIn(store)).toEqual(['a/b c+ü&~.png'])
  })

  it('lists more than one page, in order', async () => {
    const store = await storeAt(await newBucket())
    // The store of the tests has 50 on a page.
    const keys = Array.from({ length: 103 }, (_, n) => `k/${String(n).padStart(3, '0')}`)
    await Promise.all(keys.map((key) => store.put(key, Buffer.from(key), { type })))
    expect(await keysIn(store, 'k/')).toEqual(keys)
  })

  it.each<Fault>(['cut-upload', 'cut-answer', 'slow-down', 'spoil-upload', 'spoil-tag'])(
    'is sent bytes again after: %s',
    async (fault) => {
      const { store, unreliable, settings } = await behind(fault)
      await store.put('key', bytes, { type })
      expect(unreliable.faults).toBe(2)
      expect((await (await storeAt(settings)).get('key'))?.bytes.equals(bytes)).toBe(true)
    },
  )

  it.each<Fault>(['cut-upload', 'cut-answer', 'slow-down'])('is asked for bytes again after: %s', async (fault) => {
    const { store, settings } = await behind(fault)
    await (await storeAt(settings)).put('key', bytes, { type })
    expect((await store.get('key'))?.bytes.equals(bytes)).toBe(true)
  })

  it('that never answers is called away, with what it said last and what to do', async () => {
    const { store, unreliable } = await behind('slow-down', 1_000)
    await expect(store.put('key', bytes, { type })).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringMatching(/cannot be used now: 503 SlowDown/),
      hint: 'Run this again later: it goes on where it stopped.',
    })
    await unreliable.close()
    await expect(store.head('key')).rejects.toMatchObject({ code: 'disk', message: expect.stringMatching(/ECONN/) })
  })

  it('that keeps other bytes than were sent never counts as having them', async () => {
    const { store, settings } = await behind('spoil-upload', 1_000)
    await expect(store.put('key', bytes, { type })).rejects.toMatchObject({ code: 'disk' })
    expect(await (await storeAt(settings)).head('key')).toBeUndefined()
  })

  it.each([
    ['behind', -5],
    ['ahead of', 5],
  ])('is signed for with its own time where our clock is %s it', async (word, hours) => {
    const notices: string[] = []
    const now = () => new Date(Date.now() + hours * 60 * 60_000)
    const store = await storeAt(await newBucket(), { now, onNotice: (text) => notices.push(text) })
    await store.put('key', bytes, { type })
    expect((await store.head('key'))?.lengthBytes).toBe(bytes.length)
    expect(notices).toEqual([
      `The clock of this machine is 300 minutes ${word} that of the mirror, whose time is used.`,
    ])
  })

  it('that is full says so, and asks for nothing twice', async () => {
    const unreliable = await unreliableStore(endpoint, () => undefined)
    const store = await storeAt({ ...(await newBucket(300_000)), endpoint: unreliable.endpoint })
    await store.put('one', bytes, { type })
    await expect(store.put('two', Buffer.concat([bytes, bytes]), { type })).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringMatching(/^The mirror .* is full: 4\d\d/),
    })
    expect(unreliable.asked).toHaveLength(2)
  })

  it.each<[string, (settings: MirrorSettings) => Promise<unknown>, RegExp]>([
    [
      'no such bucket',
      async (s) => (await storeAt({ ...s, bucket: 'nowhere' })).put('k', bytes, { type }),
      /^There is no bucket/,
    ],
    [
      'wrong credentials',
      async (s) => (await storeAt(s, { credentials: { accessKeyId: 'a:b', secretAccessKey: 'c' } })).head('k'),
      /refuses: 403/,
    ],
    [
      'another region',
      async (s) => (await storeAt({ ...s, region: 'eu-west-9' })).put('k', bytes, { type }),
      /is somewhere else: .*AuthorizationHeaderMalformed/,
    ],
  ])('%s: one sentence that says what to correct', async (_, ask, words) => {
    await expect(ask(await newBucket())).rejects.toMatchObject({
      code: 'config',
      message: expect.stringMatching(words),
    })
  })

  it('ends at once when it is told to, also between two tries', async () => {
    const controller = new AbortController()
    const { settings } = await behind('slow-down')
    const unreliable = await unreliableStore(endpoint, () => {
      setImmediate(() => controller.abort())
      return 'slow-down'
    })
    const store = await storeAt(
      { ...settings, endpoint: unreliable.endpoint },
      { signal: controller.signal, pauseMs: 60_000 },
    )
    await expect(store.get('key')).rejects.toMatchObject({ name: 'AbortError' })
  })
})
