import { setMaxListeners } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { archiveFolder, statOf } from '../archive/confined.ts'
import { codeOf, reasonOf } from '../archive/disk-errors.ts'
import { type WriteMarks, writeMarks } from '../archive/mark-files.ts'
import { folderFor } from '../archive/names.ts'
import type { PictureRecord } from '../archive/records.ts'
import { type Catalogue, openCatalogue } from '../catalogue/catalogue.ts'
import { createThumbs, type FetchAway, type Thumbs } from '../catalogue/thumbs.ts'
import type { MirrorSettings } from '../config.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import type { Originals } from '../mirror/originals.ts'
import { createSimilarFinder, type SimilarOptions } from '../similar/similar.ts'
import { createGuard, type Guard } from './guard.ts'
import { keptKeyOf } from './kept-key.ts'
import { pageFolder } from './page-files.ts'
import { pageRoutes } from './page-routes.ts'
import { revealFile } from './reveal.ts'
import { apiRoutes } from './routes.ts'
import { secretPathOf } from './secret-path.ts'

export interface GalleryOptions {
  readonly archivePath: string
  /** A free one if left out. */
  readonly port?: number | undefined
  /** Key, cookies and port are the same at each start. */
  readonly isKeyKept?: boolean
  /** Where the built page is. */
  readonly page?: string
  readonly thumbs?: Thumbs
  /** How pictures are looked at in the background. */
  readonly similar?: Pick<SimilarOptions, 'afterMs' | 'readPixels'>
  /** Who has the archive open writes the marks, so that its followers hear of them; else the gallery does. */
  readonly mark?: WriteMarks
  readonly reveal?: (file: string) => Promise<boolean>
  /** Where originals are that are away. */
  readonly mirror?: MirrorSettings | undefined
  readonly pollMs?: number
  readonly onTrouble?: (error: unknown) => void
}

/** A gallery that is being served. */
export interface Gallery {
  readonly port: number
  /** The address with its key, for the person; it opens as long as this runs. */
  readonly url: string
  /** An address that opens once, to be handed to other programs. */
  onceUrl(): string
  readonly catalogue: Catalogue
  /** Folders of the archive that are links, and are therefore not looked into. */
  readonly links: readonly string[]
  /** Shows a picture that was archived just now. */
  show(record: Pick<PictureRecord, 'date'>): void
  close(): Promise<void>
}

/**
 * Serves the gallery of an archive on this machine alone.
 *
 * Shape   the page at `/` and `/assets/*`, the JSON interface at `/api/*` (docs/api.md): for browsers at a secret path,
 *         for programs at the root.
 * Errors  ArchiverError "disk" when there is no archive, "usage" when the port is taken.
 */
export async function serveGallery(options: GalleryOptions): Promise<Gallery> {
  const { archivePath, page = pageFolder, reveal = revealFile, pollMs, onTrouble = () => {} } = options
  const root = await archiveFolder(archivePath)
  const place = await secretPathOf(root)
  const kept = options.isKeyKept ? await keptKeyOf(root) : undefined
  const guard = createGuard(() => port, place, kept?.key)
  const catalogue = await openCatalogue(root, { ...(pollMs !== undefined && { pollMs }), onTrouble })
  const ending = new AbortController()
  // Every open page listens for it.
  setMaxListeners(0, ending.signal)
  const home = pageRoutes(page)
  const fetchAway = fetcherFor(root, options.mirror)
  const { thumbs = createThumbs(root, undefined, fetchAway), mark = (...marked) => writeMarks(root, ...marked) } =
    options
  // What is away stays there: to look at every picture would bring all of them back.
  const similar = createSimilarFinder({ root, catalogue, thumbs: createThumbs(root), ...options.similar })
  home.route('/api', apiRoutes({ root, catalogue, thumbs, fetchAway, similar, mark, reveal, ending: ending.signal }))
  const app = appOf(guard, place, home, onTrouble)
  // Headers are lower case and few; node closes whoever is slow to send them.
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  const port = await listenAt(server, options.port, kept?.port).catch(async (error: unknown) => {
    await Promise.all([similar.close(), catalogue.close()])
    throw error
  })
  await kept?.keepPort(port)
  const at = (token: string) => `http://127.0.0.1:${port}/?token=${token}`
  return {
    port,
    url: at(guard.token),
    onceUrl: () => at(guard.onceToken()),
    catalogue,
    links: await linksIn(root),
    show: ({ date }) => void catalogue.examine(folderFor(new Date(date * 1000))),
    async close() {
      ending.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await Promise.all([closed, similar.close(), catalogue.close()])
    },
  }
}

/** The whole server: the guard before everything, the page at its secret path for browsers, at the root for programs. */
function appOf(guard: Guard, place: string, home: Hono, onTrouble: (error: unknown) => void): Hono {
  const app = new Hono()
  app.use(guard.middleware)
  app.get('/', async (context, next) => {
    const entered = guard.enter(context)
    if (entered) return entered
    if (context.req.query('token') !== undefined) return context.text('This key does not open the gallery.', 403)
    return next()
  })
  app.route('/', home)
  app.route(place, home)
  app.notFound((context) => context.json({ error: 'There is nothing here.' }, 404))
  app.onError((error, context) => {
    onTrouble(error)
    return context.json({ error: refusalOf(error) }, 500)
  })
  return app
}

/** Gets originals from the mirror, which is loaded for the first of them. */
function fetcherFor(root: string, mirror: MirrorSettings | undefined): FetchAway {
  let originals: Promise<Originals> | undefined
  return async (image) => {
    originals ??= import('../mirror/originals.ts').then(({ openOriginals }) => openOriginals(root, mirror))
    return (await originals).read(image)
  }
}

async function linksIn(root: string): Promise<string[]> {
  const folders = ['images', 'database', 'attachments']
  const found = await Promise.all(folders.map((folder) => statOf(path.join(root, folder))))
  return folders.filter((_, at) => found[at]?.isSymbolicLink())
}

/** What the disk refused in a sentence for the person, without the names of temporary files. */
function refusalOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'The archive may not be written to.'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk is full.'
    default:
      return reasonOf(error)
  }
}

/** Another port than the kept one is better than no gallery, as beside a watch that serves the same archive. */
async function listenAt(server: Server, wanted: number | undefined, kept: number | undefined): Promise<number> {
  if (wanted !== undefined || kept === undefined) return listen(server, wanted ?? 0)
  return listen(server, kept).catch(() => listen(server, 0))
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) =>
      reject(
        new ArchiverError('usage', `Port ${port} cannot be used: ${messageOf(error)}`, {
          hint: 'Name another with --port, or leave it out for a free one.',
          cause: error,
        }),
      )
    server.once('error', refuse)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', refuse)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
