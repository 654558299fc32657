import { isObject, momentAt, numberAt, parseJson } from '../decode/json.ts'
import { remove, writeOver } from './files.ts'
import { readIfThere } from './read-files.ts'

/**
 * How many days the program has run so far. Ages are counted in these: a system clock that is set wrong, or set right
 * after a start without a clock, makes nothing old.
 */
export interface DayCount {
  readonly today: number
  /** Looks at the clock, at least once an hour; writes at the first look, and when a day has passed. */
  look(now: Date): Promise<void>
  /** Nothing has an age any more. */
  drop(): Promise<void>
}

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
/** Within one run a day is at least this long, whatever the clock says; the looks are up to an hour late. */
const shortestDayMs = 22 * hourMs

/**
 * Opens the count that is kept in `file`; nothing is written before the first look.
 *
 * Shape   `{ day, at }`: the number of the day, and when it began by the clock. A jump of the clock counts as one day
 *         at most, and a clock that was set back begins the same day anew.
 * Units   `monotonicMs` is a clock that nobody sets.
 * Errors  what cannot be read counts for nothing; `look` rejects when the disk refuses.
 */
export async function openDayCount(
  file: string,
  ready: () => Promise<void>,
  monotonicMs: () => number = () => performance.now(),
): Promise<DayCount> {
  const noted = parseJson((await readIfThere(file).catch(() => undefined))?.toString() ?? '')
  let day = Math.max(0, numberAt(noted, 'day') ?? 0)
  let began = isObject(noted) ? momentAt(noted, 'at') : null
  let countedAtMs = Number.NEGATIVE_INFINITY

  return {
    get today() {
      return day
    },
    async look(now) {
      const passedMs = began === null ? Number.NEGATIVE_INFINITY : now.getTime() - began.getTime()
      const isDayOver = passedMs >= dayMs && monotonicMs() - countedAtMs >= shortestDayMs
      if (passedMs >= 0 && !isDayOver) return
      if (isDayOver) {
        day += 1
        countedAtMs = monotonicMs()
      }
      began = now
      await ready()
      await writeOver(file, Buffer.from(JSON.stringify({ day, at: now.toISOString() })), { isDurable: false })
    },
    async drop() {
      began = null
      await remove(file)
    },
  }
}
