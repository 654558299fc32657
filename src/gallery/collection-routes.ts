import { type Context, Hono } from 'hono'
import {
  type Collection,
  type CollectionFields,
  changedCollection,
  checkedCollection,
  newCollection,
  removeCollection,
  writeCollection,
} from '../archive/collections.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { CollectionDetails, CollectionList, CollectionSummary } from './api.ts'
import { type ApiOptions, jsonBodyOf, limited, maxIdsBytes } from './requests.ts'

/** Collections: pictures in an order of one's own, and searches that are kept. */
export function collectionRoutes({ root, catalogue }: Pick<ApiOptions, 'root' | 'catalogue'>): Hono {
  const { collections } = catalogue
  const api = new Hono()
  const fieldsOf = async (context: Context) => checkedCollection(await jsonBodyOf(context))
  const isTaken = ({ name }: CollectionFields, id?: string) => {
    const found = name === undefined ? undefined : collections.named(name)
    return found !== undefined && found.id !== id
  }
  const answer = async (context: Context, written: Collection | undefined) => {
    await collections.refresh(true)
    return written
      ? context.json(detailsOf(catalogue, written))
      : context.json({ error: 'There is no such collection.' }, 404)
  }

  api.get('/collections', async (context) => {
    await Promise.all([collections.refresh(), catalogue.whole])
    const list = collections.all.map((one) => summaryOf(one, idsOf(catalogue, one)))
    return context.json({ collections: list } satisfies CollectionList)
  })

  api.get('/collections/:id', async (context) => {
    await Promise.all([collections.refresh(), catalogue.whole])
    return answer(context, collections.get(context.req.param('id')))
  })

  api.post('/collections', limited(maxIdsBytes), async (context) => {
    const fields = await fieldsOf(context)
    const made = fields && newCollection(fields)
    if (!made) return context.json({ error: notUnderstood }, 400)
    await collections.refresh(true)
    if (isTaken(made)) return context.json({ error: nameTaken }, 409)
    return answer(context, await writeCollection(root, undefined, () => made))
  })

  api.patch('/collections/:id', limited(maxIdsBytes), async (context) => {
    const id = context.req.param('id')
    const changes = await fieldsOf(context)
    await collections.refresh(true)
    const known = collections.get(id)
    if (changes && !known) return answer(context, undefined)
    if (!changes || !known || !changedCollection(known, changes)) return context.json({ error: notUnderstood }, 400)
    if (isTaken(changes, id)) return context.json({ error: nameTaken }, 409)
    return answer(context, await writeCollection(root, id, (before) => before && changedCollection(before, changes)))
  })

  api.delete('/collections/:id', async (context) => {
    const isRemoved = await removeCollection(root, context.req.param('id'))
    await collections.refresh(true)
    return isRemoved ? context.json({ isRemoved }) : answer(context, undefined)
  })
  return api
}

const notUnderstood =
  'A collection is { name, note?, ids? or query? }; a list is changed by { name, note, add, remove, order }, a search by { name, note, query }.'
const nameTaken = 'There is a collection of this name already.'

/** The pictures of a collection that are here, in order. */
function idsOf({ search, entries, get }: Catalogue, collection: Collection): string[] {
  if (collection.kind === 'list') return collection.ids.filter((id) => get(id) !== undefined)
  return [...search({ q: collection.query })].flatMap((at) => entries[at]?.id ?? [])
}

function summaryOf(collection: Collection, ids: readonly string[]): CollectionSummary {
  const { id, name, note, kind } = collection
  const query = collection.kind === 'smart' ? { query: collection.query } : {}
  return { id, name, note, kind, count: ids.length, cover: ids[0] ?? null, ...query }
}

function detailsOf(catalogue: Catalogue, collection: Collection): CollectionDetails {
  const ids = idsOf(catalogue, collection)
  return { ...summaryOf(collection, ids), ids }
}
