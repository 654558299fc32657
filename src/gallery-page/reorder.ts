/** A list with one of its members at another place. */
export function moved<One>(all: readonly One[], from: number, to: number): readonly One[] {
  const rest = all.filter((_, at) => at !== from)
  return [...rest.slice(0, to), ...all.slice(from, from + 1), ...rest.slice(to)]
}

/** Where a key with Alt moves what stands at a place: one on or back, or to an end; undefined for other keys. */
export function placeFor(key: string, at: number, count: number): number | undefined {
  const clamp = (to: number) => Math.max(0, Math.min(count - 1, to))
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowUp':
      return clamp(at - 1)
    case 'ArrowRight':
    case 'ArrowDown':
      return clamp(at + 1)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}
