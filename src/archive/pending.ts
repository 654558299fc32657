import path from 'node:path'
import { inspectImage } from '../decode/image-bytes.ts'
import { countAt, isObject, type Json, momentAt, numberAt, parseJson, textAt } from '../decode/json.ts'
import { parseFileId } from '../sites/chatgpt/ids.ts'
import { channels, dateSources, type ImageFacts, promptSources } from '../sites/facts.ts'
import { type FileId, parseGenerationId } from '../sites/ids.ts'
import { ensureFolderIn, namesIn, readIfThere, remove, writeOver, writtenAt } from './files.ts'
import { openJournal } from './journal.ts'

/** Bytes that wait for their facts. */
export interface WaitingBytes {
  readonly bytes: Buffer
  readonly host: string | null
  readonly receivedAt: Date
}

/** Halves that wait on disk for their other half, so that a restart forgets none. */
export interface Pending {
  facts(fileId: FileId): ImageFacts | undefined
  keepFacts(facts: ImageFacts): Promise<void>
  /** The disk refused a change, and what it holds is behind what is known. */
  readonly isBehind: boolean
  hasBytes(fileId: FileId): boolean
  /** Waiting bytes that look cut short, or do not fit what is known: better ones are still wanted. */
  isUnfit(fileId: FileId): boolean
  markUnfit(fileId: FileId): void
  /** How many bytes wait; 0 when none do, or when a former run has left them. */
  lengthOf(fileId: FileId): number
  bytes(fileId: FileId): Promise<WaitingBytes | undefined>
  /** In place of those that waited before. */
  keepBytes(fileId: FileId, waiting: WaitingBytes): Promise<void>
  /** Both halves have met, or one is not wanted: nothing waits for this file any more. */
  drop(fileId: FileId): Promise<void>
  dropBytes(fileId: FileId): Promise<void>
  /** The only file without bytes whose facts state this length; `except` those whose bytes are on their way. */
  fileOfLength(lengthBytes: number, except: ReadonlySet<FileId>): FileId | undefined
  /** Facts whose bytes have not come, or not as they should be; oldest first. */
  withoutBytes(): ImageFacts[]
  /** Every file something waits for. */
  fileIds(): FileId[]
  /** Leaves nothing in the journal but what still waits. */
  tidy(): Promise<void>
  /** Removes bytes that have waited longer than `maxAgeMs` without any facts; returns how many. */
  expire(now: Date, maxAgeMs: number): Promise<number>
  readonly count: { readonly facts: number; readonly bytes: number }
}

const factsFile = 'facts.ndjson'
/** A journal this long, most of it about pictures that have met their bytes, is written anew. */
const longJournal = 5_000
const bytesEnding = '.bytes'
const originEnding = '.origin.json'

/**
 * Opens `pending/`.
 *
 * Shape   `facts.ndjson`, a journal: a line of facts, or `{ gone }` when they wait no more, the last line about a file
 *         counts. `<file id>.bytes` with `<file id>.origin.json` telling host and time. `ready` is awaited before each
 *         write.
 * Errors  what cannot be read counts for nothing.
 */
