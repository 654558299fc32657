import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { noMarks } from '../../src/archive/marks.ts'
import { recordPlaces } from '../../src/catalogue/record-places.ts'
import { createThumbs } from '../../src/catalogue/thumbs.ts'
import { main } from '../../src/cli/main.ts'
import type {
  ApiError,
  Coverage,
  PictureDetails,
  PictureList,
  PicturePage,
  SearchResult,
} from '../../src/gallery/api.ts'
import { apiRoutes } from '../../src/gallery/routes.ts'
import { serveGallery } from '../../src/gallery/server.ts'
import { openSidecars } from '../../src/sidecars/sidecars.ts'
import { createSimilarFinder } from '../../src/similar/similar.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { createFakeIo } from '../fakes/io.ts'
import { archiveOf, ask, eventsOf, genIdOf, idOf, indexOf, keepAll, nthFacts, served } from './support.ts'

const marks = { ...noMarks, favourite: true, tags: ['print'], note: 'for grandma' }
const recordOf = (root: string, n: number) =>
  path.join(
    root,
    'database',
    filesBelow(path.join(root, 'database')).find((file) => file.endsWith(`${idOf(n)}.json`)) ?? '',
  )

describe('who may ask', () => {
  it('the key of the printed address becomes a cookie no script and no other site can use', async () => {
    const { root } = await archiveOf(1)
    const { entered, ask } = await served(root)
    expect(entered.status).toBe(303)
    expect(entered.headers.location).toBe('/')
    expect(String(entered.headers['set-cookie'])).toMatch(/^gallery-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect((await ask('/')).status).toBe(200)
  })

  it('a browser gets a cookie for a secret path, which opens nothing elsewhere', async () => {
    const { gallery, ask, cookie } = await served((await archiveOf(1)).root)
    const { search } = new URL(gallery.url)
    const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' }
    const entered = await ask(`/${search}&q=boat`, { hasCookie: false, headers })
    const [, place = ''] = /^(\/[\w-]{43}\/)\?q=boat$/.exec(String(entered.headers.location)) ?? []
    const [own = '', path] = String(entered.headers['set-cookie']).split('; ')
    expect(path).toBe(`Path=${place}`)
    const status = async (at: string, sent: string) =>
      (await ask(at, { hasCookie: false, headers: { cookie: sent } })).status
    for (const at of ['', 'api/list', 'assets/page.js']) expect(await status(place + at, own)).toBe(200)
    for (const at of ['/', '/api/list', '/assets/page.js']) expect(await status(at, own)).toBe(401)
    // Nor does that of a program open the page's path.
    for (const at of ['', 'api/list']) expect(await status(place + at, cookie)).toBe(401)
  })

  it('the secret path is the same at the next start, but not the cookie; only the owner can read it', async () => {
    const { root } = await archiveOf(1)
    const headers = { 'sec-fetch-mode': 'navigate' }
    const enter = async () => {
      const { gallery, ask } = await served(root)
      return (await ask(`/${new URL(gallery.url).search}`, { hasCookie: false, headers })).headers
    }
    const [first, second] = [await enter(), await enter()]
    expect(second.location).toBe(first.location)
    expect(second['set-cookie']).not.toEqual(first['set-cookie'])
    if (process.platform !== 'win32') expect(statSync(path.join(root, '.cache')).mode & 0o077).toBe(0)
  })

  it('the key opens the view named beside it in the address', async () => {
    const { gallery } = await served((await archiveOf(1)).root)
    const answer = await ask(gallery.port, `/${new URL(gallery.url).search}&picture=${idOf(0)}&q=a%20b`)
    expect(answer.headers.location).toBe(`/?picture=${idOf(0)}&q=a+b`)
  })

  it('folders of the archive that are links are named', async () => {
    const { root } = await archiveOf(1)
    expect((await served(root)).gallery.links).toEqual([])
    const aside = path.join(temporaryFolder(), 'images')
    renameSync(path.join(root, 'images'), aside)
    symlinkSync(aside, path.join(root, 'images'))
    expect((await served(root)).gallery.links).toEqual(['images'])
  })

  it.each(['/', '/api/list', '/api/events', `/api/pictures/${idOf(0)}/image`, '/assets/page.js', '/api/none'])(
    '%s answers 401 without the cookie, or with a wrong one',
    async (place) => {
      const { ask, cookie } = await served((await archiveOf(1)).root)
      expect((await ask(place, { hasCookie: false })).status).toBe(401)
      expect((await ask(place, { hasCookie: false, headers: { cookie: `${cookie}x` } })).status).toBe(401)
    },
  )

  it('negative control: the same with the cookie is answered', async () => {
    const { ask } = await served((await archiveOf(1)).root)
    for (const place of ['/', '/api/list', `/api/pictures/${idOf(0)}/image`, '/assets/page.js'])
      expect((await ask(place)).status).toBe(200)
  })

  it('a wrong key opens nothing', async () => {
    const { gallery, ask } = await served((await archiveOf(1)).root)
    for (const token of ['', 'x', `${new URL(gallery.url).searchParams.get('token')}x`]) {
      const answer = await ask(`/?token=${token}`, { hasCookie: false })
      expect(answer.status).toBe(403)
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
  })

  it('an address that was passed to another program opens once', async () => {
    const { gallery, ask } = await served((await archiveOf(1)).root)
    const place = new URL(gallery.onceUrl()).search
    // Whoever looks at the address before it is opened does not use it up.
    await ask(`/${place}`, { method: 'HEAD', hasCookie: false })
    expect((await ask(`/${place}`, { hasCookie: false })).status).toBe(303)
    expect((await ask(`/${place}`, { hasCookie: false })).status).toBe(403)
    expect((await ask(`/${new URL(gallery.url).search}`, { hasCookie: false })).status).toBe(303)
  })

  it.each(['gallery.example', '127.0.0.1', '127.0.0.1:1', 'localhost.example:1', '[::1]:1', 'localhost'])(
    'the Host %s is refused, also with key or cookie',
    async (host) => {
      const { gallery, ask } = await served((await archiveOf(1)).root)
      const search = new URL(gallery.url).search
      for (const place of ['/', '/api/list', `/${search}`]) {
        const answer = await ask(place, { headers: { host } })
        expect(answer.status).toBe(403)
        expect(answer.headers['set-cookie']).toBeUndefined()
      }
    },
  )

  it('localhost with the right port is ours', async () => {
    const { gallery, ask } = await served((await archiveOf(1)).root)
    expect((await ask('/api/list', { headers: { host: `localhost:${gallery.port}` } })).status).toBe(200)
  })

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('requests of another page are refused: %j', async (headers) => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root)
    const at = `/api/pictures/${idOf(0)}`
    for (const [method, place, body] of [
      ['PATCH', `${at}/marks`, marks],
      ['DELETE', `${at}/image`, undefined],
      ['POST', '/api/take-out', { ids: [idOf(0)] }],
      ['GET', '/api/list', undefined],
    ] as const)
      expect((await ask(place, { method, headers, body })).status).toBe(403)
    expect(filesBelow(root).filter((file) => file.startsWith('images/'))).toHaveLength(1)
    expect(filesBelow(root).filter((file) => file.includes('.marks.'))).toEqual([])
  })

  it('a request that changes something is refused from an address bar, and when it is not JSON', async () => {
    const { ask } = await served((await archiveOf(1)).root)
    const place = `/api/pictures/${idOf(0)}/marks`
    expect((await ask(place, { method: 'PATCH', body: marks, headers: { 'sec-fetch-site': 'none' } })).status).toBe(403)
    const form = { 'content-type': 'text/plain' }
    expect((await ask(place, { method: 'PATCH', body: JSON.stringify(marks), headers: form })).status).toBe(400)
  })

  it('negative control: the same from our own page is accepted', async () => {
    const { gallery, ask } = await served((await archiveOf(1)).root)
    const headers = { origin: `http://127.0.0.1:${gallery.port}`, 'sec-fetch-site': 'same-origin' }
    const answer = await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: marks, headers })
    expect(answer.status).toBe(200)
  })

  it('every answer, errors too, forbids scripts of others, frames, sniffing and referrers', async () => {
    const { ask } = await served((await archiveOf(1)).root)
    for (const place of [
      '/',
      '/api/list',
      '/api/none',
      `/api/pictures/${idOf(0)}/image`,
      '/assets/page.js',
      '/?token=x',
    ]) {
      const { headers } = await ask(place)
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'; script-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    }
    expect((await ask('/', { hasCookie: false })).headers['content-security-policy']).toBeDefined()
  })

  it('only this machine: the server listens on 127.0.0.1', async () => {
    const { gallery } = await served((await archiveOf(1)).root)
    await expect(fetch(`http://[::1]:${gallery.port}/`)).rejects.toThrow()
  })
})

