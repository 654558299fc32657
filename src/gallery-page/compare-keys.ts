import { isModified, isWithin } from './keys.ts'

/** What a key asks of a comparison. */
export type CompareAction =
  | { readonly kind: 'step'; readonly by: -1 | 1 }
  | { readonly kind: 'pan'; readonly x: number; readonly y: number }
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'whole' | 'flicker' | 'side-by-side' }

/** A key pans by this much of the frame. */
const stride = 0.15

const directions: Readonly<Record<string, readonly [number, number] | undefined>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

/** What a key does while pictures are compared: arrows go from one to the next, or move what is enlarged. */
export function compareAction(event: KeyboardEvent, isZoomed: boolean): CompareAction | undefined {
  if (isModified(event)) return undefined
  const direction = directions[event.key]
  if (direction && isZoomed) return { kind: 'pan', x: direction[0] * stride, y: direction[1] * stride }
  if (direction) return direction[0] === 0 ? undefined : { kind: 'step', by: direction[0] > 0 ? -1 : 1 }
  switch (event.key) {
    case '+':
    case '=':
      return { kind: 'zoom', factor: 1.5 }
    case '-':
      return { kind: 'zoom', factor: 1 / 1.5 }
    case 'z':
      return isZoomed ? { kind: 'whole' } : { kind: 'zoom', factor: 3 }
    case ' ':
      // On a button, space presses that.
      return isWithin(event, 'button:not(.frame)') ? undefined : { kind: 'flicker' }
    case 's':
      return { kind: 'side-by-side' }
    default:
      return undefined
  }
}
