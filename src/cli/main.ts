#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { exitCodes } from '../errors.ts'
import { report } from './failures.ts'
import type { Io } from './output.ts'
import { createProgram } from './program.ts'

/**
 * Runs one command line and returns its exit code; the only place that knows argv and the standard streams.
 *
 * Errors  none escape: what the user can act on becomes one line with what to do, everything else one line and code 1.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok
  const onExitCode = (code: number) => {
    exitCode = code
  }
  // Where a command is named, none stands in for it.
  const program = createProgram(io, onExitCode, !isWord(argv[0]))
  try {
    await program.parseAsync([...upToUnknown(argv, program)], { from: 'user' })
    return exitCode
  } catch (error) {
    return report(error, io, argv.includes('--json'), calledIn(argv, program))
  }
}

const isWord = (text: string | undefined) => text !== undefined && !text.startsWith('-')

/**
 * The command line up to a word that should be a command and is none, so that nothing behind it is heeded: no `--help`,
 * which would end with 0.
 */
function upToUnknown(argv: readonly string[], { commands }: Command): readonly string[] {
  const [word = '', ...rest] = argv
  if (!isWord(argv[0]) || commands.length === 0) return argv
  if (word === 'help') return isKnown(rest, commands) ? argv : rest
  const command = commands.find((one) => one.name() === word)
  return command ? [word, ...upToUnknown(rest, command)] : [word]
}

/** What a command line names: `dalle-archiver mirror push`. A word that is no command is left out. */
function calledIn([word, ...rest]: readonly string[], command: Command): string {
  const next = command.commands.find((one) => one.name() === word)
  if (next) return `${command.name()} ${calledIn(rest, next)}`
  return isWord(word) || command.parent ? command.name() : `${command.name()} watch`
}

const isKnown = ([word]: readonly string[], commands: readonly Command[]) =>
  !isWord(word) || commands.some((one) => one.name() === word)

/** True when this file is the program, also through the link that npm puts on the PATH. */
function isProgram(): boolean {
  const started = process.argv[1]
  return started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)
}

if (isProgram()) {
  // Whoever reads our lines may leave (`| head`): what cannot be said is left unsaid, and the work goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const code = await main(process.argv.slice(2), process)
  // Streams to pipes are flushed asynchronously; a browser that lingers must not keep us.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}
