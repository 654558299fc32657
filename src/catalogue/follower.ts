import { setImmediate as untilIdle } from 'node:timers/promises'
import type { Publisher } from './publisher.ts'
import type { Survey } from './survey.ts'

/** Keeps the list true to the disk, one piece of work after the other. */
export interface Follower {
  /** Every folder was looked at once. */
  readonly isWhole: boolean
  /** When the last look ended, by the clock of `performance.now()`. */
  readonly lookedAt: number
  /** Publishes what the survey has found. */
  publish(): void
  /** Looks at once, beside whatever is being done; only for the start. */
  lookNow(enough?: number): Promise<void>
  /** Looks when what is being done has ended; whoever asks meanwhile gets the same look. */
  look(): Promise<void>
  /** Reads some folders again, and publishes once what changed. */
  examine(folders: readonly string[]): Promise<void>
  /** Reads every folder again, one by one. */
  examineAll(): Promise<void>
  /** Does other work in turn. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

/** Makes the follower; once stopped it publishes nothing more. */
export function createFollower(survey: Survey, publisher: Publisher, isStopped: () => boolean): Follower {
  const inTurn = createTurns()
  let isWhole = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined

  const publish = () => {
    const found = [...survey.folders()].flatMap(([, folder]) => folder.entries)
    publisher.publish(found, isWhole)
  }

  const lookNow = async (enough?: number) => {
    const looked = await survey.look(enough)
    lookedAt = performance.now()
    if (isStopped()) return
    const isNews = looked.isChanged || looked.isWhole !== isWhole
    isWhole ||= looked.isWhole
    if (isNews) publish()
  }

  const examine = (folders: readonly string[]) =>
    inTurn(async () => {
      let [isChanged, isUnknown] = [false, false]
      for (const folder of folders) {
        if (isStopped()) return
        const found = await survey.examine(folder)
        isChanged ||= found === true
        isUnknown ||= found === undefined
      }
      if (isUnknown) await lookNow()
      if (isChanged) publish()
    })

  return {
    get isWhole() {
      return isWhole
    },
    get lookedAt() {
      return lookedAt
    },
    publish,
    lookNow,
    look() {
      looking ??= inTurn(() => {
        // Whoever asks from now on wants a look that begins later.
        looking = undefined
        return isStopped() ? Promise.resolve() : lookNow()
      })
      return looking
    },
    examine,
    async examineAll() {
      for (const [folder] of [...survey.folders()]) {
        if (isStopped()) return
        await examine([folder])
        await untilIdle()
      }
    },
    inTurn,
  }
}

/** Work one after the other, whatever fails. */
function createTurns(): Follower['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.catch(() => {}).then(work)
    last = next
    return next
  }
}
