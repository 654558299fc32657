import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { watchConnection } from '../../src/daemon/connection.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import { fileId } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'
import { imagesOf, pointer, treeOf } from '../fakes/messages.ts'
import { createFakeWire, soon } from '../fakes/wire.ts'

const page = 'https://chatgpt.com/'
const size = { widthPx: 40, heightPx: 30 }
const [large, small] = [makePng(size, 300_000), makePng(size, 30_000)]
const conversation = treeOf([
  imagesOf('m-1', null, [pointer(fileId('file-known'), { size_bytes: large.length })], {}, { create_time: 1.79e9 }),
])
const token = { authorization: 'Bearer x' }

interface Load {
  readonly url: string
  readonly mimeType?: string
  readonly body?: Buffer
  readonly status?: number
  readonly headers?: object
  readonly documentURL?: string
}

/** What a watch over one tab takes for a sign, in order. */
async function watched(loads: readonly Load[]): Promise<string[]> {
  const archive = await openArchive(temporaryFolder())
  const intake = quietIntake(archive)
  const wire = createFakeWire()
  const signs: string[] = []
  const { finish } = await watchConnection({
    ...{ wire, intake, now: () => new Date(), onEvent() {} },
    signs: {
      seen: (kind) => void signs.push(`seen ${kind}`),
      over: (kind) => void signs.push(`over ${kind}`),
    },
  })
  wire.answer('Network.getResponseBody', ({ params }) => ({
    body: (loads[Number(params.requestId)]?.body ?? large).toString('base64'),
    base64Encoded: true,
  }))
  const targetInfo = { targetId: 'T', type: 'page', url: page }
  wire.emit('Target.attachedToTarget', { sessionId: 'S', waitingForDebugger: true, targetInfo })
  for (const [at, load] of loads.entries()) {
    const { url, mimeType = 'image/png', body = large, status = 200, headers = {}, documentURL = page } = load
    const requestId = String(at)
    const request = { url, method: 'GET', headers }
    wire.emit('Network.requestWillBeSent', { requestId, documentURL, frameId: 'F', request }, 'S')
    wire.emit('Network.responseReceived', { requestId, response: { url, status, mimeType } }, 'S')
    wire.emit('Network.dataReceived', { requestId, dataLength: body.length }, 'S')
    wire.emit('Network.loadingFinished', { requestId, encodedDataLength: body.length }, 'S')
    await soon(30)
  }
  await finish()
  await intake.close()
  await archive.close()
  return signs
}

const known = 'https://files.oaiusercontent.com/file-known?sig=0'
const unknown = 'https://files.oaiusercontent.com/file-unknown?sig=0'
const facts: Load = {
  ...{ url: `${page}backend-api/conversation/1`, mimeType: 'application/json' },
  ...{ body: Buffer.from(JSON.stringify(conversation)), headers: token },
}

describe('pictures that go by', () => {
  it('are a sign when nothing is said of them', async () => {
    expect(await watched([{ url: unknown }])).toEqual(['seen site-changed'])
  })

  it('are one, too, when even their address is not known', async () => {
    expect(await watched([{ url: 'https://files.oaiusercontent.com/v9/new-kind-of-address' }])).toEqual([
      'seen site-changed',
    ])
  })

  it('are none when they are read, which is one that all is well', async () => {
    expect(await watched([facts, { url: known }])).toEqual(['over logged-out', 'over site-changed'])
  })

  it.each<[string, Load]>([
    ['small ones', { url: unknown, body: small }],
    ['those of other sites', { url: 'https://pictures.example/large.png' }],
    ['those that another site asks for', { url: unknown, documentURL: 'https://pictures.example/' }],
    ['what is no picture', { url: 'https://files.oaiusercontent.com/v9/film', mimeType: 'video/mp4' }],
    ['those that are refused', { url: unknown, status: 403 }],
  ])('are none: %s', async (_, load) => {
    expect(await watched([load])).toEqual([])
  })
})

describe('who is logged in', () => {
  const answer = (path: string, status: number, headers: object): Load => ({
    ...{ url: `${page}${path}`, status, headers, mimeType: 'application/json', body: Buffer.from('{}') },
  })

  it('shows in what the page itself is answered', async () => {
    const loads = [
      answer('backend-anon/me', 200, {}),
      answer('backend-api/me', 200, token),
      answer('backend-api/me', 401, token),
      answer('backend-api/me', 401, {}),
    ]
    expect(await watched(loads)).toEqual(['seen logged-out', 'over logged-out', 'seen logged-out'])
  })

  it('does not show in what another site asks for', async () => {
    const foreign = { ...answer('backend-anon/me', 200, {}), documentURL: 'https://pictures.example/' }
    expect(await watched([foreign])).toEqual([])
  })
})
