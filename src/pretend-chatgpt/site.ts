import { randomBytes, randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import { type History, makeHistory } from './history.ts'
import type { Troubles } from './troubles.ts'
import { createWorld, type PretendPicture, plantedSecret, pretendPerson, type World } from './world.ts'

/** How the pretend site behaves. */
export interface PretendOptions {
  /** How long each piece of work of the site takes. */
  readonly paceMs?: number
  /** Size of the pictures that turns make. */
  readonly picture?: { readonly lengthBytes?: number; readonly size?: PretendPicture['size'] }
  /** Further pages by path, served on every host. */
  readonly pages?: Readonly<Record<string, string>>
  /** Names of workspaces beside the person's own. */
  readonly workspaces?: readonly string[]
  /** The first look-up of each picture is answered with "retry". */
  readonly retriesLookUps?: boolean
  /** What goes wrong from the start. */
  readonly troubles?: Troubles
}

/** The open sockets of this person, by which of the site's two services they belong to. */
export type SocketService = 'celsius' | 'pubSub'

/** Writes what is left of a turn to the answer of the request that resumes it. */
export type RestOfTurn = (write: (text: string) => void) => Promise<void>

/** What all handlers share: what the site knows, whom it speaks with, and what it remembers of the visit. */
export interface PretendSite {
  readonly options: PretendOptions
  readonly world: World
  readonly history: History
  /** By their ids. */
  readonly workspaces: ReadonlyMap<string, { readonly name: string; readonly world: World }>
  /** The workspace whose world this is. */
  readonly account: string
  readonly token: string
  readonly cookie: string
  readonly sockets: Readonly<Record<SocketService, Set<WebSocket>>>
  /** Turns that were handed off, by conversation. */
  readonly resumable: Map<string, RestOfTurn>
  /** Ids of the files that were looked up at least once. */
  readonly lookedUp: Set<string>
  readonly reports: string[]
  readonly tourEnded: Promise<void>
  endTour(): void
  /** A moment's work, as long as the site takes its time. */
  pause(): Promise<void>
}

/** Makes a site that nobody has visited yet. */
export function createSite(options: PretendOptions): PretendSite {
  const world = createWorld()
  let endTour = () => {}
  const tourEnded = new Promise<void>((resolve) => {
    endTour = resolve
  })
  return {
    options,
    world,
    history: makeHistory(world),
    workspaces: new Map(options.workspaces?.map((name) => [randomUUID(), { name, world: createWorld() }])),
    account: pretendPerson.account,
    token: plantedSecret(),
    cookie: randomBytes(16).toString('hex'),
    sockets: { celsius: new Set(), pubSub: new Set() },
    resumable: new Map(),
    lookedUp: new Set(),
    reports: [],
    tourEnded,
    endTour,
    pause: () => new Promise((resolve) => setTimeout(resolve, options.paceMs ?? 10)),
  }
}
