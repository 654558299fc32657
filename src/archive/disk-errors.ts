import { ArchiverError, messageOf } from '../errors.ts'

/** Why the disk refused, in one phrase and without the names of temporary files: `ENOSPC: no space left on device`. */
export function reasonOf(error: unknown): string {
  const text = messageOf(error)
  return codeOf(error) !== '' && !(error instanceof ArchiverError) ? text.replace(/, .*$/, '') : text.replace(/\.$/, '')
}

/** The system's code of an error, `ENOENT` and the like; empty when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
