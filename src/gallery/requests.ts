import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { WriteMarks } from '../archive/mark-files.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Entry } from '../catalogue/entry.ts'
import type { FetchAway, Thumbs } from '../catalogue/thumbs.ts'
import { isObject, parseJson } from '../decode/json.ts'
import type { SimilarFinder } from '../similar/similar.ts'

/** What the interface answers from. */
export interface ApiOptions {
  readonly root: string
  readonly catalogue: Catalogue
  readonly thumbs: Thumbs
  readonly fetchAway: FetchAway
  readonly similar: SimilarFinder
  readonly mark: WriteMarks
  /** Shows a file in the file manager of this machine; false where there is none to open. */
  readonly reveal: (file: string) => Promise<boolean>
  /** Aborted when the server ends, which ends streams that have no end of their own. */
  readonly ending: AbortSignal
}

/** Answers about one picture; one that is not there, or not there any more, is 404 in every form. */
export type WithEntry = (context: Context, answer: (entry: Entry) => Promise<Response | undefined>) => Promise<Response>

/** The longest body that names pictures. */
export const maxIdsBytes = 8 * 1024 * 1024

/** Refuses longer bodies. */
export const limited = (maxSize: number) =>
  bodyLimit({ maxSize, onError: (context) => context.json({ error: 'This is too long.' }, 413) })

/** The body, if it says that it is JSON: forms of other pages cannot. */
export async function jsonBodyOf(context: Context): Promise<unknown> {
  const isJson = /^application\/json\b/i.test(context.req.header('content-type') ?? '')
  return isJson ? parseJson(await context.req.text()) : undefined
}

/** The pictures that `ids` of a body names, newest first, and how many of them are not here. */
export async function entriesIn(
  catalogue: Catalogue,
  body: unknown,
): Promise<{ readonly entries: readonly Entry[]; readonly unknown: number }> {
  const ids = isObject(body) && Array.isArray(body.ids) ? body.ids : []
  const wanted = new Set(ids.filter((id) => typeof id === 'string'))
  if ([...wanted].some((id) => !catalogue.get(id))) await catalogue.whole
  const entries = catalogue.entries.filter(({ id }) => wanted.has(id))
  return { entries, unknown: wanted.size - entries.length }
}

/** A whole number in a query; NaN for what is none. */
export function countIn(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
}
