import { Hono } from 'hono'
import { changeMarks } from '../archive/mark-files.ts'
import { checkedChanges, maxMarksBytes } from '../archive/marks.ts'
import { recordOf } from '../catalogue/pictures.ts'
import { type ApiOptions, jsonBodyOf, limited, type WithEntry } from './requests.ts'

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
