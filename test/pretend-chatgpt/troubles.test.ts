import { afterEach, describe, expect, it } from 'vitest'
import { fillAccount } from '../../src/pretend-chatgpt/account.ts'
import { type PretendChatgpt, startPretendChatgpt, type TroubleName } from '../../src/pretend-chatgpt/server.ts'
import { type Answer, ask } from './client.ts'

let site: PretendChatgpt
afterEach(() => site?.close())

/** Starts a site whose account has so many pictures, ten in a conversation, and nothing that the history puts there. */
const start = async (pictures: number, troubles = {}) => {
  site = await startPretendChatgpt({ paceMs: 0, troubles })
  site.world.pictures.clear()
  site.world.conversations.clear()
  return fillAccount(site.world, pictures)
}

const ofAccount = () => ({
  authorization: `Bearer ${site.secrets.token}`,
  'chatgpt-account-id': site.secrets.account,
})
const get = (path: string, headers: Record<string, string> = ofAccount()) =>
  ask(site.port, `https://chatgpt.com${path}`, { headers })
const post = (path: string, body: unknown) =>
  ask(site.port, `https://chatgpt.com${path}`, { method: 'POST', headers: ofAccount(), body })

interface List {
  readonly items: readonly { readonly id: string; readonly conversation_id?: string }[]
  readonly cursor: string | number | null
  readonly total?: number
}

const list = async (path: string) => (await get(path)).json as List
const idsIn = ({ items }: List) => items.map(({ id }) => id)
const mimeOf = ({ headers }: Answer) => String(headers['content-type']).split(';')[0]

const generated = '/backend-api/my/recent/image_gen'
const nodes = '/backend-api/files/library/nodes'
const archived = '/backend-api/conversations?is_archived=true'
const batch = '/backend-api/conversations/batch'
const search = '/backend-api/conversations/search?query='
const idsOf = () => [...site.world.conversations.keys()]

/** One question to each kind of route. */
const everywhere = () => [
  '/api/auth/session',
  '/backend-api/images/bootstrap',
  generated,
  nodes,
  archived,
  search,
  `/backend-api/conversation/${idsOf()[0]}`,
  `/backend-api/files/download/${[...site.world.pictures.keys()][0]}`,
]
const statuses = async () => new Set(await Promise.all(everywhere().map(async (path) => (await get(path)).status)))

describe('an answer in place of the site', () => {
  it.each<[TroubleName, number, string]>([
    ['unauthorized', 401, 'application/json'],
    ['forbidden', 403, 'application/json'],
    ['challenge', 403, 'text/html'],
    ['challengeAsSuccess', 200, 'text/html'],
    ['notFound', 404, 'application/json'],
    ['unprocessable', 422, 'application/json'],
    ['tooMany', 429, 'application/json'],
    ['tooManyFor', 429, 'application/json'],
    ['serverError', 500, 'application/json'],
    ['badGateway', 502, 'text/plain'],
  ])('%s is played on one route, so many times, and on all of them', async (name, status, type) => {
    await start(10)
    expect(await statuses()).toEqual(new Set([200]))
    site.troubles[name] = { at: /image_gen/, times: 1 }
    expect((await get(nodes)).headers['content-type']).toBe('application/json')
    const [first, second] = [await get(generated), await get(generated)]
    expect([first.status, mimeOf(first)]).toEqual([status, type])
    expect([second.status, mimeOf(second)]).toEqual([200, 'application/json'])
    expect(site.troubles[name].times).toBe(0)
    site.troubles[name] = {}
    expect(await statuses()).toEqual(new Set([status]))
    delete site.troubles[name]
    expect(await statuses()).toEqual(new Set([200]))
  })

  it('names a time for "too many requests", or none', async () => {
    await start(1, { tooManyFor: { at: /image_gen/, retryAfterS: 7 }, tooMany: { at: /nodes/ } })
    expect((await get(generated)).headers['retry-after']).toBe('7')
    expect((await get(nodes)).headers['retry-after']).toBeUndefined()
  })

  it('comes now and then, if it is to', async () => {
    await start(1, { serverError: { chance: 0 } })
    expect((await get(generated)).status).toBe(200)
    site.troubles.serverError = { chance: 1 }
    expect((await get(generated)).status).toBe(500)
  })

  it('is of the account only when somebody is logged in', async () => {
    await start(1)
    expect((await get('/api/auth/session')).json).toHaveProperty('accessToken')
    site.troubles.loggedOut = {}
    expect((await get('/api/auth/session')).json).toEqual({})
    expect((await get(generated)).status).toBe(200)
  })

  it('never comes in place of bytes', async () => {
    const [, , , picture] = await start(4, { serverError: {} })
    const headers = { cookie: `pretend-session=${site.secrets.cookie}` }
    expect((await get(`/backend-api/estuary/content?id=${picture?.fileId}`, headers)).body).toEqual(picture?.bytes)
  })

  it('is an error deep in a list, and at a hundred turns', async () => {
    await start(50, { deepOffset: { rows: 30 } })
    for (const [path, status] of [
      [`${generated}?after=29`, 200],
      [`${generated}?after=30`, 500],
      [`${archived}&offset=30`, 500],
      [`${search}&cursor=30`, 500],
      [`/backend-api/conversations/${idsOf()[0]}?num_turns=10`, 200],
      [`/backend-api/conversations/${idsOf()[0]}?num_turns=100`, 500],
    ] as const)
      expect([path, (await get(path)).status]).toEqual([path, status])
  })
})

