import { exitCodes } from '../errors.ts'

/**
 * What a new start cannot mend: a config that is wrong, a watch that has finished (the person closed its window), and a
 * login that only a person can do. A browser that does not start, a lock and a disk may be well again soon: after a
 * power cut, the old lock of an archive counts for another minute.
 */
export const finalCodes: readonly number[] = [exitCodes.usage, exitCodes['some-failed'], exitCodes['login-needed']]

/** From the end to the next start. */
export const pauseS = 20
/** So many starts an hour; more would help nobody. */
export const startsPerHour = 10

/** Whether a watch that ended like this is to be started again; `code` is null where a signal ended it. */
export const isWorthARestart = (code: number | null): boolean =>
  code === null || (code !== exitCodes.ok && !finalCodes.includes(code))
