import { posix } from 'node:path'
import { origins } from '../archive/origins.ts'
import { imageTypes } from '../decode/image-bytes.ts'
import { countAt, isObject, listAt, numberAt, objectAt, parseJson, textAt } from '../decode/json.ts'
import { isLabel } from '../profile-rules.ts'
import { firstSite } from '../sites/ids.ts'
import { type GeneratedBy, type ReadRecord, type RecordSource, textFields } from './record-fields.ts'

/** A record is a few kB; what is larger is none. */
export const maxRecordBytes = 1024 * 1024
/** An image larger than this is none of ChatGPT's. */
export const maxImageBytes = 512 * 1024 * 1024

const maxUnixTime = 8_640_000_000_000 / 1000

/**
 * Reads a record of ours or of the 2023 tool: the one reader for all who look, since a record may have been edited by
 * hand. Whoever completes a record reads it by its schema (archive/records.ts), and leaves others alone.
 *
 * Shape   the 2023 tool's seven fields are enough, of which `fileId` and `date` must be there; anything else that is
 *         missing or of another type is null.
 * Units   date in whole Unix seconds.
 * Errors  undefined for what is no record; throws none.
 * Source  docs/record.schema.json
 */
export function readRecord(text: string): ReadRecord | undefined {
  const json = parseJson(text)
  if (!isObject(json)) return undefined
  const fileId = (textAt(json, 'fileId') ?? '').replace(/^file[-_]/, '')
  const site = textMatching(json, 'site', /^[a-z0-9]{1,40}$/) ?? firstSite
  const date = numberAt(json, 'date')
  if (!/^[A-Za-z0-9_]{1,80}$/.test(fileId) || date === null || Math.abs(date) > maxUnixTime) return undefined
  const record = {
    id: site === firstSite ? fileId : `${site}~${fileId}`,
    site,
    ...textsOf(json),
    seed: numberAt(json, 'seed'),
    date: Math.floor(date),
    fileId,
    width: countAt(json, 'width'),
    height: countAt(json, 'height'),
    source: sourceOf(json),
    profiles: listAt(json, 'profiles').filter((label) => typeof label === 'string' && isLabel(label)) as string[],
    sha256: textMatching(json, 'sha256', /^[0-9a-f]{64}$/),
    bytes: countAt(json, 'bytes'),
    mime: Object.values<string>(imageTypes).find((mime) => mime === textAt(json, 'mime')) ?? null,
    image: imagePlace(textAt(json, 'image')),
  }
  return { ...record, by: makerOf(record) }
}

const textsOf = (json: unknown) =>
  Object.fromEntries(textFields.map((key) => [key, textAt(json, key)])) as Pick<ReadRecord, (typeof textFields)[number]>

function textMatching(json: unknown, key: string, pattern: RegExp): string | null {
  const text = textAt(json, key)
  return text !== null && pattern.test(text) ? text : null
}

/** Which way a picture came in; the 2023 tool knew the live one only. */
function sourceOf(json: unknown): RecordSource {
  const source = objectAt(json, 'source')
  const [origin, match] = [textAt(source, 'origin'), textAt(source, 'match')]
  return {
    origin: origins.find((one) => one === origin) ?? 'live',
    channel: textAt(source, 'channel'),
    host: textAt(source, 'host'),
    archive: textAt(source, 'archive'),
    entry: textAt(source, 'entry'),
    match: (['exact', 'probable'] as const).find((one) => one === match) ?? null,
  }
}

/** When ChatGPT began to make images with gpt-image instead of DALL·E 3. */
const gptImageSince = Date.UTC(2025, 2, 25) / 1000

/** DALL·E 3 tells seeds and short gen_ids, gpt-image UUIDs; where neither is told, the date decides. */
function makerOf(record: Omit<ReadRecord, 'by'>): GeneratedBy | null {
  const { site, gen_id: genId, seed, promptSource, date } = record
  if (site !== firstSite) return null
  if (seed !== null || promptSource === 'dalle' || /^[A-Za-z0-9]{16}$/.test(genId ?? '')) return 'dalle'
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(genId ?? '')) return 'gpt-image'
  return date < gptImageSince ? 'dalle' : 'gpt-image'
}

/** Where images may be; a record that points elsewhere points nowhere. */
export function imagePlace(image: string | null): string | null {
  if (image === null || image.length > 2_000 || /[\\\0]/.test(image)) return null
  const steps = image.split('/')
  const isInside = steps.length > 1 && (steps[0] === 'images' || steps[0] === 'attachments')
  if (!isInside || steps.some((step) => step === '' || step.startsWith('.'))) return null
  return isImageName(image) ? image : null
}

/** The MIME type a name's extension stands for. */
export function mimeOfName(name: string): string | undefined {
  const extension = posix.extname(name).slice(1).toLowerCase().replace('jpeg', 'jpg')
  return Object.entries(imageTypes).find(([key]) => key === extension)?.[1]
}

/** Whether a name is one of an image. */
export const isImageName = (name: string): boolean => mimeOfName(name) !== undefined
