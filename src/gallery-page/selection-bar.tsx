import { useEffect, useMemo } from 'preact/hooks'
import { hiddenCount } from './chosen.ts'
import { maxCompared } from './compare.tsx'
import type { Task } from './desk.tsx'
import { Icon, type IconName } from './icons.tsx'
import { type Rating, unrated } from './rating.ts'
import { RatingBar } from './rating-bar.tsx'
import type { Shown } from './shown.ts'
import type { Choosing } from './use-choosing.ts'
import type { Selection } from './use-selection.ts'
import { pictureCount } from './words.ts'

interface Props {
  readonly selection: Selection
  readonly shown: Shown | null
  readonly choosing: Choosing | null
  start(task: Task): void
  /** From the bar into the pictures. */
  leave(): void
}

/**
 * The bar at the foot of the page while pictures are chosen, and what can be done with all of them; in a copy, little.
 */
export function SelectionBar({ selection, shown, choosing, start, leave }: Props) {
  const count = selection.ids.size
  const hidden = useMemo(() => hiddenCount(selection.ids, shown), [selection, shown])
  const ids = [...selection.ids]
  // Who ended selecting in the bar, which is gone then.
  useEffect(() => () => void (document.activeElement === document.body && leave()), [])
  const tool = (name: string, kind: 'compare' | 'tag' | 'collect' | 'delete', icon: IconName, isOff = count === 0) => (
    <button
      type="button"
      class="icon-button"
      aria-label={name}
      title={name}
      disabled={isOff}
      onClick={() => start({ kind, ids })}
    >
      <Icon name={icon} />
    </button>
  )
  return (
    <section class="selection-bar" aria-label="Selection">
      <p role="status">
        {count > 0 ? `${pictureCount(count)} selected` : 'Select pictures'}
        {count === 0 && <span class="with-keys">; hold Shift for a range</span>}
        {hidden > 0 && `, ${hidden.toLocaleString()} of them not shown`}
      </p>
      <button type="button" class="quiet" aria-label="Select all" onClick={selection.all}>
        All
      </button>
      {choosing && count > 0 && (
        <RatingBar
          rating={commonRating(selection, shown, choosing)}
          choose={(choice) => void choosing.change(ids, choice)}
        />
      )}
      <div class="tools">
        {tool('Compare, two to four (c)', 'compare', 'compare', count < 2 || count > maxCompared)}
        {choosing && (
          <>
            {tool('Tag…', 'tag', 'tag')}
            {tool('Collect…', 'collect', 'collection')}
            {tool('Delete images…', 'delete', 'trash')}
            <button type="button" class="primary" disabled={count === 0} onClick={() => start({ kind: 'export', ids })}>
              <Icon name="box" /> Take out…
            </button>
          </>
        )}
        <button type="button" class="icon-button" aria-label="End selecting" onClick={selection.stop}>
          <Icon name="close" />
        </button>
      </div>
    </section>
  )
}

/** The rating that all pictures chosen have in common; none, where they differ or are too many to look at. */
function commonRating({ ids }: Selection, shown: Shown | null, choosing: Choosing): Rating {
  const ratings = [...ids].slice(0, 500).map((id) => {
    const at = shown?.indexOf(id) ?? -1
    return choosing.rating(id, (at >= 0 && shown?.ratingAt(at)) || unrated)
  })
  const [first = unrated] = ratings
  const isShared = (key: keyof Rating) => ratings.every((one) => one[key] === first[key])
  return {
    stars: isShared('stars') ? first.stars : 0,
    flag: isShared('flag') ? first.flag : '',
    favourite: isShared('favourite') && first.favourite,
  }
}
