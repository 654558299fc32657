/** Sizes the rows are made of. */
export interface Measures {
  readonly widthPx: number
  readonly rowPx: number
  readonly gapPx: number
  readonly headingPx: number
  readonly dayGapPx: number
  /** No day is narrower, so that its heading can be read. */
  readonly minDayPx: number
  /** So many times the height wanted is a last row at most, to fill the width. */
  readonly stretch: number
}

/** How high rows shall be in a window of this width. */
export function measuresFor(widthPx: number): Measures {
  const isNarrow = widthPx < 600
  const rowPx = isNarrow ? 150 : widthPx < 1000 ? 190 : widthPx < 1700 ? 230 : 270
  const [gapPx, headingPx, dayGapPx] = isNarrow ? [4, 44, 20] : [8, 52, 32]
  return { widthPx, rowPx, gapPx, headingPx, dayGapPx, minDayPx: 130, stretch: isNarrow ? 1.7 : 1.35 }
}
