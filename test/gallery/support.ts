import { request } from 'node:http'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { type Archive, openArchive } from '../../src/archive/archive.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { type Catalogue, type CatalogueOptions, openCatalogue } from '../../src/catalogue/catalogue.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { type Gallery, type GalleryOptions, serveGallery } from '../../src/gallery/server.ts'
import { makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import type { DatedFacts } from '../../src/sites/facts.ts'
import { storeLive } from '../fakes/archive.ts'
import { facts, fileId, genId, noon } from '../fakes/facts.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

/** The file id of the n-th picture without its prefix. */
export const idOf = (n: number) => `Picture${String(n).padStart(4, '0')}`
export const genIdOf = (n: number) => `Generation${String(n).padStart(6, '0')}`

/** Facts of the n-th picture: a day and a minute later each. */
export const nthFacts = (n: number, more: Partial<DatedFacts> = {}) =>
  facts({
    fileId: fileId(`file-${idOf(n)}`),
    genId: genId(genIdOf(n)),
    createdAt: new Date(noon.getTime() + n * (24 * 60 + 1) * 60_000),
    prompt: `Picture number ${n} named word${n}`,
    ...more,
  })

/** Keeps pictures as the daemon does. */
export async function keepAll(
  root: string,
  all: readonly DatedFacts[],
  lengthBytes = 2_000,
  given?: Archive,
): Promise<PictureRecord[]> {
  const archive = given ?? (await openArchive(root))
  const records: PictureRecord[] = []
  for (const [at, one] of all.entries()) {
    const bytes = makeWebp({ widthPx: 1024, heightPx: 1024 }, lengthBytes + 2 * at)
    const kind = inspectImage(bytes)
    if (!kind) throw new Error('no image')
    records.push(await storeLive(archive, one, bytes, kind, 'files.oaiusercontent.com'))
  }
  await archive.close()
  return records
}

/** An archive of so many pictures, of which `more` says what is special. */
export async function archiveOf(count: number, more: (n: number) => Partial<DatedFacts> = () => ({})) {
  const root = temporaryFolder()
  const records = await keepAll(
    root,
    Array.from({ length: count }, (_, n) => nthFacts(n, more(n))),
  )
  return { root, records }
}

export async function indexOf(root: string, options: CatalogueOptions = {}): Promise<Catalogue> {
  const index = await openCatalogue(root, options)
  onTestFinished(() => index.close())
  await index.examined
  return index
}

/** Ids in the list, newest first. */
export const idsIn = (index: Catalogue) => index.entries.map(({ id }) => id)

const shell = '<!doctype html><script type="module" crossorigin src="/assets/page.js"></script>'

/** A page that was built, as far as the server can tell. */
export function builtPage(): string {
  const folder = temporaryFolder()
  put(path.join(folder, 'index.html'), shell)
  put(path.join(folder, 'assets', 'page.js'), 'document.title = "page"')
  put(path.join(folder, 'assets', 'page-0a1b2c3d.js'), 'document.title = "page"')
  put(path.join(folder, 'assets', 'page.css'), 'body { margin: 0 }')
  return folder
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  readonly text: string
  json<T = Record<string, unknown>>(): T
}

export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The cookie of a page that was let in (the default), or none. */
  readonly hasCookie?: boolean
}

/** A gallery that is served, and a way to ask it as its page does. */
export async function served(root: string, more: Partial<GalleryOptions> = {}) {
  const gallery = await serveGallery({ archivePath: root, page: builtPage(), ...more })
  onTestFinished(() => gallery.close())
  // So that no test sees the cache being written.
  await gallery.catalogue.examined
  const entered = await ask(gallery.port, new URL(gallery.url).pathname + new URL(gallery.url).search)
  const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? ''
  return {
    gallery,
    entered,
    cookie,
    ask: (place: string, { hasCookie = true, headers = {}, ...question }: Question = {}) =>
      ask(gallery.port, place, { ...question, headers: { ...(hasCookie ? { cookie } : {}), ...headers } }),
  }
}

/** Asks as it is told, without the manners of a browser: paths are sent as they are. */
export function ask(
  port: number,
  place: string,
  { method = 'GET', headers = {}, body }: Question = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const json: Record<string, string> = sent === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request(
      { host: '127.0.0.1', port, path: place, method, headers: { ...json, ...headers } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const text = bytes.toString()
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            bytes,
            text,
            json: <T>() => JSON.parse(text) as T,
          })
        })
      },
    )
    asked.on('error', reject)
    asked.end(sent)
  })
}

/** Listens to server-sent events until so many have come. */
export function eventsOf(gallery: Gallery, cookie: string) {
  const events: { event: string; data: Record<string, unknown> }[] = []
  const asked = request({ host: '127.0.0.1', port: gallery.port, path: '/api/events', headers: { cookie } })
  let text = ''
  const waiting: (() => void)[] = []
  asked.on('response', (answer) =>
    answer.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        const [, event = '', data = '{}'] = /^event: (\w+)\ndata: (.*)$/m.exec(part) ?? []
        if (event !== '') events.push({ event, data: JSON.parse(data) as Record<string, unknown> })
      }
      for (const wake of waiting.splice(0)) wake()
    }),
  )
  asked.on('error', () => {})
  asked.end()
  onTestFinished(() => void asked.destroy())
  const until = async (count: number): Promise<typeof events> => {
    while (events.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    return events
  }
  return { until, leave: () => void asked.destroy() }
}
