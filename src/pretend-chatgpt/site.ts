import { randomBytes } from 'node:crypto'
import { type History, makeHistory } from './history.ts'
import { createSockets, type Sockets } from './sockets.ts'
import { createWorld, type PretendPicture, plantedSecret, type World } from './world.ts'

/** How the pretend site goes about its work. */
export interface SiteOptions {
  /** How long each piece of work of the site takes. */
  readonly paceMs?: number
  /** Size of the pictures that turns make. */
  readonly picture?: { readonly lengthBytes?: number; readonly size?: PretendPicture['size'] }
  /** The first look-up of each picture is answered with "retry". */
  readonly retriesLookUps?: boolean
}

/** Everything the handlers of one pretend site share. */
export interface Site {
  readonly options: SiteOptions
  readonly world: World
  readonly history: History
  /** What a session is known by: `token` to the API, `cookie` to the hosts of bytes. */
  readonly token: string
  readonly cookie: string
  readonly sockets: Sockets
  /** The rest of turns that were handed off, by conversation. */
  readonly resumable: Map<string, (write: (text: string) => void) => Promise<void>>
  /** Pictures that were looked up before. */
  readonly lookedUp: Set<string>
  /** What pages have posted to `/pretend/report`, oldest first. */
  readonly reports: string[]
  readonly tourEnded: Promise<void>
  endTour(): void
  pause(): Promise<void>
}

/** A site as it stands before the first visit. */
export function createSite(options: SiteOptions): Site {
  const { paceMs = 10 } = options
  const world = createWorld()
  let endTour = () => {}
  const tourEnded = new Promise<void>((resolve) => {
    endTour = resolve
  })
  return {
    options,
    world,
    history: makeHistory(world),
    token: plantedSecret(),
    cookie: randomBytes(16).toString('hex'),
    sockets: createSockets(),
    resumable: new Map(),
    lookedUp: new Set(),
    reports: [],
    tourEnded,
    endTour,
    pause: () => new Promise((resolve) => setTimeout(resolve, paceMs)),
  }
}
