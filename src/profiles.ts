import type { Config } from './config.ts'
import { ArchiverError } from './errors.ts'
import { sameLabel } from './profile-rules.ts'

/** One browser that is watched, with its own settings among those of all. */
export interface WatchedProfile {
  /** What the person calls it; null where there is but one browser, and nothing to tell apart. */
  readonly label: string | null
  readonly config: Config
}

/** The browsers that a config names: those of "profiles", else the one without a label. */
export function profilesOf(config: Config): readonly WatchedProfile[] {
  if (config.profiles.length === 0) return [{ label: null, config }]
  return config.profiles.map(({ label, ...own }) => ({ label, config: { ...config, ...own } }))
}

/**
 * The config of one of its profiles alone; as it is where none is asked for.
 *
 * Errors  ArchiverError "usage" when it has no such profile.
 */
export function onlyProfile(config: Config, label: string | undefined): Config {
  if (label === undefined) return config
  const profiles = config.profiles.filter((one) => sameLabel(one.label, label))
  if (profiles.length > 0) return { ...config, profiles }
  const names = config.profiles.map((one) => `"${one.label}"`).join(', ')
  throw new ArchiverError('usage', `There is no profile "${label}" in the config.`, {
    hint: names === '' ? 'Name it in "profiles" of config.json.' : `It has ${names}.`,
  })
}
