import { flag as bits } from './api.ts'
import type { Rating } from './rating.ts'
import { type Shown, showPart } from './shown.ts'

/** Pictures of one turn, or of nearly the same prompt. */
interface Stack {
  /** Index of the picture it is shown by. */
  cover: number
  worth: number
  size: number
}

/** What is shown, with each stack as one tile: that of its best picture, the first of those where several are. */
export function stacked(shown: Shown): Shown {
  const stacks = new Map<number, Stack>()
  for (let at = 0; at < shown.count; at++) {
    const group = groupAt(shown, at)
    if (group === 0) continue
    const worth = worthOf(shown.ratingAt(at), (shown.flagsAt(at) & bits.isMissing) !== 0)
    const stack = stacks.get(group)
    if (!stack) stacks.set(group, { cover: at, worth, size: 1 })
    else {
      stack.size += 1
      if (worth > stack.worth) Object.assign(stack, { cover: at, worth })
    }
  }
  if (stacks.size === 0) return shown
  const sizes = new Map([...stacks.values()].map(({ cover, size }) => [shown.positionAt(cover), size]))
  return showPart(shown, (at) => stacks.get(groupAt(shown, at))?.cover === at || groupAt(shown, at) === 0, sizes)
}

/** The pictures shown that stand in one stack with a picture: that one alone, if it stands in none. */
export function variantsOf(shown: Shown, id: string): Shown {
  const own = shown.indexOf(id)
  const group = groupAt(shown, own)
  return showPart(shown, (at) => at === own || (group !== 0 && groupAt(shown, at) === group))
}

/** The index of the tile that shows a picture, or stands for it; -1 where there is none. */
export function tileOf(shown: Shown, id: string): number {
  const own = shown.indexOf(id)
  if (own >= 0) return own
  const { id: ids, stack } = shown.list.pictures
  const group = stack[ids.indexOf(id)] ?? 0
  if (group === 0) return -1
  for (let at = 0; at < shown.count; at++) if (groupAt(shown, at) === group) return at
  return -1
}

const groupAt = (shown: Shown, index: number): number => shown.list.pictures.stack[shown.positionAt(index)] ?? 0

/** What a person judged best is seen; what was rejected, or has no image, only when there is nothing else. */
const worthOf = ({ stars, flag, favourite }: Rating, isMissing: boolean): number =>
  stars + { picked: 10, '': 0, rejected: -10 }[flag] + (favourite ? 20 : 0) - (isMissing ? 100 : 0)
