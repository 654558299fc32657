import type {
  CollectionChanges,
  CollectionDetails,
  CollectionList,
  CollectionSummary,
  DeletedMany,
  Lineage,
  LineageNode,
  MarkedMany,
  MarkMany,
  NewCollection,
  Similar,
  TakeOutRequest,
  TakeOutTicket,
} from '../gallery/api.ts'
import { json, request, sending } from './requests.ts'

export type { CollectionChanges, CollectionDetails, CollectionSummary, LineageNode, NewCollection, Similar }

/** What changes in many pictures at once. */
export type Changes = MarkMany['changes']

/** What a picture was before a change of many. */
export type Before = MarkedMany['before'][number]

/** What goes out beside, or in, the images of a selection. */
export type With = TakeOutRequest['with']

/** What a server does with pictures and a copy cannot. */
export interface Work {
  change(ids: readonly string[], changes: Changes): Promise<MarkedMany>
  deleteImages(ids: readonly string[]): Promise<DeletedMany>
  lineage(id: string): Promise<readonly LineageNode[]>
  similar(id: string): Promise<Similar>
  collections(): Promise<readonly CollectionSummary[]>
  collection(id: string): Promise<CollectionDetails>
  collect(collection: NewCollection): Promise<CollectionDetails>
  changeCollection(id: string, changes: CollectionChanges): Promise<unknown>
  deleteCollection(id: string): Promise<unknown>
  /** Shows the file in the file manager of this machine. */
  reveal(id: string): Promise<unknown>
  /** The address that yields these pictures as one file, once. */
  exportUrl(ids: readonly string[], beside: With): Promise<string>
}

/** What the server this page came from does. */
export function serverWork(): Work {
  const at = (kind: 'pictures' | 'collections', id: string, rest = '') => `api/${kind}/${encodeURIComponent(id)}${rest}`
  return {
    change: (ids, changes) => json('api/marks', sending('PATCH', { ids, changes })),
    deleteImages: (ids) => json('api/delete', sending('POST', { ids })),
    lineage: async (id) => (await json<Lineage>(at('pictures', id, '/lineage'))).nodes,
    similar: (id) => json(`api/similar/${encodeURIComponent(id)}?limit=40`),
    collections: async () => (await json<CollectionList>('api/collections')).collections,
    collection: (id) => json(at('collections', id)),
    collect: (collection) => json('api/collections', sending('POST', collection)),
    changeCollection: (id, changes) => json(at('collections', id), sending('PATCH', changes)),
    deleteCollection: (id) => request(at('collections', id), sending('DELETE')),
    reveal: (id) => request(at('pictures', id, '/reveal'), sending('POST')),
    async exportUrl(ids, beside) {
      const wanted = { ids, ...(beside && { with: beside }), ticket: true }
      const { ticket } = await json<TakeOutTicket>('api/take-out', sending('POST', wanted))
      return `api/take-out/${encodeURIComponent(ticket)}`
    },
  }
}
