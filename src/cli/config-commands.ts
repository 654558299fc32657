import type { Command } from 'commander'
import { common, voices } from './common-options.ts'
import { examples } from './examples.ts'
import type { Io } from './output.ts'

/** Adds the commands that are about the settings. */
export function configCommands(program: Command, io: Io, onExitCode: (code: number) => void): void {
  const config = program
    .command('config')
    .description('say where the settings come from, write and check them')
    .addHelpText('after', examples.config)
  common(config.command('path'), examples.config)
    .description('say where config files are looked for, the strongest first')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { configPathCommand } = await import('./commands/config.ts')
      onExitCode(await configPathCommand(options, io))
    })
  common(config.command('show'), examples.config)
    .description('print every setting with its value, and where that comes from')
    .option('--attach <where>', 'as for watch')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { configShowCommand } = await import('./commands/config.ts')
      onExitCode(await configShowCommand(options, io))
    })
  voices(config.command('init'))
    .description('write a first config.json, never over another')
    .option('--user', 'your own, which counts in every folder')
    .option('--archive <dir>', 'where its archive is (default: in this folder, or with --user left open)')
    .allowExcessArguments(false)
    .addHelpText('after', examples.config)
    .action(async (options) => {
      const { configInitCommand } = await import('./commands/config.ts')
      onExitCode(await configInitCommand(options, io))
    })
  common(config.command('check'), examples.config)
    .description('read all settings and say what is wrong with them')
    .allowExcessArguments(false)
    .action(async (options) => {
      const { configCheckCommand } = await import('./commands/config.ts')
      onExitCode(await configCheckCommand(options, io))
    })
}
