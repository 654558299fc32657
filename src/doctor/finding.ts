/** What a check found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly about: string
  /** "sound", "note" for what is worth knowing, "trouble" for what a person should mend. */
  readonly state: 'sound' | 'note' | 'trouble'
  readonly text: string
  /** What to do. */
  readonly remedy?: string
}

/** A check: it looks, and throws nothing. */
export type Check = () => Promise<Finding> | Finding

export const sound = (about: string, text: string): Finding => ({ about, state: 'sound', text })
export const noted = (about: string, text: string, remedy?: string): Finding => ({
  ...{ about, state: 'note', text },
  ...(remedy !== undefined && { remedy }),
})
export const trouble = (about: string, text: string, remedy: string): Finding => ({
  about,
  state: 'trouble',
  text,
  remedy,
})
