import { z } from 'zod'
import { imageTypes } from '../decode/image-bytes.ts'
import { channels, type DatedFacts, dateSources, type ImageFacts, promptSources } from '../sites/facts.ts'
import { bareId, type FileId, firstSite, parseGenerationId, siteOf } from '../sites/ids.ts'
import { origins } from './origins.ts'

const text = z.string().nullable()
const count = z.int().positive().nullable()

/** The seven fields of the 2023 tool, in its order and with its types; unknown is null. */
const forerunnerFields = {
  gen_id: text.describe('Unique id of the generation: 16 letters and digits (DALL·E 3) or a UUID.'),
  prompt: text.describe('The prompt; see promptSource for where it was found.'),
  seed: z.number().nullable().describe('The seed; told for DALL·E 3 images only.'),
  date: z.int().describe('Creation time in Unix seconds; see dateSource.'),
  fileId: z.string().describe('Id of the file, without its "file-" or "file_".'),
  width: count.describe('Width in pixels.'),
  height: count.describe('Height in pixels.'),
}

/** A field added after 2026-11 ends in `.default(null)`: records on disk lack it, and must still be completed. */
const ownFields = {
  version: z.literal(1).describe('Version of this record format.'),
  site: z.string().optional().describe('The site that made the image; ChatGPT where it is not told.'),
  promptSource: z.enum(promptSources).nullable().describe('Where the prompt was found.'),
  dateSource: z.enum(dateSources).describe('Where the date was found; "seen" is the time of archiving.'),
  conversationId: text.describe('Id of the conversation.'),
  conversationTitle: text.describe('Title of the conversation.'),
  messageId: text.describe('Id of the message that shows the image.'),
  parent_gen_id: text.describe('gen_id of the image this one was edited from.'),
  edit_op: text.describe('Kind of edit, as the site calls it.'),
  profiles: z
    .array(z.string())
    .optional()
    .describe('Labels of the profiles that have shown it, the first one first; left out where none has a label.'),
  source: z
    .object({
      origin: z.enum(origins).describe('Which way the picture came in.'),
      channel: z.enum(channels).describe('Which form of delivery told of it first.'),
      host: text.describe('Host the bytes came from.'),
      archive: z.string().optional().describe('The export they came from: its name, with inner archives behind " › ".'),
      entry: z.string().optional().describe('The path of the file in that archive.'),
      match: z
        .enum(['exact', 'probable'])
        .optional()
        .describe('How sure it is that these bytes are this file: shown by an id or a hash, or by exclusion alone.'),
    })
    .describe('Where the picture came from.'),
  sha256: z.string().describe("SHA-256 of the image's bytes, hexadecimal."),
  bytes: z.int().positive().describe('Length of the image in bytes.'),
  mime: z.enum(Object.values(imageTypes)).describe('Type of the image, by its first bytes.'),
  image: z.string().describe('Path of the image, relative to the archive, with "/".'),
  archivedAt: z.iso.datetime().describe('When the image was archived.'),
  updatedAt: z.iso.datetime().optional().describe('When the record was last completed, if it was.'),
}

/** One picture on disk. A record is written after its image, so it is the proof that the image was archived. */
export const recordSchema = z
  .looseObject({ ...forerunnerFields, ...ownFields })
  .describe('A record of dalle-archiver: archive/database/yyyy/MM/dd/<gen_id>-<fileId>.json')

export type PictureRecord = z.infer<typeof recordSchema>
export type Source = PictureRecord['source']

/** What becomes known only when the bytes are on disk. */
export interface Stored {
  readonly sha256: string
  readonly bytes: number
  readonly mime: PictureRecord['mime']
  /** Pixels by the file's own header, for images of which nobody told the size. */
  readonly widthPx: number | null
  readonly heightPx: number | null
  readonly image: string
  readonly source: Source
  readonly archivedAt: Date
}

/**
 * What facts tell of a picture, as a record says it: with `factsIn` below, the one place where the two are compared.
 */
function toldFields(facts: DatedFacts) {
  return {
    gen_id: facts.genId,
    prompt: facts.prompt,
    seed: facts.seed,
    date: Math.floor(facts.createdAt.getTime() / 1000),
    width: facts.widthPx,
    height: facts.heightPx,
    promptSource: facts.promptSource,
    dateSource: facts.dateSource,
    conversationId: facts.conversationId,
    conversationTitle: facts.conversationTitle,
    messageId: facts.messageId,
    parent_gen_id: facts.parentGenId,
    edit_op: facts.editOp,
    ...(facts.profiles && { profiles: [...facts.profiles] }),
  }
}