describe('list and search', () => {
  it('answer over the same positions', async () => {
    const { ask } = await served((await archiveOf(12)).root)
    const list = (await ask('/api/list')).json<PictureList>()
    const result = (await ask('/api/search?q=picture+word1')).json<SearchResult>()
    expect(result).toMatchObject({ revision: list.revision, count: 3 })
    const bits = Buffer.from(result.hits, 'base64')
    const ids = list.pictures.id.filter((_, at) => ((bits[at >> 3] ?? 0) >> (at & 7)) & 1)
    expect(ids).toEqual([idOf(11), idOf(10), idOf(1)])
  })

  it('pictures come in pages, in full', async () => {
    const { root, records } = await archiveOf(5)
    const { ask } = await served(root)
    const page = (await ask('/api/pictures?q=picture&offset=1&limit=2')).json<PicturePage>()
    expect(page.total).toBe(5)
    expect(page.pictures.map(({ id }) => id)).toEqual([idOf(3), idOf(2)])
    expect(page.pictures[0]).toMatchObject({
      prompt: 'Picture number 3 named word3',
      sha256: records[3]?.sha256,
      path: path.join(root, records[3]?.image ?? ''),
      conversationUrl: 'https://chatgpt.com/c/8c1d4e2a-5b6f-4a70-9c3e-2f1a0b9c8d7e',
      by: 'dalle',
      isMissing: false,
    })
  })

  it.each(['/api/search?by=me', '/api/search?from=soon', '/api/pictures?limit=-1', '/api/pictures?offset=x'])(
    '%s cannot be understood',
    async (place) => {
      const answer = await (await served((await archiveOf(1)).root)).ask(place)
      expect(answer.status).toBe(400)
      expect(answer.json()).toEqual({ error: expect.any(String) })
    },
  )
})

