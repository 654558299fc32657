import type { Wire } from '../browser/wire.ts'
import { isObject, listAt, objectAt, textAt } from '../decode/json.ts'
import { messageOf } from '../errors.ts'
import { resourceContent } from './bodies.ts'
import { hostAndPath } from './deliveries.ts'
import type { Exchange } from './exchanges.ts'
import type { Reception } from './reception.ts'

/**
 * Lists the pictures a tab shows, as loads that ended before anybody listened: their bytes lie in the tab's own cache.
 *
 * Errors  rejects when the tab has gone.
 * Source  Chrome DevTools Protocol, Page.getResourceTree
 */
export async function shownPictures(wire: Wire, sessionId: string): Promise<Exchange[]> {
  await wire.send('Page.enable', {}, sessionId)
  const { frameTree } = await wire.send('Page.getResourceTree', {}, sessionId)
  return resourcesIn(frameTree).map((resource) => asExchange(sessionId, resource))
}

interface Resource {
  readonly frameId: string
  readonly url: string
  readonly mimeType: string
}

function resourcesIn(tree: unknown): Resource[] {
  const frameId = textAt(objectAt(tree, 'frame'), 'id') ?? ''
  const own = listAt(tree, 'resources')
    .filter(isObject)
    .map((resource) => ({ frameId, url: textAt(resource, 'url') ?? '', mimeType: textAt(resource, 'mimeType') ?? '' }))
  return [...own, ...listAt(tree, 'childFrames').flatMap(resourcesIn)]
}

function asExchange(sessionId: string, { frameId, url, mimeType }: Resource): Exchange {
  return {
    id: '',
    sessionId,
    requestId: '',
    url,
    firstUrl: url,
    method: 'GET',
    frameId,
    askedBy: '',
    isNavigation: false,
    requestBody: null,
    requestHeaders: {},
    startedAtMs: Date.now(),
    response: { status: 200, mimeType, isFromCache: true, statedBytes: null, retryAfterS: null },
    receivedBytes: 0,
    outcome: 'finished',
    failure: null,
  }
}

export interface SweepOptions {
  expect(exchange: Exchange): Reception | undefined
  onOddity(kind: string, detail: string): void
  isOver(): boolean
}

/** Receives the pictures of a tab that was there before us: no request of them was seen, they lie in its own cache. */
export async function sweepShown(wire: Wire, sessionId: string, options: SweepOptions): Promise<void> {
  const { expect, onOddity, isOver } = options
  try {
    for (const exchange of await shownPictures(wire, sessionId)) {
      const reception = expect(exchange)
      if (reception?.delivery !== 'when-quiet' || !reception.isStillWanted(exchange.receivedBytes)) continue
      const bytes = await resourceContent(wire, sessionId, exchange.frameId ?? '', exchange.url)
      const flaw = reception.flawOf(bytes)
      if (flaw) onOddity('body-missed', `${hostAndPath(exchange.url)}: shown picture: ${flaw}`)
      else await reception.accept(bytes)
    }
  } catch (error) {
    if (!isOver()) onOddity('sweep-failed', messageOf(error))
  }
}
