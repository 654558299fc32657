import { afterEach, describe, expect, it } from 'vitest'
import {
  type PretendChatgpt,
  type PretendOptions,
  type PretendRequest,
  startPretendChatgpt,
} from '../../src/pretend-chatgpt/server.ts'
import type { Fault, PretendPicture } from '../../src/pretend-chatgpt/world.ts'
import { type Answer, ask } from './client.ts'

let site: PretendChatgpt
afterEach(() => site?.close())

const api = 'https://chatgpt.com/backend-api'
const start = async (options: PretendOptions = {}) => {
  site = await startPretendChatgpt({ paceMs: 0, ...options })
}
const get = (address: string, headers: Record<string, string> = {}) => ask(site.port, address, { headers })
const post = (address: string, body: unknown) => ask(site.port, address, { method: 'POST', body })
const json = async <Shape>(answer: Promise<Answer>): Promise<Shape> => (await answer).json as Shape
const bearer = () => ({ authorization: `Bearer ${site.secrets.token}` })
/** As whose account a page asks. */
const ofAccount = () => ({ ...bearer(), 'chatgpt-account-id': site.secrets.account })
const cookie = () => ({ cookie: `pretend-session=${site.secrets.cookie}` })
const picture = (faults: Fault[] = []) =>
  site.world.addPicture({
    era: 'D',
    conversationId: 'c',
    faults,
    lengthBytes: 9_000,
    size: { widthPx: 8, heightPx: 8 },
  })
const bytesOf = ({ fileId }: PretendPicture) => get(`${api}/estuary/content?id=${fileId}`, cookie())

describe('the account', () => {
  it('signs a page in with the token that its API needs', async () => {
    await start()
    expect((await get('https://chatgpt.com/')).headers['set-cookie']?.[0]).toContain(site.secrets.cookie)
    const session = get('https://chatgpt.com/api/auth/session')
    const { accessToken, user } = await json<{ accessToken: string; user: object }>(session)
    expect([accessToken, user]).toEqual([site.secrets.token, { id: site.secrets.person, email: site.secrets.email }])
  })

  it('names sockets of both generations, with a new signature each time', async () => {
    await start()
    const address = async () => (await json<{ websocket_url: string }>(get(`${api}/celsius/ws/user`))).websocket_url
    expect(await address()).toMatch(/^wss:\/\/ws\.chatgpt\.com\//)
    expect(await address()).not.toBe(await address())
    const { wss_url } = await json<{ wss_url: string }>(post(`${api}/register-websocket`, {}))
    expect(wss_url).toContain('webps')
  })
})

interface Found {
  readonly status: string
  readonly download_url: string
}

describe('a picture', () => {
  it('can be looked up with the token, at the address of its era', async () => {
    await start()
    const { fileId } = picture()
    expect((await get(`${api}/files/download/${fileId}`)).status).toBe(404)
    const { download_url } = await json<Found>(get(`${api}/files/download/${fileId}`, bearer()))
    expect(download_url).toContain(`/backend-api/estuary/content?id=${fileId}`)
    const old = site.world.addPicture({ era: 'A', conversationId: 'c' })
    const answer = await json<Found>(get(`${api}/files/${old.fileId}/download`, bearer()))
    expect((await get(answer.download_url)).body).toEqual(old.bytes)
  })

  it('is not there yet when it is looked up for the first time, if the site is slow', async () => {
    await start({ retriesLookUps: true })
    const { fileId } = picture()
    const status = async () => (await json<Found>(get(`${api}/files/download/${fileId}`, bearer()))).status
    expect([await status(), await status()]).toEqual(['retry', 'success'])
  })

  it('gives its bytes to its own session only, and counts how often', async () => {
    await start()
    const one = picture()
    expect((await get(`${api}/estuary/content?id=${one.fileId}`)).status).toBe(403)
    expect((await bytesOf(one)).body).toEqual(one.bytes)
    expect(one.served).toBe(1)
  })

  it('has a thumbnail that is not the picture', async () => {
    await start()
    const one = picture()
    const id = encodeURIComponent(`0a1b#${one.fileId}#thumbnail`)
    expect((await get(`${api}/estuary/content?id=${id}`, cookie())).body).toHaveLength(3_000)
  })

  it('fails in every way that it was configured to', async () => {
    await start()
    expect((await bytesOf(picture(['forbidden']))).status).toBe(403)
    expect((await bytesOf(picture(['html']))).headers['content-type']).toBe('text/html')
    expect((await bytesOf(picture(['empty']))).body).toHaveLength(0)
    const quiet = picture(['cut-quietly'])
    expect((await bytesOf(quiet)).body).toHaveLength(quiet.bytes.length >> 1)
    await expect(bytesOf(picture(['cut']))).rejects.toThrow(/aborted/)
    const slow = picture(['slow', 'no-store'])
    const answer = await bytesOf(slow)
    expect([answer.body.length, answer.headers['cache-control']]).toEqual([slow.bytes.length, 'no-store'])
  })
})

interface MessagePage {
  readonly messages: readonly unknown[]
  readonly page_info: { readonly has_previous_page: boolean; readonly start_cursor: string }
}

interface NodesPage {
  readonly items: readonly { readonly id: string; readonly file_id?: string }[]
}

interface LibraryPage {
  readonly items: readonly { readonly url: string }[]
  readonly cursor: string | null
}

describe('what is stored', () => {
  it('is read as a tree, in pages of messages, and many at once', async () => {
    await start()
    const { id, nodes } = site.history.conversation
    const tree = await json<{ mapping: object }>(get(`${api}/conversation/${id}`))
    expect(Object.keys(tree.mapping)).toEqual([...nodes.keys()])
    const newest = await json<MessagePage>(get(`${api}/conversations/${id}?num_turns=3`))
    expect(newest.messages).toHaveLength(3)
    const rest = `${id}/messages?num_turns=99&before=${newest.page_info.start_cursor}`
    const before = await json<MessagePage>(get(`${api}/conversations/${rest}`))
    expect(before.page_info).toMatchObject({ has_previous_page: false })
    expect((await post(`${api}/conversations/batch`, { conversation_ids: [id, 'nobody'] })).json).toMatchObject([
      { id },
    ])
    expect((await get(`${api}/conversation/nobody`)).status).toBe(404)
  })

  it('is listed page by page, within the limits of the site', async () => {
    await start()
    const page = (await get(`${api}/conversations?limit=1&offset=1`, ofAccount())).json
    expect(page).toMatchObject({ items: [{ id: site.history.conversation.id }], total: 2 })
    expect((await get(`${api}/conversations?limit=101`)).status).toBe(422)
  })

  it('lists in the library what was generated, even if the conversation is gone', async () => {
    await start()
    const ids: string[] = []
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const page: LibraryPage = await json(get(`${api}/my/recent/image_gen?limit=2&after=${cursor}`, ofAccount()))
      for (const { url } of page.items) ids.push(new URL(url).searchParams.get('id') ?? '')
      cursor = page.cursor
    }
    const generated = [...site.world.pictures.values()].filter(({ role }) => role === 'generated')
    expect(ids.reverse()).toEqual(generated.map(({ fileId }) => fileId))
    expect(ids).toContain(site.history.libraryOnly.fileId)
    const uploads = [...site.world.pictures.values()].filter(({ role }) => role === 'upload')
    const nodes: NodesPage = await json(get(`${api}/files/library/nodes?limit=100`, ofAccount()))
    expect(nodes.items.flatMap(({ file_id }) => file_id ?? [])).toHaveLength(generated.length + uploads.length)
    const { content_url }: { content_url: string } = await json(
      get(`${api}/files/library/files/${nodes.items.at(-1)?.id}/content_url`, ofAccount()),
    )
    expect((await get(content_url)).status).toBe(200)
    expect((await get(`${api}/images/bootstrap`)).json).toMatchObject({ images_count: generated.length })
  })
})

