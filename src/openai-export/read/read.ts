import { messageOf } from '../../errors.ts'
import type { ImportEvent } from '../events.ts'
import type { ExportFile, InputFlaw } from '../inputs/inputs.ts'
import { readAssetsJson } from './assets-json.ts'
import { type Conversations, type Interests, learnConversation, noConversations } from './conversations.ts'
import { type FileRole, roleOf } from './name-parts.ts'
import { pointedAt } from './references.ts'
import { accountIn, noSidecars, readAssetNames, readLibrary, readManifest, type Sidecars } from './sidecars.ts'
import { splitArray } from './splitter.ts'

/** What the texts of all exports say. */
export interface Contents {
  readonly conversations: Conversations
  readonly sidecars: Sidecars
  /** Pointer (id and derivative) → the paths chat.html gives for it, each in its archive. */
  readonly assetPaths: ReadonlyMap<string, readonly { readonly archive: string; readonly path: string }[]>
  /** Captions of DALL·E Labs, by the folder they lie in. */
  readonly captions: ReadonlyMap<string, string>
  /** Whose export a file lies in; null when nobody said. */
  accountOf(file: ExportFile): string | null
  readonly accounts: number
  /** Whether a file is a text that was read here, and no asset. */
  isText(file: ExportFile): boolean
  /** Every conversation that was promised or begun could be read. */
  readonly hasAllConversations: boolean
  /** When the newest of the exports was made, by the times in it. */
  readonly exportedAt: Date | null
}

export interface ReadOptions {
  readonly onEvent?: (event: ImportEvent) => void
  readonly signal?: AbortSignal | undefined
}

/** Longest sidecar that is read in one piece; the largest seen has some ten thousand rows. */
const maxSidecarBytes = 256 * 1024 * 1024
/** Longest single conversation; the longest seen has some 20 million characters. */
const maxConversationBytes = 128 * 1024 * 1024

/**
 * Reads what exports say: sidecars first, since they tell what to look for in the conversations.
 *
 * Errors  throws none of its own: what cannot be read goes to `onFlaw`, and the rest goes on.
 */
export async function readContents(
  files: readonly ExportFile[],
  onFlaw: (flaw: InputFlaw) => void,
  { onEvent = () => {}, signal }: ReadOptions,
): Promise<Contents> {
  const sidecars = noSidecars()
  const conversations = noConversations()
  const assetPaths = new Map<string, { archive: string; path: string }[]>()
  const captions = new Map<string, string>()
  const accounts = new Map<string, string>()
  /** Whose a file is matters only where there are several people's exports. */
  const accountOf = (file: ExportFile) => (new Set(accounts.values()).size > 1 ? nearest(accounts, file) : null)
  const roleNow = (file: ExportFile): FileRole =>
    sidecars.shards.has(file.path.split('/').at(-1) ?? '') ? 'conversations' : roleOf(file.path)
  const texts = files.filter((file) => file.path.endsWith('.json') || roleOf(file.path) !== 'asset')
  const all = { files: texts.length, bytes: texts.reduce((sum, file) => sum + file.sizeBytes, 0) }
  const done = { files: 0, bytes: 0 }

  let hasAllConversations = true

  const guarded = async (file: ExportFile, read: () => Promise<void>) => {
    signal?.throwIfAborted()
    await read().catch((error: unknown) => {
      signal?.throwIfAborted()
      report(file, messageOf(error))
    })
    done.files += 1
  }
  /** A file's bytes, counted as they pass. */
  const opened = async function* (file: ExportFile) {
    for await (const chunk of file.open()) {
      signal?.throwIfAborted()
      done.bytes += chunk.length
      onEvent({ kind: 'progress', phase: 'reading', done: { ...done }, all })
      yield chunk
    }
  }
  const of = (role: FileRole) => texts.filter((file) => roleNow(file) === role)

  for (const [role, read] of sidecarReaders)
    for (const file of of(role))
      await guarded(file, async () => {
        if (!read(await textOf(opened(file)), sidecars)) throw new Error('is not what its name says')
      })
  for (const file of of('account'))
    await guarded(file, async () => {
      const account = accountIn(await textOf(opened(file)))
      if (account) accounts.set(folderOf(file), account)
    })
  for (const file of of('caption'))
    await guarded(file, async () => {
      const caption = (await textOf(opened(file))).trim()
      if (caption !== '' && caption.length <= maxCaptionChars) captions.set(captionKey(file), caption)
    })
  const interests = interestsOf(sidecars)
  for (const file of of('conversations'))
    await guarded(file, () =>
      readConversations(opened(file), conversations, interests, accountOf(file), (reason) => report(file, reason)),
    )
  for (const file of of('chat-html')) await guarded(file, () => readAssets(opened(file), file, assetPaths))

  function report(file: ExportFile, reason: string) {
    if (roleNow(file) === 'conversations') hasAllConversations = false
    onFlaw({ archive: file.archive.join(' › '), path: file.path, reason })
  }
  const times = of('conversations').flatMap(({ modifiedAt }) => (modifiedAt ? [modifiedAt.getTime()] : []))
  const isText = (file: ExportFile) => roleNow(file) !== 'asset'
  const count = new Set(accounts.values()).size
  return {
    conversations,
    sidecars,
    assetPaths,
    captions,
    accountOf,
    accounts: count,
    isText,
    hasAllConversations: hasAllConversations && shardsLeft(sidecars, files).length === 0,
    exportedAt: times.length > 0 ? new Date(Math.max(...times)) : null,
  }
}

