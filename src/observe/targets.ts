import type { Wire, WireEvent } from '../browser/wire.ts'
import { objectAt, textAt } from '../decode/json.ts'
import { createSwitches } from './switches.ts'
import type { Target } from './target.ts'

export interface Targets {
  hear(event: WireEvent): void
  /** Starts to follow targets: those that are there, and each new one from before its first request. */
  start(): Promise<void>
  bySession(sessionId: string | undefined): Target | undefined
  byPlainSession(sessionId: string | undefined): Target | undefined
  all(): Target[]
}

export interface TargetListener {
  isHome(url: string): boolean
  /** A target that was loaded before we came. */
  foundLoaded(target: Target): void
  gone(target: Target): void
  /** A plain session has ended, before or after its target. */
  plainGone(sessionId: string): void
  /** The number of tabs that are watched has changed. */
  changed(): void
  /** The browser is too old for durable bodies. */
  withoutDurable(): void
  /** A paused target did not confirm that it runs on: the connection must go, so that the page does. */
  frozen(): void
}

const followed = ['page', 'iframe', 'worker', 'shared_worker']
const filter = [...followed.map((type) => ({ type })), { exclude: true }]
const autoAttach = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter }

/**
 * Follows pages, frames and workers as they come and go.
 *
 * New targets stop before their first request; everything they need is sent back to back and nothing is awaited, since
 * several of these commands do not answer until the target runs. Service workers are left alone: watching one keeps it
 * alive, and the page's own session has the bodies they serve.
 *
 * State   one entry per target, ended by its detach.
 * Source  docs/capture.md
 */
export function createTargets(wire: Wire, listener: TargetListener): Targets {
  const targets = new Map<string, Target>()
  const bySession = new Map<string, Target>()
  const byPlain = new Map<string, Target>()
  const switches = createSwitches(wire, {
    autoAttach,
    all: () => targets.values(),
    withoutDurable: listener.withoutDurable,
    frozen: listener.frozen,
  })
  const resume = (sessionId: string) => switches.resume(sessionId, () => bySession.has(sessionId))

  const attached = ({ params, sessionId: parent }: WireEvent) => {
    const info = objectAt(params, 'targetInfo')
    const [targetId, type] = [textAt(info, 'targetId') ?? '', textAt(info, 'type') ?? '']
    const sessionId = textAt(params, 'sessionId') ?? ''
    const isWaiting = params.waitingForDebugger === true
    // Kept under no name, it would pass for the parent and the opener of all that have none.
    if (sessionId === '' || targetId === '') return sessionId !== '' && isWaiting ? resume(sessionId) : undefined
    const known = targets.get(targetId)
    if (known) return attachedAgain(known, sessionId, isWaiting)
    const url = textAt(info, 'url') ?? ''
    const opener = type === 'page' ? targets.get(textAt(info, 'openerId') ?? '') : undefined
    const target: Target = {
      targetId,
      type,
      sessionId,
      parentSessionId: type === 'page' ? undefined : parent,
      url,
      // A window without an address has the origin of whoever opened it, as it was then.
      origin: originIn(url) ?? opener?.origin ?? '',
      openedBy: opener?.origin,
      plainSessionId: undefined,
      isOn: false,
      listens: Promise.resolve(),
    }
    targets.set(targetId, target)
    bySession.set(sessionId, target)
    if (isWanted(target)) switches.on(target)
    if (isWaiting) resume(sessionId)
    else if (type === 'page' && listener.isHome(url)) listener.foundLoaded(target)
    if (parent === undefined || type !== 'page') listener.changed()
  }

  /** The second attach to a target is the plain one we asked for; a third is one of the browser's own doubles. */
  const attachedAgain = (target: Target, sessionId: string, isWaiting: boolean) => {
    if (target.plainSessionId === undefined) {
      target.plainSessionId = sessionId
      byPlain.set(sessionId, target)
      switches.plainOn(sessionId)
    }
    if (isWaiting) resume(sessionId)
  }

  /**
   * A tab is always on, wherever it is: its process takes a command only after a navigation has ended, so a tab that
   * comes back to us from elsewhere – from logging in, say – would be heard too late. What foreign pages ask for is
   * passed over by whoever hears it. Frames and workers keep to one place, and are on until that is known to be
   * foreign.
   */
  const isWanted = ({ type, url, origin }: Target) =>
    type === 'page' ||
    listener.isHome(origin) ||
    !/^(https?|file|chrome-extension|devtools):/.test(origin === '' ? url : origin)

  const infoChanged = ({ params }: WireEvent) => {
    const info = objectAt(params, 'targetInfo')
    const target = targets.get(textAt(info, 'targetId') ?? '')
    const url = textAt(info, 'url')
    if (!target || url === null || url === target.url) return
    target.url = url
    target.origin = originIn(url) ?? ''
    if (isWanted(target) && !target.isOn) switches.on(target)
    else if (!isWanted(target) && target.isOn) switches.off(target)
    listener.changed()
  }

  const detached = ({ params }: WireEvent) => {
    const sessionId = textAt(params, 'sessionId') ?? ''
    const plain = byPlain.get(sessionId)
    if (plain) {
      plain.plainSessionId = undefined
      byPlain.delete(sessionId)
      listener.plainGone(sessionId)
    }
    const target = bySession.get(sessionId)
    if (!target) return
    bySession.delete(sessionId)
    targets.delete(target.targetId)
    listener.gone(target)
    listener.changed()
  }

  return {
    hear(event) {
      switch (event.method) {
        case 'Target.attachedToTarget':
          return attached(event)
        case 'Target.targetInfoChanged':
          return infoChanged(event)
        case 'Target.detachedFromTarget':
          return detached(event)
      }
    },
    async start() {
      await Promise.all([
        wire.send('Target.setDiscoverTargets', { discover: true, filter }),
        wire.send('Target.setAutoAttach', autoAttach),
      ])
    },
    bySession: (sessionId) => (sessionId === undefined ? undefined : bySession.get(sessionId)),
    byPlainSession: (sessionId) => (sessionId === undefined ? undefined : byPlain.get(sessionId)),
    all: () => [...targets.values()],
  }
}

/** The address whose origin a target has, where its own address says so; the memory of a page is that page's. */
function originIn(url: string): string | undefined {
  const text = url.startsWith('blob:') ? url.slice('blob:'.length) : url
  return /^(https?|file|chrome-extension|devtools):/.test(text) ? text : undefined
}
