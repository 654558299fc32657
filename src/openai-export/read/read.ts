import { baseName, type ExportFile, flawOf, folderOf, type InputFlaw } from '../inputs/export-file.ts'
import { createAccounts } from './accounts.ts'
import { type AssetPaths, type ListedPath, readAssetPaths } from './asset-paths.ts'
import { type Conversations, type Interests, learnConversation, noConversations } from './conversations.ts'
import { type FileRole, roleOf } from './name-parts.ts'
import { conversationsByOtherNames } from './other-names.ts'
import { readConversationsInPage } from './page-conversations.ts'
import { accountIn, noSidecars, readAssetNames, readLibrary, readManifest, type Sidecars } from './sidecars.ts'
import { maxConversationBytes, maxValues, splitArray } from './splitter.ts'
import { createTextReader, type ReadOptions, textOf } from './text-reader.ts'

/** What the texts of all exports say. */
export interface Contents {
  readonly conversations: Conversations
  readonly sidecars: Sidecars
  /** Pointer (id and derivative) → the paths chat.html gives for it, each in its archive. */
  readonly assetPaths: ReadonlyMap<string, readonly ListedPath[]>
  /** Captions of DALL·E Labs, by the folder they lie in (`folderOf`). */
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

const maxCaptionChars = 20_000

/**
 * Reads what exports say: sidecars first, since they tell what to look for in the conversations.
 *
 * Errors  throws none of its own: what cannot be read goes to `onFlaw`, and the rest goes on.
 */
export async function readContents(
  files: readonly ExportFile[],
  onFlaw: (flaw: InputFlaw) => void,
  options: ReadOptions,
): Promise<Contents> {
  const sidecars = noSidecars()
  const conversations = noConversations()
  const assetPaths: AssetPaths = new Map()
  const captions = new Map<string, string>()
  const accounts = createAccounts()
  let hasAllConversations = true

  const renamed = await conversationsByOtherNames(files)
  const role = (file: ExportFile): FileRole =>
    sidecars.shards.has(baseName(file.path)) || renamed.has(file) ? 'conversations' : roleOf(file.path)
  const texts = files.filter((file) => file.path.endsWith('.json') || roleOf(file.path) !== 'asset')
  const withRole = (wanted: FileRole) => texts.filter((file) => role(file) === wanted)
  const report = (file: ExportFile, reason: string) => {
    if (role(file) === 'conversations') hasAllConversations = false
    onFlaw(flawOf(file.archive, file.path, reason))
  }
  const reader = createTextReader(texts, report, options)
  const each = async (role: FileRole, read: (chunks: AsyncIterable<Buffer>, file: ExportFile) => Promise<void>) => {
    for (const file of withRole(role)) await reader.read(file, (chunks) => read(chunks, file))
  }

  for (const [role, readSidecar] of sidecarReaders)
    await each(role, async (chunks) => {
      if (!readSidecar(await textOf(chunks), sidecars)) throw new Error('is not what its name says')
    })
  await each('account', async (chunks, file) => accounts.note(file, accountIn(await textOf(chunks))))
  await each('caption', async (chunks, file) => {
    const caption = (await textOf(chunks)).trim()
    if (caption !== '' && caption.length <= maxCaptionChars) captions.set(folderOf(file), caption)
  })
  const interests = interestsOf(sidecars)
  await each('conversations', (chunks, file) => {
    const account = accounts.of(file)
    const learn = (text: Buffer) => learnConversation(text, conversations, interests, account)
    return readConversations(chunks, learn, (reason) => report(file, reason))
  })
  await each('chat-html', (chunks, file) => readAssetPaths(chunks, file, assetPaths))
  // The page holds them all again; it is read for them only where they are nowhere else.
  if (withRole('conversations').length === 0)
    await each('chat-html', async (chunks, file) => {
      const account = accounts.of(file)
      const learn = (text: Buffer) => learnConversation(text, conversations, interests, account) === 'learned'
      await readConversationsInPage(chunks, learn)
    })

  return {
    ...{ conversations, sidecars, assetPaths, captions },
    accountOf: accounts.of,
    accounts: accounts.count(),
    isText: (file) => role(file) !== 'asset',
    hasAllConversations: hasAllConversations && hasAllShards(sidecars, files),
    exportedAt: newest(withRole('conversations')),
  }
}

const sidecarReaders = [
  ['manifest', readManifest],
  ['asset-names', readAssetNames],
  ['library', readLibrary],
] as const

/** Whether the inputs hold every conversation file that a manifest names. */
function hasAllShards({ shards }: Sidecars, files: readonly ExportFile[]): boolean {
  const there = new Set(files.map(({ path }) => baseName(path)))
  return [...shards].every((shard) => there.has(shard))
}

function newest(files: readonly ExportFile[]): Date | null {
  const times = files.flatMap(({ modifiedAt }) => (modifiedAt ? [modifiedAt.getTime()] : []))
  return times.length > 0 ? new Date(Math.max(...times)) : null
}

const interestsOf = ({ library }: Sidecars): Interests => ({
  messageIds: new Set([...library.values()].flatMap(({ messageId }) => messageId ?? [])),
  threadIds: new Set([...library.values()].flatMap(({ threadId }) => threadId ?? [])),
})

/** Learns from each element of a conversation file; of those that cannot be read, `onFlaw` hears once a reason. */
async function readConversations(
  chunks: AsyncIterable<Buffer>,
  learn: (text: Buffer) => ReturnType<typeof learnConversation>,
  onFlaw: (reason: string) => void,
): Promise<void> {
  const flaws = new Map<string, number>()
  const count = (reason: string) => flaws.set(reason, (flaws.get(reason) ?? 0) + 1)
  for await (const element of splitArray(chunks, maxConversationBytes)) {
    if ('text' in element) {
      const outcome = learn(element.text)
      if (outcome !== 'learned') count(outcome === 'not-json' ? 'no JSON' : 'no conversation')
    } else if ('tooManyValues' in element) count(`of more than ${maxValues} values`)
    else if ('tooLongBytes' in element) count(`longer than ${maxConversationBytes} bytes`)
    else count('cut off')
  }
  for (const [reason, times] of flaws)
    onFlaw(times === 1 ? `one of its elements is ${reason}` : `${times} of its elements are ${reason}`)
}