describe('a picture', () => {
  it('comes with its marks and what it is related to', async () => {
    const { root } = await archiveOf(6, (n) => ({
      conversationId: n < 2 ? 'conversation' : null,
      messageId: null,
      parentGenId: n === 3 || n === 4 ? (genIdOf(n - 1) as never) : null,
    }))
    const { ask } = await served(root)
    const first = (await ask(`/api/pictures/${idOf(0)}`)).json<PictureDetails>()
    expect(first.marks).toEqual(noMarks)
    expect(first.related.conversation.map(({ id }) => id)).toEqual([idOf(1)])
    expect(first.related.lineage).toEqual([])
    for (const [n, others] of [
      [2, [3, 4]],
      [3, [2, 4]],
      [4, [2, 3]],
    ] as const) {
      const { related } = (await ask(`/api/pictures/${idOf(n)}`)).json<PictureDetails>()
      expect(related.lineage.map(({ id }) => id)).toEqual(others.map(idOf))
    }
  })

  it('that is not there is 404, also when its name tries to lead outside', async () => {
    const { ask } = await served((await archiveOf(1)).root)
    for (const id of ['none', '..%2f..%2fetc%2fpasswd', '%2e%2e', 'constructor', '%00'])
      for (const rest of ['', '/image', '/thumb']) expect((await ask(`/api/pictures/${id}${rest}`)).status).toBe(404)
  })
})

