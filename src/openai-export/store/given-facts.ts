import { parseFileId } from '../../sites/chatgpt/ids.ts'
import type { DatedFacts, ImageFacts } from '../../sites/facts.ts'
import { type FileId, parseGenerationId } from '../../sites/ids.ts'
import type { Demand } from '../match/matches.ts'
import type { Asked } from '../match/wanted-files.ts'
import { isPicture, type Medium } from '../read/assets.ts'
import { bornAt } from '../read/conversations.ts'
import { cluesIn } from '../read/name-parts.ts'
import { type Contents, captionKey } from '../read/read.ts'

/** When a picture was made, with what told so. */
export type Dated = Pick<DatedFacts, 'createdAt' | 'dateSource'>

/** Facts with a date: their own, or this one. */
export const withDate = (facts: ImageFacts, { createdAt, dateSource }: Dated): DatedFacts => ({
  ...facts,
  createdAt: facts.createdAt ?? createdAt,
  dateSource: facts.dateSource ?? dateSource,
})

/** When the message that speaks of a file was written; else when its conversation began; else `otherwise`. */
export function dateOfDemand({ references }: Demand, { talk }: Contents, otherwise: Date): Dated {
  const [first] = references
  if (first?.createdAt) return { createdAt: first.createdAt, dateSource: 'message' }
  const id = first?.conversationId ?? ''
  const createdAt = talk.conversations.get(id)?.createdAt ?? bornAt(id)
  return createdAt ? { createdAt, dateSource: 'conversation' } : { createdAt: otherwise, dateSource: 'export' }
}

/** The file's own date; else `otherwise`. */
export const dateOfFile = ({ file }: Medium, otherwise: Date): Dated => ({
  createdAt: file.modifiedAt ?? otherwise,
  dateSource: 'export',
})

/** What is said of a generated image; of one that only the library knows, what the library says; undefined of a file. */
export function factsOfDemand({ demand, placement }: Asked, contents: Contents): ImageFacts | undefined {
  const { id, library, references } = demand
  if (!references.some(({ kind }) => kind === 'generated')) return undefined
  const { facts, conversations } = contents.talk
  const known = id === null ? undefined : facts.get(id)
  // The newest export's title, whichever was read first.
  const title = conversations.get(known?.conversationId ?? '')?.title
  if (known) return { ...known, conversationTitle: title ?? known.conversationTitle }
  const fileId = library ? parseFileId(library.fileId) : null
  return library && fileId ? libraryFacts(fileId, library, placement?.spot, contents) : undefined
}

const unknownFacts = {
  genId: null,
  prompt: null,
  promptSource: null,
  seed: null,
  createdAt: null,
  dateSource: null,
  widthPx: null,
  heightPx: null,
  sizeBytes: null,
  conversationId: null,
  conversationTitle: null,
  messageId: null,
  parentGenId: null,
  editOp: null,
  channel: 'export',
} as const

/** An image of the DALL·E folders whose id is known was generated for certain, also when nothing speaks of it. */
export function orphanFacts(medium: Medium, contents: Contents): ImageFacts | undefined {
  if (!isPicture(medium)) return undefined
  const fileId = medium.clues.derivative === null ? parseFileId(generatedId(medium, contents) ?? '') : null
  return labsFacts(medium, contents) ?? (fileId ? { ...unknownFacts, fileId } : undefined)
}

/** The id its name bears, if it lies in those folders or the name index says it did; or the one that index gives its name. */
function generatedId({ clues }: Medium, { talk, sidecars: { names, uuidOwners } }: Contents): string | null {
  const [owner, ...others] = uuidOwners.get(clues.uuid ?? '') ?? []
  // What a conversation says of that id spoke against this file, or it would not be left over.
  const isOwned = owner !== undefined && others.length === 0 && !talk.facts.has(owner as FileId)
  const id = clues.fileId ?? (isOwned ? owner : null)
  const isGenerated = clues.isGenerated || cluesIn(names.get(id ?? '') ?? '').isGenerated
  return isGenerated ? id : null
}

/** DALL·E Labs had neither conversations nor file ids: the generation's id stands for both of its own. */
function labsFacts({ clues, file }: Medium, { captions }: Contents): ImageFacts | undefined {
  const fileId = clues.labsId === null ? null : parseFileId(`file-${clues.labsId}`)
  if (fileId === null) return undefined
  const prompt = captions.get(captionKey(file)) ?? null
  return {
    ...unknownFacts,
    fileId,
    genId: parseGenerationId(clues.labsId),
    prompt,
    promptSource: prompt === null ? null : 'caption-file',
    createdAt: file.modifiedAt,
    dateSource: file.modifiedAt && 'export',
  }
}

function libraryFacts(
  fileId: FileId,
  { messageId, threadId, hasConflict, createdAt }: NonNullable<Demand['library']>,
  spot: { conversationId: string; prompt: string | null } | undefined,
  { talk }: Contents,
): ImageFacts {
  const conversationId = spot?.conversationId ?? (hasConflict ? null : threadId)
  return {
    ...unknownFacts,
    fileId,
    createdAt,
    dateSource: createdAt && 'library',
    prompt: spot?.prompt ?? null,
    promptSource: spot?.prompt ? 'user-request' : null,
    conversationId,
    conversationTitle: talk.conversations.get(conversationId ?? '')?.title ?? null,
    messageId,
  }
}
