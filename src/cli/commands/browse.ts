import { spawn } from 'node:child_process'
import type { MirrorSettings } from '../../config.ts'
import { ArchiverError, exitCodes, messageOf } from '../../errors.ts'
import type { GalleryOptions } from '../../gallery/server.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { interruptible, untilInterrupted } from '../signals.ts'
import { fetchedWords } from '../words.ts'

export interface BrowseCommandOptions extends OutputOptions, SettingsOptions {
  readonly port?: string
  /** `--no-open` */
  readonly open?: boolean
  readonly static?: string
}

/** Serves the gallery until it is interrupted, or writes a copy of it that needs no server. */
export async function browseCommand(options: BrowseCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const { archivePath, mirror, galleryKey: isKeyKept } = settingsOf(options)
  return options.static === undefined
    ? serve({ archivePath, mirror, isKeyKept, port: portIn(options.port) }, options.open !== false, output)
    : copy(archivePath, options.static, mirror, output)
}

async function serve(options: GalleryOptions, isOpening: boolean, output: Output): Promise<number> {
  const { serveGallery } = await import('../../gallery/server.ts')
  const stop = untilInterrupted(() => {})
  try {
    const onTrouble = (error: unknown) => output.detail(`gallery: ${messageOf(error)}`)
    const gallery = await serveGallery({ ...options, onTrouble })
    output.result(`The gallery is at ${gallery.url}\nPress Ctrl-C to stop it.`, { event: 'serving', url: gallery.url })
    for (const folder of gallery.links)
      output.notice(`${folder} in the archive is a link. Links are not followed: set "archivePath" to the real folder.`)
    if (isOpening) openInBrowser(gallery.onceUrl())
    if (!stop.signal.aborted)
      await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }))
    await gallery.close()
    return exitCodes.ok
  } finally {
    stop.dispose()
  }
}

async function copy(
  archivePath: string,
  target: string,
  mirror: MirrorSettings | undefined,
  output: Output,
): Promise<number> {
  if (target === '') throw new ArchiverError('usage', '--static needs the path of a folder.')
  const [{ copyGallery }, { pageFolder }] = await Promise.all([
    import('../../take-out/static-copy.ts'),
    import('../../gallery/page-files.ts'),
  ])
  const onFirst = () => output.notice('Stopping; the copy is not complete.')
  return interruptible(output, onFirst, async (signal) => {
    const counts = await copyGallery(archivePath, target, {
      ...{ signal, mirror, page: pageFolder },
      onProgress: (done, all) => output.status(`Copying · ${done} of ${all} pictures`),
    })
    output.status('')
    if (counts.fetched > 0) output.notice(fetchedWords(counts.fetched))
    const missing = counts.missing > 0 ? `, ${counts.missing} of them without an image` : ''
    const words = `Copied ${counts.pictures} pictures${missing}. Open ${target}/index.html in any browser.`
    output.result(words, { event: 'copied', folder: target, ...counts })
    return exitCodes.ok
  })
}

function portIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port >= 1 && port <= 65_535) return port
  throw new ArchiverError('usage', '--port needs a number from 1 to 65535.')
}

/** The program that opens an address in the person's own browser, on each platform. */
export function openerFor(platform: NodeJS.Platform): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['open']
    case 'win32':
      // The empty text is the title that "start" would else take from the address.
      return ['cmd', '/c', 'start', '""']
    default:
      return ['xdg-open']
  }
}

/** Where nothing can be opened, the printed address is enough. */
function openInBrowser(url: string): void {
  const [command = '', ...args] = openerFor(process.platform)
  const child = spawn(command, [...args, url], {
    stdio: 'ignore',
    detached: true,
    windowsVerbatimArguments: process.platform === 'win32',
  })
  child.on('error', () => {})
  child.unref()
}
