import { useMemo, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { hiddenCount } from './chosen.ts'
import { Icon } from './icons.tsx'
import type { Shown } from './shown.ts'
import type { Selection } from './use-selection.ts'
import { pictureCount } from './words.ts'

/** Hands a file to the browser's downloads. */
function save(blob: Blob, name: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

interface Props {
  readonly selection: Selection
  readonly shown: Shown | null
  readonly source: Source
}

/** The bar at the foot of the page while pictures are chosen. */
export function SelectionBar({ selection, shown, source }: Props) {
  const [state, setState] = useState<'idle' | 'packing' | string>('idle')
  const count = selection.ids.size
  const hidden = useMemo(() => hiddenCount(selection.ids, shown), [selection, shown])
  const takeOut = async () => {
    setState('packing')
    try {
      save(await source.takeOut([...selection.ids]), `pictures-${new Date().toISOString().slice(0, 10)}.zip`)
      setState('idle')
    } catch (error) {
      setState(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <section class="selection-bar" aria-label="Selection">
      <p role="status">
        {state === 'packing' && 'Packing… '}
        {state !== 'packing' && state !== 'idle' && `${state} `}
        {count > 0 ? `${pictureCount(count)} selected` : 'Select pictures'}
        {count === 0 && <span class="with-keys">; hold Shift for a range</span>}
        {hidden > 0 && `, ${hidden.toLocaleString()} of them not shown`}
      </p>
      <button type="button" class="quiet" aria-label="Select all" onClick={selection.all}>
        All
      </button>
      <button type="button" class="primary" disabled={count === 0 || state === 'packing'} onClick={takeOut}>
        <Icon name="box" /> Take out
      </button>
      <button type="button" class="icon-button" aria-label="End selecting" onClick={selection.stop}>
        <Icon name="close" />
      </button>
    </section>
  )
}
