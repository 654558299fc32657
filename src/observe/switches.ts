import type { Wire } from '../browser/wire.ts'
import type { Target } from './target.ts'

const megabyte = 1024 * 1024
/**
 * The browser keeps bodies for us up to here, oldest out first; what is over the limit for one cannot be transferred.
 */
export const durableBytes = 256 * megabyte
const durableLimits = { maxTotalBufferSize: durableBytes, maxResourceBufferSize: 190 * megabyte }
/** Buffers of a browser without durable bodies, in the tab's own process. */
const plainLimits = { maxTotalBufferSize: 200 * megabyte, maxResourceBufferSize: 100 * megabyte }
/** A streaming session needs only what came before it was asked to stream. */
const streamLimits = { maxTotalBufferSize: 32 * megabyte, maxResourceBufferSize: 16 * megabyte }
const postData = { maxPostDataSize: megabyte }

const resumeTimeoutMs = 5_000

/** Switches network events on and off for targets, and lets paused ones run. */
export interface Switches {
  on(target: Target): void
  off(target: Target): void
  /** The second session of a target, over which answers can be read while they stream. */
  plainOn(plainSessionId: string): void
  resume(sessionId: string, isThere: () => boolean): void
}

export interface SwitchesOptions {
  /** What every new frame, worker and tab of a target is attached with. */
  readonly autoAttach: object
  all(): Iterable<Target>
  /** The browser is too old for durable bodies. */
  withoutDurable(): void
  /** A paused target did not confirm that it runs on: the connection must go, so that the page does. */
  frozen(): void
}

/** Makes the switches of one connection; whether the browser knows durable bodies shows at the first target. */
export function createSwitches(wire: Wire, options: SwitchesOptions): Switches {
  let isDurable = true
  const tell = (method: string, params: object, sessionId: string | undefined) =>
    wire.send(method, params, sessionId).catch(() => undefined)

  const doWithoutDurable = (error: unknown) => {
    if (!isDurable || !/wasn't found|not supported/i.test(String(error))) return
    isDurable = false
    for (const one of options.all())
      if (one.isOn) void tell('Network.enable', { ...plainLimits, ...postData }, one.sessionId)
    options.withoutDurable()
  }

  return {
    on(target) {
      target.isOn = true
      const { sessionId, targetId } = target
      target.listens = tell('Network.enable', isDurable ? postData : { ...plainLimits, ...postData }, sessionId)
      if (isDurable) wire.send('Network.configureDurableMessages', durableLimits, sessionId).catch(doWithoutDurable)
      void tell('Target.setAutoAttach', options.autoAttach, sessionId)
      if (target.plainSessionId === undefined)
        void tell('Target.attachToTarget', { targetId, flatten: true }, undefined)
      else void tell('Network.enable', streamLimits, target.plainSessionId)
    },
    off(target) {
      target.isOn = false
      void tell('Network.disable', {}, target.sessionId)
      if (target.plainSessionId) void tell('Network.disable', {}, target.plainSessionId)
    },
    plainOn: (plainSessionId) => void tell('Network.enable', streamLimits, plainSessionId),
    resume(sessionId, isThere) {
      wire.send('Runtime.runIfWaitingForDebugger', {}, sessionId, resumeTimeoutMs).catch((error: unknown) => {
        if (error instanceof Error && 'isTimeout' in error && error.isTimeout && isThere()) options.frozen()
      })
    },
  }
}
