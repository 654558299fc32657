import { loadSharp } from '../catalogue/sharp.ts'
import { inspectImage } from '../decode/image-bytes.ts'

/** A picture as it is looked at: brought to a square, whatever its shape. */
export interface Pixels {
  /** Of the thumbnail, which has the picture's shape. */
  readonly widthPx: number
  readonly heightPx: number
  /** Pixels on each side of the square. */
  readonly side: number
  /** Four bytes for each pixel, row by row. */
  readonly rgba: Uint8Array
}

/** Reads a thumbnail into a square of so many pixels a side; undefined for what is no picture. */
export type ReadPixels = (thumb: Uint8Array, side: number) => Promise<Pixels | undefined>

/** The reader; undefined where sharp is not installed. */
export async function loadReader(): Promise<ReadPixels | undefined> {
  const sharp = await loadSharp()
  if (!sharp) return undefined
  return async (thumb, side) => {
    const { widthPx, heightPx } = inspectImage(thumb) ?? {}
    if (!widthPx || !heightPx) return undefined
    const squeezed = sharp(thumb).resize(side, side, { fit: 'fill' })
    const rgba = await squeezed.toColourspace('srgb').ensureAlpha().raw().toBuffer()
    return { widthPx, heightPx, side, rgba }
  }
}

/** One number for each pixel of a square. */
export interface Plane {
  readonly side: number
  readonly values: Float32Array
}

/** What a picture has of everything a person sees. */
export interface Planes {
  readonly luma: Plane
  /** The two differences of colour (BT.601), 128 for none. */
  readonly blue: Plane
  readonly red: Plane
  /** 255 for what lets nothing through. */
  readonly cover: Plane
}

const grey = 128

/** Takes a picture apart; where it lets something through, there is grey behind it. */
export function planesOf({ side, rgba }: Pixels): Planes {
  const plane = (): Plane => ({ side, values: new Float32Array(side * side) })
  const [luma, blue, red, cover] = [plane(), plane(), plane(), plane()]
  for (let at = 0; at < side * side; at++) {
    const alpha = rgba[4 * at + 3] ?? 0
    const share = alpha / 255
    const r = grey + share * ((rgba[4 * at] ?? 0) - grey)
    const g = grey + share * ((rgba[4 * at + 1] ?? 0) - grey)
    const b = grey + share * ((rgba[4 * at + 2] ?? 0) - grey)
    const y = 0.299 * r + 0.587 * g + 0.114 * b
    luma.values[at] = y
    blue.values[at] = grey + 0.564 * (b - y)
    red.values[at] = grey + 0.713 * (r - y)
    cover.values[at] = alpha
  }
  return { luma, blue, red, cover }
}

/** Means of `columns` × `rows` fields of a plane, row by row. */
export function meansOf({ side, values }: Plane, columns: number, rows: number): Float32Array {
  const means = new Float32Array(columns * rows)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [left, right] = [Math.floor((column * side) / columns), Math.floor(((column + 1) * side) / columns)]
      const [top, bottom] = [Math.floor((row * side) / rows), Math.floor(((row + 1) * side) / rows)]
      let sum = 0
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += values[y * side + x] ?? 0
      means[row * columns + column] = sum / ((right - left) * (bottom - top))
    }
  return means
}
