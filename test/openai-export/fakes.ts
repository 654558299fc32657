import type { ExportFile } from '../../src/openai-export/inputs/export-file.ts'
import { type Asset, assetOf, type Content, type StagedAsset } from '../../src/openai-export/read/assets.ts'
import type { Reference } from '../../src/openai-export/read/reference.ts'
import { sha256Of } from '../fakes/sha256.ts'

/** A file id as of 2023, and one as of 2025. */
export const [oldId, newId] = ['file-AAAAAAAAAAAAAAAAAAAAAAAA', 'file_00000000000000000000000000000002']

/** A file of an export that lies in memory. */
export function fileOf(path: string, bytes: Uint8Array | string = '', archive: readonly string[] = ['a.zip']) {
  const content = Buffer.from(bytes as string)
  const file: ExportFile = {
    ...{ archive, path, sizeBytes: content.length, crc32: null, isRepeated: false, modifiedAt: null },
    async *open() {
      yield content
    },
  }
  return file
}

/** A file that begins, and then cannot be read. */
export function brokenFile(path: string, reason: string): ExportFile {
  return {
    ...fileOf(path),
    async *open() {
      yield Buffer.from('begun')
      throw new Error(reason)
    },
  }
}

/** A file as an asset whose bytes were not read. */
export const listed = (file: ExportFile): Asset => assetOf(file, null)

/** An asset that was read; its bytes are a text of its own, or what `content` says. */
export function staged(path: string, content: Partial<Content> = {}, archive?: readonly string[]): StagedAsset {
  const sha256 = sha256Of(path)
  const unknown = { extension: null, mime: 'application/octet-stream', isImage: false, widthPx: null, heightPx: null }
  const whole = { isWhole: true, isSigned: false, staged: null }
  return { ...listed(fileOf(path, '', archive)), content: { ...unknown, ...whole, sha256, bytes: 100, ...content } }
}

/** A reference of which only some things are known. */
export const referenceOf = (known: Partial<Reference> = {}): Reference => ({
  conversationId: 'c1',
  messageId: 'm1',
  pointer: known.id ?? 'pointer',
  kind: 'upload',
  ...{ id: null, libraryId: null, account: null, derivative: null, genId: null, name: null },
  ...{ sizeBytes: null, widthPx: null, heightPx: null },
  ...{ createdAt: null, expiresAt: null, isPlaceholder: false },
  ...known,
})
