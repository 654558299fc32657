import type { Trouble, TroubleKind } from '../archive/troubles.ts'

/** A trouble in words. */
export interface TroubleWords {
  readonly text: string
  /** What to do. */
  readonly remedy: string
}

interface Rule {
  /** So many signs, over so long a time, make it a trouble; fewer may be anything. */
  readonly leastCount: number
  readonly leastMs: number
  /** Only when it has lasted so long is the person notified: what passes by itself is none of their concern. */
  readonly patienceMs: number
  words(trouble: Trouble): TroubleWords
}

/** A session with many pictures needs as much. */
const leastFreeBytes = 1e9

/** Whether so little of a disk is left that pictures may soon find no room. */
export const isDiskFull = (freeBytes: number): boolean => freeBytes < leastFreeBytes

const minuteMs = 60 * 1000
const dayMs = 24 * 60 * minuteMs

const rules: Readonly<Record<TroubleKind, Rule>> = {
  // A page asks with a token that has run out before it fetches a new one; and who logs in takes a while.
  'logged-out': {
    leastCount: 1,
    leastMs: 0,
    patienceMs: 5 * minuteMs,
    words: () => ({
      text: 'Nobody is logged in to ChatGPT, so no pictures come.',
      remedy: 'log in, in the browser that is watched',
    }),
  },
  'disk-full': {
    leastCount: 1,
    leastMs: 0,
    patienceMs: 0,
    words: ({ detail }) => ({
      text: `The disk of the archive is nearly full: ${detail}.`,
      remedy: 'make room on it',
    }),
  },
  browser: {
    leastCount: 1,
    leastMs: 0,
    patienceMs: 0,
    words: ({ detail }) => ({
      text: `There is no browser to watch, so nothing is archived: ${detail}`,
      remedy: 'dalle-archiver doctor',
    }),
  },
  // Pictures of others, such as those of custom GPTs, are never spoken of: some of them, in one hour, prove nothing.
  'site-changed': {
    leastCount: 5,
    leastMs: dayMs,
    patienceMs: 0,
    words: ({ count }) => ({
      text: `${count} pictures went by in a day or more, and nothing could be read about any: the site may have changed.`,
      remedy: 'record a report: dalle-archiver watch --record report.jsonl',
    }),
  },
}

/** Whether the signs suffice. */
export function isTrouble({ kind, count, since, last }: Trouble): boolean {
  const { leastCount, leastMs } = rules[kind]
  return count >= leastCount && last.getTime() - since.getTime() >= leastMs
}

/** Whether the person is to be notified: once, and once more each day that it lasts. `seenSince` is in this run. */
export function isDue(trouble: Trouble, seenSince: Date, now: Date): boolean {
  const { kind, notifiedAt } = trouble
  if (!isTrouble(trouble) || now.getTime() - seenSince.getTime() < rules[kind].patienceMs) return false
  // A clock that was set back must not silence us for good.
  return notifiedAt === null || Math.abs(now.getTime() - notifiedAt.getTime()) >= dayMs
}

/** What it is, and what to do; a profile is named where there are several. */
export function troubleWords(trouble: Trouble): TroubleWords {
  const { text, remedy } = rules[trouble.kind].words(trouble)
  return { text: trouble.profile === null ? text : `${trouble.profile}: ${text}`, remedy }
}
