/**
 * The exit codes of every command, one table for all (the README shows the same one).
 * 130 and 143 are the shell's own convention for SIGINT and SIGTERM.
 */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  config: 2,
  'some-failed': 3,
  damaged: 4,
  'browser-not-found': 5,
  'browser-unreachable': 5,
  'login-needed': 6,
  'archive-locked': 7,
  disk: 8,
  interrupted: 130,
  terminated: 143,
} as const

export type ErrorCode = Exclude<keyof typeof exitCodes, 'ok'>

/** Something the user can act on: one sentence, what to do about it, and an exit code through `code`. */
export class ArchiverError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ArchiverError'
    this.code = code
    this.hint = options.hint
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/\s+/g, ' ').trim()
}
