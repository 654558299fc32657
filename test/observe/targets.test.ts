import { describe, expect, it } from 'vitest'
import { WireError } from '../../src/browser/wire.ts'
import { createTargets } from '../../src/observe/targets.ts'
import { createFakeWire, event, silence, soon, timedOut } from '../fakes/wire.ts'

const ours = 'https://chatgpt.com/'
const foreign = 'https://elsewhere.example/'

function following(wire = createFakeWire()) {
  const told: string[] = []
  const targets = createTargets(wire, {
    isHome: (url) => url.startsWith(ours),
    foundLoaded: (target) => void told.push(`loaded ${target.targetId}`),
    gone: (target) => void told.push(`gone ${target.targetId}`),
    plainGone: (sessionId) => void told.push(`plain gone ${sessionId}`),
    changed: () => void told.push('changed'),
    withoutDurable: () => void told.push('without durable'),
    frozen: () => void told.push('frozen'),
  })
  return {
    wire,
    targets,
    told,
    attached: (
      sessionId: string,
      more: { targetId?: string; type?: string; url?: string; waiting?: boolean; parent?: string } = {},
    ) => {
      const { targetId = 'T', type = 'page', url = ours, waiting = true, parent } = more
      targets.hear(
        event(
          'Target.attachedToTarget',
          { sessionId, waitingForDebugger: waiting, targetInfo: { targetId, type, url } },
          parent,
        ),
      )
    },
    moved: (url: string, targetId = 'T') =>
      targets.hear(event('Target.targetInfoChanged', { targetInfo: { targetId, type: 'page', url } })),
    detached: (sessionId: string) => targets.hear(event('Target.detachedFromTarget', { sessionId })),
  }
}

describe('the start', () => {
  it('attaches to pages, frames and workers, paused, and to nothing else', async () => {
    const { wire, targets } = following()
    await targets.start()
    const attach = wire.sent.find((one) => one.method === 'Target.setAutoAttach')
    expect(attach).toMatchObject({
      sessionId: undefined,
      params: { autoAttach: true, waitForDebuggerOnStart: true, flatten: true },
    })
    expect(attach?.params.filter).toEqual([
      { type: 'page' },
      { type: 'iframe' },
      { type: 'worker' },
      { type: 'shared_worker' },
      { exclude: true },
    ])
  })

  it('fails when the browser refuses to be watched', async () => {
    const wire = createFakeWire()
    wire.answer('Target.setAutoAttach', new WireError('Target.setAutoAttach', 'Not allowed'))
    await expect(following(wire).targets.start()).rejects.toThrow('Not allowed')
  })
})

describe('a new tab', () => {
  it('is sent all commands at once, without waiting for answers, and continues to run', () => {
    const wire = createFakeWire()
    for (const method of [
      'Network.enable',
      'Network.configureDurableMessages',
      'Target.setAutoAttach',
      'Target.attachToTarget',
      'Runtime.runIfWaitingForDebugger',
    ]) {
      wire.answer(method, silence)
    }
    const { attached } = following(wire)
    attached('S')
    expect(wire.methodsFor('S')).toEqual([
      'Network.enable',
      'Network.configureDurableMessages',
      'Target.setAutoAttach',
      'Runtime.runIfWaitingForDebugger',
    ])
    expect(wire.sent.find((one) => one.method === 'Target.attachToTarget')).toMatchObject({
      sessionId: undefined,
      params: { targetId: 'T', flatten: true },
    })
  })

  it.each([
    ['the domains that pause or repeat requests', /^Fetch\./],
    ['what a page can notice', /^(Runtime\.(enable|evaluate)|Emulation\.|Page\.addScript|Debugger\.|Console\.)/],
    [
      'cache and service-worker switches',
      /^(Network\.(setCacheDisabled|setBypassServiceWorker|clear)|ServiceWorker\.)/,
    ],
  ])('is never sent %s', (_, forbidden) => {
    const { wire, attached, moved } = following()
    attached('S')
    attached('P')
    moved(foreign)
    moved(ours)
    attached('W', { targetId: 'W', type: 'worker' })
    expect(wire.sent.length).toBeGreaterThan(8)
    expect(wire.sent.filter((one) => forbidden.test(one.method))).toEqual([])
  })

  it('continues to run even if it is a frame of another site, and is not listened to', () => {
    const { wire, attached, targets } = following()
    attached('S', { type: 'iframe', url: foreign })
    expect(wire.methodsFor('S')).toEqual(['Runtime.runIfWaitingForDebugger'])
    expect(targets.bySession('S')).toMatchObject({ isOn: false })
  })

  it.each(['', 'about:blank', 'chrome://newtab/'])('is listened to while it has no address yet: "%s"', (url) => {
    const { wire, attached } = following()
    attached('S', { url })
    expect(wire.methodsFor('S')).toContain('Network.enable')
  })

  it('that is not waiting is not sent the command to run, but its shown pictures are read', () => {
    const { wire, attached, told } = following()
    attached('S', { waiting: false })
    expect(wire.methodsFor('S')).not.toContain('Runtime.runIfWaitingForDebugger')
    expect(told).toContain('loaded T')
  })

  it('of another site that was open before has no pictures read', () => {
    const { attached, told } = following()
    attached('S', { waiting: false, url: foreign })
    expect(told).not.toContain('loaded T')
  })

  it('has its frames and workers followed too', () => {
    const { wire, attached, targets } = following()
    attached('S')
    attached('W', { targetId: 'W', type: 'worker', parent: 'S' })
    expect(wire.methodsFor('W')).toEqual([
      'Network.enable',
      'Network.configureDurableMessages',
      'Target.setAutoAttach',
      'Runtime.runIfWaitingForDebugger',
    ])
    expect(targets.all().map((target) => target.type)).toEqual(['page', 'worker'])
  })
})

