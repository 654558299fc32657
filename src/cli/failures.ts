import { CommanderError } from 'commander'
import { ArchiverError, exitCodes, messageOf } from '../errors.ts'
import type { Io } from './output.ts'

/** Says what ended a command, as one line with what to do or as one JSON object, and returns the exit code. */
export function report(error: unknown, { stderr }: Io, isJson: boolean): number {
  // Help and the version were asked for, but for a command that lacks the word it needs.
  if (isAnswered(error)) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  const { code, message: text, hint } = asArchiverError(error)
  if (isJson) stderr.write(`${JSON.stringify({ event: 'error', code, text, ...(hint && { hint }) })}\n`)
  else stderr.write(`dalle-archiver: ${text}\n${hint ? `  ${hint}\n` : ''}`)
  if (code === 'unexpected' && process.env.DEBUG && error instanceof Error) stderr.write(`${error.stack}\n`)
  return exitCodes[code]
}

const isAnswered = (error: unknown): error is CommanderError =>
  error instanceof CommanderError &&
  ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code)

function asArchiverError(error: unknown): ArchiverError {
  if (error instanceof ArchiverError) return error
  if (error instanceof CommanderError) return usageOf(error)
  return new ArchiverError('unexpected', `unexpected: ${messageOf(error)}`, {
    hint: 'Run with DEBUG=1 to see where, and please report it.',
    cause: error,
  })
}

const usageOf = (error: CommanderError) =>
  new ArchiverError('usage', messageOf(error).replace(/^error: /, ''), {
    hint: 'Run "dalle-archiver --help" to see the commands and options.',
    cause: error,
  })
