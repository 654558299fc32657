import { describe, expect, it } from 'vitest'
import type { TakeOutTicket } from '../../src/gallery/api.ts'
import { createTickets } from '../../src/gallery/take-out-routes.ts'
import { unzip } from '../take-out/support.ts'
import { archiveOf, idOf, served } from './support.ts'

const ids = [idOf(0), idOf(1)]
const filesIn = async (bytes: Uint8Array) => (await unzip(bytes)).files

async function taking() {
  const { root, records } = await archiveOf(2)
  const { ask } = await served(root)
  const post = (body: unknown) => ask('/api/take-out', { method: 'POST', body })
  const ticketFor = async (body: object) => (await post({ ...body, ticket: true })).json<TakeOutTicket>().ticket
  return { records, ask, post, ticketFor }
}

describe('pictures that are taken out', () => {
  it('come as they are, with sidecars beside them, or with the metadata inside of copies', async () => {
    const { records, post } = await taking()
    const [name = ''] = records.map(({ image }) => image.split('/').at(-1) ?? '')
    const plain = await filesIn((await post({ ids })).bytes)
    expect([...plain.keys()].filter((one) => one.endsWith('.xmp'))).toEqual([])
    const beside = await filesIn((await post({ ids, with: 'sidecars' })).bytes)
    expect(beside.get(`images/${name}`)).toEqual(plain.get(`images/${name}`))
    expect(beside.get(`images/${name}.xmp`)?.toString()).toContain('word0')
    const embedded = await filesIn((await post({ ids, with: 'embedded' })).bytes)
    expect(embedded.get(`images/${name}`)?.toString('latin1')).toContain('word0')
    expect([...embedded.keys()].filter((one) => one.endsWith('.xmp'))).toEqual([])
  })

  it('by a ticket are the same, once', async () => {
    const { ask, post, ticketFor } = await taking()
    const place = `/api/take-out/${await ticketFor({ ids, with: 'sidecars' })}`
    expect((await ask(place, { method: 'HEAD' })).status).toBe(200)
    const answer = await ask(place)
    expect(answer.headers['content-disposition']).toContain('pictures.zip')
    const names = async (bytes: Buffer) => [...(await filesIn(bytes)).keys()]
    expect(await names(answer.bytes)).toEqual(await names((await post({ ids, with: 'sidecars' })).bytes))
    expect((await ask(place)).status).toBe(404)
  })

  it('need a cookie, as all else does', async () => {
    const { ask, ticketFor } = await taking()
    const place = `/api/take-out/${await ticketFor({ ids })}`
    expect((await ask(place, { hasCookie: false })).status).toBe(401)
    expect((await ask(place)).status).toBe(200)
  })

  it.each([
    [{ ids, with: 'wings' }, 400],
    [{ ids: ['none'], ticket: true }, 404],
    [{ ticket: true }, 400],
  ])('%j is refused', async (body, status) => {
    expect((await (await taking()).post(body)).status).toBe(status)
  })
})

it('a ticket is good for a minute, and the oldest makes room for the twenty-first', () => {
  let now = 0
  const tickets = createTickets<number>(() => now)
  const first = tickets.give(1)
  now = 60_000
  expect(tickets.look(first)).toBe(1)
  now = 60_001
  expect(tickets.take(first)).toBeUndefined()
  const many = Array.from({ length: 21 }, (_, n) => tickets.give(n))
  expect(many.map((ticket) => tickets.take(ticket))).toEqual([
    undefined,
    ...Array.from({ length: 20 }, (_, n) => n + 1),
  ])
})
