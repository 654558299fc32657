import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { WriteMarks } from '../archive/mark-files.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Entry } from '../catalogue/entry.ts'
import type { FetchAway, Thumbs } from '../catalogue/thumbs.ts'
import { parseJson } from '../decode/json.ts'

/** What the interface answers from. */
export interface ApiOptions {
  readonly root: string
  readonly catalogue: Catalogue
  readonly thumbs: Thumbs
  readonly fetchAway: FetchAway
  readonly mark: WriteMarks
  /** Aborted when the server ends, which ends streams that have no end of their own. */
  readonly ending: AbortSignal
}

/** Answers about one picture; one that is not there, or not there any more, is 404 in every form. */
export type WithEntry = (context: Context, answer: (entry: Entry) => Promise<Response | undefined>) => Promise<Response>

/** Refuses longer bodies. */
export const limited = (maxSize: number) =>
  bodyLimit({ maxSize, onError: (context) => context.json({ error: 'This is too long.' }, 413) })

/** The body, if it says that it is JSON: forms of other pages cannot. */
export async function jsonBodyOf(context: Context): Promise<unknown> {
  const isJson = /^application\/json\b/i.test(context.req.header('content-type') ?? '')
  return isJson ? parseJson(await context.req.text()) : undefined
}
