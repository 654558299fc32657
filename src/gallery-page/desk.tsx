import type { Source } from './api.ts'
import { CollectDialog } from './collect-dialog.tsx'
import { CollectionsSheet } from './collections-sheet.tsx'
import { Compare } from './compare.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { ExportDialog } from './export-dialog.tsx'
import { findRejected } from './rejected.ts'
import type { Filters } from './state.ts'
import { TagDialog } from './tag-dialog.tsx'
import type { Choosing } from './use-choosing.ts'

/** What is being done with some pictures, or with all of them. */
export type Task =
  | { readonly kind: 'compare' | 'tag' | 'collect' | 'export' | 'delete'; readonly ids: readonly string[] }
  | { readonly kind: 'collections' | 'delete-rejected' }

interface Props {
  readonly task: Task
  readonly source: Source
  readonly choosing: Choosing | null
  readonly filters: Filters
  /** That of the list. */
  readonly revision: number | undefined
  find(filters: Partial<Filters>): void
  close(): void
}

/** The dialog in which a task is done. */
export function Desk({ task, source, choosing, filters, revision, find, close }: Props) {
  const { work } = source
  if (task.kind === 'compare') return <Compare source={source} choosing={choosing} ids={task.ids} close={close} />
  // All others change something.
  if (!work || !choosing) return null
  const { say } = choosing
  switch (task.kind) {
    case 'tag':
      return <TagDialog choosing={choosing} ids={task.ids} close={close} />
    case 'collect':
      return <CollectDialog source={source} work={work} ids={task.ids} say={say} close={close} />
    case 'export':
      return <ExportDialog work={work} ids={task.ids} close={close} />
    case 'collections':
      return (
        <CollectionsSheet source={source} work={work} filters={filters} revision={revision} find={find} close={close} />
      )
    case 'delete': {
      const chosen = async () => ({ ids: task.ids, bytes: null })
      return <DeleteDialog work={work} noun="image" find={chosen} say={say} close={close} />
    }
    case 'delete-rejected':
      return (
        <DeleteDialog work={work} noun="rejected image" find={() => findRejected(source)} say={say} close={close} />
      )
  }
}