describe('a list', () => {
  it('leaves archived conversations out of the search, and has them by themselves', async () => {
    await start(30)
    const [one] = site.world.conversations.values()
    if (one) one.isArchived = true
    const found = (await list(search)).items.map(({ conversation_id }) => conversation_id)
    expect(found).toEqual(idsOf().slice(1).reverse())
    expect(idsIn(await list(archived))).toEqual(idsOf().slice(0, 1))
  })

  it('has the conversations of a project in that project alone', async () => {
    await start(30)
    const [one] = site.world.conversations.values()
    if (one) one.projectId = 'g-p-0123abc'
    expect((await get('/backend-api/gizmos/snorlax/sidebar')).json).toMatchObject({
      items: [{ gizmo: { gizmo: { id: 'g-p-0123abc' } } }],
    })
    expect(idsIn(await list('/backend-api/gizmos/g-p-0123abc/conversations'))).toEqual([one?.id])
    expect(JSON.stringify(await list(search))).not.toContain(one?.id)
  })

  it('lies about its total', async () => {
    await start(50)
    const path = '/backend-api/conversations?limit=28'
    expect(await list(path)).toMatchObject({ total: 5 })
    site.troubles.lyingTotal = {}
    expect(await list(path)).toMatchObject({ total: 2 })
    expect((await list(path)).items).toHaveLength(5)
    expect(await list(generated)).not.toHaveProperty('total')
  })

  it('grows at its front between two pages', async () => {
    await start(6)
    const before = idsIn(await list(`${generated}?limit=6`))
    site.troubles.newOnTop = { times: 1, rows: 2 }
    expect(idsIn(await list(`${generated}?limit=3`))).toEqual(before.slice(0, 3))
    // Two more are in front of it, so that two come again.
    expect(idsIn(await list(`${generated}?limit=3&after=3`))).toEqual(before.slice(1, 4))
    expect(site.world.pictures.size).toBe(8)
    await list(`${generated}?limit=3&after=3`)
    expect(site.world.pictures.size).toBe(8)
  })

  it('loses rows at its front between two pages', async () => {
    await start(8)
    const before = idsIn(await list(`${generated}?limit=8`))
    site.troubles.removedOnTop = { times: 1, rows: 2 }
    expect(idsIn(await list(`${generated}?limit=3`))).toEqual(before.slice(0, 3))
    // Two are gone before it, so that two are passed over.
    expect(idsIn(await list(`${generated}?limit=3&after=3`))).toEqual(before.slice(5, 8))
    expect(site.world.pictures.size).toBe(6)
  })

  it('goes in circles', async () => {
    await start(60)
    const cursors = async (count: number) => {
      const seen: (string | number | null)[] = []
      for (let at: string | number | null = 0; at !== null && seen.length < count; seen.push(at))
        at = (await list(`${generated}?limit=25&after=${at}`)).cursor
      return seen
    }
    expect(await cursors(9)).toEqual(['25', '50', null])
    site.troubles.loopingCursor = {}
    expect(await cursors(9)).toEqual(Array.from({ length: 9 }, () => '1'))
  })

  it('has an id no more that it had before, though it is still there', async () => {
    const [picture] = await start(3)
    const before = idsIn(await list(generated))
    site.troubles.missingRows = { at: /image_gen/, rows: 2 }
    expect(idsIn(await list(generated))).toEqual(before.slice(2))
    expect(idsIn(await list(nodes))).toHaveLength(4)
    expect((await get(`/backend-api/files/download/${picture?.fileId}`)).status).toBe(200)
  })

  it('is empty without the account, and says nothing of why', async () => {
    await start(30)
    const { authorization } = ofAccount()
    for (const path of [generated, nodes, search, '/backend-api/conversations']) {
      expect(((await get(path)).json as List).items).not.toEqual([])
      for (const headers of [{}, { authorization }])
        expect(await get(path, headers)).toMatchObject({ status: 200, json: { items: [] } })
    }
  })

  it('is empty for once, or names folders alone', async () => {
    await start(30, { emptyList: { times: 1 } })
    expect(await list(generated)).toEqual({ items: [], cursor: null })
    expect((await list(generated)).items).not.toEqual([])
    site.troubles.onlyFolders = {}
    expect(await list(nodes)).toMatchObject({ items: [{ kind: 'directory' }], cursor: null })
  })
})