describe('a turn', () => {
  const turn = (how: string) => ({ messages: [{ id: 'm', content: { parts: ['A boat'] } }], pretend: { how } })

  it('is answered as an event stream, in the form that was asked for', async () => {
    await start()
    const answer = await post(`${api}/f/conversation`, turn('dalle-2023'))
    expect(answer.headers['content-type']).toContain('text/event-stream')
    expect(answer.body.toString()).toMatch(/^data: {.*\[DONE\]\n\n$/s)
  })

  it('that was handed off continues when it is resumed', async () => {
    await start()
    const first = (await post(`${api}/f/conversation`, turn('handoff-resume'))).body.toString()
    expect(first).not.toContain('asset_pointer')
    const conversation_id = /"conversation_id":"([^"]+)"/.exec(first)?.[1]
    const rest = await post(`${api}/f/conversation/resume`, { conversation_id })
    expect(rest.body.toString()).toContain('sediment://')
  })
})

describe('a test', () => {
  it('may change the answers to requests, a given number of times', async () => {
    await start()
    site.answerInstead(/\/tasks$/, { status: 429, headers: { 'retry-after': '7' } }, 1)
    const refused = await get(`${api}/tasks`)
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '7'])
    expect((await get(`${api}/tasks`)).json).toEqual({ tasks: [] })
  })

  it('may add pages, and have them report what they saw', async () => {
    await start({ pages: { '/mine': '<p>Mine</p>' } })
    expect((await get('https://example.com/mine')).body.toString()).toBe('<p>Mine</p>')
    await post('https://chatgpt.com/pretend/report', { seen: 1 })
    expect(site.reports).toEqual(['{"seen":1}'])
  })

  it('sees every request, and the order in which they began and ended', async () => {
    await start()
    await get('https://chatgpt.com/nowhere')
    await get('https://chatgpt.com/library')
    const span = ({ url, began, ended }: PretendRequest) => [url.pathname, began, ended]
    await expect
      .poll(() => site.requests.map(span))
      .toEqual([
        ['/nowhere', 0, 1],
        ['/library', 2, 3],
      ])
  })

  it('is sent through every form of delivery and everything stored, on both hosts', async () => {
    await start()
    const turns = (host: string) => json<{ how: string }[]>(get(`https://${host}/pretend/tour`))
    expect((await turns('chat.openai.com')).map(({ how }) => how)).toEqual(['dalle-2023', 'pubsub-2024'])
    expect(await turns('chatgpt.com')).toContainEqual(expect.objectContaining({ how: 'quota' }))
    const stops: string[] = []
    for (let stop = 'turns'; stop !== 'done'; ) {
      const { location } = (await get(`https://chatgpt.com/pretend/next?after=${stop}`)).headers
      stops.push(String(location))
      stop = String(location).split(/#tour-|\/pretend\//)[1] ?? ''
    }
    expect(stops).toHaveLength(5)
    await get('https://chatgpt.com/pretend/done')
    await expect(site.tourEnded).resolves.toBeUndefined()
  })
})

it('answers what it does not know as the real site does', async () => {
  await start()
  expect((await get(`${api}/unheard/of`)).json).toEqual({ detail: 'Not Found' })
  expect((await post(`${api}/conversations`, {})).status).toBe(404)
})
