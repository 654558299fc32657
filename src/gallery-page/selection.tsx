import { useMemo, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { Icon } from './icons.tsx'
import type { Shown } from './use-gallery.ts'
import { pictureCount } from './words.ts'

/** Which pictures are chosen, while the gallery is in the mode of choosing. */
export interface Selection {
  readonly isOn: boolean
  readonly ids: ReadonlySet<string>
  start(): void
  stop(): void
  /** Chooses or drops a picture; with a range, does the same to all from the one before to this one. */
  toggle(index: number, isRange: boolean): void
  all(): void
}

interface Chosen {
  readonly ids: ReadonlySet<string>
  /** The picture a range begins at. */
  readonly from: string | null
}

/** The selection among the pictures shown. */
export function useSelection(shown: Shown | null): Selection {
  const [chosen, choose] = useState<Chosen | null>(null)
  return useMemo(
    () => ({
      isOn: chosen !== null,
      ids: chosen?.ids ?? new Set(),
      start: () => choose({ ids: new Set(), from: null }),
      stop: () => choose(null),
      all: () =>
        shown && choose({ ids: new Set(Array.from({ length: shown.count }, (_, i) => shown.idAt(i))), from: null }),
      toggle(index, isRange) {
        if (!shown) return
        choose((known) => {
          const ids = new Set(known?.ids)
          const id = shown.idAt(index)
          const isAdded = !ids.has(id)
          const anchor = isRange && known?.from ? shown.indexOf(known.from) : -1
          const [from, to] = anchor < 0 ? [index, index] : [Math.min(anchor, index), Math.max(anchor, index)]
          for (let i = from; i <= to; i++) {
            if (isAdded || anchor >= 0) ids.add(shown.idAt(i))
            else ids.delete(shown.idAt(i))
          }
          return { ids, from: id }
        })
      },
    }),
    [shown, chosen],
  )
}

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
  const hidden = useMemo(
    () => [...selection.ids].filter((id) => (shown?.indexOf(id) ?? -1) < 0).length,
    [selection, shown],
  )
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
