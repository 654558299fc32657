import type { CDPSession } from 'puppeteer-core'

/** A place in the window. */
export type Point = readonly [x: number, y: number]

/** Fingers that move together from their first places to their last. */
export async function moveFingers(client: CDPSession, fingers: readonly (readonly Point[])[]) {
  const points = (at: number) => fingers.map((way, id) => ({ x: way[at]?.[0] ?? 0, y: way[at]?.[1] ?? 0, id }))
  await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: points(0) })
  for (let at = 1; at < (fingers[0]?.length ?? 0); at++) {
    await client.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: points(at) })
    await new Promise((resolve) => setTimeout(resolve, 16))
  }
  await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
}

/** The places on the way from one to another. */
export const line = (from: Point, to: Point, steps = 8): Point[] =>
  Array.from({ length: steps + 1 }, (_, n) => [
    from[0] + ((to[0] - from[0]) * n) / steps,
    from[1] + ((to[1] - from[1]) * n) / steps,
  ])
