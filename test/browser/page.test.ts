import { expect, it } from 'vitest'
import { createPageAsker } from '../../src/browser/page.ts'
import { createFakeWire } from '../fakes/wire.ts'

/** What is made of an answer of the page. */
async function answered(value: object) {
  const wire = createFakeWire()
  wire.answer('Runtime.callFunctionOn', { result: { value: { status: 200, text: '', ...value } } })
  const asked = await createPageAsker(wire).ask('S', {
    method: 'POST',
    url: 'https://x.example/',
    headers: {},
    body: [1],
  })
  const [call] = wire.sent.filter(({ method }) => method === 'Runtime.callFunctionOn')
  return { ...asked, sent: ((call?.params.arguments ?? []) as { value: unknown }[]).map((one) => one.value) }
}

it('a request is handed to the page with its method and its body as JSON', async () => {
  expect((await answered({})).sent).toEqual(['https://x.example/', {}, 'POST', '[1]'])
})

it.each([
  ['application/json; charset=utf-8', 'application/json'],
  ['Text/HTML', 'text/html'],
  [null, ''],
])('the type %s is %s', async (type, mimeType) => {
  expect((await answered({ type })).mimeType).toBe(mimeType)
})

it.each([
  ['120', 120],
  ['soon', null],
  [null, null],
  ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
])('a "retry-after" of %s is %s seconds', async (retryAfter, seconds) => {
  expect((await answered({ retryAfter })).retryAfterS).toBe(seconds)
})

it('a "retry-after" may be a date', async () => {
  const retryAfter = new Date(Date.now() + 60_000).toUTCString()
  const { retryAfterS } = await answered({ retryAfter })
  expect(retryAfterS).toBeGreaterThan(50)
  expect(retryAfterS).toBeLessThanOrEqual(60)
})
