/** In which order a slideshow goes. */
export type SlideOrder = 'forward' | 'shuffled'

/**
 * What comes behind a picture: around the end in the order shown, or any of those not seen in this round.
 *
 * Shape   `seen` are indexes; a round that has seen all of them begins anew. `random` gives numbers from 0 up to 1.
 */
export function nextSlide(
  index: number,
  count: number,
  order: SlideOrder,
  seen: ReadonlySet<number>,
  random = Math.random,
): number {
  if (order === 'forward' || count < 2) return (index + 1) % Math.max(1, count)
  const others = (isOut: (at: number) => boolean) =>
    Array.from({ length: count }, (_, at) => at).filter((at) => !isOut(at))
  const unseen = others((at) => at === index || seen.has(at))
  const from = unseen.length > 0 ? unseen : others((at) => at === index)
  return from[Math.floor(random() * from.length)] ?? index
}
