import path from 'node:path'
import { openJournaledMap } from '../archive/journaled-map.ts'
import { momentAt, numberAt, textAt } from '../decode/json.ts'
import { fileOfProfile } from '../profile-rules.ts'

/** What was asked for in vain, kept over restarts so that nobody is asked too often. A key names what was asked for. */
export interface Attempts {
  isDue(key: string, now: Date): boolean
  failed(key: string, reason: string, now: Date): Promise<void>
  succeeded(key: string): Promise<void>
  /** Why the last attempt failed. */
  reasonOf(key: string): string | undefined
  /** The same, with when it failed first and last. */
  failureOf(key: string): { readonly reason: string; readonly since: Date; readonly at: Date } | undefined
  /** The site wants to be left alone, for everything. */
  silence(ms: number, reason: string, now: Date): Promise<void>
  /** The silence is over. */
  speak(): Promise<void>
  isSilent(now: Date): boolean
  /** When the silence ends, if there is one. */
  silentUntil(now: Date): { readonly until: Date; readonly reason: string } | undefined
  /** A silence has ended less than an hour ago. */
  wasSilentLately(now: Date): boolean
}

interface Attempt {
  readonly key: string
  readonly count: number
  readonly reason: string
  /** When it failed first, and last. */
  readonly since: Date
  readonly at: Date
}

interface Silence {
  readonly key: typeof everything
  readonly silentUntil: Date
  readonly reason: string
}

const everything = '*'
const hourMs = 60 * 60 * 1000
/** How long something is left alone after its first failure, its second, and each further one. */
const pausesMs = [hourMs, 24 * hourMs, 7 * 24 * hourMs]
/** What could not be had so often, over two months, cannot be had: it was deleted, or is somebody else's. */
const [hopelessFailures, hopelessMs] = [8, 60 * 24 * hourMs]
/** Nobody is taken at their word for longer than this. */
const longestSilenceMs = 24 * hourMs

/** The journal of them: each profile has its own, for what one account is refused says nothing of another. */
export const attemptsFile = (root: string, profile: string | null): string =>
  path.join(root, 'pending', fileOfProfile('attempts', profile))

/**
 * Opens such a journal: an attempt for each key, and until when the site wants to be left alone.
 *
 * Errors  lines that are none of ours are passed over. What the disk refuses is forgotten: then one question more is
 *         asked.
 */
export async function openAttempts(file: string, ready: () => Promise<void> = async () => {}): Promise<Attempts> {
  const keyOf = ({ key }: Attempt | Silence) => key
  const kept = await openJournaledMap<Attempt | Silence>(file, { ready, keyOf, revive, isOptional: true })
  const attemptOf = (key: string) => {
    const found = kept.get(key)
    return found && 'count' in found ? found : undefined
  }
  const silence = () => {
    const found = kept.get(everything)
    return found && 'silentUntil' in found ? found : undefined
  }
  const leftMs = (now: Date) => (silence()?.silentUntil.getTime() ?? Number.NEGATIVE_INFINITY) - now.getTime()
  const silenceAt = (now: Date) => (leftMs(now) > 0 && leftMs(now) <= longestSilenceMs ? silence() : undefined)

  return {
    isDue(key, now) {
      const last = attemptOf(key)
      if (!last) return true
      if (isHopeless(last)) return false
      const passedMs = now.getTime() - last.at.getTime()
      // A clock that was set back must not silence us for good.
      return passedMs < -hourMs || passedMs >= (pausesMs[Math.min(last.count, pausesMs.length) - 1] ?? 0)
    },
    failed(key, reason, now) {
      const { count, since } = attemptOf(key) ?? { count: 0, since: now }
      return kept.set({ key, count: count + 1, reason, since, at: now })
    },
    succeeded: async (key) => void (await kept.delete(key)),
    reasonOf: (key) => attemptOf(key)?.reason,
    failureOf: attemptOf,
    silence(ms, reason, now) {
      const silentUntil = new Date(now.getTime() + Math.min(ms, longestSilenceMs))
      return kept.set({ key: everything, silentUntil, reason })
    },
    speak: async () => void (await kept.delete(everything)),
    isSilent: (now) => silenceAt(now) !== undefined,
    silentUntil(now) {
      const silence = silenceAt(now)
      return silence && { until: silence.silentUntil, reason: silence.reason }
    },
    wasSilentLately(now) {
      const passedMs = -leftMs(now)
      return passedMs >= 0 && passedMs < hourMs
    },
  }
}

const isHopeless = ({ count, since, at }: Attempt) =>
  count >= hopelessFailures && at.getTime() - since.getTime() >= hopelessMs

/** Written by us, but a person may have edited it. */
function revive(line: unknown): Attempt | Silence | undefined {
  const [key, reason] = [textAt(line, 'key'), textAt(line, 'reason')]
  const [silentUntil, count, at] = [momentAt(line, 'silentUntil'), numberAt(line, 'count'), momentAt(line, 'at')]
  if (key === null || reason === null) return undefined
  if (key === everything) return silentUntil ? { key, silentUntil, reason } : undefined
  return count && at ? { key, count, reason, since: momentAt(line, 'since') ?? at, at } : undefined
}
