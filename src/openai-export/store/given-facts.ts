import { parseFileId } from '../../sites/chatgpt/ids.ts'
import { type DatedFacts, type ImageFacts, unsaidFacts } from '../../sites/facts.ts'
import { type FileId, parseGenerationId } from '../../sites/ids.ts'
import { folderOf } from '../inputs/export-file.ts'
import type { WantedFile } from '../match/wanted-files.ts'
import { isPicture, type StagedAsset } from '../read/assets.ts'
import { bornAt } from '../read/conversations.ts'
import { namePartsOf } from '../read/name-parts.ts'
import type { Contents } from '../read/read.ts'

/** When a picture was made, and what says so. */
export type Dated = Pick<DatedFacts, 'createdAt' | 'dateSource'>

/** Facts with a date: their own, or this one. */
export const withDate = (facts: ImageFacts, { createdAt, dateSource }: Dated): DatedFacts => ({
  ...facts,
  createdAt: facts.createdAt ?? createdAt,
  dateSource: facts.dateSource ?? dateSource,
})

/** The same facts with whose account they are of; what an earlier import was told of that stays. */
export const labelled = <Facts extends ImageFacts>(facts: Facts, profile: string | undefined): Facts =>
  profile === undefined ? facts : { ...facts, profiles: [...new Set([...(facts.profiles ?? []), profile])] }

/** When the message that speaks of a file was written; else when its conversation began; else `otherwise`. */
export function dateOfWanted({ references }: WantedFile, { conversations }: Contents, otherwise: Date): Dated {
  const [first] = references
  if (first?.createdAt) return { createdAt: first.createdAt, dateSource: 'message' }
  const id = first?.conversationId ?? ''
  const createdAt = conversations.byId.get(id)?.createdAt ?? bornAt(id)
  return createdAt ? { createdAt, dateSource: 'conversation' } : { createdAt: otherwise, dateSource: 'export' }
}

/** The file's own date; else `otherwise`. */
export const dateOfFile = ({ file }: StagedAsset, otherwise: Date): Dated => ({
  createdAt: file.modifiedAt ?? otherwise,
  dateSource: 'export',
})

/** What is said of a generated image, or what the library says if only that knows it; undefined for other files. */
export function factsOfWanted(wanted: WantedFile, contents: Contents): ImageFacts | undefined {
  const { id, library, references, placement } = wanted
  if (!references.some(({ kind }) => kind === 'generated')) return undefined
  const { facts, byId } = contents.conversations
  const known = id === null ? undefined : facts.get(id)
  // The newest export's title, whichever was read first.
  const title = byId.get(known?.conversationId ?? '')?.title
  if (known) return { ...known, conversationTitle: title ?? known.conversationTitle }
  const fileId = library ? parseFileId(library.fileId) : null
  return library && fileId ? libraryFacts(fileId, library, placement?.message, contents) : undefined
}

/** An image of the DALL·E folders whose id is known was generated for certain, also when nothing speaks of it. */
export function orphanFacts(asset: StagedAsset, contents: Contents): ImageFacts | undefined {
  if (!isPicture(asset)) return undefined
  const fileId = asset.nameParts.derivative === null ? parseFileId(generatedId(asset, contents) ?? '') : null
  return labsFacts(asset, contents) ?? (fileId ? unsaidFacts(fileId, 'export') : undefined)
}

/** The id in its name, if it lies or once lay in those folders; or the id that the name index gives its name. */
function generatedId(
  { nameParts }: StagedAsset,
  { conversations, sidecars: { names, uuidOwners } }: Contents,
): string | null {
  const [owner, ...others] = uuidOwners.get(nameParts.uuid ?? '') ?? []
  // What a conversation says of that id spoke against this file, or it would not be left over.
  const isOwned = owner !== undefined && others.length === 0 && !conversations.facts.has(owner as FileId)
  const id = nameParts.fileId ?? (isOwned ? owner : null)
  const isGenerated = nameParts.isGenerated || namePartsOf(names.get(id ?? '') ?? '').isGenerated
  return isGenerated ? id : null
}

/** DALL·E Labs had neither conversations nor file ids: the generation's id stands for both of its own. */
function labsFacts({ nameParts, file }: StagedAsset, { captions }: Contents): ImageFacts | undefined {
  const fileId = nameParts.labsId === null ? null : parseFileId(`file-${nameParts.labsId}`)
  if (fileId === null) return undefined
  const prompt = captions.get(folderOf(file)) ?? null
  return {
    ...unsaidFacts(fileId, 'export'),
    genId: parseGenerationId(nameParts.labsId),
    prompt,
    promptSource: prompt === null ? null : 'caption-file',
    createdAt: file.modifiedAt,
    dateSource: file.modifiedAt && 'export',
  }
}

function libraryFacts(
  fileId: FileId,
  { messageId, threadId, hasConflict, createdAt }: NonNullable<WantedFile['library']>,
  message: { conversationId: string; prompt: string | null } | undefined,
  { conversations }: Contents,
): ImageFacts {
  const conversationId = message?.conversationId ?? (hasConflict ? null : threadId)
  return {
    ...unsaidFacts(fileId, 'export'),
    createdAt,
    dateSource: createdAt && 'library',
    prompt: message?.prompt ?? null,
    promptSource: message?.prompt ? 'user-request' : null,
    conversationId,
    conversationTitle: conversations.byId.get(conversationId ?? '')?.title ?? null,
    messageId,
  }
}
