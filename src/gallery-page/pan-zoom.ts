/** What of a picture is seen in its frame: how large, and how far its middle is from that of the frame. */
export interface Look {
  /** 1 shows it whole. */
  readonly scale: number
  /** In widths and heights of the frame. */
  readonly x: number
  readonly y: number
}

/** The picture whole. */
export const whole: Look = { scale: 1, x: 0, y: 0 }

const maxScale = 8

/** No further than the edge of what would fill the frame. */
function within({ scale, x, y }: Look): Look {
  const most = (scale - 1) / 2
  const clamp = (value: number) => Math.max(-most, Math.min(most, value))
  return { scale, x: clamp(x), y: clamp(y) }
}

/** Nearer or farther, so that the point at a place, counted from the frame's middle, stays where it is. */
export function zoomed(look: Look, factor: number, at: Point = { x: 0, y: 0 }): Look {
  const scale = Math.max(1, Math.min(maxScale, look.scale * factor))
  const by = scale / look.scale
  return within({ scale, x: at.x - (at.x - look.x) * by, y: at.y - (at.y - look.y) * by })
}

/** Moved by so many widths and heights of the frame. */
export const panned = (look: Look, x: number, y: number): Look => within({ ...look, x: look.x + x, y: look.y + y })

/** A place in the window. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Where one or two fingers hold a picture: the middle between them, and how far they are apart. */
export function gripOf(fingers: Iterable<Point>): Point & { readonly spread: number } {
  const [one = { x: 0, y: 0 }, other = one] = fingers
  // Fingers cannot be nearer to each other than this; one alone changes no size.
  const spread = Math.max(20, Math.hypot(other.x - one.x, other.y - one.y))
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, spread }
}

/** The look as a style. */
export const transformOf = ({ scale, x, y }: Look): string => `translate(${x * 100}%, ${y * 100}%) scale(${scale})`
