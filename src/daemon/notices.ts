import type { Trouble, TroubleKind, Troubles } from '../archive/troubles.ts'
import { isDue, isTrouble } from '../status/troubles.ts'

/** Signs of one profile: what is wrong, and what shows that it is well again. */
export interface Signs {
  seen(kind: TroubleKind, detail?: string): void
  over(kind: TroubleKind): void
}

/** Decides when a person is notified of a trouble: once, and again only after it was over, or a day later. */
export interface Notices {
  /** `profile` is its label; null where there is one, or for what is everybody's. */
  signsOf(profile: string | null): Signs
  /** Time has passed: notifies of what lasts, where that is due. */
  look(): void
  /** Resolves when all of it is noted. */
  written(): Promise<unknown>
}

export interface NoticesOptions {
  readonly troubles: Troubles
  readonly now: () => Date
  tell(trouble: Trouble): void
}

/**
 * Makes the notices of a watch.
 *
 * State the archive's `troubles`, so that a restart tells nothing twice; and which of them this run has seen, for what
 *         an earlier one saw may be over.
 */
export function createNotices({ troubles, now, tell }: NoticesOptions): Notices {
  const seenSince = new Map<string, Date>()
  const keyOf = (kind: TroubleKind, profile: string | null) => JSON.stringify([kind, profile])

  let writing: Promise<unknown> = Promise.resolve()
  const note = (change: Promise<void>) => {
    writing = Promise.allSettled([writing, change])
  }

  const consider = (trouble: Trouble) => {
    const since = seenSince.get(keyOf(trouble.kind, trouble.profile))
    if (!since || !isDue(trouble, since, now())) return
    note(troubles.set({ ...trouble, notifiedAt: now() }))
    tell(trouble)
  }

  const seen = (kind: TroubleKind, profile: string | null, detail: string) => {
    const key = keyOf(kind, profile)
    if (!seenSince.has(key)) seenSince.set(key, now())
    const known = troubles.get(kind, profile)
    const { since, count, notifiedAt } = known ?? { since: now(), count: 0, notifiedAt: null }
    const trouble = { kind, profile, since, last: now(), count: count + 1, detail, notifiedAt }
    // The disk is not asked to note each further sign of what is known.
    if (!known || !isTrouble(known)) note(troubles.set(trouble))
    consider(trouble)
  }

  const over = (kind: TroubleKind, profile: string | null) => {
    seenSince.delete(keyOf(kind, profile))
    if (troubles.get(kind, profile)) note(troubles.delete(kind, profile))
  }

  return {
    signsOf: (profile) => ({
      seen: (kind, detail = '') => seen(kind, profile, detail),
      over: (kind) => over(kind, profile),
    }),
    look: () => troubles.all().forEach(consider),
    written: () => writing,
  }
}
