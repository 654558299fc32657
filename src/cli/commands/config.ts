import path from 'node:path'
import { type ConfigKey, configKeys, configOf, hasConfig, meaningOf, type Origin, settingsIn } from '../../config.ts'
import { strangersIn, variableOf } from '../../config-environment.ts'
import { writeNewConfig } from '../../config-file.ts'
import { resolvePath, userConfigFile } from '../../config-paths.ts'
import { ArchiverError, exitCodes } from '../../errors.ts'
import { hookVariables } from '../../hooks/environment.ts'
import { createOutput, type Io, type OutputOptions } from '../output.ts'
import { defaultConfigFile, layersOf, type SettingsOptions } from '../settings.ts'

export interface ConfigCommandOptions extends OutputOptions, SettingsOptions {
  readonly user?: boolean
}

/** Says where config files are looked for, the strongest first, and which are there. */
export async function configPathCommand(options: ConfigCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const folder = options.archive === undefined ? [['folder', options.config ?? defaultConfigFile]] : []
  for (const [kind = '', file = ''] of [...folder, ['user', userConfigFile()]]) {
    const [place, isThere] = [path.resolve(file), hasConfig(file)]
    output.result(`${place}${isThere ? '' : '  (not there)'}`, { event: 'config-file', kind, file: place, isThere })
  }
  return exitCodes.ok
}

/** Prints every setting with its value and where that comes from. */
export async function configShowCommand(options: ConfigCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const { settings, origins } = settingsIn(layersOf(options))
  const shown = configKeys.map((key) => {
    const [value, origin] = [settings[key], origins.get(key) ?? { kind: 'built-in' as const }]
    return { key, value, origin, words: value === undefined ? '–' : wordsOf(value) }
  })
  const [keyWidth, valueWidth] = [widest(configKeys), Math.min(maxValueWidth, widest(shown.map(({ words }) => words)))]
  for (const { key, value, origin, words } of shown) {
    const line = `${key.padEnd(keyWidth)}  ${words.padEnd(valueWidth)}  ${originWords(origin, key)}`
    output.result(line, { event: 'setting', key, value: value ?? null, origin, meaning: meaningOf(key) })
  }
  return exitCodes.ok
}

const maxValueWidth = 50
const widest = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length))
const wordsOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

function originWords(origin: Origin, key: ConfigKey): string {
  switch (origin.kind) {
    case 'flag':
      return key === 'archivePath' ? '--archive' : `--${key}`
    case 'environment':
      return variableOf(key)
    case 'folder':
    case 'user':
      return origin.file
    case 'built-in':
      return 'built in'
  }
}

/** Writes a first config file, for this folder or for the person; never over another. */
export async function configInitCommand(options: ConfigCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const { installedBrowsers } = await import('../../browser/installed.ts')
  const chromiumPath = installedBrowsers()[0]?.path
  const given = options.archive === undefined ? undefined : resolvePath(process.cwd(), options.archive)
  // The person's own file says nothing of an archive unless asked: each folder may have one.
  const archivePath = given ?? (options.user ? undefined : path.resolve('archive'))
  const file = options.user ? userConfigFile() : path.resolve(defaultConfigFile)
  writeNewConfig(file, {
    ...(chromiumPath !== undefined && { chromiumPath }),
    ...(archivePath !== undefined && { archivePath }),
  })
  output.result(`Wrote ${file}. "dalle-archiver config show" lists every setting.`, { event: 'config-written', file })
  return exitCodes.ok
}

/** Reads all that says something of the settings; what is wrong is the command's error. */
export async function configCheckCommand(options: ConfigCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const { archivePath } = configOf(layersOf(options))
  const [stranger] = strangersIn(process.env, Object.values(hookVariables))
  if (stranger !== undefined)
    throw new ArchiverError('config', `${stranger} in the environment names no setting.`, {
      hint: '"dalle-archiver config show" lists every setting.',
    })
  output.result(`Sound. Pictures go to ${archivePath}`, { event: 'config-sound', archivePath })
  return exitCodes.ok
}
