import { changeWords, undoneWords } from './choosing-words.ts'
import type { Drafts } from './drafts.ts'
import type { Rating } from './rating.ts'
import { type Step, undoOf } from './undo.ts'
import type { Changes, Work } from './work.ts'

/** Stars, flags and tags as they are given, and taken back. */
export interface Chooser {
  /** The rating of a picture with what was chosen a moment ago. */
  rating(id: string, known: Rating): Rating
  change(ids: readonly string[], changes: Changes): Promise<void>
  /** Takes the last change back, and hands over the pictures that it was of. */
  undo(): Promise<readonly string[]>
}

interface Options {
  readonly work: Pick<Work, 'change'>
  readonly drafts: Drafts
  /** What was done, or went wrong, in words. */
  say(words: string): void
  /** What is drawn is old. */
  redraw(): void
}

/** Sends changes one after the other, so that the last one wins; what fails is shown as it still is. */
export function createChooser({ work, drafts, say, redraw }: Options): Chooser {
  const done: (readonly Step[])[] = []
  let sending: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(action: () => Promise<Result>): Promise<Result> => {
    const next = sending.then(action)
    sending = next
    return next
  }
  const draft = ({ ids, changes: { addTags: _, removeTags: __, ...choice } }: Step) => {
    drafts.add(ids, choice)
    redraw()
  }
  /** Answers with what would take it back; undefined when it failed. */
  const send = async ({ ids, changes }: Step): Promise<readonly Step[] | undefined> => {
    try {
      const { before, failed } = await work.change(ids, changes)
      drafts.answered(ids, failed === 0)
      if (failed > 0) say(`${failed} of ${ids.length} could not be changed.`)
      return undoOf(changes, before)
    } catch (error) {
      drafts.answered(ids, false)
      say(error instanceof Error ? error.message : String(error))
      return undefined
    } finally {
      redraw()
    }
  }
  const takeBack = async (): Promise<readonly string[]> => {
    const steps = done.pop()
    if (!steps) {
      say('There is nothing to undo.')
      return []
    }
    for (const [at, step] of steps.entries()) {
      draft(step)
      if ((await send(step)) !== undefined) continue
      done.push(steps.slice(at))
      return []
    }
    const ids = steps.flatMap((step) => step.ids)
    say(undoneWords(ids.length))
    return ids
  }
  return {
    rating: drafts.over,
    async change(ids, changes) {
      if (ids.length === 0) return
      draft({ ids, changes })
      say(changeWords(changes, ids.length))
      await inTurn(async () => {
        const steps = await send({ ids, changes })
        if (steps && steps.length > 0) done.push(steps)
      })
    },
    undo: () => inTurn(takeBack),
  }
}
