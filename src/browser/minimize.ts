import { listAt, numberAt, textAt } from '../decode/json.ts'
import type { Wire } from './wire.ts'

/**
 * Minimises the windows of a browser, as a person would: a page cannot tell who did it.
 *
 * Errors  none: without a window (`--headless`), or on a desktop that knows no such thing, nothing happens.
 */
export async function minimizeWindows(wire: Wire): Promise<void> {
  const { targetInfos } = await wire.send('Target.getTargets').catch(() => ({ targetInfos: [] }))
  const pages = listAt({ targetInfos }, 'targetInfos').filter((target) => textAt(target, 'type') === 'page')
  const found = await Promise.all(pages.map((page) => windowOf(wire, textAt(page, 'targetId'))))
  const windows = new Set(found.flatMap((windowId) => windowId ?? []))
  const bounds = { windowState: 'minimized' }
  await Promise.allSettled([...windows].map((windowId) => wire.send('Browser.setWindowBounds', { windowId, bounds })))
}

const windowOf = (wire: Wire, targetId: string | null): Promise<number | null> =>
  wire
    .send('Browser.getWindowForTarget', { targetId })
    .then((answer) => numberAt(answer, 'windowId'))
    .catch(() => null)