it('docs/api.md describes every route, and no other', async () => {
  const { root } = await archiveOf(1)
  const ending = new AbortController().signal
  const [catalogue, thumbs] = [await indexOf(root), createThumbs(root)]
  const similar = createSimilarFinder({ root, catalogue, thumbs })
  onTestFinished(() => similar.close())
  const others = { fetchAway: async () => undefined, mark: async () => {}, reveal: async () => true }
  const api = apiRoutes({ root, catalogue, thumbs, similar, ending, ...others })
  const routes = new Set(api.routes.map(({ method, path }) => `${method} /api${path}`))
  const docs = readFileSync('docs/api.md', 'utf8')
  const told = [...docs.matchAll(/^\*\*`([A-Z]+ \/api\/[\w/:-]+)/gm)].map(([, route]) => route)
  expect([...new Set(told)].sort()).toEqual([...routes].sort())
})

describe('marks', () => {
  it('are stored beside the record, which is not touched, and are found by search', async () => {
    const { root } = await archiveOf(2)
    const { ask } = await served(root)
    const record = readFileSync(recordOf(root, 0))
    const answer = await ask(`/api/pictures/${idOf(0)}/marks`, {
      method: 'PATCH',
      body: { ...marks, tags: [' print ', 'print', ''] },
    })
    expect(answer.json()).toEqual(marks)
    expect(readFileSync(recordOf(root, 0))).toEqual(record)
    const sidecar = recordOf(root, 0).replace(/json$/, 'marks.json')
    const { favourite, tags, note } = marks
    // What is not said leaves no word in the file.
    expect(JSON.parse(readFileSync(sidecar, 'utf8'))).toEqual({ version: 1, favourite, tags, note })
    for (const query of ['q=grandma', 'q=print', 'tag=print', 'favourite=1'])
      expect((await ask(`/api/search?${query}`)).json()).toMatchObject({ count: 1 })
    expect((await ask(`/api/pictures/${idOf(0)}`)).json<PictureDetails>().marks).toEqual(marks)
    expect((await ask('/api/list')).json<PictureList>().pictures.flags).toEqual([2, 3])
  })

  it('that are empty leave no file', async () => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root)
    const place = `/api/pictures/${idOf(0)}/marks`
    await ask(place, { method: 'PATCH', body: marks })
    await ask(place, { method: 'PATCH', body: { favourite: false, tags: [], note: '' } })
    expect(filesBelow(root).filter((file) => file.includes('.marks.'))).toEqual([])
  })

  it.each([
    [{}, 400],
    [[true], 400],
    [{ colour: 'red' }, 400],
    [{ tags: 'print' }, 400],
    [{ favourite: 'yes', tags: [], note: '' }, 400],
    [{ favourite: true, tags: [7], note: '' }, 400],
    [{ favourite: true, tags: ['x'.repeat(101)], note: '' }, 400],
    [{ favourite: true, tags: [], note: 'x'.repeat(20_001) }, 400],
    [{ favourite: true, tags: [], note: 'x'.repeat(200_000) }, 413],
    ['{"favourite"', 400],
  ])('that are none (%#) are refused and change nothing', async (body, status) => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root)
    const before = filesBelow(root)
    expect((await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body })).status).toBe(status)
    expect(filesBelow(root)).toEqual(before)
  })

  it('are changed one at a time, also by two windows at once', async () => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root)
    const place = `/api/pictures/${idOf(0)}/marks`
    const changes = [{ favourite: true }, { tags: ['print'] }, { note: 'for grandma' }]
    const answers = await Promise.all(changes.map((body) => ask(place, { method: 'PATCH', body })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await ask(`/api/pictures/${idOf(0)}`)).json<PictureDetails>().marks).toEqual(marks)
    expect((await ask(place, { method: 'PATCH', body: { tags: [] } })).json()).toEqual({ ...marks, tags: [] })
  })

  it('that the disk refuses are reported in a sentence, without the names of temporary files', async () => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root)
    // A folder in the sidecar's place cannot be replaced, not even by root.
    mkdirSync(path.join(recordOf(root, 0).replace(/json$/, 'marks.json'), 'full'), { recursive: true })
    const answer = await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: marks })
    expect(answer.status).toBe(500)
    expect(answer.json<ApiError>().error).not.toMatch(/\.part|\//)
  })

  it('are not read from a link, and replace it instead of what it leads to', async () => {
    const { root } = await archiveOf(1)
    const outside = put(path.join(temporaryFolder(), 'secret.json'), JSON.stringify({ note: 'secret' }))
    const sidecar = recordOf(root, 0).replace(/json$/, 'marks.json')
    symlinkSync(outside, sidecar)
    const { ask } = await served(root)
    expect((await ask(`/api/pictures/${idOf(0)}`)).json<PictureDetails>().marks.note).toBe('')
    await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: marks })
    expect(readFileSync(outside, 'utf8')).toContain('secret')
    expect(readFileSync(sidecar, 'utf8')).toContain('grandma')
  })

  it('of a picture whose record is gone are not written', async () => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root)
    rmSync(recordOf(root, 0))
    expect((await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: marks })).status).toBe(404)
    expect(filesBelow(root).filter((file) => file.includes('.marks.'))).toEqual([])
  })
})

describe('deleting an image', () => {
  it('keeps the record and says that the image is missing', async () => {
    const { root, records } = await archiveOf(2)
    const { ask } = await served(root)
    const record = readFileSync(recordOf(root, 0))
    const answer = await ask(`/api/pictures/${idOf(0)}/image`, { method: 'DELETE' })
    expect(answer.json()).toEqual({ isMissing: true })
    expect(existsSync(path.join(root, records[0]?.image ?? ''))).toBe(false)
    expect(existsSync(path.join(root, records[1]?.image ?? ''))).toBe(true)
    expect(readFileSync(recordOf(root, 0))).toEqual(record)
    expect((await ask(`/api/pictures/${idOf(0)}`)).json<PictureDetails>().picture).toMatchObject({
      isMissing: true,
      path: null,
    })
    expect((await ask('/api/list')).json<PictureList>().pictures.flags).toEqual([2, 6])
    for (const form of ['image', 'thumb']) expect((await ask(`/api/pictures/${idOf(0)}/${form}`)).status).toBe(404)
    expect((await ask(`/api/pictures/${idOf(0)}/image`, { method: 'DELETE' })).status).toBe(200)
  })

  it('takes its sidecar along, unless somebody edited that', async () => {
    const { root, records } = await archiveOf(3)
    const sidecars = await openSidecars({ root, mark: async () => {} })
    for (const place of await recordPlaces(root)) await sidecars.tend(place)
    const at = (n: number) => path.join(root, `${records[n]?.image}.xmp`)
    writeFileSync(at(1), readFileSync(at(1), 'utf8').replace('dalle-archiver', 'somebody'))
    const { ask } = await served(root)
    expect((await ask('/api/list')).json<PictureList>().total).toBe(3)
    for (const n of [0, 1]) await ask(`/api/pictures/${idOf(n)}/image`, { method: 'DELETE' })
    expect([0, 1, 2].map((n) => existsSync(at(n)))).toEqual([false, true, true])
  })

  it.each([
    '../outside.webp',
    'database/x.webp',
    'images/../../outside.webp',
    '/etc/hostname.png',
    'images/a/..\\b.webp',
    'config.json',
  ])(
    'stays inside the archive: a record that names %s as its image deletes nothing and shows nothing',
    async (image) => {
      const parent = temporaryFolder()
      const root = path.join(parent, 'archive')
      put(path.join(parent, 'outside.webp'), 'outside')
      put(path.join(root, 'database/x.webp'), 'inside')
      put(path.join(root, 'config.json'), '{}')
      put(path.join(root, 'database/2024/01/01/g-hostile.json'), JSON.stringify({ fileId: 'hostile', date: 1, image }))
      mkdirSync(path.join(root, 'images/a'), { recursive: true })
      const { ask } = await served(root)
      const before = filesBelow(parent)
      expect((await ask('/api/pictures/hostile')).status).toBe(200)
      expect((await ask('/api/pictures/hostile/image')).status).toBe(404)
      await ask('/api/pictures/hostile/image', { method: 'DELETE' })
      expect(filesBelow(parent).filter((file) => !file.includes('.cache'))).toEqual(
        before.filter((file) => !file.includes('.cache')),
      )
    },
  )
})

describe('an image', () => {
  const setUp = async () => {
    const { root, records } = await archiveOf(1)
    const image = path.join(root, records[0]?.image ?? '')
    const { ask } = await served(root)
    return { root, image, bytes: readFileSync(image), record: records[0], at: `/api/pictures/${idOf(0)}/image`, ask }
  }

  it('is served as it is, with type, length, and its hash as ETag', async () => {
    const { bytes, record, at, ask } = await setUp()
    const answer = await ask(at)
    expect(answer.bytes.equals(bytes)).toBe(true)
    expect(createHash('sha256').update(answer.bytes).digest('hex')).toBe(record?.sha256)
    expect(answer.headers).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(bytes.length),
      etag: `"${record?.sha256}"`,
      'accept-ranges': 'bytes',
    })
    expect(String(answer.headers['content-disposition'])).toMatch(/^inline;/)
    expect(String((await ask(`${at}?download=1`)).headers['content-disposition'])).toMatch(
      /^attachment; filename="\d+-Gen/,
    )
  })

  it('is not sent again to a client that has it', async () => {
    const { record, at, ask } = await setUp()
    for (const tag of [`"${record?.sha256}"`, `"x", W/"${record?.sha256}"`, '*']) {
      const answer = await ask(at, { headers: { 'if-none-match': tag } })
      expect([answer.status, answer.bytes.length]).toEqual([304, 0])
    }
    expect((await ask(at, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  it.each([
    ['bytes=0-9', 0, 9],
    ['bytes=10-', 10, 1_999],
    ['bytes=-5', 1_995, 1_999],
    ['bytes=1990-99999', 1_990, 1_999],
    ['bytes=-99999', 0, 1_999],
  ])('answers %s with that part', async (range, first, last) => {
    const { bytes, at, ask } = await setUp()
    const answer = await ask(at, { headers: { range } })
    expect(answer.status).toBe(206)
    expect(answer.headers['content-range']).toBe(`bytes ${first}-${last}/${bytes.length}`)
    expect(answer.bytes.equals(bytes.subarray(first, last + 1))).toBe(true)
  })

  it('answers a range beyond its end with 416, and an invalid range with the whole image', async () => {
    const { bytes, at, ask } = await setUp()
    const beyond = await ask(at, { headers: { range: 'bytes=2000-' } })
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${bytes.length}`])
    for (const range of ['bytes=5-2', 'bytes=a-b', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2'])
      expect((await ask(at, { headers: { range } })).status).toBe(200)
    expect((await ask(at, { headers: { range: 'bytes=0-9', 'if-range': '"old"' } })).status).toBe(200)
    const head = await ask(at, { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.bytes.length]).toEqual([200, '2000', 0])
  })

  it('that was replaced by other bytes has another ETag than its record says', async () => {
    const { image, record, at, ask } = await setUp()
    writeFileSync(image, 'other bytes')
    const answer = await ask(at)
    expect(answer.text).toBe('other bytes')
    expect(answer.headers.etag).not.toBe(`"${record?.sha256}"`)
  })

  it('that is a link, or below one, is refused', async () => {
    const { root, image, at, ask } = await setUp()
    const outside = path.join(temporaryFolder(), 'outside.webp')
    renameSync(image, outside)
    symlinkSync(outside, image)
    expect((await ask(at)).status).toBe(404)
    rmSync(image)
    renameSync(outside, image)
    expect((await ask(at)).status).toBe(200)
    const aside = path.join(temporaryFolder(), 'images')
    renameSync(path.join(root, 'images'), aside)
    symlinkSync(aside, path.join(root, 'images'))
    expect((await ask(at)).status).toBe(404)
    expect((await ask(at, { method: 'DELETE' })).status).toBe(200)
    expect(filesBelow(aside)).toHaveLength(1)
  })

  it('negative control: reading by path alone would have followed the link', async () => {
    const { image } = await setUp()
    const outside = path.join(temporaryFolder(), 'outside.webp')
    renameSync(image, outside)
    symlinkSync(outside, image)
    expect(readFileSync(image).length).toBeGreaterThan(0)
  })
})

