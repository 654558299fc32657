import { type Archive, openArchive } from '../archive/archive.ts'
import type { PictureRecord } from '../archive/records.ts'
import { type Browser, launchOrAttach } from '../browser/launch.ts'
import { connectWire, type Wire } from '../browser/wire.ts'
import type { Config } from '../config.ts'
import { createDecoder } from '../decode/decoder.ts'
import type { Findings, Oddity } from '../decode/facts.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import { createKeep, type Keep } from '../keep.ts'
import type { Delivery } from '../observe/bodies.ts'
import type { Exchange } from '../observe/exchanges.ts'
import { type Observer, observe } from '../observe/observe.ts'
import { chatgpt } from '../sites/chatgpt.ts'
import type { Want } from '../sites/site.ts'
import { createLinks } from './links.ts'

/** What a watch tells while it runs. */
export type WatchEvent =
  | { readonly kind: 'watching'; readonly archive: string; readonly browser: Browser['kind']; readonly port: number }
  | { readonly kind: 'kept'; readonly record: PictureRecord }
  | { readonly kind: 'oddity'; readonly oddity: Oddity }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'tabs'; readonly count: number }
  | { readonly kind: 'counts'; readonly total: number; readonly waiting: number }

export interface WatchOptions {
  readonly config: Config
  readonly onEvent: (event: WatchEvent) => void
  /** Aborted to stop: what has been received is finished first. */
  readonly signal: AbortSignal
  readonly now?: () => Date
  /** Puts something between the browser and us, such as a recorder. */
  readonly tap?: (wire: Wire) => Wire
}

export interface WatchSummary {
  readonly archived: number
  readonly total: number
  readonly waiting: { readonly facts: number; readonly bytes: number }
}

/** How long received pictures may take to be finished once we are asked to stop. */
const drainMs = 5_000
const longestMs = 60_000

/**
 * The live way, in reading order: open the archive and the browser, watch, and keep what comes until it ends.
 *
 * Resolves when the browser is closed or `signal` is aborted; a browser we started is closed, one we found stays open.
 *
 * Errors  ArchiverError for an archive that cannot be opened and a browser that cannot be started.
 */
export async function watch(options: WatchOptions): Promise<WatchSummary> {
  const { config, onEvent, signal, now = () => new Date() } = options
  const archive = await openArchive(config.archivePath, now)
  const browser = await launchOrAttach(config)
  let archived = 0
  const keep = createKeep({
    archive,
    now,
    maxWaitMs: config.pendingDays * 24 * 60 * 60 * 1000,
    onOddity: (oddity) => onEvent({ kind: 'oddity', oddity }),
    onKept(record) {
      archived += 1
      onEvent({ kind: 'kept', record })
    },
    onChange: () => onEvent({ kind: 'counts', total: archive.count, waiting: waitingIn(archive) }),
  })
  try {
    await attendUntilEnd({ ...options, now }, browser, keep, archive.root)
  } catch (error) {
    if (browser.kind === 'launched') browser.terminate()
    throw error
  }
  // `signal` may have come while nothing was connected; what waits is written all the same.
  await withDeadline(keep.close(), signal.aborted ? drainMs : undefined)
  return { archived, total: archive.count, waiting: archive.pending.count }
}

const waitingIn = ({ pending }: Archive) => pending.count.facts + pending.count.bytes

/** Watches over one connection after the other, as long as the browser lives and nobody asks us to stop. */
async function attendUntilEnd(
  options: WatchOptions & { readonly now: () => Date },
  browser: Browser,
  keep: Keep,
  archiveRoot: string,
): Promise<void> {
  const { config, onEvent, signal, now, tap = (wire: Wire) => wire } = options
  let isFirst = true
  for (let wire: Wire | undefined = await connect(browser); wire; wire = await reconnect(browser, signal, onEvent)) {
    const observer = await attend({ wire: tap(wire), keep, onEvent, now })
    if (isFirst) onEvent({ kind: 'watching', archive: archiveRoot, browser: browser.kind, port: browser.port })
    if (isFirst && browser.kind === 'launched') await observer.open(config.startUrl)
    isFirst = false
    await Promise.race([wire.closed, browser.exited, aborted(signal)])
    await withDeadline(finish(observer, keep), drainMs)
    if (signal.aborted && browser.kind === 'launched') await closeBrowser(browser, wire)
    await wire.close()
  }
}

const connect = (browser: Browser): Promise<Wire> => connectWire(browser.endpoint)

const reconnectPausesMs = [250, 1_000, 3_000]

/** A connection that ended while the browser lives on is made anew; undefined when the watch is over. */
async function reconnect(
  browser: Browser,
  signal: AbortSignal,
  onEvent: WatchOptions['onEvent'],
): Promise<Wire | undefined> {
  for (const pauseMs of reconnectPausesMs) {
    const isOver = await withDeadline(
      Promise.race([browser.exited, aborted(signal)]).then(() => true),
      pauseMs,
    )
    if (isOver || signal.aborted) return undefined
    const wire = await connect(browser).catch(() => undefined)
    if (wire) {
      onEvent({ kind: 'notice', text: 'The connection to the browser was lost and is back.' })
      return wire
    }
  }
  return undefined
}

