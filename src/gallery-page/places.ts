/** Lists that differ in marks alone have the same array of ids, and share these. */
const known = new WeakMap<readonly string[], ReadonlyMap<string, number>>()

/** The position of each id of a list; made once for an array. */
export function placesOf(ids: readonly string[]): ReadonlyMap<string, number> {
  let places = known.get(ids)
  if (!places) {
    places = new Map(ids.map((id, at) => [id, at]))
    known.set(ids, places)
  }
  return places
}
