import { type ConfigKey, configKeys, isAccepted, type Layer, layerOf } from './config.ts'
import { parseJson } from './decode/json.ts'

const prefix = 'DALLE_ARCHIVER_'

/** The environment variable of a setting: `DALLE_ARCHIVER_ARCHIVE_PATH` of `archivePath`. */
export const variableOf = (key: ConfigKey): string => prefix + key.replace(/[A-Z]/g, '_$&').toUpperCase()

type Environment = Readonly<Record<string, string | undefined>>

/**
 * What the environment says of the settings: text as it is, all else as JSON. An empty variable says nothing; paths are
 * relative to the folder the command runs in.
 *
 * Errors  ArchiverError "config", with the variable's name.
 */
export function environmentLayer(environment: Environment): Layer {
  const settings = configKeys.map((key) => settingIn(environment, key))
  return { origin: { kind: 'environment' }, settings: Object.assign({}, ...settings) }
}

/** Variables of ours that name no setting, as a misspelt one does; `known` are those that are none either. */
export const strangersIn = (environment: Environment, known: readonly string[]): string[] =>
  Object.keys(environment).filter(
    (name) => name.startsWith(prefix) && !known.includes(name) && !configKeys.some((key) => variableOf(key) === name),
  )

function settingIn(environment: Environment, key: ConfigKey): Layer['settings'] {
  const text = environment[variableOf(key)]
  if (text === undefined || text === '') return {}
  const value = isAccepted(key, text) ? text : (parseJson(text) ?? text)
  return layerOf({ kind: 'environment' }, { [key]: value }, process.cwd(), variableOf(key)).settings
}
