import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { StoreOptions } from '../../src/mirror/requests.ts'
import { openStore, type Store } from '../../src/mirror/s3.ts'

/** A store that somebody has made up, and how often it was asked. */
async function madeUp(answer: RequestListener, more: Partial<StoreOptions> = {}) {
  let asked = 0
  const server = createServer((question, reply) => {
    asked += 1
    answer(question, reply)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = await openStore({
    place: { endpoint, bucket: 'bucket', region: 'us-east-1', prefix: '' },
    credentials: { accessKeyId: 'me', secretAccessKey: 'secret' },
    ...{ pauseMs: 1, ...more },
  })
  return { store, asked: () => asked }
}

const listing = (inside: string) => `<ListBucketResult><Name>bucket</Name>${inside}</ListBucketResult>`
const listed = (key: string) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"x"</ETag></Contents>`

async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

describe('a store that lies', () => {
  it('with an original that has no end is left after as much as an image can have', async () => {
    let sent = 0
    const { store, asked } = await madeUp((_, reply) => {
      const chunk = Buffer.alloc(1024 * 1024)
      const more = () => {
        while (!reply.destroyed && sent < 200) {
          sent += 1
          if (!reply.write(chunk)) return void reply.once('drain', more)
        }
        reply.end()
      }
      more()
    })
    await expect(store.get('key', 3 * 1024 * 1024)).rejects.toThrow('the mirror has more in its place than it can be')
    expect(sent).toBeLessThan(200)
    expect(asked()).toBe(1)
  })

  it('about the time is asked no more often than any other', async () => {
    const { store, asked } = await madeUp((_, reply) => {
      const date = new Date(Date.now() + (asked() % 2 === 0 ? 1 : -1) * 60 * 60_000).toUTCString()
      reply.writeHead(403, { date }).end()
    })
    await expect(store.head('key')).rejects.toMatchObject({ code: 'disk' })
    expect(asked()).toBeLessThan(10)
  })

  it.each([
    ['a page of another program', '<html><body>Log in first</body></html>', /something else than a listing/],
    ['a listing that is cut', '<ListBucketResult><Contents><Key>a</Ke', /cannot be used now/],
    ['a listing that breaks off', listing(`${listed('a')}<IsTruncated>true</IsTruncated>`), /the listing breaks off/],
    [
      'a listing that turns in a circle',
      listing(`${listed('a')}<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>`),
      /turns in a circle/,
    ],
  ])('with %s is asked again, and then called away: nothing counts as gone', async (_, text, words) => {
    const { store, asked } = await madeUp((_, reply) => void reply.end(text))
    await expect(keysOf(store)).rejects.toMatchObject({ code: 'disk', message: expect.stringMatching(words) })
    expect(asked()).toBeGreaterThan(1)
  })

  it('about no key of ours is heard: one that is encoded by no rule is as it is', async () => {
    const { store } = await madeUp((_, reply) => void reply.end(listing(listed('100%-sure') + listed('a%2Fb'))))
    expect(await keysOf(store)).toEqual(['100%-sure', 'a/b'])
  })
})

describe('a store on a slow line', () => {
  it('is waited for as long as its bytes may take', async () => {
    const half = Buffer.alloc(100_000)
    const { store } = await madeUp(
      async (_, reply) => {
        reply.writeHead(200, { 'content-length': 2 * half.length }).write(half)
        await pause(1_500)
        reply.end(half)
      },
      { patienceMs: 1_000 },
    )
    expect((await store.get('key'))?.bytes.length).toBe(2 * half.length)
  })
})