describe('the page', () => {
  it('and its files are served, and nothing beside them', async () => {
    const { ask } = await served((await archiveOf(1)).root)
    expect((await ask('/')).headers['content-type']).toMatch(/^text\/html/)
    const script = await ask('/assets/page.js')
    expect(script.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8' })
    // Only a name that changes with its content is good for ever.
    expect(String(script.headers['cache-control'])).toContain('no-cache')
    expect(String((await ask('/assets/page-0a1b2c3d.js')).headers['cache-control'])).toContain('immutable')
    for (const place of [
      '/assets/..%2findex.html',
      '/assets/%2e%2e/index.html',
      '/assets/.env',
      '/assets/page.map',
      '/index.html',
    ])
      expect((await ask(place)).status).toBe(404)
  })
})

describe('live events', () => {
  it('a HEAD request for the stream leaves no listener', async () => {
    const { ask, gallery } = await served((await archiveOf(1)).root)
    let listening = 0
    const { onChange } = gallery.catalogue
    Object.assign(gallery.catalogue, {
      onChange: (listener: Parameters<typeof onChange>[0]) => {
        listening += 1
        return onChange(listener)
      },
    })
    expect((await ask('/api/events', { method: 'HEAD' })).headers['content-type']).toBe('text/event-stream')
    expect(listening).toBe(0)
  })

  it('report a new picture, one that was marked, and one that was removed', async () => {
    const { root } = await archiveOf(1)
    const { gallery, cookie, ask } = await served(root, { pollMs: 30 })
    const { until } = eventsOf(gallery, cookie)
    expect((await until(1))[0]).toEqual({ event: 'hello', data: { revision: gallery.catalogue.revision } })
    await keepAll(root, [nthFacts(3)])
    const [, added] = await until(2)
    expect(added).toMatchObject({ event: 'changed', data: { added: [idOf(3)], removed: [] } })
    expect((await ask('/api/list')).json<PictureList>().pictures.id).toEqual([idOf(3), idOf(0)])
    const told = (await until(2)).length
    await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: marks })
    expect((await until(told + 1))[told]).toMatchObject({
      event: 'changed',
      data: { added: [], removed: [], marked: [[idOf(0), 3, 0]] },
    })
    rmSync(recordOf(root, 3))
    await vi.waitFor(async () => expect((await until(1)).at(-1)?.data.removed).toEqual([idOf(3)]), 3_000)
  })

  it('report a picture at once after a notification, without waiting for the next check', async () => {
    const { root } = await archiveOf(1)
    const { gallery, cookie } = await served(root, { pollMs: 3_600_000 })
    const { until } = eventsOf(gallery, cookie)
    await until(1)
    const [record] = await keepAll(root, [nthFacts(9)])
    if (record) gallery.show(record)
    expect((await until(2))[1]).toMatchObject({ data: { added: [idOf(9)] } })
  })

  it('end with the server', async () => {
    const { root } = await archiveOf(1)
    const { gallery, cookie } = await served(root)
    await eventsOf(gallery, cookie).until(1)
    const began = performance.now()
    await gallery.close()
    expect(performance.now() - began).toBeLessThan(2_000)
    await expect(ask(gallery.port, '/')).rejects.toThrow()
  })
})

