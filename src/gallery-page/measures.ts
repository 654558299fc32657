/** Sizes the rows are made of. */
export interface Measures {
  readonly widthPx: number
  readonly rowPx: number
  readonly gapPx: number
  readonly headingPx: number
  readonly dayGapPx: number
}

/** How high rows shall be in a window of this width. */
export function measuresFor(widthPx: number): Measures {
  const isNarrow = widthPx < 600
  const rowPx = isNarrow ? 150 : widthPx < 1000 ? 190 : widthPx < 1700 ? 230 : 270
  return { widthPx, rowPx, gapPx: isNarrow ? 4 : 8, headingPx: isNarrow ? 44 : 52, dayGapPx: isNarrow ? 20 : 32 }
}
