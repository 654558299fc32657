import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readArchive } from '../../archive/read-archive.ts'
import type { PictureRecord } from '../../archive/records.ts'
import { configFor } from '../../config.ts'
import { watch } from '../../daemon/watch.ts'
import { exitCodes } from '../../errors.ts'
import { startPretendChatgpt } from '../../pretend-chatgpt/server.ts'
import type { PretendPicture } from '../../pretend-chatgpt/world.ts'
import { parseFileId } from '../../sites/chatgpt/ids.ts'
import { bareId } from '../../sites/ids.ts'
import { createOutput, type Io, type OutputOptions, paint } from '../output.ts'
import { untilInterrupted } from '../signals.ts'
import { createTeller } from './watch.ts'

export interface DemoOptions extends OutputOptions {
  readonly archive?: string
  readonly chromium?: string
  readonly window?: boolean
}

const longestVisitMs = 120_000
const settleMs = 1_500

/** Shows the watch at work on a pretend ChatGPT, then compares what was archived with what the site had shown. */
export async function demoCommand(options: DemoOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const archivePath = path.resolve(options.archive ?? mkdtempSync(path.join(tmpdir(), 'dalle-archiver-demo-')))
  const profilePath = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-profile-'))
  const site = await startPretendChatgpt({ paceMs: options.window ? 250 : 20 })
  const isRoot = process.getuid?.() === 0
  output.notice('A pretend ChatGPT runs on this machine; a browser with a throw-away profile visits it.')
  if (isRoot) output.notice('Running as root: this browser, which can reach only this machine, runs without a sandbox.')
  const isHeadless = !options.window
  const records = new Map<string, PictureRecord>()
  const tell = createTeller(output)
  const visit = new AbortController()
  const stop = untilInterrupted(() => visit.abort())
  stop.signal.addEventListener('abort', () => visit.abort())
  try {
    const overdue = setTimeout(() => visit.abort(), longestVisitMs)
    void site.tourEnded.then(() => setTimeout(() => visit.abort(), settleMs))
    await watch({
      config: {
        ...configFor(archivePath),
        chromiumPath: options.chromium,
        profilePath,
        startUrl: 'https://chat.openai.com/#tour',
        headless: isHeadless,
        chromiumArgs: [...site.chromiumArgs, ...(isRoot ? ['--no-sandbox'] : [])],
      },
      signal: visit.signal,
      onEvent(event) {
        if (event.kind === 'kept') records.set(event.record.fileId, event.record)
        tell(event)
      },
    })
    clearTimeout(overdue)
  } finally {
    stop.dispose()
    await site.close()
    rmSync(profilePath, { recursive: true, force: true, maxRetries: 5 })
  }
  output.status('')
  if (stop.signal.aborted) return stop.exitCode
  return report([...site.world.pictures.values()], archivePath, records, io, output)
}

async function report(
  pictures: readonly PretendPicture[],
  archivePath: string,
  records: ReadonlyMap<string, PictureRecord>,
  io: Io,
  output: ReturnType<typeof createOutput>,
): Promise<number> {
  const due = pictures.filter((picture) => picture.role === 'generated')
  const lines = due.map((picture) => {
    const fileId = parseFileId(picture.fileId)
    const record = fileId && records.get(bareId(fileId))
    const isSame = record ? sha256Of(path.join(archivePath, record.image)) === picture.sha256 : false
    return { prompt: picture.prompt ?? '', image: record?.image ?? null, isSame }
  })
  const { count } = await readArchive(archivePath)
  const extra = count - lines.filter((line) => line.image).length
  for (const { prompt, image, isSame } of lines) {
    const mark = isSame ? paint('green', '✓', io.stdout) : paint('red', '✗', io.stdout)
    output.result(`${mark} ${prompt}\n    ${image ?? 'not archived'}`, { event: 'picture', prompt, image, isSame })
  }
  const good = lines.filter((line) => line.isSame).length
  output.result(`\n${good} of ${due.length} pictures archived, byte for byte, in ${archivePath}`, {
    event: 'demo-ended',
    archived: good,
    due: due.length,
    unexpected: extra,
    archive: archivePath,
  })
  return good === due.length && extra === 0 ? exitCodes.ok : exitCodes['some-failed']
}

const sha256Of = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
