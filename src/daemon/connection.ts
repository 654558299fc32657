import type { OpenTurns } from '../archive/open-turns.ts'
import type { Pending } from '../archive/pending.ts'
import type { Pace, Question } from '../ask/asker.ts'
import type { Attempts } from '../ask/attempts.ts'
import type { AccountProgress } from '../backfill/workspaces.ts'
import { addBounded } from '../bounded-map.ts'
import { createPageAsker } from '../browser/page.ts'
import type { Wire } from '../browser/wire.ts'
import type { Intake } from '../intake/intake.ts'
import { type Observer, observe } from '../observe/observe.ts'
import type { WatchedTab } from '../observe/reception.ts'
import type { Findings } from '../sites/findings.ts'
import type { Site, SiteReader } from '../sites/site.ts'
import { startAsking, type WantedBackfill } from './asking.ts'
import type { OnEvent } from './events.ts'
import { createGeneration } from './generation.ts'
import type { Signs } from './notices.ts'
import type { Originals } from './originals.ts'
import { createReceptions } from './receptions.ts'
import { createSiteMemory, type SiteMemory } from './site-memory.ts'
import { createSiteSigns } from './site-signs.ts'

/** What is asked, and of what is kept of it. */
export interface Asks {
  /** The label of the profile that is asked; null where there is but one. */
  readonly profile?: string | null
  readonly pending: Pending
  readonly attempts: Attempts
  readonly pace?: Pace
  /** The account's past is read, too, as long as this is one. */
  backfill?(): WantedBackfill | undefined
  /** Originals that somebody wants once more. */
  readonly originals?: Pick<Originals, 'customer'>
  /** Nothing is asked for but for a backfill. */
  readonly isPassive?: boolean
}

export interface ConnectionParts {
  readonly wire: Wire
  readonly intake: Intake
  readonly onEvent: OnEvent
  readonly now: () => Date
  /** Outlives the connection: a prompt may have come before it was lost, its picture after. */
  readonly memory?: SiteMemory
  /** Keeps what was said of turns whose pictures are still to come. */
  readonly openTurns?: OpenTurns
  /** Asks for what no page loads; without it nothing is ever asked for. */
  readonly asks?: Asks | undefined
  /** Hears what shows that something is wrong with login or site. */
  readonly signs?: Signs
}

/** One connection that is watched. */
export interface WatchedConnection {
  readonly observer: Observer
  /** How far the reading of the past is, of the first site that has one. */
  progress(): AccountProgress | undefined
  /** Fetches and writes everything that was received, then hears no more. */
  finish(): Promise<void>
}

/**
 * Joins what is seen in the browser with what sites read and the intake takes; also the way a recording is played back.
 */