export async function openPending(
  folder: string,
  ready = () => ensureFolderIn(path.dirname(folder), path.basename(folder), { isPrivate: true }),
): Promise<Pending> {
  await ready()
  const facts = new Map<FileId, ImageFacts>()
  const bytes = new Map<FileId, Date>()
  const unfit = new Set<FileId>()
  const lengths = new Map<FileId, number>()
  const fileFor = (fileId: FileId, ending: string) => path.join(folder, fileId + ending)
  const { journal, lines } = await openJournal(path.join(folder, factsFile), ready)
  for (const line of lines) replay(line)
  if (journal.length > facts.size) await journal.rewrite([...facts.values()])
  const names = await namesIn(folder)
  for (const name of names) await load(name)

  function replay(line: unknown) {
    const gone = parseFileId(textAt(line, 'gone') ?? '')
    const read = reviveFacts(line)
    if (gone) facts.delete(gone)
    else if (read) facts.set(read.fileId, read)
  }

  /** Lines were lost to a disk that could not be written: the next write that succeeds must hold everything. */
  let isBehind = false
  const rewrite = async () => {
    await journal.rewrite([...facts.values()])
    isBehind = false
  }

  const note = async (line: unknown) => {
    if (isBehind) return rewrite()
    await journal.add(line).catch((error: unknown) => {
      isBehind = true
      throw error
    })
    const isMostlyGone = journal.length > longJournal && journal.length > 4 * facts.size
    if (facts.size === 0 || isMostlyGone) await rewrite()
  }

  async function load(name: string) {
    const fileId = parseFileId(name.replace(/\..*$/, ''))
    if (!fileId) return
    if (name.endsWith(bytesEnding)) bytes.set(fileId, await writtenAt(path.join(folder, name)))
    if (!name.endsWith(originEnding)) return
    // Noted by a run that ended before the bytes themselves were written.
    if (!names.includes(fileId + bytesEnding)) await remove(path.join(folder, name))
    else if ((await originOf(fileId)).isCut === true) unfit.add(fileId)
  }

  /** A link or a folder in a file's place holds nothing for us. */
  function readOwn(fileId: FileId, ending: string): Promise<Buffer | undefined> {
    return readIfThere(fileFor(fileId, ending)).catch(() => undefined)
  }

  /** What was noted beside waiting bytes. */
  async function originOf(fileId: FileId): Promise<Json> {
    const origin = parseJson((await readOwn(fileId, originEnding))?.toString() ?? '')
    return isObject(origin) ? origin : {}
  }

  const dropBytes = async (fileId: FileId) => {
    lengths.delete(fileId)
    unfit.delete(fileId)
    if (!bytes.delete(fileId)) return
    await remove(fileFor(fileId, bytesEnding))
    await remove(fileFor(fileId, originEnding))
  }

  return {
    facts: (fileId) => facts.get(fileId),
    async keepFacts(news) {
      facts.set(news.fileId, news)
      await note(news)
    },
    get isBehind() {
      return isBehind
    },
    hasBytes: (fileId) => bytes.has(fileId),
    isUnfit: (fileId) => unfit.has(fileId),
    markUnfit: (fileId) => void unfit.add(fileId),
    lengthOf: (fileId) => lengths.get(fileId) ?? 0,
    async bytes(fileId) {
      const found = bytes.has(fileId) ? await readOwn(fileId, bytesEnding) : undefined
      if (!found) {
        bytes.delete(fileId)
        return undefined
      }
      const origin = await originOf(fileId)
      return {
        bytes: found,
        host: textAt(origin, 'host'),
        receivedAt: momentAt(origin, 'receivedAt') ?? bytes.get(fileId) ?? new Date(),
      }
    },
    async keepBytes(fileId, waiting) {
      const isCut = inspectImage(waiting.bytes)?.isWhole === false
      await ready()
      const origin = JSON.stringify({ host: waiting.host, receivedAt: waiting.receivedAt.toISOString(), isCut })
      await writeOver(fileFor(fileId, originEnding), Buffer.from(origin), { isDurable: false })
      try {
        await writeOver(fileFor(fileId, bytesEnding), waiting.bytes, { isDurable: false })
      } catch (error) {
        if (!bytes.has(fileId)) await remove(fileFor(fileId, originEnding)).catch(() => {})
        throw error
      }
      bytes.set(fileId, waiting.receivedAt)
      lengths.set(fileId, waiting.bytes.length)
      if (isCut) unfit.add(fileId)
      else unfit.delete(fileId)
    },
    fileOfLength(lengthBytes, except) {
      const isOpen = ({ fileId }: ImageFacts) => !bytes.has(fileId) && !except.has(fileId)
      const found = [...facts.values()].filter((one) => one.sizeBytes === lengthBytes && isOpen(one))
      return found.length === 1 ? found[0]?.fileId : undefined
    },
    withoutBytes: () => [...facts.values()].filter(({ fileId }) => !bytes.has(fileId) || unfit.has(fileId)),
    fileIds: () => [...new Set([...facts.keys(), ...bytes.keys()])],
    dropBytes,
    async drop(fileId) {
      if (facts.delete(fileId)) await note({ gone: fileId })
      await dropBytes(fileId)
    },
    tidy: rewrite,
    async expire(now, maxAgeMs) {
      const old = [...bytes].filter(([id, since]) => !facts.has(id) && now.getTime() - since.getTime() > maxAgeMs)
      for (const [fileId] of old) await dropBytes(fileId)
      return old.length
    },
    get count() {
      return { facts: facts.size, bytes: bytes.size }
    },
  }
}

/** Facts were written by us, but a person may have edited them, so what is no facts is passed over. */
function reviveFacts(value: unknown): ImageFacts | undefined {
  const fileId = parseFileId(textAt(value, 'fileId') ?? '')
  if (!fileId) return undefined
  const oneOf = <T extends string>(all: readonly T[], key: string) =>
    all.find((one) => one === textAt(value, key)) ?? null
  const [prompt, promptSource] = [textAt(value, 'prompt'), oneOf(promptSources, 'promptSource')]
  const [createdAt, dateSource] = [momentAt(value, 'createdAt'), oneOf(dateSources, 'dateSource')]
  return {
    fileId,
    genId: parseGenerationId(textAt(value, 'genId')),
    prompt: promptSource === null ? null : prompt,
    promptSource: prompt === null ? null : promptSource,
    seed: numberAt(value, 'seed'),
    createdAt: dateSource && createdAt,
    dateSource: createdAt && dateSource,
    widthPx: countAt(value, 'widthPx'),
    heightPx: countAt(value, 'heightPx'),
    sizeBytes: countAt(value, 'sizeBytes'),
    conversationId: textAt(value, 'conversationId'),
    conversationTitle: textAt(value, 'conversationTitle'),
    messageId: textAt(value, 'messageId'),
    parentGenId: parseGenerationId(textAt(value, 'parentGenId')),
    editOp: textAt(value, 'editOp'),
    channel: oneOf(channels, 'channel') ?? 'conversation',
  }
}
