import { type Config, configOf, fileLayer, hasConfig, type Layer, layerOf } from '../config.ts'
import { environmentLayer } from '../config-environment.ts'
import { userConfigFile } from '../config-paths.ts'
import { ArchiverError } from '../errors.ts'

/** What the command line says of the settings. */
export interface SettingsOptions {
  readonly config?: string
  readonly archive?: string
  readonly attach?: string
  readonly minimized?: boolean
}

/** Looked for in the folder a command runs in, and written there the first time. */
export const defaultConfigFile = 'config.json'

/** The config file of a command; none for one that names its archive, since the folder's is about another. */
export function configFileOf({ config, archive }: SettingsOptions): string | undefined {
  if (config !== undefined) return config
  return archive === undefined && hasConfig(defaultConfigFile) ? defaultConfigFile : undefined
}

/**
 * Every place that says something of the settings, the strongest last: the person's own config, that of the folder, the
 * environment, the command line.
 *
 * Errors  ArchiverError "usage" for an empty path; "config" for what is wrong in any of them.
 */
export function layersOf(options: SettingsOptions): readonly Layer[] {
  if (options.archive === '') throw new ArchiverError('usage', '--archive needs the path of a folder.')
  const file = configFileOf(options)
  return [
    ...(hasConfig(userConfigFile()) ? [fileLayer(userConfigFile(), 'user')] : []),
    ...(file === undefined ? [] : [fileLayer(file, 'folder')]),
    environmentLayer(process.env),
    flagLayer(options),
  ]
}

function flagLayer({ archive, attach, minimized }: SettingsOptions): Layer {
  const given = {
    ...(archive !== undefined && { archivePath: archive }),
    ...(attach !== undefined && { attach }),
    ...(minimized !== undefined && { minimized }),
  }
  return layerOf({ kind: 'flag' }, given, process.cwd(), 'The command line')
}

/** Whether nothing says where the archive is, and the folder has no config.json. */
export const hasNoSettings = (options: SettingsOptions, layers = layersOf(options)): boolean =>
  configFileOf(options) === undefined && layers.every(({ settings }) => settings.archivePath === undefined)

/**
 * The settings of a command.
 *
 * Errors  as `layersOf`; "config" when nothing says where the archive is.
 */
export function settingsOf(options: SettingsOptions): Config {
  const layers = layersOf(options)
  if (hasNoSettings(options, layers)) {
    throw new ArchiverError('config', 'There is no config.json in this folder.', {
      hint: 'Say where the archive is: --archive DIR, or --config FILE.',
    })
  }
  return configOf(layers)
}
