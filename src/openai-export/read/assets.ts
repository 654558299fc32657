import { imageTypes } from '../../decode/image-bytes.ts'
import type { ExportFile } from '../inputs/inputs.ts'
import { cluesIn, type NameClues } from './name-parts.ts'

/** A medium of an export, with what its name and its bytes tell. */
export interface Medium {
  readonly file: ExportFile
  readonly clues: NameClues
  /** Known once its bytes were read. */
  content: Content | null
  /** Whose export it lies in; null when nobody said. */
  readonly account: string | null
  /** Why its bytes could not be read. */
  flaw: string | null
}

export interface Content {
  readonly sha256: string
  readonly bytes: number
  /** Extension by magic bytes; null for a type we do not know. */
  readonly extension: string | null
  readonly mime: string
  readonly isImage: boolean
  readonly widthPx: number | null
  readonly heightPx: number | null
  /** False for an image that breaks off. */
  readonly isWhole: boolean
  /** It bears Content Credentials, as images made by OpenAI do since 2024. */
  readonly isSigned: boolean
  /** Where its bytes lie now, until they get their name; null when nothing is to be written. */
  readonly staged: string | null
}

/** The media of all exports, findable by what their names tell. */
export interface Shelf {
  readonly all: readonly Medium[]
  byId(id: string, derivative: string | null): readonly Medium[]
  byUuid(uuid: string): readonly Medium[]
  byStem(stem: string): readonly Medium[]
  byPath(path: string): readonly Medium[]
  byName(name: string): readonly Medium[]
  bySha256(sha256: string): readonly Medium[]
}

export const mediumOf = (file: ExportFile, account: string | null): Medium => ({
  file,
  clues: cluesIn(file.path),
  account,
  content: null,
  flaw: null,
})

/** Puts media on a shelf, once their bytes were read. */
export function createShelf(all: readonly Medium[]): Shelf {
  const readable = all.filter((medium) => medium.content)
  const index = (keysOf: (medium: Medium) => readonly (string | null | undefined)[]) => {
    const found = new Map<string, Medium[]>()
    for (const medium of readable)
      for (const key of keysOf(medium))
        if (key) {
          const some = found.get(key)
          if (some) some.push(medium)
          else found.set(key, [medium])
        }
    return (key: string): readonly Medium[] => found.get(key) ?? []
  }
  const byId = index(({ clues }) => [clues.fileId && `${clues.fileId} ${clues.derivative ?? ''}`])
  return {
    all: readable,
    byId: (id, derivative) => byId(`${id} ${derivative ?? ''}`),
    byUuid: index(({ clues }) => [clues.uuid]),
    byStem: index(({ clues }) => [clues.stem]),
    byPath: index(({ file }) => [file.path, withoutTop(file.path)]),
    byName: index(({ file }) => [file.path.split('/').at(-1)?.normalize('NFC')]),
    bySha256: index(({ content }) => [content?.sha256]),
  }
}

/** Some exports wrap everything in one folder. */
const withoutTop = (path: string) => (path.includes('/') ? path.slice(path.indexOf('/') + 1) : null)

/** One of each content, in a stable order. */
export function distinct(media: readonly Medium[]): Medium[] {
  const found = new Map<string, Medium>()
  for (const medium of media) {
    const key = medium.content?.sha256 ?? medium.file.path
    if (!found.has(key)) found.set(key, medium)
  }
  return [...found.values()]
}

/** Whether a medium is a whole picture of a kind the archive keeps. */
export const isPicture = ({ content }: Medium) => content?.isWhole === true && (content.extension ?? '') in imageTypes
