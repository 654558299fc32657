import type { Wire } from './wire.ts'

/** A browser we may talk to, and how we came by it: that decides what happens to it when we leave. */
export interface Browser {
  /** Started by us; started by us in an earlier run; started by somebody else. */
  readonly kind: 'launched' | 'adopted' | 'attached'
  /** Port of the DevTools protocol; 0 over a pipe. */
  readonly port: number
  /** Every connection is asked of the person anew, so none is made without need. */
  readonly asksEachTime: boolean
  /** How a browser we started has ended; never for others, of which only the connection tells. */
  readonly ended: Promise<BrowserEnd>
  /** Whether it is still there; never asks the person anything. */
  isAlive(): Promise<boolean>
  /** Rejects with ArchiverError "browser-unreachable". */
  connect(): Promise<Wire>
  /** How a browser ended that is not there any more. */
  lastEnd(): BrowserEnd
  /** Asks a browser we started, and that does not end by itself, to do so. */
  terminate(): void
}

export type BrowserEnd = 'closed' | 'crashed'

export const never = new Promise<never>(() => {})
