import { afterEach, describe, expect, it, vi } from 'vitest'
import { positionsOf, serverSource } from '../../src/gallery-page/api.ts'
import { noFilters } from '../../src/gallery-page/state.ts'

afterEach(() => vi.unstubAllGlobals())

/** A server that answers so; what it was asked is noted. */
function answering(answer: () => Response | Promise<Response>) {
  const asked: { path: string; init: RequestInit | undefined }[] = []
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push({ path, init })
    return answer()
  })
  return asked
}
const json = (value: unknown, status = 200) => Response.json(value, { status })
const boats = { ...noFilters, q: 'boat', seed: true }

describe('hits', () => {
  it('are the set bits of a bitmap, the lowest first', () => {
    const bitmap = Buffer.from([0b1000_0001, 0, 0b10]).toString('base64')
    expect([...positionsOf(bitmap)]).toEqual([0, 7, 17])
    expect(positionsOf('')).toHaveLength(0)
  })

  it('have the order the server gives them, where it gives one', async () => {
    const bitmap = Buffer.from([0b111]).toString('base64')
    const search = () => serverSource().search(boats, new AbortController().signal)
    answering(() => json({ revision: 4, hits: bitmap }))
    expect(await search()).toEqual({ revision: 4, positions: Uint32Array.of(0, 1, 2) })
    answering(() => json({ revision: 4, hits: bitmap, order: [2, 0, 1] }))
    expect((await search()).positions).toEqual(Uint32Array.of(2, 0, 1))
  })
})

describe('the server is asked', () => {
  it('for some pictures of a search, in its own spelling', async () => {
    const asked = answering(() => json({ pictures: [] }))
    expect(await serverSource().pictures(boats, 200, 100)).toEqual([])
    expect(asked[0]?.path).toBe('api/pictures?q=boat&seed=1&offset=200&limit=100')
  })

  it('by ids that may contain anything', async () => {
    const asked = answering(() => json({}))
    await serverSource().detail('a/b c')
    expect(asked[0]?.path).toBe('api/pictures/a%2Fb%20c')
    expect(serverSource().downloadUrl('a/b')).toBe('api/pictures/a%2Fb/image?download=1')
  })

  it('for thumbnails of two heights, always the next larger one', () => {
    const { thumbUrl } = serverSource()
    expect([thumbUrl('a', 150), thumbUrl('a', 240), thumbUrl('a', 241)]).toEqual([
      'api/pictures/a/thumb?h=240',
      'api/pictures/a/thumb?h=240',
      'api/pictures/a/thumb?h=480',
    ])
  })

  it('to change marks in a way that survives the page being left', async () => {
    const asked = answering(() => json({}))
    await serverSource().mark('a', { favourite: true })
    expect(asked[0]?.init).toMatchObject({ method: 'PATCH', body: '{"favourite":true}', keepalive: true })
  })

  it('to delete without a body', async () => {
    const asked = answering(() => json({}))
    await serverSource().deleteImage('a')
    expect(asked[0]?.init).toEqual({ method: 'DELETE' })
  })
})

describe('an answer that is not a success', () => {
  it('says what the server said', async () => {
    answering(() => json({ error: 'There is no such picture.' }, 404))
    await expect(serverSource().detail('a')).rejects.toMatchObject({
      status: 404,
      message: 'There is no such picture.',
    })
  })

  it('shows its status number if the server sent nothing readable', async () => {
    answering(() => new Response('<html>', { status: 500 }))
    await expect(serverSource().list()).rejects.toMatchObject({ message: 'The gallery answered 500.' })
  })

  it.each([401, 403])('with status %i says how to sign in', async (status) => {
    answering(() => json({ error: 'No.' }, status))
    await expect(serverSource().list()).rejects.toMatchObject({ status, message: /not signed in/ })
  })

  it('that does not come at all says that no server is there', async () => {
    answering(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(serverSource().list()).rejects.toMatchObject({ status: 0, message: /does not answer/ })
  })

  it('that was cancelled is not an error of the gallery', async () => {
    const aborted = new DOMException('', 'AbortError')
    answering(() => Promise.reject(aborted))
    await expect(serverSource().search(boats, new AbortController().signal)).rejects.toBe(aborted)
  })
})
