import { noMarks } from '../archive/marks.ts'
import { type Entry, entryOf } from '../catalogue/entry.ts'
import { parseFilters } from '../catalogue/filters.ts'
import { relatedOf, smallOf } from '../catalogue/related.ts'
import { createSearcher } from '../catalogue/search.ts'
import type { GalleryData } from '../take-out/gallery-data.ts'
import { RequestError, type Source } from './api.ts'
import { type Filters, queryOf } from './state.ts'

declare global {
  interface Window {
    /** Set by `data.js` of a static copy, before the page starts. */
    galleryData?: GalleryData
  }
}

/** A copy has no record files. */
const nowhere = { folder: '', name: '', modifiedMs: 0, sizeBytes: 0, marksModifiedMs: 0 }

/** The pictures of a static copy, searched and related in the page itself as the server does it. */
export function staticSource(data: GalleryData): Source {
  const { pictures } = data
  const places = new Map(pictures.map(({ id }, at) => [id, at]))
  const pictureOf = (id: string) => pictures[places.get(id) ?? -1]
  // A map, since an id may be the name of what every object has.
  const marks = new Map(Object.entries(data.marks))
  const marksOf = (id: string) => marks.get(id) ?? noMarks
  let entries: readonly Entry[] | undefined
  /** All texts are folded for it, so not before somebody asks. */
  const allEntries = () => {
    entries ??= pictures.map((picture) => entryOf(nowhere, picture, marksOf(picture.id)))
    return entries
  }
  const hits = (filters: Filters) => {
    const parsed = parseFilters(queryOf(filters))
    // What cannot be understood, as the 31st of February in an address, finds nothing.
    return 'flaw' in parsed ? new Uint32Array() : createSearcher(allEntries())(parsed.filters)
  }
  const refuse = () => Promise.reject(new RequestError(0, 'A copy cannot be changed.'))
  return {
    canChange: false,
    list: async () => data.list,
    search: async (filters) => ({ revision: data.list.revision, positions: hits(filters) }),
    pictures: async (filters, offset, limit) =>
      [...hits(filters).subarray(offset, offset + limit)].flatMap((at) => pictures[at] ?? []),
    detail: async (id) => {
      const [picture, entry] = [pictureOf(id), allEntries()[places.get(id) ?? -1]]
      if (!picture || !entry) throw new RequestError(404, 'There is no such picture in this copy.')
      const { conversation, lineage } = relatedOf(allEntries(), entry)
      const smallOnes = (some: readonly Entry[]) => some.flatMap((one) => pictureOf(one.id) ?? []).map(smallOf)
      return {
        picture,
        marks: marksOf(id),
        related: { conversation: smallOnes(conversation), lineage: smallOnes(lineage) },
      }
    },
    thumbUrl: (id) => pictureOf(id)?.thumbUrl ?? '',
    imageUrl: (id) => pictureOf(id)?.imageUrl ?? '',
    downloadUrl: (id) => pictureOf(id)?.imageUrl ?? '',
    mark: refuse,
    deleteImage: refuse,
    finding: null,
    work: null,
    coverage: null,
    listen: () => () => {},
  }
}