export async function watchConnection(parts: ConnectionParts): Promise<WatchedConnection> {
  const { wire, intake, onEvent } = parts
  const memory = parts.memory ?? createSiteMemory()
  const onOddity = (kind: string, detail: string) => onEvent({ kind: 'oddity', oddity: { kind, detail } })
  let observer: Observer | undefined

  const { asks } = parts
  const generation = createGeneration()
  const siteSigns = parts.signs && createSiteSigns(parts.signs, memory)
  const pages = createPageAsker(wire)
  const askings = memory.sites.flatMap(({ site, reader }) => {
    if (!asks) return []
    const asking = startAsking({
      ...asks,
      site,
      learn: (question, text) => learn(site, reader, question, text),
      onNotice: (words) => onEvent({ kind: 'notice', text: words }),
      asker: pages,
      intake,
      now: parts.now,
      tabs: () => observer?.tabs() ?? [],
      addressOf: memory.links.addressOf,
      isQuiet: () => (observer?.isQuiet ?? false) && !generation.isAny,
      onOddity: ({ kind, detail }) => onOddity(kind, detail),
    })
    return [{ site, asking }]
  })
  const askingOf = (url: string) => askings.find(({ site }) => site.isHome(url))?.asking

  const take = (findings: Findings) => {
    siteSigns?.read(findings)
    for (const link of findings.links) {
      const guessed = memory.links.add(link)
      if (guessed && guessed !== link.fileId) void intake.sameFile(guessed, link.fileId)
      observer?.reconsider(link.url)
    }
    memory.sockets.learn(findings.sockets)
    for (const fileId of findings.dismissed) intake.dismiss(fileId)
    const learned = findings.facts.map((facts) =>
      intake.learn(facts).then(() => parts.openTurns?.drop(facts.messageId ?? '').catch(() => {})),
    )
    // Without the disk, they are known until the end of this run.
    generation.heard(findings)
    for (const turn of findings.openTurns) void parts.openTurns?.keep(turn).catch(() => {})
    for (const { kind, detail } of findings.oddities) onOddity(kind, detail)
    return Promise.all(learned)
  }

  /** An answer to a question of ours; whether it was heard as well does not matter. */
  const learn = async ({ startUrl }: Site, reader: SiteReader, { method = 'GET', path }: Question, text: string) => {
    const url = new URL(path, startUrl).href
    const want = reader.wants({ url, method, status: 200, mimeType: 'application/json' })
    if (want?.kind !== 'text' || asks?.backfill?.()?.scope.isDryRun) return []
    const findings = want.read(text)
    await take(findings)
    return findings.facts
  }

  /**
   * Of a socket that no site knows as its own, all read: a page may open one before the answer that names it was read.
   */
  const readersOf = (url: string) => {
    const own = memory.sites.filter(({ site }) => site.isSocket(url))
    return own.length > 0 ? own : memory.sites
  }

  const receive = createReceptions({
    ...{ memory, intake, now: parts.now },
    take: (findings) => void take(findings),
    onUnread: (lengthBytes) => siteSigns?.unread(lengthBytes),
  })
  const lateTabs = createLateNotices(onOddity)
  const watching = await observe(wire, {
    isHome: (url) => memory.sites.some(({ site }) => site.isHome(url)),
    expect(head) {
      if (head.status === 429) askingOf(head.url)?.refused(head.retryAfterS ?? null)
      return receive(head)
    },
    onRequest({ url, method, requestHeaders, requestBody, startedAtMs }) {
      for (const { site, reader } of memory.sites) {
        if (!site.isHome(url)) continue
        askingOf(url)?.heard(url, requestHeaders)
        void take(reader.request({ url, method, body: requestBody, sentAt: new Date(startedAtMs) }))
      }
    },
    onEnd: (exchange) => siteSigns?.ended(exchange),
    isTurn({ url, method }) {
      const isOne = memory.sites.some(({ site }) => site.isTurn(url, method))
      if (isOne) generation.turn()
      return isOne
    },
    onFrame({ text, receivedAtMs, socketId, url }) {
      for (const { reader } of readersOf(url)) {
        const findings = reader.frame(text, new Date(receivedAtMs), socketId)
        // What is odd on a socket that is none of the site's own is no news.
        void take(memory.sockets.isKnown(url) ? findings : { ...findings, oddities: [] })
      }
    },
    onSocketClosed: (socketId) => memory.sites.forEach(({ reader }) => void take(reader.socketClosed(socketId))),
    onOddity,
    onNotice: (text) => onEvent({ kind: 'notice', text }),
    onTabs: (count) => onEvent({ kind: 'tabs', count }),
    onLate(tab) {
      if (!askingOf(tab.url)?.late(tab)) lateTabs.note(tab)
    },
  })
  observer = watching
  return {
    observer: watching,
    progress: () => askings.map(({ asking }) => asking.progress()).find((progress) => progress !== undefined),
    async finish() {
      for (const { asking } of askings) asking.stop()
      await watching.drain()
      await intake.drained()
    },
  }
}

const maxNoticed = 200

/** Once for each page, however often it loads something unseen. */
function createLateNotices(onOddity: (kind: string, detail: string) => void) {
  const noticed = new Set<string>()
  return {
    note({ url }: WatchedTab) {
      const place = URL.canParse(url) ? new URL(url).host + new URL(url).pathname : 'a tab'
      if (noticed.has(place)) return
      addBounded(noticed, place, maxNoticed)
      onOddity('load-unseen', `${place} was loading before it could be watched; reload it to be sure`)
    },
  }
}
