import type { BackfillJournal } from './journal.ts'

/** How many conversations may be read; the site gives a person so many, and their own page needs them, too. */
export interface Budget {
  /** When so many may be read: now, or later. */
  dueAt(count: number): Date
  /** How long it takes to read so many, in milliseconds, when nothing else is waited for. */
  leftMs(count: number): number
  /** So many were read. */
  spend(count: number): Promise<void>
  /** When something was read last. */
  readonly spentAt: Date | undefined
  /** The site has had enough: what was left was too much. */
  exhausted(): Promise<void>
}

/** As measured by others: about 200 in a row, one more a minute. Half of that is left to the person. */
const usualCapacity = 100
const usualPerHour = 30
const leastCapacity = 10
const hourMs = 60 * 60 * 1000

/**
 * Makes the budget: a bucket of tokens, one for each conversation, kept in the journal so that the next run knows it.
 *
 * Units   `given` is how many come back in an hour; then no more than a batch of them is ever saved up.
 * Errors  rejects when the disk refuses.
 */
export function createBudget(
  journal: Pick<BackfillJournal, 'budget' | 'put'>,
  now: () => Date,
  given?: number,
): Budget {
  const perHour = given ?? usualPerHour
  const state = () => {
    const { tokens, capacity, at } = journal.budget ?? { tokens: usualCapacity, capacity: usualCapacity, at: null }
    // A clock that was set back gives nothing.
    const passedMs = at === null ? 0 : Math.max(0, now().getTime() - new Date(at).getTime())
    const most = given === undefined ? capacity : leastCapacity
    return { tokens: Math.min(most, tokens + (passedMs / hourMs) * perHour), capacity, most }
  }
  const put = (tokens: number, capacity: number) =>
    journal.put({ kind: 'budget', tokens, capacity, at: now().toISOString() })
  return {
    dueAt(count) {
      const missing = Math.min(count, state().capacity) - state().tokens
      return new Date(now().getTime() + Math.max(0, Math.ceil((missing / perHour) * hourMs)))
    },
    leftMs: (count) => Math.max(0, ((count - state().tokens) / perHour) * hourMs),
    spend(count) {
      const { tokens, capacity } = state()
      return put(tokens - count, capacity)
    },
    get spentAt() {
      return journal.budget && new Date(journal.budget.at)
    },
    async exhausted() {
      const { tokens, capacity, most } = state()
      const spent = most - tokens
      await put(0, Math.max(leastCapacity, Math.min(capacity, Math.floor(spent * 0.8))))
    },
  }
}
