import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { type PictureRecord, recordSchema } from '../../src/archive/records.ts'
import type { Pace } from '../../src/ask/asker.ts'
import { openAttempts } from '../../src/ask/attempts.ts'
import { watchConnection } from '../../src/daemon/connection.ts'
import { createSiteMemory } from '../../src/daemon/site-memory.ts'
import { createIntake } from '../../src/intake/intake.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import { unsaidFacts } from '../../src/sites/facts.ts'
import { fileIdOn } from '../../src/sites/ids.ts'
import { allSites } from '../../src/sites/index.ts'
import type { Site } from '../../src/sites/site.ts'
import { fileId } from '../fakes/facts.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { imagesOf, pointer, treeOf } from '../fakes/messages.ts'
import { paint } from '../fakes/second-site/paint.ts'
import { until } from '../fakes/until.ts'
import { createFakeWire, soon } from '../fakes/wire.ts'

const made = 1_790_000_000
const prompt = 'A paper boat'
const [painted, drawn] = [makePng({ widthPx: 40, heightPx: 30 }, 2_000), makePng({ widthPx: 20, heightPx: 10 }, 3_000)]
/** One site's picture as the other's might be called: the same id, the same gen_id, the same second and prompt. */
const [onPaint, onChatgpt] = [fileIdOn('paint', 'p12ab') ?? fileId(''), fileId('file-p12ab')]

const list = { pictures: [{ id: 'p-12ab', prompt, made, url: 'https://cdn.paint.example/p-12ab.png' }] }
const conversation = treeOf([
  imagesOf(
    'm-1',
    null,
    [pointer(onChatgpt, { size_bytes: 3_000, metadata: { dalle: { gen_id: 'p-12ab', prompt } } })],
    {},
    { create_time: made },
  ),
])

/** At once, as no site is asked in earnest. */
const atOnce = { graceMs: 20, everyMs: 2, betweenMs: [1, 2], tooManyMs: 60_000 } as const

/** A watch of a tab of each site. */
async function watching(sites: readonly Site[], root = temporaryFolder(), pace?: Pace) {
  const archive = await openArchive(root)
  const oddities: string[] = []
  const intake = createIntake({
    archive,
    now: () => new Date(),
    maxWaitDays: 1_000,
    onStored() {},
    onOddity: ({ kind }) => void oddities.push(kind),
  })
  const wire = createFakeWire()
  const bodies = new Map<string, Buffer>()
  wire.answer('Network.getResponseBody', ({ params }) => {
    const body = bodies.get(String(params.requestId)) ?? Buffer.alloc(0)
    return { body: body.toString('base64'), base64Encoded: true }
  })
  /** What a page was asked to get, after its session. */
  const asked: string[] = []
  wire.answer('Page.getFrameTree', { frameTree: { frame: { id: 'F' } } })
  wire.answer('Page.createIsolatedWorld', { executionContextId: 7 })
  wire.answer('Runtime.callFunctionOn', ({ params, sessionId }) => {
    const [url] = (params.arguments as { value: unknown }[]).map(({ value }) => String(value))
    asked.push(`${sessionId} ${url}`)
    return { result: { value: { status: url?.endsWith('/session') ? 200 : 404, text: '{"accessToken":"t"}' } } }
  })
  const attempts = await openAttempts(path.join(root, 'pending', 'attempts.ndjson'))
  let tabs = 0
  const { finish } = await watchConnection({
    wire,
    intake,
    now: () => new Date(),
    memory: createSiteMemory([], sites),
    asks: pace && { pending: archive.pending, attempts, pace },
    onEvent: (event) => {
      if (event.kind === 'tabs') tabs = event.count
      if (event.kind === 'oddity') oddities.push(event.oddity.kind)
    },
  })
  const pages = { S: 'https://paint.example/', C: 'https://chatgpt.com/' }
  for (const [sessionId, url] of Object.entries(pages)) {
    const targetInfo = { targetId: `T${sessionId}`, type: 'page', url }
    wire.emit('Target.attachedToTarget', { sessionId, waitingForDebugger: true, targetInfo })
  }
  const load = async (sessionId: keyof typeof pages, url: string, mimeType: string, body: Buffer) => {
    const requestId = `r${bodies.size}`
    bodies.set(requestId, body)
    const request = { url, method: 'GET' }
    wire.emit(
      'Network.requestWillBeSent',
      { requestId, documentURL: pages[sessionId], frameId: 'F', request },
      sessionId,
    )
    wire.emit('Network.responseReceived', { requestId, response: { url, status: 200, mimeType } }, sessionId)
    wire.emit('Network.dataReceived', { requestId, dataLength: body.length }, sessionId)
    wire.emit('Network.loadingFinished', { requestId, encodedDataLength: body.length }, sessionId)
    await soon(60)
  }
  const loadJson = (sessionId: keyof typeof pages, url: string, value: unknown) =>
    load(sessionId, url, 'application/json', Buffer.from(JSON.stringify(value)))
  return {
    root,
    archive,
    oddities,
    asked,
    tabs: () => tabs,
    facts: {
      paint: () => loadJson('S', 'https://paint.example/api/pictures', list),
      chatgpt: () => loadJson('C', 'https://chatgpt.com/backend-api/conversation/1', conversation),
    },
    bytes: {
      paint: () => load('S', 'https://cdn.paint.example/p-12ab.png', 'image/png', painted),
      chatgpt: () => load('C', 'https://files.oaiusercontent.com/file-p12ab?sig=0', 'image/png', drawn),
    },
    async end() {
      await finish()
      await intake.close()
      await archive.close()
    },
  }
}

