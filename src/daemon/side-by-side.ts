import { ArchiverError, messageOf } from '../errors.ts'
import type { ProfileWatch } from './profile-watch.ts'

/** Told when one of several profiles has ended, as its browser was closed or this has failed, and how many are left. */
export type OnEnded = (label: string, failure: ArchiverError | undefined, left: number) => void

/**
 * Watches all profiles side by side, until each has ended. What ends one is said at once, and the others go on.
 *
 * Returns what some have failed of.
 * Errors  that of the only profile there is, or of the first where all have failed.
 */
export async function watchAll(
  watches: readonly Pick<ProfileWatch, 'label' | 'run'>[],
  signal: AbortSignal,
  onEnded: OnEnded,
): Promise<readonly ArchiverError[]> {
  let left = watches.length
  const watchOne = async ({ label, run }: (typeof watches)[number]) => {
    if (label === null || watches.length === 1) return run(signal)
    const failure = await run(signal).then(
      () => undefined,
      (error: unknown) => failureOf(label, error),
    )
    left -= 1
    if (failure || !signal.aborted) onEnded(label, failure, left)
    return failure
  }
  const failures = (await Promise.all(watches.map(watchOne))).flatMap((failure) => failure ?? [])
  const [first] = failures
  if (first && failures.length === watches.length) throw first
  return failures
}

/** The same error, with the name of the profile. */
function failureOf(label: string, error: unknown): ArchiverError {
  const known = error instanceof ArchiverError ? error : undefined
  return new ArchiverError(known?.code ?? 'unexpected', `Profile "${label}": ${messageOf(error)}`, {
    ...(known?.hint !== undefined && { hint: known.hint }),
    cause: error,
  })
}
