import { useState } from 'preact/hooks'

/** Something that is tried on request. */
export interface Attempt {
  readonly isRunning: boolean
  /** Why it failed the last time. */
  readonly error: string | null
  run(action: () => Promise<void>): Promise<void>
}

/** Tries one thing at a time, and tells why it failed. */
export function useAttempt(): Attempt {
  const [isRunning, setRunning] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const run = async (action: () => Promise<void>) => {
    setRunning(true)
    setError(null)
    try {
      await action()
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason))
    } finally {
      setRunning(false)
    }
  }
  return { isRunning, error, run }
}
