/** A page, frame or worker that is watched. */
export interface Target {
  readonly targetId: string
  readonly type: string
  /** The session whose network events and bodies are read. */
  readonly sessionId: string
  /** Of whom it was attached: the page of a frame or worker. */
  readonly parentSessionId: string | undefined
  url: string
  /** An address of the origin its document has; empty where nobody says. */
  origin: string
  /** The origin of the page that opened it, as it was then. */
  readonly openedBy: string | undefined
  /** A second session without durable bodies, over which answers can be read while they stream. */
  plainSessionId: string | undefined
  /** Whether network events are switched on for it. */
  isOn: boolean
  /** Resolves when its process has confirmed that; a paused target does so only once it runs. */
  listens: Promise<unknown>
}
