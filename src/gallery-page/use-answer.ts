import { useEffect, useState } from 'preact/hooks'
import { RequestError } from './api.ts'

/** What was asked for, when it is there; or what went wrong. */
export interface Answer<Value> {
  readonly value: Value | null
  readonly error: string | null
  /** Asks again. */
  retry(): void
}

/** Asks when a component is there, and anew whenever one of these differs; an answer that comes too late is dropped. */
export function useAnswer<Value>(ask: () => Promise<Value>, reasons: readonly unknown[]): Answer<Value> {
  const [answer, setAnswer] = useState<{ value: Value | null; error: string | null }>({ value: null, error: null })
  const [tries, setTries] = useState(0)
  useEffect(() => {
    let isOver = false
    setAnswer(({ value }) => ({ value, error: null }))
    ask().then(
      (value) => !isOver && setAnswer({ value, error: null }),
      (reason) => !isOver && setAnswer({ value: null, error: wordsOf(reason) }),
    )
    return () => {
      isOver = true
    }
  }, [...reasons, tries])
  return { ...answer, retry: () => setTries(tries + 1) }
}

const wordsOf = (reason: unknown) => (reason instanceof RequestError ? reason.message : String(reason))
