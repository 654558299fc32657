import type { OpenTurns } from '../archive/open-turns.ts'
import type { Pending } from '../archive/pending.ts'
import type { Attempts } from '../ask/attempts.ts'
import { createPageAsker } from '../browser/page.ts'
import type { Wire } from '../browser/wire.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import { parseJson, textAt } from '../decode/json.ts'
import type { Intake } from '../intake/intake.ts'
import type { Delivery } from '../observe/bodies.ts'
import type { Exchange } from '../observe/exchanges.ts'
import { type Observer, observe } from '../observe/observe.ts'
import { chatgpt } from '../sites/chatgpt/chatgpt.ts'
import { createDecoder, type Decoder } from '../sites/chatgpt/decoder.ts'
import type { Findings, OpenTurn } from '../sites/findings.ts'
import type { Want } from '../sites/site.ts'
import type { OnEvent } from './events.ts'
import { createLinks, type Links } from './links.ts'
import { createMissing, type Pace } from './missing.ts'

export interface AttendParts {
  readonly wire: Wire
  readonly intake: Intake
  readonly onEvent: OnEvent
  readonly now: () => Date
  /** Outlives the connection: a prompt may have come before it was lost, its picture after. */
  readonly memory?: Memory
  /** Keeps what was said of turns whose pictures are still to come. */
  readonly openTurns?: OpenTurns
  /** Asks for what no page loads; without it nothing is ever asked for. */
  readonly asks?: { readonly pending: Pending; readonly attempts: Attempts; readonly pace?: Pace } | undefined
}

/** What is known of the site beyond one connection: messages, announced addresses, hosts of sockets. */
export interface Memory {
  readonly decoder: Decoder
  readonly links: Links
  /** Hosts that answers named for sockets; a handful over the life of a site. */
  readonly socketHosts: Set<string>
}

/** Makes an empty memory, or one that knows of turns whose pictures are still to come. */
export const createMemory = (openTurns: readonly OpenTurn[] = []): Memory => ({
  decoder: createDecoder(openTurns),
  links: createLinks(),
  socketHosts: new Set(),
})

/** One connection that is watched. */
export interface Attendance {
  readonly observer: Observer
  /** Fetches and writes everything that was received, then hears no more. */
  finish(): Promise<void>
}

/** Joins what is seen in the browser with what is decoded and kept; also the way a recording is played back. */
export async function attend(parts: AttendParts): Promise<Attendance> {
  const { wire, intake, onEvent } = parts
  const site = chatgpt
  const { decoder, links, socketHosts } = parts.memory ?? createMemory()
  const isOwnSocket = (url: string) => site.wantsSocket(url) || socketHosts.has(hostOf(url) ?? '')
  let observer: Observer | undefined
  const onOddity = (kind: string, detail: string) => onEvent({ kind: 'oddity', oddity: { kind, detail } })

  const missing =
    parts.asks &&
    createMissing({
      ...parts.asks,
      site: site.questions,
      asker: createPageAsker(wire),
      intake,
      now: parts.now,
      tabs: () => observer?.tabs() ?? [],
      isQuiet: () => observer?.isQuiet ?? false,
      onOddity: ({ kind, detail }) => onOddity(kind, detail),
    })

  /** Once for each page, however often it loads something unseen. */
  const toldLate = new Set<string>()
  const tellOfLate = (url: string) => {
    const place = URL.canParse(url) ? new URL(url).host + new URL(url).pathname : 'a tab'
    if (toldLate.has(place) || toldLate.size >= maxToldLate) return
    toldLate.add(place)
    onOddity('load-unseen', `${place} was loading before it could be watched; reload it to be sure`)
  }

  const take = (findings: Findings) => {
    for (const link of findings.links) {
      const guessed = links.add(link)
      if (guessed && guessed !== link.fileId) void intake.sameFile(guessed, link.fileId)
      observer?.reconsider(link.url)
    }
    for (const socket of findings.sockets) {
      const host = hostOf(socket)
      if (host && socketHosts.size < maxSocketHosts) socketHosts.add(host)
    }
    for (const fileId of findings.dismissed) intake.dismiss(fileId)
    for (const facts of findings.facts) {
      void intake.learn(facts).then(() => parts.openTurns?.drop(facts.messageId ?? '').catch(() => {}))
    }
    // Without the disk, they are known until the end of this run.
    for (const turn of findings.openTurns) void parts.openTurns?.keep(turn).catch(() => {})
    for (const { kind, detail } of findings.oddities) onOddity(kind, detail)
  }

  const readBody = async (want: Want, bytes: Buffer, exchange: Exchange): Promise<void> => {
    switch (want.kind) {
      case 'image':
        // Not awaited: a slow disk must not hold up what the browser will soon forget.
        void intake.receive({ fileId: want.fileId, bytes, host: hostOf(exchange.url), receivedAt: parts.now() })
        return intake.room()
      case 'shown-image': {
        const fileId = intake.fileOfLength(bytes.length)
        if (fileId) await intake.receive({ fileId, bytes, host: null, receivedAt: parts.now() })
        return
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

  const watching = await observe<Want>(wire, {
    isOurs: site.isOurs,
    wants(head) {
      const isFile = head.status === 200 && head.method === 'GET'
      const linked = isFile ? (links.fileAt(head.firstUrl) ?? links.fileAt(head.url)) : undefined
      const want = linked ? ({ kind: 'image', fileId: linked } as const) : site.wants(head)
      if (want?.kind !== 'image') return want
      if (!linked) links.guessed(head.url, want.fileId)
      return intake.wantsBytes(want.fileId) ? want : undefined
    },
    deliveryOf: (want) => deliveries[want.kind],
    isStillWanted(want, exchange) {
      if (want.kind === 'image') return intake.wantsBytes(want.fileId, exchange.receivedBytes)
      return want.kind !== 'shown-image' || intake.fileOfLength(exchange.receivedBytes) !== undefined
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
    onAsked({ url, requestHeaders }) {
      if (site.isOurs(url)) missing?.heard(url, requestHeaders)
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
    onLate(tab) {
      if (!missing?.late(tab)) tellOfLate(tab.url)
    },
  })
  observer = watching
  return {
    observer: watching,
    async finish() {
      missing?.stop()
      await watching.drain()
      await intake.drained()
    },
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

const maxSocketHosts = 100
const maxToldLate = 200

const isPicture = (want: Want) => want.kind === 'image' || want.kind === 'shown-image'

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : null)

const conversationIn = ({ requestBody }: Exchange) => textAt(parseJson(requestBody ?? ''), 'conversation_id')
