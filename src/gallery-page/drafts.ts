import type { Choice, Rating } from './rating.ts'

/** Choices that were made and that the list does not tell yet: shown at once, whatever the disk is busy with. */
export interface Drafts {
  /** The rating of a picture as it will be. */
  over(id: string, known: Rating): Rating
  add(ids: readonly string[], choice: Choice): void
  /** They were answered: `isKept` tells whether they hold. */
  answered(ids: readonly string[], isKept: boolean): void
  /** Another list is there. */
  listed(): void
}

interface Draft {
  readonly choice: Choice
  /** Requests on their way. */
  readonly open: number
  /** Lists that came since the last answer. */
  readonly lists: number
}

/** Makes room for drafts; there are none. */
export function createDrafts(): Drafts {
  const drafts = new Map<string, Draft>()
  return {
    over: (id, known) => ({ ...known, ...drafts.get(id)?.choice }),
    add(ids, choice) {
      for (const id of ids) {
        const before = drafts.get(id)
        drafts.set(id, { choice: { ...before?.choice, ...choice }, open: (before?.open ?? 0) + 1, lists: 0 })
      }
    },
    answered(ids, isKept) {
      for (const id of ids) {
        const draft = drafts.get(id)
        if (!isKept) drafts.delete(id)
        else if (draft) drafts.set(id, { ...draft, open: draft.open - 1 })
      }
    },
    listed() {
      // One list may have been asked for before the answer; the second one was not.
      for (const [id, draft] of drafts) {
        if (draft.open > 0) continue
        if (draft.lists > 0) drafts.delete(id)
        else drafts.set(id, { ...draft, lists: 1 })
      }
    },
  }
}