/** Joins what is seen in the browser with what is decoded and kept; also the way a recording is played back. */
export async function attend(parts: {
  readonly wire: Wire
  readonly keep: Keep
  readonly onEvent: (event: WatchEvent) => void
  readonly now: () => Date
}): Promise<Observer> {
  const { wire, keep, onEvent } = parts
  const site = chatgpt
  const decoder = createDecoder()
  const links = createLinks()
  /** Hosts that answers named for sockets; a handful over the life of a site. */
  const socketHosts = new Set<string | null>()
  const isOwnSocket = (url: string) => site.wantsSocket(url) || socketHosts.has(hostOf(url))
  let observer: Observer | undefined

  const onOddity = (kind: string, detail: string) => onEvent({ kind: 'oddity', oddity: { kind, detail } })

  const take = (findings: Findings) => {
    for (const link of findings.links) {
      const guessed = links.add(link)
      if (guessed && guessed !== link.fileId) void keep.sameFile(guessed, link.fileId)
      observer?.reconsider(link.url)
    }
    for (const socket of findings.sockets) socketHosts.add(hostOf(socket))
    for (const fileId of findings.dismissed) keep.dismiss(fileId)
    for (const facts of findings.facts) void keep.learnFacts(facts)
    for (const { kind, detail } of findings.oddities) onOddity(kind, detail)
  }

  const readBody = async (want: Want, bytes: Buffer, exchange: Exchange): Promise<void> => {
    switch (want.kind) {
      case 'image':
        return keep.takeBytes({ fileId: want.fileId, bytes, host: hostOf(exchange.url), receivedAt: parts.now() })
      case 'shown-image': {
        const fileId = keep.fileOfLength(bytes.length)
        return fileId && keep.takeBytes({ fileId, bytes, host: null, receivedAt: parts.now() })
      }
      case 'answer':
        return take(decoder.answer(bytes.toString(), want.conversationId))
      case 'share-page':
        return take(decoder.sharePage(bytes.toString()))
      case 'download-link':
        return take(decoder.downloadLink(want.fileId, bytes.toString()))
      case 'stream':
        return
    }
  }

  observer = await observe<Want>(wire, {
    isOurs: site.isOurs,
    wants(head) {
      const isFile = head.status === 200 && head.method === 'GET'
      const linked = isFile ? (links.fileAt(head.firstUrl) ?? links.fileAt(head.url)) : undefined
      const want = linked ? ({ kind: 'image', fileId: linked } as const) : site.wants(head)
      if (want?.kind !== 'image') return want
      if (!linked) links.guessed(head.url, want.fileId)
      return keep.wantsBytes(want.fileId) ? want : undefined
    },
    deliveryOf: (want) => deliveries[want.kind],
    isStillWanted(want, exchange) {
      if (want.kind === 'image') return keep.wantsBytes(want.fileId)
      return want.kind !== 'shown-image' || keep.fileOfLength(exchange.receivedBytes) !== undefined
    },
    check(want, bytes) {
      if (!isPicture(want)) return undefined
      return inspectImage(bytes)
        ? undefined
        : `no image, begins with ${JSON.stringify(bytes.toString('latin1', 0, 12))}`
    },
    onBody: readBody,
    onStream(want, exchange) {
      const isResumed = want.kind === 'stream' && want.isResumed
      const stream = decoder.stream(new Date(exchange.startedAtMs), isResumed ? conversationIn(exchange) : null)
      const utf8 = new TextDecoder()
      return {
        chunk: (bytes) => take(stream.feed(utf8.decode(bytes, { stream: true }))),
        end: () => take(stream.end()),
      }
    },
    wantsRequest: site.isTurnRequest,
    onRequest({ requestBody, startedAtMs }) {
      if (requestBody) take(decoder.turnRequest(requestBody, new Date(startedAtMs)).findings)
    },
    wantsSocket: isOwnSocket,
    onFrame({ text, receivedAtMs, socketId, url }) {
      const findings = decoder.frame(text, new Date(receivedAtMs), socketId)
      // What is odd on a socket that is none of the site's own is no news.
      take(isOwnSocket(url) ? findings : { ...findings, oddities: [] })
    },
    onSocketClosed: (socketId) => take(decoder.socketClosed(socketId)),
    onOddity,
    onNotice: (text) => onEvent({ kind: 'notice', text }),
    onTabs: (count) => onEvent({ kind: 'tabs', count }),
  })
  return observer
}

/** Fetches and writes everything that was received. */
async function finish(observer: Observer, keep: Keep): Promise<void> {
  await observer.drain()
  await keep.settled()
}

async function closeBrowser(browser: Browser, wire: Wire): Promise<void> {
  await wire.send('Browser.close', {}, undefined, 2_000).catch(() => {})
  const hasEnded = await withDeadline(
    browser.exited.then(() => true),
    4_000,
  )
  if (!hasEnded) browser.terminate()
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** The outcome, or undefined when it takes too long. */
async function withDeadline<T>(work: Promise<T>, timeoutMs = longestMs): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const deliveries = {
  stream: 'stream',
  image: 'when-quiet',
  'shown-image': 'last-resort',
  answer: 'at-once',
  'download-link': 'at-once',
  'share-page': 'at-once',
} as const satisfies Record<Want['kind'], Delivery>

const isPicture = (want: Want) => want.kind === 'image' || want.kind === 'shown-image'

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : null)

function conversationIn({ requestBody }: Exchange): string | null {
  try {
    const body: unknown = JSON.parse(requestBody ?? '')
    return typeof body === 'object' && body !== null && 'conversation_id' in body ? String(body.conversation_id) : null
  } catch {
    return null
  }
}