it('are not served when there is no archive, or the port is taken, and the error says so', async () => {
  await expect(serveGallery({ archivePath: '/nowhere/at/all' })).rejects.toMatchObject({ code: 'disk' })
  const { root } = await archiveOf(1)
  const { gallery } = await served(root)
  await expect(serveGallery({ archivePath: root, port: gallery.port })).rejects.toMatchObject({ code: 'usage' })
})

describe('what the account holds beside the archive', () => {
  it('is told as the command tells it, anew each time, to whoever may ask', async () => {
    const { root } = await archiveOf(2)
    const { ask } = await served(root)
    const say = async () => (await ask('/api/coverage')).json<Coverage>()
    expect(await say()).toMatchObject({ isAsked: false, records: 2, difference: null })
    const counters = { kind: 'counters', active: 5, archived: 1, at: '2026-11-29T08:00:00.000Z' }
    put(path.join(root, 'history/journal.ndjson'), JSON.stringify(counters))
    const io = createFakeIo()
    await main(['coverage', '--archive', root, '--json'], io)
    const { event, ...told } = JSON.parse(io.out)
    expect([event, await say()]).toEqual(['coverage', told])
    expect(told).toMatchObject({ isAsked: true, difference: 6 })
    expect((await ask('/api/coverage', { hasCookie: false })).status).toBe(401)
  })
})

