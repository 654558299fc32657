import { format } from 'date-fns/format'
import type { Marks } from '../archive/marks.ts'
import type { ReadRecord } from '../catalogue/record-fields.ts'
import { firstSite } from '../sites/ids.ts'
import { namespaces, type Prefix } from './namespaces.ts'

/** A picture as it is described: what its record says, and what the person added. */
export interface Described {
  readonly record: ReadRecord
  readonly marks: Marks
}

/** Text, one text in the default language, or a list of texts. */
type Value =
  | string
  | { readonly alt: string }
  | { readonly bag: readonly string[] }
  | { readonly seq: readonly string[] }
type Property = readonly [name: string, value: Value | null]

/** The stars of a favourite that has none of its own. */
const favouriteRating = 5
/** What XMP has for a picture that one does without. */
export const rejectedRating = -1

function ratingOf({ flag, stars, favourite }: Marks): string | null {
  if (flag === 'rejected') return String(rejectedRating)
  const rating = stars > 0 ? stars : favourite ? favouriteRating : 0
  return rating > 0 ? String(rating) : null
}

/** Sources whose text is a title, or was made from the image: it describes the picture, but nobody asked for it so. */
const noPrompts: readonly (string | null)[] = ['model-caption', 'library-caption', 'library-title']

const trainedAlgorithmicMedia = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'

/**
 * A sidecar's text: the same for the same picture, wherever and whenever it is made, but for the time zone.
 *
 * Shape   one `rdf:Description` for each namespace, values as elements, so that line breaks survive.
 * Units   times in this machine's time zone with their offset, as the folders of the archive.
 * Source  XMP (ISO 16684-1), IPTC Photo Metadata 2025.1; docs/sidecars.md
 */
export function sidecarOf(picture: Described): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${treeOf(picture)}\n`
}

/** The same as it is embedded into an image. */
export function packetOf(picture: Described): string {
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>\n${treeOf(picture)}\n<?xpacket end="w"?>`
}

function treeOf(picture: Described): string {
  const blocks = Object.entries(propertiesOf(picture)).map(([prefix, properties]) =>
    blockOf(prefix as Prefix, properties),
  )
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="dalle-archiver">
 <rdf:RDF xmlns:rdf="${namespaces.rdf}">
${blocks.join('')} </rdf:RDF>
</x:xmpmeta>`
}

function propertiesOf({ record, marks }: Described): Partial<Record<Prefix, readonly Property[]>> {
  const { prompt, promptSource, seed, conversationTitle, by } = record
  const madeAt = format(new Date(record.date * 1000), "yyyy-MM-dd'T'HH:mm:ssxxx")
  const system = systemOf(record)
  const tags = marks.tags.length > 0 ? marks.tags : undefined
  return {
    dc: [
      ['title', conversationTitle === null ? null : { alt: conversationTitle }],
      ['description', prompt === null ? null : { alt: prompt }],
      ['creator', { seq: [system] }],
      ['subject', tags ? { bag: tags } : null],
    ],
    xmp: [
      ['CreateDate', madeAt],
      ['Rating', ratingOf(marks)],
    ],
    photoshop: [['DateCreated', madeAt]],
    exif: [['DateTimeOriginal', madeAt]],
    Iptc4xmpExt: [
      ['DigitalSourceType', trainedAlgorithmicMedia],
      ['AISystemUsed', system],
      // Seeds are told for DALL·E 3 alone.
      ['AISystemVersionUsed', by === 'dalle' && seed !== null ? '3' : null],
      ['AIPromptInformation', noPrompts.includes(promptSource) ? null : prompt],
    ],
    digiKam: [['TagsList', tags ? { seq: tags } : null]],
    lr: [['hierarchicalSubject', tags ? { bag: tags.map((tag) => tag.replaceAll('/', '|')) } : null]],
    dallearchiver: Object.entries(oursOf({ record, marks })),
  }
}

/** Names as IPTC's own notes give them. */
function systemOf({ site, by }: ReadRecord): string {
  if (by === 'dalle') return 'ChatGPT DALL-E'
  if (by === 'gpt-image') return 'ChatGPT gpt-image'
  return site === firstSite ? 'ChatGPT' : site
}

/** The properties of our own namespace: ids, lineage, and whatever no other has a place for. */
export function oursOf({ record, marks }: Described): Readonly<Record<string, string>> {
  const told: Readonly<Record<string, string | null>> = {
    site: record.site,
    fileId: record.fileId,
    genId: record.gen_id,
    parentGenId: record.parent_gen_id,
    editOperation: record.edit_op,
    seed: record.seed === null ? null : String(record.seed),
    conversationId: record.conversationId,
    messageId: record.messageId,
    promptSource: record.promptSource,
    dateSource: record.dateSource,
    origin: record.source.origin,
    sha256: record.sha256,
    note: marks.note,
  }
  const entries = Object.entries(told).map(([name, value]) => [name, xmlText(value ?? '')] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== ''))
}

function blockOf(prefix: Prefix, properties: readonly Property[]): string {
  const lines = properties.flatMap(([name, value]) => elementOf(`${prefix}:${name}`, value))
  if (lines.length === 0) return ''
  return `  <rdf:Description rdf:about="" xmlns:${prefix}="${namespaces[prefix]}">
${lines.map((line) => `   ${line}\n`).join('')}  </rdf:Description>
`
}

function elementOf(name: string, value: Value | null): string[] {
  if (value === null) return []
  const inner = innerOf(value)
  return inner === '' ? [] : [`<${name}>${inner}</${name}>`]
}

function innerOf(value: Value): string {
  if (typeof value === 'string') return escapeXml(value)
  const items = (texts: readonly string[], attribute = '') =>
    texts
      .map(escapeXml)
      .filter((text) => text !== '')
      .map((text) => `<rdf:li${attribute}>${text}</rdf:li>`)
      .join('')
  const [kind, inner] =
    'alt' in value
      ? ['Alt', items([value.alt], ' xml:lang="x-default"')]
      : 'bag' in value
        ? ['Bag', items(value.bag)]
        : ['Seq', items(value.seq)]
  return inner === '' ? '' : `<rdf:${kind}>${inner}</rdf:${kind}>`
}

/**
 * Text as XML can hold it: what XML 1.0 forbids, and control characters it discourages, are left out; half of a
 * surrogate pair becomes U+FFFD. A carriage return would be read back as a line feed, so it is one.
 */
export function xmlText(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/\r\n?/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
      .replace(/[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\uFFFE\uFFFF]/g, '')
  )
}

function escapeXml(text: string): string {
  return xmlText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
