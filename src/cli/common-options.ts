import { type Command, Option } from 'commander'

/** Adds how much a command says, and in which form. */
export const voices = (command: Command) =>
  command
    .option('-q, --quiet', 'print only errors')
    .option('-v, --verbose', 'print every detail')
    .option('--json', 'one JSON object per line, for programs')

/** Adds what every command has that works on an archive, and its examples. */
export const common = (command: Command, examples: string) =>
  voices(command)
    .addOption(new Option('--config <file>', 'settings (default: config.json in this folder)').conflicts('archive'))
    .option('--archive <dir>', 'use this archive, without the config.json of this folder')
    .addHelpText('after', examples)
