import type { Command } from 'commander'
import { common } from './common-options.ts'
import { examples } from './examples.ts'
import type { Io } from './output.ts'

type Verb = 'push' | 'verify' | 'pull' | 'free'

/** Adds `mirror` and its commands. */
export function mirrorCommands(program: Command, io: Io, onExitCode: (code: number) => void): void {
  const run = async (verb: Verb, options: object) => {
    const { mirrorCommand } = await import('./commands/mirror.ts')
    onExitCode(await mirrorCommand(verb, options, io))
  }
  const mirror = program
    .command('mirror')
    .description('a copy of the archive in a store that speaks S3, for more than one disk or machine')
    .addHelpText('after', examples.mirror)
  const add = (verb: Verb) =>
    common(mirror.command(verb), examples.mirror)
      .allowExcessArguments(false)
      .action((options) => run(verb, options))
  add('push').description(
    'send what is not there yet: originals, records, marks, collections; goes on where it was stopped',
  )
  add('verify')
    .description('look whether the mirror still has it all: by the checksums it keeps, and by reading some')
    .option('--sample <share>', 'read so much of it (default: 1%)')
  add('pull')
    .description('take over what other machines have sent: records, marks and collections')
    .option('--originals', 'bring every original onto this disk, too')
  add('free')
    .description('let originals leave this disk that the mirror has; they are fetched when they are needed')
    .option('--keep <age>', 'those of pictures that were made since then stay, such as 90d; must be said')
    .option('-n, --dry-run', 'look at everything, and free nothing')
}
