import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Entry } from '../catalogue/entry.ts'
import { facetsOf } from '../catalogue/facets.ts'
import { imageOf } from '../catalogue/pictures.ts'
import { readTotals } from '../catalogue/totals.ts'
import { isCommonWord } from '../catalogue/vocabulary.ts'
import { readLastVerify } from '../verify/last.ts'
import { openVerifyState } from '../verify/state.ts'
import type { Numbers } from './api.ts'

const maxWords = 50

/** What an archive comes to, in numbers; nobody is asked. */
export async function numbersOf(root: string, catalogue: Catalogue): Promise<Numbers> {
  const { entries, tokens } = catalogue
  const { total, days, by, shape, source } = facetsOf(entries)
  const held = entries.filter(({ isMissing }) => !isMissing)
  const [totals, lacking, unverified] = await Promise.all([readTotals(root), lackingIn(root), unverifiedOf(root, held)])
  const words = (tokens?.words ?? []).filter(([word]) => !isCommonWord(word)).slice(0, maxWords)
  return {
    total,
    bytes: totals.all.bytes,
    ...{ days, by, shape, source, words },
    hours: hoursOf(entries),
    held: held.length,
    lacking,
    unverified,
  }
}

function hoursOf(entries: readonly Entry[]): number[] {
  const hours = new Array<number>(24).fill(0)
  for (const { date } of entries) {
    const hour = new Date(date * 1000).getHours()
    hours[hour] = (hours[hour] ?? 0) + 1
  }
  return hours
}

/** What the account is known to hold beside the archive; null where nobody ever asked. */
async function lackingIn(root: string): Promise<number | null> {
  // Loaded when somebody asks: the first pictures do not wait for it.
  const { coverageOf } = await import('../backfill/coverage.ts')
  const { isAsked, lacking } = await coverageOf(root)
  return isAsked ? lacking.length : null
}

/** Images that no verification has seen intact; null where there was none. */
async function unverifiedOf(root: string, held: readonly Entry[]): Promise<number | null> {
  if (!(await readLastVerify(root))) return null
  const state = await openVerifyState(root)
  return held.filter((entry) => !state.seen(imageOf(entry) ?? '')).length
}