describe('a target without a name', () => {
  it('is related to nothing: not the parent of targets that have none, nor their opener', () => {
    const { attached, targets } = following()
    attached('', { type: 'iframe', url: foreign })
    attached('S2', { targetId: '' })
    expect(targets.bySession(undefined)).toBeUndefined()
    expect(targets.byPlainSession(undefined)).toBeUndefined()
    expect(targets.all()).toEqual([])
  })

  it('continues to run if that can be requested', () => {
    const { attached, wire } = following()
    attached('S2', { targetId: '' })
    attached('')
    const resumed = wire.sent.filter(({ method }) => method === 'Runtime.runIfWaitingForDebugger')
    expect(resumed.map(({ sessionId }) => sessionId)).toEqual(['S2'])
  })
})

describe('the second session of a tab', () => {
  it('is the plain one, through which answers stream: no durable bodies there', () => {
    const { wire, attached, targets } = following()
    attached('S')
    attached('P')
    expect(wire.methodsFor('P')).toEqual(['Network.enable', 'Runtime.runIfWaitingForDebugger'])
    expect(targets.byPlainSession('P')).toBe(targets.bySession('S'))
    expect(targets.bySession('P')).toBeUndefined()
    expect(targets.all()).toHaveLength(1)
  })

  it('does not change when the browser attaches twice, and the duplicate continues to run', () => {
    const { wire, attached, targets } = following()
    attached('S')
    attached('P')
    attached('X')
    expect(targets.bySession('S')?.plainSessionId).toBe('P')
    expect(wire.methodsFor('X')).toEqual(['Runtime.runIfWaitingForDebugger'])
  })

  it('may go away on its own: the tab stays', () => {
    const { attached, detached, targets, told } = following()
    attached('S')
    attached('P')
    detached('P')
    expect(targets.byPlainSession('P')).toBeUndefined()
    expect(targets.bySession('S')).toMatchObject({ plainSessionId: undefined })
    // Whoever follows streams over it must hear of that: when a tab closes, either session may end first.
    expect(told).toContain('plain gone P')
    expect(told).not.toContain('gone T')
  })
})

