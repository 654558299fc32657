import { meansOf, type Pixels, type Plane, type Planes, planesOf } from './pixels.ts'

/** More pixels on each side show nothing more of a thumbnail. */
const maxSide = 240

/**
 * Windows of two sizes, which overlap by half, and what other file types, qualities and sizes make of them at most:
 * `npm run bench:similar` shows how near to these both sides come. They leave less of colours than of light.
 */
const scales = [
  { stepPx: 2, light: { worst: 2.2, outstanding: 5.6 }, colour: { worst: 3, outstanding: 6.3 } },
  { stepPx: 4, light: { worst: 1.25, outstanding: 4.2 }, colour: { worst: 1.7, outstanding: 4.5 } },
] as const
/** Levels by which one of two files may be brighter or more coloured as a whole. */
const maxShift = 1
/** All differences together beside the contrast of the picture: what is faint must not differ by what is in it. */
const maxShare = 0.25

/** Levels of 255 by which a window may differ where there is no detail, and how much more where there is. */
const [plainNoise, detailNoise] = [2, 0.25]
/** So little, in units of that noise, is usual in every picture; and so few levels are nothing. */
const [usual, nothing] = [0.1, 0.02]

/** Sides of two thumbnails of one picture may be rounded differently. */
const roundedPx = 2

/**
 * Pixels on each side in which two thumbnails of these sizes can be compared; undefined where the one is smaller: what
 * only the larger can show, such as a small watermark, would not be seen.
 */
export function commonSide(one: Size, other: Size): number | undefined {
  const [across, down] = [Math.abs(one.widthPx - other.widthPx), Math.abs(one.heightPx - other.heightPx)]
  if (across > roundedPx || down > roundedPx) return undefined
  const smallest = Math.min(one.widthPx, other.widthPx, one.heightPx, other.heightPx)
  return Math.max(16, Math.min(maxSide, 4 * Math.floor(smallest / 8)))
}

type Size = Pick<Pixels, 'widthPx' | 'heightPx'>

/**
 * Whether two squares of the same side show the same picture: no window of it differs by more than what other file
 * types, qualities and sizes make of it, no window stands out among the others, and nothing is lighter as a whole.
 *
 * A watermark, an edit, a cut or a second try of the same prompt makes another picture. Where it is doubtful it is no.
 */
export function isSamePicture(left: Pixels, right: Pixels): boolean {
  const [one, other] = [planesOf(left), planesOf(right)]
  const detail = [detailOf(one.luma), detailOf(other.luma)] as const
  return (Object.keys(one) as (keyof Planes)[]).every((name) =>
    scales.every(({ stepPx, light, colour }) => {
      const most = name === 'luma' || name === 'cover' ? light : colour
      const { worst, outstanding, shift, share } = differencesOf(one[name], other[name], detail, stepPx)
      return worst <= most.worst && outstanding <= most.outstanding && shift <= maxShift && share <= maxShare
    }),
  )
}

/**
 * How two planes differ.
 *
 * Shape   `worst` is the worst window, in units of the noise to be expected there; `outstanding` the same beside what
 *         is usual in this picture, since what was added stands out and noise is everywhere.
 */
function differencesOf(one: Plane, other: Plane, detail: readonly [Plane, Plane], stepPx: number) {
  const [before, after] = [windowsOf(one, stepPx), windowsOf(other, stepPx)]
  const differences = before.map((value, at) => value - (after[at] ?? 0))
  const [left, right] = [windowsOf(detail[0], stepPx), windowsOf(detail[1], stepPx)]
  // What only one of both shows is no reason for more.
  const inNoise = differences.map(
    (value, at) => Math.abs(value) / (plainNoise + detailNoise * Math.min(left[at] ?? 0, right[at] ?? 0)),
  )
  const worst = inNoise.reduce((largest, value) => Math.max(largest, value), 0)
  return {
    worst,
    outstanding: worst / (rootMeanSquare(inNoise) + usual),
    shift: Math.abs(meanOf(differences)),
    share: Math.max(0, rootMeanSquare(differences) - nothing) / (contrastOf(before) + nothing),
  }
}

/** Means of windows of twice the step. */
function windowsOf(plane: Plane, stepPx: number): Float32Array {
  const count = plane.side / stepPx
  const small = meansOf(plane, count, count)
  const windows = new Float32Array((count - 1) ** 2)
  for (let y = 0; y < count - 1; y++)
    for (let x = 0; x < count - 1; x++) {
      const at = y * count + x
      const above = (small[at] ?? 0) + (small[at + 1] ?? 0)
      const below = (small[at + count] ?? 0) + (small[at + count + 1] ?? 0)
      windows[y * (count - 1) + x] = (above + below) / 4
    }
  return windows
}

/** How much each pixel differs from those beside and below it. */
function detailOf({ side, values }: Plane): Plane {
  const detail = new Float32Array(side * side)
  for (let y = 0; y < side - 1; y++)
    for (let x = 0; x < side - 1; x++) {
      const at = y * side + x
      const value = values[at] ?? 0
      detail[at] = (Math.abs((values[at + 1] ?? 0) - value) + Math.abs((values[at + side] ?? 0) - value)) / 2
    }
  return { side, values: detail }
}

const meanOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length

const rootMeanSquare = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)

function contrastOf(values: Float32Array): number {
  const mean = meanOf(values)
  return rootMeanSquare(values.map((value) => value - mean))
}
