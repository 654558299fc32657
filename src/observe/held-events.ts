import type { WireEvent } from '../browser/wire.ts'

/** Events that overtook the answer with the start of their stream, by request. */
export interface HeldEvents {
  hold(key: string): void
  /** Puts an event aside if those of its request are held back. */
  add(key: string, event: WireEvent): boolean
  /** The events that were held back, in their order. */
  release(key: string): readonly WireEvent[]
}

/** Makes a table that holds nothing back yet. */
export function createHeldEvents(): HeldEvents {
  const held = new Map<string, WireEvent[]>()
  return {
    hold: (key) => void held.set(key, []),
    add(key, event) {
      const waiting = held.get(key)
      waiting?.push(event)
      return waiting !== undefined
    },
    release(key) {
      const events = held.get(key) ?? []
      held.delete(key)
      return events
    },
  }
}
