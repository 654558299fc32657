import { type Config, configFor, hasConfig, readConfig } from '../config.ts'
import { ArchiverError } from '../errors.ts'

/** Where a command is told its settings. */
export interface SettingsOptions {
  readonly config?: string
  readonly archive?: string
}

/** Looked for in the folder a command runs in, and written there the first time. */
export const defaultConfigFile = 'config.json'

/** Whether a command was told nothing, in a folder that has no settings of its own. */
export function hasNoSettings({ config, archive }: SettingsOptions): boolean {
  return archive === undefined && config === undefined && !hasConfig(defaultConfigFile)
}

/**
 * The settings of a command: of `--archive`, of `--config`, or of the folder.
 *
 * Errors  ArchiverError "usage" for an empty path; "config" when there are none, or they are wrong.
 */
export function settingsOf(options: SettingsOptions): Config {
  if (options.archive === '') throw new ArchiverError('usage', '--archive needs the path of a folder.')
  if (hasNoSettings(options)) {
    throw new ArchiverError('config', 'There is no config.json in this folder.', {
      hint: 'Say where the archive is: --archive DIR, or --config FILE.',
    })
  }
  return options.archive === undefined ? readConfig(options.config ?? defaultConfigFile) : configFor(options.archive)
}