describe('several profiles', () => {
  const ofTwo = async () =>
    served((await archiveOf(3, (n) => (n === 2 ? {} : { profiles: n === 0 ? ['work', 'home'] : ['work'] }))).root)

  it('stand in the list, and pictures are found by them', async () => {
    const { ask } = await ofTwo()
    const list = (await ask('/api/list')).json<PictureList>()
    expect(list.profiles).toEqual(['home', 'work'])
    const count = async (query: string) => (await ask(`/api/search?${query}`)).json<SearchResult>().count
    expect([await count('profile=work'), await count('profile=HOME'), await count('profile=other')]).toEqual([2, 1, 0])
    const page = (await ask('/api/pictures?profile=home')).json<PicturePage>()
    expect(page.pictures.map(({ id, profiles }) => [id, profiles])).toEqual([[idOf(0), ['work', 'home']]])
  })

  it('have a coverage each, and no address leads out of the history', async () => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root)
    for (const label of ['work', 'home']) put(path.join(root, `history/profile-${label}/journal.ndjson`), '')
    const of = async (query = '') => (await ask(`/api/coverage${query}`)).json<Coverage>()
    expect(await of()).toMatchObject({ profile: 'home', profiles: ['home', 'work'] })
    expect(await of('?profile=work')).toMatchObject({ profile: 'work' })
    expect(await of('?profile=')).toMatchObject({ profile: null })
    expect((await ask('/api/coverage?profile=..%2F..%2Fx')).status).toBe(400)
  })
})
