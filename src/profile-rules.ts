// Pure and without Node: the page of the gallery compares labels, too.

const maxChars = 40
const pattern = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._-]*[\p{L}\p{M}\p{N}])?$/u

/** What a label must be, in words. */
export const labelRule = `1 to ${maxChars} letters, digits, spaces, ".", "_" or "-", and neither an account's id nor a mail address`

/**
 * Whether a text may be the label of a profile: it stands in records, and in names of files on every system; an address
 * of mail cannot be one.
 */
export const isLabel = (text: string): boolean =>
  pattern.test(text) && [...text].length <= maxChars && text === text.normalize()

/** Whether two names are the same: some disks do not tell capitals from small letters, and few people do. */
export const sameLabel = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase()

/** A label as it is known already, whatever its capitals; as it is where it is new. */
export const asKnown = (label: string, known: readonly string[]): string =>
  known.find((one) => sameLabel(one, label)) ?? label

/**
 * The name of a journal that each profile has for itself: `attempts-work.ndjson`; without a label `attempts.ndjson`.
 */
export const fileOfProfile = (name: string, label: string | null): string =>
  `${name}${label === null ? '' : `-${label}`}.ndjson`

/** What two browsers cannot have both. */
export interface Claims {
  readonly label: string
  readonly profilePath: string
  readonly cdpPort: number | undefined
  readonly attach: string | number | undefined
}

/**
 * The first thing that a profile shares with one before it, as the key and what is wrong; undefined when there is none.
 */
export function sharedIn(profiles: readonly Claims[]): { readonly key: string; readonly flaw: string } | undefined {
  for (const [at, profile] of profiles.entries()) {
    for (const other of profiles.slice(0, at)) {
      const shared = sharedBy(profile, other)
      if (shared) return { key: `profiles.${at}.${shared}`, flaw: `profile "${other.label}" has the same` }
    }
  }
  return undefined
}

function sharedBy(one: Claims, other: Claims): keyof Claims | undefined {
  if (sameLabel(one.label, other.label)) return 'label'
  if (one.attach !== undefined && String(one.attach) === String(other.attach)) return 'attach'
  const areAttached = one.attach !== undefined || other.attach !== undefined
  if (!areAttached && sameLabel(one.profilePath, other.profilePath)) return 'profilePath'
  return one.cdpPort !== undefined && one.cdpPort === other.cdpPort ? 'cdpPort' : undefined
}
