import type { Command } from 'commander'
import { exitCodes } from '../../errors.ts'
import { completionsFor } from '../completion/completions.ts'
import { type Shell, scripts } from '../completion/scripts.ts'
import type { Io } from '../output.ts'

/**
 * Prints the completion of a shell; or, if it is given words, as that completion does at every Tab, what may stand for
 * the last of them: one a line with its meaning behind a tab, and `:files` or `:folders` where those fit.
 */
export function completionCommand(shell: Shell, words: readonly string[], program: Command, { stdout }: Io): number {
  stdout.write(words.length === 0 ? scripts[shell] : answer(program, words))
  return exitCodes.ok
}

function answer(program: Command, words: readonly string[]): string {
  // The word under the cursor has a dot behind it.
  const typed = words.map((word, at) => (at === words.length - 1 ? word.replace(/\.$/, '') : word))
  const { words: found, places } = completionsFor(program, typed, 'watch')
  const lines = found.map(({ word, help }) => `${word}\t${help}`)
  return [...lines, ...(places ? [`:${places}`] : []), ''].join('\n')
}
