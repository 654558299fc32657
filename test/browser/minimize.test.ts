import { describe, expect, it } from 'vitest'
import { minimizeWindows } from '../../src/browser/minimize.ts'
import { createFakeWire } from '../fakes/wire.ts'

const targets = (...types: string[]) => ({ targetInfos: types.map((type, at) => ({ type, targetId: `T${at}` })) })

describe('the windows of a browser', () => {
  it('are minimised, each once', async () => {
    const wire = createFakeWire()
    wire.answer('Target.getTargets', targets('page', 'service_worker', 'page', 'page'))
    wire.answer('Browser.getWindowForTarget', ({ params }) => ({ windowId: params.targetId === 'T3' ? 8 : 7 }))
    await minimizeWindows(wire)
    const bounds = { windowState: 'minimized' }
    const set = wire.sent.filter(({ method }) => method === 'Browser.setWindowBounds')
    expect(set.map(({ params }) => params)).toEqual([
      { windowId: 7, bounds },
      { windowId: 8, bounds },
    ])
  })

  it.each(['Target.getTargets', 'Browser.getWindowForTarget', 'Browser.setWindowBounds'])(
    'stay as they are where %s is refused, which is no error',
    async (refused) => {
      const wire = createFakeWire()
      wire.answer('Target.getTargets', targets('page'))
      wire.answer('Browser.getWindowForTarget', { windowId: 1 })
      wire.answer(refused, new Error('refused'))
      await expect(minimizeWindows(wire)).resolves.toBeUndefined()
    },
  )
})