describe('a tab that moves', () => {
  it('stays on at another site, since it may come back at any time', () => {
    const { wire, attached, moved, targets } = following()
    attached('S')
    const before = wire.sent.length
    moved(foreign)
    expect(wire.sent.slice(before)).toEqual([])
    expect(targets.bySession('S')).toMatchObject({ isOn: true, url: foreign })
  })

  it('has its frames switched too: off when they belong to another site, in both sessions, and on again', () => {
    const { wire, attached, moved, targets } = following()
    attached('S', { type: 'iframe' })
    attached('P', { type: 'iframe' })
    const before = wire.sent.length
    moved(foreign)
    expect(wire.sent.slice(before)).toMatchObject([
      { method: 'Network.disable', sessionId: 'S' },
      { method: 'Network.disable', sessionId: 'P' },
    ])
    expect(targets.bySession('S')).toMatchObject({ isOn: false, url: foreign })
    moved(`${ours}c/1`)
    expect(targets.bySession('S')?.isOn).toBe(true)
    const again = wire.sent.slice(before + 2)
    expect(again.filter((one) => one.method === 'Network.enable').map((one) => one.sessionId)).toEqual(['S', 'P'])
    expect(again.some((one) => one.method === 'Network.configureDurableMessages')).toBe(true)
    expect(again.some((one) => one.method === 'Target.attachToTarget')).toBe(false)
  })

  it('within the site is left as it is', () => {
    const { wire, attached, moved } = following()
    attached('S')
    const before = wire.sent.length
    moved(`${ours}c/1`)
    moved(`${ours}c/2`)
    expect(wire.sent.length).toBe(before)
  })

  it('from another site to ChatGPT is switched on for the first time', () => {
    const { wire, attached, moved } = following()
    attached('S', { type: 'iframe', url: foreign })
    moved(ours)
    expect(wire.methodsFor('S')).toContain('Network.enable')
    expect(wire.sent.some((one) => one.method === 'Target.attachToTarget')).toBe(true)
  })
})

describe('a tab that goes', () => {
  it('is forgotten and reported', () => {
    const { attached, detached, targets, told } = following()
    attached('S')
    detached('S')
    expect(targets.all()).toEqual([])
    expect(targets.bySession('S')).toBeUndefined()
    expect(told).toContain('gone T')
    detached('S')
    expect(told.filter((one) => one === 'gone T')).toHaveLength(1)
  })

  it('may come again', () => {
    const { attached, detached, targets } = following()
    attached('S')
    detached('S')
    attached('S2')
    expect(targets.all()).toMatchObject([{ sessionId: 'S2' }])
  })
})

describe('a tab that does not confirm that it continues to run', () => {
  it('is reported, so that the connection can be closed', async () => {
    const wire = createFakeWire()
    wire.answer('Runtime.runIfWaitingForDebugger', () => Promise.reject(timedOut('Runtime.runIfWaitingForDebugger')))
    const { attached, told } = following(wire)
    attached('S')
    await soon()
    expect(told).toContain('frozen')
    expect(wire.sent.find((one) => one.method === 'Runtime.runIfWaitingForDebugger')?.timeoutMs).toBeLessThanOrEqual(
      10_000,
    )
  })

  it('is not reported when it was closed meanwhile, or refused', async () => {
    const wire = createFakeWire()
    wire.answer('Runtime.runIfWaitingForDebugger', () => Promise.reject(timedOut('Runtime.runIfWaitingForDebugger')))
    const one = following(wire)
    one.attached('S')
    one.detached('S')
    wire.answer('Runtime.runIfWaitingForDebugger', new WireError('Runtime.runIfWaitingForDebugger', 'Session closed'))
    one.attached('S2', { targetId: 'T2' })
    await soon()
    expect(one.told).not.toContain('frozen')
  })
})

describe('a browser without durable bodies', () => {
  const refusal = new WireError('Network.configureDurableMessages', "'Network.configureDurableMessages' wasn't found")

  it('is reported once, and keeps bodies in its own larger buffers', async () => {
    const wire = createFakeWire()
    wire.answer('Network.configureDurableMessages', refusal)
    const { attached, told } = following(wire)
    attached('S1', { targetId: 'T1' })
    attached('S2', { targetId: 'T2' })
    await soon()
    expect(told.filter((one) => one === 'without durable')).toHaveLength(1)
    attached('S3', { targetId: 'T3' })
    await soon()
    expect(wire.methodsFor('S3')).not.toContain('Network.configureDurableMessages')
    for (const sessionId of ['S1', 'S2', 'S3']) {
      const last = wire.sent.findLast((one) => one.method === 'Network.enable' && one.sessionId === sessionId)
      expect(last?.params.maxTotalBufferSize).toBeGreaterThanOrEqual(100 * 1024 * 1024)
      expect(last?.params.maxPostDataSize, `${sessionId}: what the person wrote is still told`).toBeGreaterThan(0)
    }
  })

  it('is not assumed when only a tab was lost', async () => {
    const wire = createFakeWire()
    wire.answer('Network.configureDurableMessages', new WireError('Network.configureDurableMessages', 'Session closed'))
    const { attached, told } = following(wire)
    attached('S')
    await soon()
    expect(told).not.toContain('without durable')
  })
})
