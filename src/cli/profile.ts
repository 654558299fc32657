import type { Config } from '../config.ts'
import { ArchiverError } from '../errors.ts'
import { asKnown, isLabel, labelRule } from '../profile-rules.ts'

export interface ProfileOptions {
  readonly profile?: string
}

/** The label that `--profile` gives. Errors: ArchiverError "usage" for a text that can be none. */
export function labelIn({ profile }: ProfileOptions, known: readonly string[] = []): string | undefined {
  const label = profile?.normalize()
  if (label === undefined || isLabel(label)) return label && asKnown(label, known)
  throw new ArchiverError('usage', `--profile ${JSON.stringify(label)} is no label.`, { hint: `It has ${labelRule}.` })
}

/**
 * Refuses an option that is of one browser, where the config names several and none is chosen.
 *
 * Errors  ArchiverError "usage".
 */
export function refuseForSeveral(
  { profiles }: Config,
  options: { readonly attach?: string; readonly record?: string },
) {
  const option = options.attach === undefined ? options.record && '--record' : '--attach'
  if (!option || profiles.length < 2) return
  throw new ArchiverError('usage', `${option} is of one browser, and the config names ${profiles.length} profiles.`, {
    hint: `Say which, such as --profile ${JSON.stringify(profiles[0]?.label)}.`,
  })
}

/** The words that stand before what is said of one profile: `work: `; none where it is of none alone. */
export const prefixOf = (profile: string | null | undefined): string => (profile ? `${profile}: ` : '')
