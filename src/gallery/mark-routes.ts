import path from 'node:path'
import { Hono } from 'hono'
import pLimit from 'p-limit'
import { readMarks } from '../archive/mark-files.ts'
import { checkedChanges, type Marks, maxMarksBytes } from '../archive/marks.ts'
import type { Entry } from '../catalogue/entry.ts'
import { recordOf } from '../catalogue/pictures.ts'
import { type ApiOptions, jsonBodyOf, limited, type WithEntry } from './requests.ts'

/** One change after the other, since a change of one mark writes all of them. */
const marking = pLimit(1)

/** Changes some of a picture's marks, and answers with all. */
export function changeMarks(
  { root, mark }: Pick<ApiOptions, 'root' | 'mark'>,
  { folder, name }: Entry,
  changes: Partial<Marks>,
): Promise<Marks> {
  return marking(async () => {
    const before = await readMarks(path.join(root, 'database'), folder, name)
    const after = { ...before, ...changes }
    await mark(folder, name, after)
    return after
  })
}

/** What a person marks. */
export function markRoutes(options: ApiOptions, withEntry: WithEntry): Hono {
  const { root, catalogue } = options
  const api = new Hono()
  api.patch('/pictures/:id/marks', limited(maxMarksBytes), (context) =>
    withEntry(context, async (entry) => {
      const changes = checkedChanges(await jsonBodyOf(context))
      if (!changes)
        return context.json({ error: 'Marks are any of { favourite, tags, note }, in a length one can read.' }, 400)
      if (!(await recordOf(root, entry))) return undefined
      const marks = await changeMarks(options, entry, changes)
      await catalogue.examine(entry.folder)
      return context.json(marks)
    }),
  )
  return api
}
