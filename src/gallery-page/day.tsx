import type { Source } from './api.ts'
import { type Day, type DrawnDay, type Layout, partOfRow } from './layout.ts'
import type { Shown } from './shown.ts'
import { addressOf } from './state.ts'
import { Tile } from './tile.tsx'
import type { Caption } from './use-captions.ts'
import type { Choosing } from './use-choosing.ts'
import type { Selection } from './use-selection.ts'
import { dayName, pictureCount } from './words.ts'

/** What all tiles of the grid have in common. */
export interface Tiles {
  readonly source: Source
  readonly shown: Shown
  readonly layout: Layout
  /** By id, as far as they are known. */
  readonly captions: ReadonlyMap<string, Caption>
  readonly fresh: ReadonlySet<string>
  readonly selection: Selection
  readonly choosing: Choosing | null
  /** The picture Tab leads to. */
  readonly activeIndex: number
  readonly isRushing: boolean
}

interface Props {
  readonly drawn: DrawnDay
  readonly headingPx: number
  readonly tiles: Tiles
}

/** A day with its heading and those of its rows that are drawn. */
export function DaySection({ drawn: { day, at, rows }, headingPx, tiles }: Props) {
  const { topPx, leftPx, widthPx, heightPx } = day
  return (
    <section
      class={['day', day.isShared && 'shared', leftPx > 0 && 'beside'].filter(Boolean).join(' ')}
      style={{ top: `${topPx}px`, left: `${leftPx}px`, width: `${widthPx}px`, height: `${heightPx}px` }}
    >
      <h2 id={`day-${at}`} style={{ height: `${headingPx}px` }}>
        <span>{dayName(day.startsAt, new Date(), day.isShared)}</span>
        <span class="day-count">{pictureCount(picturesOf(tiles.shown, day))}</span>
      </h2>
      {/* biome-ignore lint/a11y/useSemanticElements: a table cannot be justified rows. */}
      <div
        role="grid"
        aria-labelledby={`day-${at}`}
        aria-rowcount={day.rowCount}
        aria-multiselectable={tiles.selection.isOn ? true : undefined}
      >
        {rows.map((row) => (
          <Row key={partOfRow(tiles.layout, row, day).first} row={row} day={day} tiles={tiles} />
        ))}
      </div>
    </section>
  )
}

/** Those under the cover of a stack count where it stands. */
function picturesOf(shown: Shown, { first, pictureCount: tileCount }: Day): number {
  let count = 0
  for (let at = first; at < first + tileCount; at++) count += shown.sizeAt(at)
  return count
}

interface RowProps {
  readonly row: number
  readonly day: Day
  readonly tiles: Tiles
}

/** The part of a row that belongs to a day. */
function Row({ row, day, tiles }: RowProps) {
  const { layout } = tiles
  const { first, end } = partOfRow(layout, row, day)
  const top = (layout.top[row] ?? 0) - day.topPx
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the links in its cells take the focus.
    // biome-ignore lint/a11y/useSemanticElements: a table cannot be justified rows.
    <div role="row" aria-rowindex={row - day.firstRow + 1} class="row" style={{ top: `${top}px` }}>
      {Array.from({ length: end - first }, (_, i) => tileAt(first + i, row, day, tiles))}
    </div>
  )
}

function tileAt(index: number, row: number, day: Day, tiles: Tiles) {
  const { source, shown, layout, selection, choosing } = tiles
  const id = shown.idAt(index)
  const [rating, size] = [shown.ratingAt(index), shown.sizeAt(index)]
  const heightPx = layout.height[row] ?? 0
  return (
    <Tile
      key={id}
      id={id}
      index={index}
      date={shown.list.pictures.date[shown.positionAt(index)] ?? 0}
      flags={shown.flagsAt(index)}
      rating={choosing?.rating(id, rating) ?? rating}
      size={size}
      leftPx={(layout.left[index] ?? 0) - day.leftPx}
      widthPx={(layout.ratio[index] ?? 1) * heightPx}
      heightPx={heightPx}
      address={`?${addressOf({ filters: shown.filters, picture: size > 1 ? null : id, ...(size > 1 && { variants: id }) })}`}
      thumbUrl={source.thumbUrl(id, heightPx * devicePixelRatio)}
      prompt={tiles.captions.get(id)?.prompt ?? undefined}
      isActive={index === tiles.activeIndex}
      isFresh={tiles.fresh.has(id)}
      isChosen={selection.isOn ? selection.ids.has(id) : undefined}
      isRushing={tiles.isRushing}
    />
  )
}
