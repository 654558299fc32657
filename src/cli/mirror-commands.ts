import type { Command } from 'commander'
import { examples } from './examples.ts'

/** Runs one of the commands below; loaded when it is asked for. */
type Run = (verb: 'push' | 'verify' | 'pull' | 'free', options: object) => Promise<void>

/** Adds `mirror` and its commands; `common` gives each the options that nearly all commands have. */
export function mirrorCommands(
  program: Command,
  common: (command: Command, examples: string) => Command,
  run: Run,
): void {
  const mirror = program
    .command('mirror')
    .description('a copy of the archive in a store that speaks S3, for more than one disk or machine')
    .addHelpText('after', examples.mirror)
  const add = (verb: Parameters<Run>[0]) =>
    common(mirror.command(verb), examples.mirror)
      .allowExcessArguments(false)
      .action((options) => run(verb, options))
  add('push').description('send what is not there yet: originals, records, marks; goes on where it was stopped')
  add('verify')
    .description('look whether the mirror still has it all: by the checksums it keeps, and by reading some')
    .option('--sample <share>', 'read so much of it (default: 1%)')
  add('pull')
    .description('take over what other machines have sent: records and marks')
    .option('--originals', 'bring every original onto this disk, too')
  add('free')
    .description('let originals leave this disk that the mirror has; they are fetched when they are needed')
    .option('--keep <age>', 'those of pictures that were made since then stay, such as 90d')
    .option('-n, --dry-run', 'look at everything, and free nothing')
}
