import { CommanderError } from 'commander'
import { ArchiverError, exitCodes, messageOf } from '../errors.ts'
import type { Io } from './output.ts'

/** Says what ended a command, as one line with what to do or as one JSON object, and returns the exit code. */
export function report(error: unknown, { stderr }: Io, isJson: boolean, called: string): number {
  // Help and the version were asked for, but for a command that lacks the word it needs.
  if (isAnswered(error)) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  const { code, message: text, hint } = asArchiverError(error, called)
  if (isJson) stderr.write(`${JSON.stringify({ event: 'error', code, text, ...(hint && { hint }) })}\n`)
  else stderr.write(`dalle-archiver: ${text}\n${hint ? `  ${hint}\n` : ''}`)
  if (code === 'unexpected' && process.env.DEBUG && error instanceof Error) stderr.write(`${error.stack}\n`)
  return exitCodes[code]
}

const isAnswered = (error: unknown): error is CommanderError =>
  error instanceof CommanderError &&
  ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code)

function asArchiverError(error: unknown, called: string): ArchiverError {
  if (error instanceof ArchiverError) return error
  if (error instanceof CommanderError) return usageOf(error, called)
  return new ArchiverError('unexpected', `unexpected: ${messageOf(error)}`, {
    hint: 'Run with DEBUG=1 to see where, and please report it.',
    cause: error,
  })
}

const usageOf = (error: CommanderError, called: string) =>
  new ArchiverError(
    'usage',
    messageOf(error)
      .replace(/^error: /, '')
      .replace(...noChoice),
    {
      hint: `Run "${called} --help" to see what it understands, with examples.`,
      cause: error,
    },
  )

/** commander's words for one that is none of those that may stand there. */
const noChoice = [
  /^command-argument value ('.*') is invalid for argument '.*'\. Allowed choices are/,
  '$1 is none of',
] as const