/** The other way round. */
function factsIn(record: PictureRecord, fileId: FileId): DatedFacts {
  return {
    fileId,
    genId: parseGenerationId(record.gen_id),
    prompt: record.prompt,
    promptSource: record.promptSource,
    seed: record.seed,
    createdAt: new Date(record.date * 1000),
    dateSource: record.dateSource,
    widthPx: record.width,
    heightPx: record.height,
    sizeBytes: record.bytes,
    conversationId: record.conversationId,
    conversationTitle: record.conversationTitle,
    messageId: record.messageId,
    parentGenId: parseGenerationId(record.parent_gen_id),
    editOp: record.edit_op,
    channel: record.source.channel,
    profiles: record.profiles ?? null,
  }
}

/** The record of a picture that was just written; the seven fields of the 2023 tool come first, in its order. */
export function recordOf(facts: DatedFacts, stored: Stored): PictureRecord {
  const { gen_id, prompt, seed, date, width, height, ...others } = toldFields(facts)
  const { sha256, bytes, mime, image, source, archivedAt, widthPx, heightPx } = stored
  const site = siteOf(facts.fileId)
  const fileId = site === firstSite ? bareId(facts.fileId) : facts.fileId.slice(site.length + 1)
  return {
    ...{ gen_id, prompt, seed, date, fileId, width: width ?? widthPx, height: height ?? heightPx },
    ...{ version: 1, ...(site !== firstSite && { site }), ...others },
    ...{ source, sha256, bytes, mime, image, archivedAt: archivedAt.toISOString() },
  }
}

/** The record of a picture whose image has its place. */
export function storedRecord(
  facts: DatedFacts,
  content: Omit<Stored, 'image' | 'source' | 'archivedAt'>,
  image: string,
  source: Source,
  archivedAt: Date,
): PictureRecord {
  return recordOf(facts, { ...content, image, source, archivedAt })
}

/**
 * What a record says, as facts, so that later news can be learned on top of it.
 *
 * Errors  undefined for a record of the 2023 tool or one that was changed by hand: those are left as they are.
 */
export function factsOfRecord(json: unknown, fileId: FileId): { facts: DatedFacts; record: PictureRecord } | undefined {
  const { data: record } = recordSchema.safeParse(json)
  return record && { facts: factsIn(record, fileId), record }
}

/**
 * A record completed by facts learned since; undefined when they add nothing.
 *
 * A gen_id that is known stays. One that was not, and a better date, are taken over; the files stay where they are.
 */
export function completeRecord(record: PictureRecord, facts: ImageFacts, at: Date): PictureRecord | undefined {
  const { createdAt, dateSource } = factsIn(record, facts.fileId)
  const isDated = facts.createdAt !== null && facts.dateSource !== null
  const told = toldFields({ ...facts, ...(isDated ? (facts as DatedFacts) : { createdAt, dateSource }) })
  const completed: PictureRecord = { ...record, ...told, gen_id: record.gen_id ?? told.gen_id }
  if (JSON.stringify(completed) === JSON.stringify(record)) return undefined
  return { ...completed, updatedAt: at.toISOString() }
}

/**
 * A record whose image turned out to be another's: what was said of the picture stays, what was said of the bytes goes.
 */
export function correctRecord(record: PictureRecord, stored: Omit<Stored, 'archivedAt'>, at: Date): PictureRecord {
  const { sha256, bytes, mime, image, source } = stored
  const isMeasured = record.width === null || record.height === null
  const size = isMeasured ? { width: stored.widthPx, height: stored.heightPx } : {}
  return { ...record, ...size, source, sha256, bytes, mime, image, updatedAt: at.toISOString() }
}

/** The bytes of a record's file. */
export const serializeRecord = (record: PictureRecord): Buffer => Buffer.from(`${JSON.stringify(record, null, 2)}\n`)

/** The JSON Schema of records, as published in docs/record.schema.json. */
export const recordJsonSchema = (): unknown => z.toJSONSchema(recordSchema)