describe('a batch', () => {
  const count = async (ids: readonly string[]) =>
    ((await post(batch, { conversation_ids: ids })).json as unknown[]).length

  it('leaves some out', async () => {
    await start(50)
    expect(await count(idsOf())).toBe(5)
    site.troubles.shortBatch = { times: 1, rows: 3 }
    expect([await count(idsOf()), await count(idsOf())]).toEqual([2, 5])
  })

  it('leaves out those of another account, and takes ten at once', async () => {
    await start(20)
    expect(await count([...idsOf(), 'anothers'])).toBe(2)
    expect((await get('/backend-api/conversation/anothers')).status).toBe(404)
    const many = Array.from({ length: 11 }, (_, n) => `${n}`)
    expect((await post(batch, { conversation_ids: many.slice(1) })).status).toBe(200)
    expect((await post(batch, { conversation_ids: many })).status).toBe(422)
  })
})

it('bytes by the library are in the storage of another cloud', async () => {
  const [picture] = await start(1)
  const path = `/backend-api/files/library/files/libfile_${picture?.storageId.replaceAll('-', '')}/content_url`
  const { content_url } = (await get(path)).json as { content_url: string }
  expect(new URL(content_url).host).toBe('oaisdmntprwestus.blob.core.windows.net')
  expect((await ask(site.port, content_url)).body).toEqual(picture?.bytes)
  expect((await get(path, {})).status).toBe(404)
})

it('an account of 5,000 pictures is listed to its end, and its conversations too', async () => {
  await start(5_000)
  const walk = async (path: string, parameter: string) => {
    const ids: string[] = []
    for (let at: string | number | null = 0; at !== null; ) {
      const page: List = await list(`${path}&${parameter}=${at}`)
      ids.push(...page.items.map(({ id, conversation_id }) => (path === search ? (conversation_id ?? '') : id)))
      at = page.cursor
    }
    return new Set(ids).size
  }
  expect(await walk(`${generated}?limit=100`, 'after')).toBe(5_000)
  expect(await walk(search, 'cursor')).toBe(500)
})
