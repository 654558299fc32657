import { Hono } from 'hono'
import pLimit from 'p-limit'
import { changeMarks } from '../archive/mark-files.ts'
import { checkedChanges, checkedTags, type Marks, maxMarksBytes } from '../archive/marks.ts'
import type { Entry } from '../catalogue/entry.ts'
import { fold } from '../catalogue/fold.ts'
import { recordOf } from '../catalogue/pictures.ts'
import { isObject } from '../decode/json.ts'
import type { MarkedMany } from './api.ts'
import { type ApiOptions, entriesIn, jsonBodyOf, limited, maxIdsBytes, type WithEntry } from './requests.ts'

/** Pictures marked at a time: those that are flushed together cost the disk little more than one. */
const atOnce = 16

/** What a person marks. */
export function markRoutes(options: ApiOptions, withEntry: WithEntry): Hono {
  const { root, catalogue } = options
  const api = new Hono()
  api.patch('/pictures/:id/marks', limited(maxMarksBytes), (context) =>
    withEntry(context, async (entry) => {
      const changes = checkedChanges(await jsonBodyOf(context))
      if (!changes)
        return context.json(
          { error: 'Marks are any of { favourite, stars, flag, tags, note }, in a length one can read.' },
          400,
        )
      if (!(await recordOf(root, entry))) return undefined
      const { after } = await changeMarks(options, entry, changes)
      await catalogue.examine(entry.folder)
      return context.json(after)
    }),
  )

  api.patch('/marks', limited(maxIdsBytes), async (context) => {
    const body = await jsonBodyOf(context)
    const change = changeIn(isObject(body) ? body.changes : undefined)
    if (!change)
      return context.json({ error: '"changes" is any of { stars, flag, favourite, addTags, removeTags }.' }, 400)
    const { entries, unknown } = await entriesIn(catalogue, body)
    if (entries.length + unknown === 0) return context.json({ error: '"ids" names no picture.' }, 400)
    const marked = await pLimit(atOnce).map(entries, (entry) => markOne(options, entry, change))
    await catalogue.examine(...new Set(entries.map(({ folder }) => folder)))
    const before = marked.filter((one) => one !== undefined)
    const failed = entries.length + unknown - before.length
    return context.json({ changed: before.length, failed, before } satisfies MarkedMany)
  })
  return api
}

type Change = (before: Marks) => Partial<Marks>

/** What is said of many pictures, for each of them; undefined where it cannot be understood, or is nothing. */
function changeIn(json: unknown): Change | undefined {
  if (!isObject(json)) return undefined
  const { stars, flag, favourite, addTags, removeTags } = json
  const [add, remove] = [addTags ?? [], removeTags ?? []].map(checkedTags)
  const same = [stars, flag, favourite].some((one) => one !== undefined)
    ? checkedChanges({ stars, flag, favourite })
    : {}
  if (!same || !add || !remove || Object.keys(same).length + add.length + remove.length === 0) return undefined
  if (add.length + remove.length === 0) return () => same
  const gone = new Set(remove.map(fold))
  return (before) => {
    const kept = before.tags.filter((tag) => !gone.has(fold(tag)))
    const known = new Set(kept.map(fold))
    const tags = checkedTags([...kept, ...add.filter((tag) => !known.has(fold(tag)))])
    if (!tags) throw new Error('more tags than anybody reads')
    return { ...same, tags }
  }
}

/** How a picture was marked before; undefined where it could not be marked. */
async function markOne(
  options: ApiOptions,
  entry: Entry,
  change: Change,
): Promise<MarkedMany['before'][number] | undefined> {
  if (!(await recordOf(options.root, entry))) return undefined
  const changed = await changeMarks(options, entry, change).catch(() => undefined)
  if (!changed) return undefined
  const { stars, flag, favourite, tags } = changed.before
  return { id: entry.id, stars, flag, favourite, tags }
}
