/** What decoding hands on: facts about images, file ids that are no generated images, and oddities. */

import type { OpenTurn } from './notes.ts'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A file's id as the wire spells it: `file-<base62>` or `file_<32 hex>`. Made by `parseFileId` alone. */
export type FileId = Branded<'FileId'>

/** The id of one generation: 16 base62 characters (DALL·E 3) or a UUID. Made by `parseGenerationId` alone. */
export type GenerationId = Branded<'GenerationId'>

/** Where a prompt was found, best first (docs/wire/messages.md tells why this order). */
export const promptSources = [
  'dalle',
  'tool-call',
  'caption-file',
  'model-caption',
  'user-message',
  'library-recreation',
  'library-caption',
  'user-request',
  'library-title',
] as const
export type PromptSource = (typeof promptSources)[number]

/** Where a date was found, best first. */
export const dateSources = ['message', 'library', 'turn', 'stream', 'conversation', 'export', 'seen'] as const
export type DateSource = (typeof dateSources)[number]

/** Which form of delivery told us of an image. */
export const channels = ['stream', 'websocket', 'conversation', 'library', 'share', 'export'] as const
export type Channel = (typeof channels)[number]

/** All that is said of one generated image; `null` is "not said". */
export interface ImageFacts {
  readonly fileId: FileId
  readonly genId: GenerationId | null
  readonly prompt: string | null
  readonly promptSource: PromptSource | null
  readonly seed: number | null
  readonly createdAt: Date | null
  readonly dateSource: DateSource | null
  readonly widthPx: number | null
  readonly heightPx: number | null
  /** Exact length of the original file, as the pointer states it. */
  readonly sizeBytes: number | null
  readonly conversationId: string | null
  readonly conversationTitle: string | null
  readonly messageId: string | null
  readonly parentGenId: GenerationId | null
  readonly editOp: string | null
  readonly channel: Channel
}

/** A shape we do not know, or something that should have been there and was not: counted and shown, never fatal. */
export interface Oddity {
  readonly kind: string
  readonly detail: string
}

/** The outcome of every decoder. */
export interface Findings {
  readonly facts: readonly ImageFacts[]
  /** Files that are no picture of their own, uploads and outdated previews: their bytes need not be kept. */
  readonly dismissed: readonly FileId[]
  /** Files of which a bytes address was announced (a download look-up was answered). */
  readonly links: readonly DownloadLink[]
  /** Addresses of sockets that will carry messages. */
  readonly sockets: readonly string[]
  readonly oddities: readonly Oddity[]
  /** Turns whose pictures are still to come, perhaps after a restart. */
  readonly openTurns: readonly OpenTurn[]
}

export interface DownloadLink {
  readonly fileId: FileId
  readonly url: string
}

export const nothingFound: Findings = {
  facts: [],
  dismissed: [],
  links: [],
  sockets: [],
  oddities: [],
  openTurns: [],
}

/** An oddity, told in no more words than fit on a line or two. */
export function oddity(kind: string, detail: string): Oddity {
  return { kind, detail: detail.slice(0, 200) }
}

/** Findings that are one oddity. */
export function odd(kind: string, detail: string): Findings {
  return oddly([oddity(kind, detail)])
}

/** Findings that are nothing but oddities. */
export function oddly(oddities: readonly Oddity[]): Findings {
  return { ...nothingFound, oddities }
}

/** Several findings as one, in order. */
export function mergeFindings(all: readonly Findings[]): Findings {
  if (all.length === 1 && all[0]) return all[0]
  return {
    facts: all.flatMap((one) => one.facts),
    dismissed: all.flatMap((one) => one.dismissed),
    links: all.flatMap((one) => one.links),
    sockets: all.flatMap((one) => one.sockets),
    oddities: all.flatMap((one) => one.oddities),
    openTurns: all.flatMap((one) => one.openTurns),
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * The file id in `text`, or null when it is none.
 *
 * Shape   `file-<letters and digits>`, `file_<letters, digits, underscores>`, or a UUID (a storage address), which
 *         names the same file as `file_` and its 32 hex digits.
 * Source  docs/wire/bytes.md
 */
export function parseFileId(text: string): FileId | null {
  if (/^file[-_][A-Za-z0-9_]{1,80}$/.test(text)) return text as FileId
  return uuid.test(text) ? (`file_${text.replaceAll('-', '').toLowerCase()}` as FileId) : null
}

/** A generation id that is safe to keep and to print, or null. */
export function parseGenerationId(text: string | null): GenerationId | null {
  return text !== null && /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/.test(text) ? (text as GenerationId) : null
}

/** A file id without its `file-` or `file_`: the form records carry. */
export function bareId(fileId: FileId): string {
  return fileId.slice('file-'.length)
}

export interface Pointer {
  readonly fileId: FileId
  /** A thumbnail, a page of a PDF or a watermarked copy: not the picture itself. */
  readonly isDerivative: boolean
}

/**
 * Reads an asset pointer, or an id as URLs carry it.
 *
 * Shape   `file-service://file-…`, `sediment://file_…`, either without the scheme, percent-encoded or not; composite
 *         `<hash>#file_…#thumbnail` and `…#p_0.jpg` forms are derivatives of the file they name.
 * Errors  null for anything else, so no odd text ever becomes an id.
 */
export function parsePointer(text: string): Pointer | null {
  const parts = decodePercent(text)
    .replace(/^(file-service|sediment):\/\//, '')
    .split('#')
  const ids = parts.map(parseFileId).filter((id) => id !== null)
  return ids[0] ? { fileId: ids[0], isDerivative: parts.length > 1 } : null
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