const bothSites = [...allSites, paint]

/** The records of an archive by the names of their files, each with the bytes it names. */
const recordsIn = (root: string) =>
  Object.fromEntries(
    filesBelow(path.join(root, 'database')).map((file) => {
      const record: PictureRecord = recordSchema.parse(
        JSON.parse(readFileSync(path.join(root, 'database', file), 'utf8')),
      )
      return [path.basename(file), { record, bytes: readFileSync(path.join(root, record.image)) }]
    }),
  )

it('a second site is one folder: its picture goes all the way from its page to a record', async () => {
  const { root, tabs, facts, bytes, oddities, end } = await watching(bothSites)
  expect(tabs()).toBe(2)
  await facts.paint()
  await bytes.paint()
  await end()
  const records = recordsIn(root)
  expect(Object.keys(records)).toEqual(['p-12ab-paint~p12ab.json'])
  expect(records['p-12ab-paint~p12ab.json']).toMatchObject({
    bytes: painted,
    record: {
      ...{ site: 'paint', fileId: 'p12ab', gen_id: 'p-12ab', prompt, date: made },
      ...{ promptSource: 'library-caption', dateSource: 'library', width: 40, height: 30 },
      source: { origin: 'live', channel: 'library', host: 'cdn.paint.example' },
      image: expect.stringMatching(/\/1790000000-paint~p-12ab-A-paper-boat\.png$/),
    },
  })
  expect(oddities).toEqual([])
})

it('negative control: without its entry in the table nothing of it is seen', async () => {
  const { root, tabs, facts, bytes, end } = await watching(allSites)
  expect(tabs()).toBe(1)
  await facts.paint()
  await bytes.paint()
  await end()
  expect(filesBelow(root)).toEqual([])
})

it.each([
  ['facts first', ['facts', 'bytes'] as const],
  ['bytes first', ['bytes', 'facts'] as const],
])('pictures of two sites that share id, gen_id, second and prompt are two pictures: %s', async (_, order) => {
  const { root, archive, oddities, ...news } = await watching(bothSites)
  const [first, second] = [news[order[0]], news[order[1]]]
  await first.paint()
  await first.chatgpt()
  if (order[0] === 'bytes') {
    const waiting = () => filesBelow(path.join(root, 'pending')).filter((file) => file.endsWith('.bytes'))
    await until(() => waiting().length === 2)
    expect(waiting()).toEqual(['file-p12ab.bytes', 'paint~p12ab.bytes'])
    expect((await archive.pending.bytes(onPaint))?.bytes).toEqual(painted)
    expect((await archive.pending.bytes(onChatgpt))?.bytes).toEqual(drawn)
  }
  expect([archive.has(onPaint), archive.has(onChatgpt)]).toEqual([false, false])
  await second.paint()
  await until(() => archive.has(onPaint))
  expect(archive.has(onChatgpt)).toBe(false)
  await second.chatgpt()
  await until(() => archive.has(onChatgpt))
  await news.end()

  const records = recordsIn(root)
  expect(Object.keys(records).sort()).toEqual(['p-12ab-p12ab.json', 'p-12ab-paint~p12ab.json'])
  expect(records['p-12ab-paint~p12ab.json']?.bytes).toEqual(painted)
  expect(records['p-12ab-p12ab.json']?.bytes).toEqual(drawn)
  expect(records['p-12ab-p12ab.json']?.record).toMatchObject({ fileId: 'p12ab' })
  // As all records of the past, those of ChatGPT name no site.
  expect(records['p-12ab-p12ab.json']?.record).not.toHaveProperty('site')
  const images = filesBelow(path.join(root, 'images')).map((file) => path.basename(file))
  expect(images).toEqual(['1790000000-p-12ab-A-paper-boat.png', '1790000000-paint~p-12ab-A-paper-boat.png'])
  expect(oddities).toEqual([])
})

it('an archive of two sites distinguishes its pictures when it is opened again', async () => {
  const before = await watching(bothSites)
  await before.facts.paint()
  await before.bytes.paint()
  await before.end()
  const again = await openArchive(before.root)
  expect([again.has(onPaint), again.has(onChatgpt)]).toEqual([true, false])
  await again.complete({ ...unsaidFacts(onChatgpt, 'conversation'), seed: 1 })
  await again.complete({ ...unsaidFacts(onPaint, 'library'), seed: 7 })
  await again.close()
  expect(recordsIn(before.root)['p-12ab-paint~p12ab.json']?.record).toMatchObject({ site: 'paint', seed: 7 })
})

it('each site is asked for its own pictures, from its own page', async () => {
  const { facts, asked, end } = await watching(bothSites, undefined, atOnce)
  await facts.paint()
  await facts.chatgpt()
  const lookUps = () => asked.filter((one) => one.includes('p-12ab') || one.includes('file-p12ab'))
  await until(() => lookUps().length >= 4)
  await end()
  expect(new Set(lookUps().map((one) => one.split('?')[0]))).toEqual(
    new Set([
      'S https://paint.example/api/pictures/p-12ab',
      'C https://chatgpt.com/backend-api/files/download/file-p12ab',
      'C https://chatgpt.com/backend-api/conversation/6ab13b80-1234-83ea-9abc-def012345678/attachment/file-p12ab/download',
      'C https://chatgpt.com/backend-api/files/file-p12ab/download',
    ]),
  )
})
