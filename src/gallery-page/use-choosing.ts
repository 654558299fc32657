import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import type { PictureList } from './api.ts'
import { type Chooser, createChooser } from './choosing.ts'
import { createDrafts } from './drafts.ts'
import type { Work } from './work.ts'

/** Choosing among the pictures of this page. */
export interface Choosing extends Chooser {
  /** What was done last, or went wrong, in words. */
  readonly said: string
  say(words: string): void
}

/** Long enough to be read. */
const saidMs = 4_000

/** What chooses, and what it says; null where nothing can be changed. */
export function useChoosing(work: Work | null, list: PictureList | undefined): Choosing | null {
  const drafts = useRef(createDrafts()).current
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const [said, say] = useState('')
  useEffect(() => drafts.listed(), [list])
  useEffect(() => {
    const timer = setTimeout(() => say(''), saidMs)
    return () => clearTimeout(timer)
  }, [said])
  const chooser = useMemo(() => work && createChooser({ work, drafts, say, redraw: () => redraw(0) }), [work])
  return chooser && { ...chooser, said, say }
}
