import type { Argument, Command, Option } from 'commander'

/** What may stand where the cursor is: words, and whatever lies on the disk. */
export interface Completions {
  readonly words: readonly { readonly word: string; readonly help: string }[]
  readonly places: 'files' | 'folders' | undefined
}

/** What the name of a value says of it, as in `--archive <dir>`. */
const placesByName: Readonly<Record<string, Completions['places']>> = {
  dir: 'folders',
  file: 'files',
  path: 'files',
  export: 'files',
  from: 'files',
}

const nothing: Completions = { words: [], places: undefined }

/**
 * Says what may stand for the last of these words, which may be empty or unfinished, by the tree of commands itself.
 *
 * Shape   the words behind the program's name; the command `standIn` runs where none is named.
 */
export function completionsFor(program: Command, words: readonly string[], standIn: string): Completions {
  const current = words.at(-1) ?? ''
  const { command, operands, option } = positionAfter(program, words.slice(0, -1), standIn)
  if (option) return startingWith(current, valuesOf(option, option.argChoices, /[<[]([a-z]+)/.exec(option.flags)?.[1]))
  if (current.startsWith('-')) return startingWith(current, optionsOf(command, words, standIn))
  if (operands === 0 && command.commands.length > 0) return startingWith(current, commandsOf(command))
  const argument = argumentAt(command.registeredArguments, operands)
  return argument ? startingWith(current, valuesOf(argument, argument.argChoices, argument.name())) : nothing
}

interface Position {
  readonly command: Command
  /** How many words of its own the command has already. */
  readonly operands: number
  /** Whose value comes next. */
  readonly option: Option | undefined
}

/** Where a command line stands behind these words. */
function positionAfter(program: Command, words: readonly string[], standIn: string): Position {
  let position: Position = { command: program, operands: 0, option: undefined }
  for (const word of words) position = wordAfter(position, word, standIn)
  return position
}

function wordAfter({ command, operands, option }: Position, word: string, standIn: string): Position {
  if (!word.startsWith('-') && option) return { command, operands, option: option.variadic ? option : undefined }
  if (!word.startsWith('-')) {
    const named = operands === 0 ? command.commands.find((one) => one.name() === word) : undefined
    return named
      ? { command: named, operands: 0, option: undefined }
      : { command, operands: operands + 1, option: undefined }
  }
  // Behind an option no command can be named any more.
  const own = command.commands.find((one) => one.name() === standIn) ?? command
  const begun = optionsIn(own).find(({ long, short }) => word === long || word === short)
  return { command: own, operands, option: begun?.required || begun?.optional ? begun : undefined }
}

const optionsIn = (command: Command) => command.createHelp().visibleOptions(command)

const argumentAt = (all: readonly Argument[], at: number) => all[at] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined)

function valuesOf(
  { description }: { readonly description: string },
  choices: readonly string[] = [],
  name = '',
): Completions {
  return { words: choices.map((word) => ({ word, help: description })), places: placesByName[name] }
}

/** Options that are not there yet; where no command is named, also those of the one that stands in. */
function optionsOf(command: Command, words: readonly string[], standIn: string): Completions {
  const stand = command.commands.find((one) => one.name() === standIn)
  const all = new Map(
    [command, ...(stand ? [stand] : [])].flatMap(optionsIn).map((one) => [one.long ?? one.short ?? '', one]),
  )
  const left = [...all].filter(([word]) => !words.slice(0, -1).includes(word))
  return { words: left.map(([word, { description }]) => ({ word, help: description })), places: undefined }
}

const commandsOf = (command: Command): Completions => ({
  words: command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), help: one.description() })),
  places: undefined,
})

const startingWith = (beginning: string, { words, places }: Completions): Completions => ({
  words: words.filter(({ word }) => word.startsWith(beginning)),
  places,
})
