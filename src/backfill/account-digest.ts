import path from 'node:path'
import { readConfined, statOf } from '../archive/confined.ts'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { cacheFolder } from '../catalogue/index-cache.ts'
import { isObject, objectAt, parseJson, textAt } from '../decode/json.ts'
import { type Account, accountIn } from './account.ts'
import { journalName, type Row, reviveRow } from './journal.ts'
import { journalFolders, readJournals } from './journals.ts'
import { listsOfPictures } from './lists-of-pictures.ts'

const digestName = (profile: string | null) => `${cacheFolder}/account${profile === null ? '' : `-${profile}`}.json`
/** What the digest of a million files does not reach. */
const maxDigestBytes = 256 * 1024 * 1024
/** A shorter journal is as quickly read itself. */
const longJournalBytes = 1024 * 1024

/**
 * Reads what was learned of an account, that of a profile or the one without a label; asks nobody. A long journal
 * leaves a digest in the folder of what may be thrown away, for whoever reads it next.
 *
 * Errors  rejects with what the file system says of a journal it cannot read.
 */
export async function readAccount(root: string, profile: string | null): Promise<Account> {
  const digest = await readDigest(root, profile)
  if (digest.account) return digest.account
  const account = accountIn(await readJournals(root, profile))
  await writeDigest(path.join(root, digestName(profile)), digest.stamp, account)
  return account
}

/** The journal as it stood; another size, time or file is another journal. Null for one that leaves no digest. */
type Stamp = string | null

/**
 * Reads the digest of the journals, if it is of these as they stand.
 *
 * Shape   one object: `of`, the stamp of the journals with the names of the lists; rows as they are in a journal;
 *         columns of files, ids a line each.
 * Errors  none: what is not just that is no digest, and the journal is read.
 */
async function readDigest(
  root: string,
  profile: string | null,
): Promise<{ readonly stamp: Stamp; readonly account?: Account }> {
  const folders = await journalFolders(root, profile)
  const found = await Promise.all(folders.map((folder) => statOf(path.join(root, folder, journalName))))
  const size = found.reduce((sum, one) => sum + (one?.size ?? 0), 0)
  if (size < longJournalBytes) return { stamp: null }
  const stamps = found.flatMap((one, at) => (one ? [folders[at], one.size, one.mtimeMs, one.ino] : []))
  const stamp = [...stamps, ...listsOfPictures].join(' ')
  const json = parseJson((await readConfined(root, digestName(profile), maxDigestBytes))?.toString() ?? '')
  const account = textAt(json, 'of') === stamp ? accountOf(json) : undefined
  return account ? { stamp, account } : { stamp }
}

/** Leaves the digest of the journal that had this stamp before it was read; a disk that refuses is left alone. */
async function writeDigest(file: string, stamp: Stamp, account: Account): Promise<void> {
  if (stamp === null) return
  const { ids, conversationIds, notes } = account.files
  const files = { ids: ids.join('\n'), conversationIds: conversationIds.join('\n'), notes }
  const write = async () => {
    await ensureFolderIn(path.dirname(path.dirname(file)), cacheFolder)
    const text = JSON.stringify({ of: stamp, ...account, files })
    await writeOver(file, Buffer.from(text), { isDurable: false })
  }
  await write().catch(() => {})
}

function accountOf(json: unknown): Account | undefined {
  const { counters, catalogues, conversations } = isObject(json) ? json : {}
  const { ids, conversationIds, notes } = objectAt(json, 'files')
  if (typeof ids !== 'string' || typeof conversationIds !== 'string' || !Array.isArray(notes)) return undefined
  const none = notes.length === 0
  const files = {
    ids: none ? [] : ids.split('\n'),
    conversationIds: none ? [] : conversationIds.split('\n'),
    notes,
  }
  const isEven = files.ids.length === notes.length && files.conversationIds.length === notes.length
  if (!isEven || !notes.every(Number.isInteger)) return undefined
  const [known] = rowsIn([counters], 'counters')
  const rows = { catalogues: rowsIn(catalogues, 'catalogue'), conversations: rowsIn(conversations, 'conversation') }
  return { counters: known, ...rows, files }
}

const rowsIn = <Kind extends Row['kind']>(json: unknown, kind: Kind) =>
  (Array.isArray(json) ? json : []).flatMap((one) => {
    const row = reviveRow(one)
    return row?.kind === kind ? [row as Extract<Row, { kind: Kind }>] : []
  })
