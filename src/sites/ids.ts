declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/**
 * A file's id, unique over all sites. ChatGPT's is as its wire spells it (`file-<base62>`, `file_<32 hex>`); that of
 * every other site is `<site>~<id>`. Made by each site's own grammar, and by `reviveFileId` from what we wrote
 * ourselves.
 */
export type FileId = Branded<'FileId'>

/** The id of one generation: 16 base62 characters (DALL·E 3), a UUID, or whatever another site gives. */
export type GenerationId = Branded<'GenerationId'>

/** The site whose pictures bear no site's name, neither in file names nor in records: all there was before 2026-11. */
export const firstSite = 'chatgpt'

/** A generation id that is safe to keep and to print, or null. */
export function parseGenerationId(text: string | null): GenerationId | null {
  return text !== null && /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/.test(text) ? (text as GenerationId) : null
}

/** The id of a file of any site but ChatGPT; null for an id that would not be safe in a name. */
export function fileIdOn(site: string, id: string): FileId | null {
  return reviveFileId(`${site}~${id}`)
}

/** A file id as we have written it, in a journal or a name of ours; null for anything else. */
export function reviveFileId(text: string): FileId | null {
  return /^(?:file[-_]|[a-z0-9]{1,40}~)[A-Za-z0-9_]{1,80}$/.test(text) ? (text as FileId) : null
}

/**
 * A file id as names bear it and as the archive knows it: ChatGPT's without `file-` or `file_`, that of any other site
 * whole. No id of ChatGPT's holds a tilde, so the two are never the same.
 */
export function bareId(fileId: FileId): string {
  return fileId.startsWith('file-') || fileId.startsWith('file_') ? fileId.slice(5) : fileId
}

/** The file id of a record, which holds it as names bear it; null for a record that somebody else made up. */
export const fileIdOfRecord = ({ site = firstSite, fileId }: { site?: string | undefined; fileId: string }) =>
  reviveFileId(site === firstSite ? `file-${fileId}` : `${site}~${fileId}`)

/**
 * The file id of which names and records bear this much, null for none: what stood before it tells the form of the
 * rest.
 */
export function fileIdOfBare(bare: string): FileId | null {
  const beginning = bare.includes('~') ? '' : /^[0-9a-f]{32}$/.test(bare) ? 'file_' : 'file-'
  return reviveFileId(beginning + bare)
}

/** The site a file id is of. */
export function siteOf(fileId: FileId): string {
  const at = fileId.indexOf('~')
  return at < 0 ? firstSite : fileId.slice(0, at)
}
