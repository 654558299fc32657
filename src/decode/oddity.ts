/** A shape we do not know, or something that should have been there and was not: counted and shown, never fatal. */
export interface Oddity {
  readonly kind: string
  readonly detail: string
}

/** An oddity whose detail is cut to what fits on a line or two. */
export function oddity(kind: string, detail: string): Oddity {
  return { kind, detail: detail.slice(0, 200) }
}
