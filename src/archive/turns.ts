/** Makes the order of work: what has the same key is done one after the other, whatever fails. */
export function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, turn)
    const end = () => void (last.get(key) === turn && last.delete(key))
    turn.then(end, end)
    return turn
  }
}
