/** A shape we do not know, or something that should have been there and was not: counted and shown, never fatal. */
export interface Oddity {
  readonly kind: string
  readonly detail: string
}

/** An oddity, told in no more words than fit on a line or two. */
export function oddity(kind: string, detail: string): Oddity {
  return { kind, detail: detail.slice(0, 200) }
}
