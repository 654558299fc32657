import type { GalleryData } from '../gallery/api.ts'
import { fold, wordsOf } from '../gallery/fold.ts'
import { type Marks, type Picture, RequestError, type Small, type Source } from './api.ts'
import type { Filters } from './state.ts'

declare global {
  interface Window {
    /** Set by `data.js` of a static copy, before the page starts. */
    galleryData?: GalleryData
  }
}

const noMarks: Marks = { favourite: false, tags: [], note: '' }

/** The pictures of a static copy, searched in the page itself, so that it works from a file. */
export function staticSource(data: GalleryData): Source {
  const { pictures } = data
  const byId = new Map(pictures.map((picture) => [picture.id, picture]))
  const marksOf = (picture: Picture) => data.marks[picture.id] ?? noMarks
  let texts: string[] | undefined
  const hits = (filters: Filters) => {
    const words = wordsOf(filters.q)
    const isHit = matcher(filters, marksOf)
    texts ??= pictures.map((picture) => searchText(picture, marksOf(picture)))
    return pictures.flatMap((picture, i) => {
      const text = texts?.[i] ?? ''
      return words.every((word) => text.includes(word)) && isHit(picture) ? [i] : []
    })
  }
  const refuse = () => Promise.reject(new RequestError(0, 'A copy cannot be changed.'))
  return {
    canChange: false,
    list: async () => data.list,
    search: async (filters) => ({ revision: data.list.revision, positions: Uint32Array.from(hits(filters)) }),
    pictures: async (filters, offset, limit) =>
      hits(filters)
        .slice(offset, offset + limit)
        .flatMap((i) => pictures[i] ?? []),
    detail: async (id) => {
      const picture = byId.get(id)
      if (!picture) throw new RequestError(404, 'There is no such picture in this copy.')
      const others = pictures.filter((other) => other.id !== id).reverse()
      return {
        picture,
        marks: marksOf(picture),
        related: {
          conversation: others.filter((other) => isSame(other.conversationId, picture.conversationId)).map(small),
          lineage: others.filter((other) => isKin(other, picture)).map(small),
        },
      }
    },
    thumbUrl: (id) => byId.get(id)?.thumbUrl ?? '',
    imageUrl: (id) => byId.get(id)?.imageUrl ?? '',
    downloadUrl: (id) => byId.get(id)?.imageUrl ?? '',
    mark: refuse,
    deleteImage: refuse,
    takeOut: refuse,
    listen: () => () => {},
  }
}

const small = ({ id, prompt, date, width, height }: Picture): Small => ({ id, prompt, date, width, height })

const isSame = (one: string | null, other: string | null) => one !== null && one === other

/** Edited from one another, edited from the same, or made by the same message. */
const isKin = (one: Picture, other: Picture) =>
  isSame(one.parent_gen_id, other.gen_id) ||
  isSame(one.gen_id, other.parent_gen_id) ||
  isSame(one.parent_gen_id, other.parent_gen_id) ||
  isSame(one.messageId, other.messageId)

function searchText({ prompt, conversationTitle, gen_id, id, conversationId }: Picture, { tags, note }: Marks): string {
  return fold([prompt, conversationTitle, gen_id, id, conversationId, ...tags, note].filter(Boolean).join('\n'))
}

/** Everything but the words. Days are local ones, and the last day counts whole. */
function matcher(filters: Filters, marksOf: (picture: Picture) => Marks): (picture: Picture) => boolean {
  const day = (text: string, more: number) => {
    const [year = 0, month = 1, date = 1] = text.split('-').map(Number)
    return new Date(year, month - 1, date + more).getTime() / 1000
  }
  const from = filters.from ? day(filters.from, 0) : Number.NEGATIVE_INFINITY
  const until = filters.to ? day(filters.to, 1) : Number.POSITIVE_INFINITY
  return (picture) =>
    picture.date >= from &&
    picture.date < until &&
    (!filters.by || filters.by === picture.by) &&
    (!filters.shape || filters.shape === shapeOf(picture)) &&
    (!filters.source || filters.source === picture.source?.spring) &&
    (!filters.seed || picture.seed !== null) &&
    (!filters.favourite || marksOf(picture).favourite) &&
    (!filters.tag || marksOf(picture).tags.includes(filters.tag))
}

function shapeOf({ width, height }: Picture): Filters['shape'] {
  if (!width || !height) return ''
  if (width === height) return 'square'
  return width > height ? 'wide' : 'tall'
}