/** Conversation files that a manifest names and no input holds. */
function shardsLeft({ shards }: Sidecars, files: readonly ExportFile[]): string[] {
  const there = new Set(files.map(({ path }) => path.split('/').at(-1)))
  return [...shards].filter((shard) => !there.has(shard))
}

const maxCaptionChars = 20_000

/** The folder of a file, with the archives around it. */
const folderOf = ({ archive, path }: ExportFile) => [...archive, ...path.split('/').slice(0, -1)].join('\n')

/** What the caption beside an image is found by. */
export const captionKey = folderOf

/** The account noted in the folder of a file, or in one around it. */
function nearest(accounts: ReadonlyMap<string, string>, file: ExportFile): string | null {
  const parts = folderOf(file).split('\n')
  for (; parts.length > 0; parts.pop()) {
    const found = accounts.get(parts.join('\n'))
    if (found !== undefined) return found
  }
  return null
}

const sidecarReaders = [
  ['manifest', readManifest],
  ['asset-names', readAssetNames],
  ['library', readLibrary],
] as const

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > maxSidecarBytes) throw new Error(`is longer than ${maxSidecarBytes} bytes`)
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString()
}

const interestsOf = ({ library }: Sidecars): Interests => ({
  messageIds: new Set([...library.values()].flatMap(({ messageId }) => messageId ?? [])),
  threadIds: new Set([...library.values()].flatMap(({ threadId }) => threadId ?? [])),
})

async function readConversations(
  chunks: AsyncIterable<Buffer>,
  conversations: Conversations,
  interests: Interests,
  account: string | null,
  onFlaw: (reason: string) => void,
): Promise<void> {
  const flaws = new Map<string, number>()
  const count = (reason: string) => flaws.set(reason, (flaws.get(reason) ?? 0) + 1)
  for await (const element of splitArray(chunks, maxConversationBytes)) {
    if ('text' in element) {
      const outcome = learnConversation(element.text, conversations, interests, account)
      if (outcome !== 'learned') count(outcome === 'not-json' ? 'no JSON' : 'no conversation')
    } else if ('tooLongBytes' in element) count(`longer than ${maxConversationBytes} bytes`)
    else count('cut off')
  }
  for (const [reason, times] of flaws)
    onFlaw(times === 1 ? `one of its elements is ${reason}` : `${times} of its elements are ${reason}`)
}

async function readAssets(
  chunks: AsyncIterable<Buffer>,
  { archive, path }: ExportFile,
  assetPaths: Map<string, { archive: string; path: string }[]>,
): Promise<void> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : ''
  for await (const [pointer, target] of readAssetsJson(chunks)) {
    const named = pointedAt(pointer)
    if (!named) continue
    const key = `${named.id} ${named.derivative ?? ''}`
    assetPaths.set(key, [...(assetPaths.get(key) ?? []), { archive: archive.join('/'), path: folder + target }])
  }
}
