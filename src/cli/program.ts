import { readFileSync } from 'node:fs'
import { Argument, Command, Option } from 'commander'
import { ArchiverError } from '../errors.ts'
import { common, voices } from './common-options.ts'
import { type Shell, shells } from './completion/scripts.ts'
import { configCommands } from './config-commands.ts'
import { examples } from './examples.ts'
import { mirrorCommands } from './mirror-commands.ts'
import type { Io } from './output.ts'

/** Every command with its options; what a command needs is loaded when it runs, so that `--help` answers at once. */
export function createProgram(io: Io, onExitCode: (code: number) => void, isWatchDefault: boolean): Command {
  const program = new Command('dalle-archiver')
  program
    .description('Saves every image you generate with ChatGPT, with its prompt, on your own disk.')
    .version(version(), '-V, --version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // What is wrong is reported in one place, below `main`.
      outputError: () => {},
    })
    .addHelpText('after', examples.watch)

  common(program.command('watch', { isDefault: isWatchDefault }), examples.watch)
    .description('open ChatGPT in a browser and archive while you work (this is what runs without a command)')
    .option('--attach <where>', 'watch a browser that already runs: "auto", its port, or its ws:// address')
    .option('--minimized', 'start the browser with its window minimised')
    .option(
      '--record <file>',
      'also write a cleaned log of what the browser reported, for reporting a change of the site',
    )
    .option('--profile <label>', 'watch this one of the config’s profiles only')
    .allowExcessArguments()
    .action(async (options, { args: [word] }: Command) => {
      if (word !== undefined) throw misplaced(word)
      const { watchCommand } = await import('./commands/watch.ts')
      onExitCode(await watchCommand(options, io))
    })

  common(program.command('import'), examples.import)
    .description('import OpenAI data exports (zips or folders, in any mix) into the archive')
    .argument('<export...>', 'zip files or folders')
    .option('--only-generated', 'import generated images and nothing else')
    .option('--profile <label>', 'whose account it is: the label that its pictures get')
    .option('-n, --dry-run', 'match everything and write nothing')
    .action(async (paths: string[], options) => {
      const { importCommand } = await import('./commands/import.ts')
      onExitCode(await importCommand(paths, options, io))
    })

  common(program.command('backfill'), examples.backfill)
    .description("archive what your account still holds, through your own logged-in page, at a person's pace")
    .option('--attach <where>', 'use a browser that already runs: "auto", its port, or its ws:// address')
    .option('--profile <label>', 'read the account of this profile only (default: all, one after the other)')
    .option('--only-library', 'read the lists and fetch the pictures, but read no conversations')
    .option('--all', 'read every conversation, also those that no list of pictures names')
    .option('--workspace <name>', 'read one workspace only; yours is "personal" (default: all, one after the other)')
    .option('--since <day>', 'leave out what is older, such as 2026-11-01')
    .option('-n, --dry-run', 'read the lists and count; fetch nothing')
    .option('--until-known', 'end each list at the first page on which everything is known (for every night)')
    .option('--budget <n/h>', 'read at most so many conversations an hour (default: 30/h)')
    .option('--freeze', 'stop every backfill of this archive, a running one too, until --thaw')
    .addOption(new Option('--thaw', 'let backfills go on').conflicts('freeze'))
    .allowExcessArguments(false)
    .action(async (options) => {
      const { backfillCommand } = await import('./commands/backfill.ts')
      onExitCode(await backfillCommand(options, io))
    })

  common(program.command('coverage'), examples.coverage)
    .description('say what your account is known to hold, what the archive holds, and what lies between')
    .option('--profile <label>', 'of the account of this profile only')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { coverageCommand } = await import('./commands/coverage.ts')
      onExitCode(await coverageCommand(options, io))
    })

  common(program.command('status'), examples.status)
    .description('say what runs, what the archive holds, what waits, what was odd, and how long the disk lasts')
    .option('--profile <label>', 'count what this profile has brought only')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { statusCommand } = await import('./commands/status.ts')
      onExitCode(await statusCommand(options, io))
    })

  common(program.command('doctor'), examples.doctor)
    .description('look at everything that archiving needs, and try the whole way with your browser; for reports, too')
    .option('--quick', 'leave out the try with the browser')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { doctorCommand } = await import('./commands/doctor.ts')
      onExitCode(await doctorCommand(options, io))
    })

  common(program.command('service'), examples.service)
    .description('watch in the background, from the start of your session: install, remove, status, logs')
    .addArgument(
      new Argument(
        '<what>',
        'install, remove, status, logs; "run" is what it runs itself on macOS and Windows',
      ).choices(['install', 'remove', 'status', 'logs', 'run']),
    )
    .option('-n, --dry-run', 'print the files that would be written, and write nothing')
    .option('--minimized', 'start the browser with its window minimised')
    .addOption(new Option('--log <file>', 'with run: write into this file').hideHelp())
    .allowExcessArguments(false)
    .action(async (what: 'install' | 'remove' | 'status' | 'logs' | 'run', options) => {
      const { serviceCommand } = await import('./commands/service.ts')
      onExitCode(await serviceCommand(what, options, io))
    })

  common(program.command('verify'), examples.verify)
    .description('compare every original with the hash in its record: what is intact, changed, damaged, missing')
    .option('--since <day>', 'leave out what was archived before, such as 2026-11-01')
    .option('--sample <share>', 'look at so much of it, such as 5%: what was not looked at for longest')
    .option('--strict', 'a missing original counts as damage, too')
    .option('--sums', 'also write SHA256SUMS for each month, for sha256sum -c')
    .option(
      '--repair <from...>',
      'put damaged and missing originals back by hash: from exports, archives, folders, "mirror" or "account"',
    )
    .option('--mirror', 'read originals that are away, too, from the mirror')
    .option('--changed', 'with --repair: those that somebody changed, too; their files are set aside')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { verifyCommand } = await import('./commands/verify.ts')
      onExitCode(await verifyCommand(options, io))
    })

  mirrorCommands(program, io, onExitCode)

  common(program.command('sidecars'), examples.sidecars)
    .description('keep an XMP sidecar beside each image, for photo managers: write, remove or count them')
    .addArgument(new Argument('<what>', 'write, remove or status').choices(['write', 'remove', 'status']))
    .allowExcessArguments(false)
    .action(async (what: 'write' | 'remove' | 'status', options) => {
      const { sidecarsCommand } = await import('./commands/sidecars.ts')
      onExitCode(await sidecarsCommand(what, options, io))
    })

  common(program.command('export'), examples.export)
    .description('take out copies with metadata inside, or the records as a table or as JSON; changes nothing')
    .option('--embed <dir>', 'copies with XMP inside (PNG, WebP, JPEG); this breaks the C2PA of the copies')
    .option('--csv', 'a table for spreadsheets, to standard output')
    .option('-o, --output <file>', 'write the table, or the objects of --json, into this file')
    .option('--where <words>', 'only these: \'favourite and after:2026-01 by:dalle tag:sea -draft "red coat"\'')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { exportCommand } = await import('./commands/export.ts')
      onExitCode(await exportCommand(options, io))
    })

  common(program.command('browse'), examples.browse)
    .description('look at the archive in your browser, served on this machine only')
    .option('--port <number>', 'serve on this port (default: a free one)')
    .option('--no-open', 'only print the address')
    .option('--static <dir>', 'instead write a copy into this folder that can be viewed without a server')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { browseCommand } = await import('./commands/browse.ts')
      onExitCode(await browseCommand(options, io))
    })

  voices(program.command('demo'))
    .description('show how it works with a pretend ChatGPT on this machine: no account, no network')
    .option('--archive <dir>', 'where to put what is archived (default: a new temporary folder)')
    .option('--chromium <path>', 'browser to use (default: detected)')
    .option('--window', 'open a window to watch')
    .allowExcessArguments(false)
    .addHelpText('after', examples.demo)
    .action(async (options) => {
      const { demoCommand } = await import('./commands/demo.ts')
      onExitCode(await demoCommand(options, io))
    })
  configCommands(program, io, onExitCode)
  program
    .command('completion')
    .description('print what your shell needs to complete the commands and options of this program')
    .addArgument(new Argument('<shell>', 'yours').choices(shells))
    .argument('[words...]', 'what is typed so far, as the shell gives it')
    .allowUnknownOption()
    .addHelpText('after', examples.completion)
    .action(async (shell: Shell, words: string[]) => {
      const { completionCommand } = await import('./commands/completion.ts')
      onExitCode(completionCommand(shell, words, program, io))
    })
  return program
}

const misplaced = (word: string) =>
  new ArchiverError('usage', `"${word}" is not understood here: a command comes before its options.`, {
    hint: 'Run "dalle-archiver --help" to see the commands and options.',
  })

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
