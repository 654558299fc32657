import type { ServerResponse } from 'node:http'
import { isObject, type Json, parseJson } from '../decode/json.ts'
import { fillAccount } from './account.ts'
import { type PretendAnswer, sendAnswer } from './substitutes.ts'
import type { World } from './world.ts'

/** Where and how often a trouble is played: whenever the site is asked for anything but bytes, unless less is said. */
export interface TroubleSpot {
  /** Only where `host/path?query` matches. */
  readonly at?: RegExp
  /** So many times still; counts down, and is played no more at 0. */
  times?: number
  /** How likely it is each time, from 0 to 1. */
  readonly chance?: number
  /** How many rows it is about, or from which row on. */
  readonly rows?: number
  /** What the site names as `Retry-After`. */
  readonly retryAfterS?: number
}

/** Troubles that are on; a test puts one in, and takes it out again. */
export type Troubles = { [Name in TroubleName]?: TroubleSpot }

/** The name of a trouble. */
export type TroubleName = keyof typeof table

interface Asked {
  readonly url: URL
  readonly world: World
  readonly spot: TroubleSpot
}

/** Changes what the site answers; undefined leaves it as it is. */
type Edit = (json: unknown) => unknown

/** Answers in place of the site, or changes its answer; undefined when this question is not concerned. */
type Trouble = (asked: Asked) => PretendAnswer | Edit | undefined

type List = Json & { readonly items: readonly unknown[] }

/**
 * Everything that goes wrong now and then. What the real site does every day is in its routes: the search leaves out
 * archived conversations, eleven at once are answered 422 and a hundred turns 500, lists without the account are empty.
 *
 * Source  docs/wire/history.md
 */
const table = {
  unauthorized: () => refusal(401, 'Access token is missing'),
  forbidden: () => refusal(403, 'Forbidden'),
  /** A check for people, by the network in front of the site. */
  challenge: () => pageOf(403, '<title>Just a moment...</title>'),
  challengeAsSuccess: () => pageOf(200, '<title>Just a moment...</title>'),
  /** Gone, or another account's. */
  notFound: () => refusal(404, 'Not found'),
  unprocessable: () => refusal(422, 'Input should be something else'),
  tooMany: () => refusal(429, 'Too many requests'),
  tooManyFor: ({ spot }) => ({
    ...refusal(429, 'Too many requests'),
    headers: { 'retry-after': `${spot.retryAfterS ?? 90}` },
  }),
  serverError: () => refusal(500, 'Internal Server Error'),
  badGateway: () => ({ status: 502, headers: { 'content-type': 'text/plain' }, body: '' }),
  /** The session is nobody's. */
  loggedOut: ({ url }) => (url.pathname === '/api/auth/session' ? { status: 200, body: '{}' } : undefined),
  /** Lists are answered up to this row only. */
  deepOffset: ({ url, spot }) => (offsetIn(url) >= (spot.rows ?? 1_000) ? refusal(500, 'Timeout') : undefined),
  /** Pictures are made while a list is paged. */
  newOnTop: ({ url, world, spot }) => {
    if (offsetIn(url) === 0) return undefined
    fillAccount(world, spot.rows ?? 1)
    return asItIs
  },
  /** The newest pictures are deleted while a list is paged. */
  removedOnTop: ({ url, world, spot }) => {
    if (offsetIn(url) === 0) return undefined
    const newest = [...world.pictures.values()].filter(({ role }) => role === 'generated').slice(-(spot.rows ?? 1))
    for (const { fileId } of newest) world.pictures.delete(fileId)
    return asItIs
  },
  lyingTotal: () => ofList((list) => ('total' in list ? { ...list, total: 2 } : undefined)),
  /** Every page leads back to the one after the first. */
  loopingCursor: ({ spot }) => ofList((list) => ({ ...list, cursor: `${spot.rows ?? 1}` })),
  /** Every page lacks its first rows. */
  missingRows: ({ spot }) => ofList((list) => ({ ...list, items: list.items.slice(spot.rows ?? 1) })),
  emptyList: () => ofList((list) => ({ ...list, items: [], cursor: null })),
  onlyFolders: () => ofList((list) => ({ ...list, items: [{ id: 'libfile_none', kind: 'directory' }], cursor: null })),
  shortBatch:
    ({ spot }) =>
    (json) =>
      Array.isArray(json) ? json.slice(spot.rows ?? 1) : undefined,
} as const satisfies Record<string, Trouble>

const refusal = (status: number, detail: string): PretendAnswer => ({ status, body: JSON.stringify({ detail }) })

const pageOf = (status: number, body: string): PretendAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  body,
})

const asItIs: Edit = (json) => json

const ofList =
  (edit: (list: List) => object | undefined): Edit =>
  (json) =>
    isObject(json) && Array.isArray(json.items) ? edit(json as List) : undefined

/** From which row on a list is asked for. */
const offsetIn = ({ searchParams }: URL) =>
  Number(searchParams.get('offset') ?? searchParams.get('cursor') ?? searchParams.get('after') ?? 0)

/** Plays the troubles that are on; true when one of them has answered. */
export function playTroubles(troubles: Troubles, world: World, url: URL, response: ServerResponse): boolean {
  for (const [name, spot] of Object.entries(troubles) as [TroubleName, TroubleSpot][]) {
    if (!isDue(spot, url)) continue
    const trouble: Trouble = table[name]
    const found = trouble({ url, world, spot })
    if (typeof found === 'function') editEnd(response, found, () => spend(spot))
    else if (found) {
      spend(spot)
      sendAnswer(found, response)
      return true
    }
  }
  return false
}

const anyQuestion = /^chatgpt\.com\/(?:api|backend-api)\/(?!estuary)/

const isDue = ({ at = anyQuestion, times = 1, chance = 1 }: TroubleSpot, url: URL) =>
  times > 0 && at.test(url.host + url.pathname + url.search) && Math.random() < chance

function spend(spot: TroubleSpot) {
  if (spot.times !== undefined) spot.times -= 1
}

/** Changes an answer before it is sent. */
function editEnd(response: ServerResponse, edit: Edit, onEdited: () => void) {
  const end = response.end.bind(response) as (body: unknown) => ServerResponse
  const endEdited = (body: unknown) => {
    const isJson = typeof body === 'string' && response.statusCode === 200
    const edited = isJson ? edit(parseJson(body)) : undefined
    if (edited === undefined) return end(body)
    onEdited()
    return end(JSON.stringify(edited))
  }
  response.end = endEdited as ServerResponse['end']
}
