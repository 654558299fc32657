import { Agent } from 'node:https'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { Pace } from '../../src/ask/asker.ts'
import { openAttempts } from '../../src/ask/attempts.ts'
import type { BackfillScope } from '../../src/backfill/backfill.ts'
import { openJournals } from '../../src/backfill/journals.ts'
import { watchConnection } from '../../src/daemon/connection.ts'
import { createSiteMemory } from '../../src/daemon/site-memory.ts'
import { fillAccount } from '../../src/pretend-chatgpt/account.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'
import { until } from '../fakes/until.ts'
import { createFakeWire } from '../fakes/wire.ts'
import { ask } from '../pretend-chatgpt/client.ts'

/** A pretend site whose account holds so many pictures, until the test has finished. */
export async function startAccount(count: number): Promise<PretendChatgpt> {
  const site = await startPretendChatgpt({ paceMs: 0 })
  onTestFinished(() => site.close())
  fillAccount(site.world, count)
  return site
}

interface Run {
  readonly site: PretendChatgpt
  readonly root?: string
  readonly scope?: BackfillScope
  /** A question is about to be asked. */
  onAsk?(url: URL, body: string): void
  /** How many times faster than the real one the clock goes. */
  readonly speed?: number
  /** Where the clock begins; the next run of an archive begins where the last one ended. */
  readonly from?: Date
  /** What the pretend site cannot play: an answer in another form. */
  edit?(url: URL, text: string): string
}

/** At once, but for what is counted by the clock. */
const pace: Pace = { graceMs: 0, everyMs: 0, betweenMs: [0, 0], conversationGapMs: 5_000, tooManyMs: 15 * 60_000 }

/** A backfill over a pretend site without a browser: the page's requests are made from here, one connection each. */
export async function startBackfill(run: Run) {
  const { site, root = temporaryFolder(), scope = {}, speed = 20_000, from = new Date('2026-11-29T08:00:00Z') } = run
  const began = performance.now()
  const now = () => new Date(from.getTime() + (performance.now() - began) * speed)
  const agent = new Agent({ keepAlive: true })
  /** Every question, in order, as `METHOD path?query body`. */
  const asked: string[] = []
  const notices: string[] = []
  let [underWay, mostUnderWay] = [0, 0]

  const fetchFrom = async (address: string, method: string, headers: Record<string, string>, body: string | null) => {
    underWay += 1
    mostUnderWay = Math.max(mostUnderWay, underWay)
    try {
      const cookie = `pretend-session=${site.secrets.cookie}`
      const isHome = new URL(address).host === 'chatgpt.com'
      const sent = { method, headers: { ...headers, ...(isHome && { cookie }) }, agent }
      return await ask(site.port, address, { ...sent, ...(body !== null && { body: JSON.parse(body) }) })
    } finally {
      underWay -= 1
    }
  }

  /** The wire of a browser whose page asks the site. */
  const makeWire = () => {
    const wire = createFakeWire()
    const files = new Map<string, Buffer>()
    wire.answer('Page.getFrameTree', { frameTree: { frame: { id: 'F' } } })
    wire.answer('Page.createIsolatedWorld', { executionContextId: 7 })
    wire.answer('Runtime.callFunctionOn', async ({ params }) => {
      const [address = '', headers = {}, method = 'GET', body = null] = (params.arguments as { value: never }[]).map(
        ({ value }) => value,
      ) as unknown as [string, Record<string, string>, string, string | null]
      const url = new URL(address)
      asked.push(`${method} ${url.pathname}${url.search}${body === null ? '' : ` ${body}`}`)
      run.onAsk?.(url, body ?? '')
      const { status, headers: got, body: bytes } = await fetchFrom(address, method, headers, body)
      const [type, retryAfter] = [got['content-type'], got['retry-after']]
      const text = run.edit?.(url, bytes.toString()) ?? bytes.toString()
      return { result: { value: { status, text, type, retryAfter } } }
    })
    wire.answer('Network.loadNetworkResource', async ({ params }) => {
      const { status, body } = await fetchFrom(String(params.url), 'GET', {}, null)
      const stream = String(files.size + 1)
      files.set(stream, body)
      return { resource: { success: status === 200, httpStatusCode: status, ...(status === 200 && { stream }) } }
    })
    wire.answer('IO.read', ({ params }) => {
      const bytes = files.get(String(params.handle)) ?? Buffer.alloc(0)
      files.delete(String(params.handle))
      return { data: bytes.toString('base64'), base64Encoded: true, eof: true }
    })
    return wire
  }

  const archive = await openArchive(root, { now })
  const intake = quietIntake(archive, { now })
  const attempts = await openAttempts(path.join(root, 'pending', 'attempts.ndjson'))
  const journals = await openJournals(archive.root, null, archive.ready)
  const wanted = { scope, startedAt: now(), archive, journals }
  const memory = createSiteMemory([])
  const connect = async () => {
    const wire = makeWire()
    const connection = await watchConnection({
      ...{ wire, intake, now, memory },
      onEvent: (event) => event.kind === 'notice' && notices.push(event.text),
      asks: { pending: archive.pending, attempts, pace, backfill: () => wanted },
    })
    const targetInfo = { targetId: 'T', type: 'page', url: 'https://chatgpt.com/' }
    wire.emit('Target.attachedToTarget', { sessionId: 'S', waitingForDebugger: true, targetInfo })
    return { ...connection, wire }
  }
  let connection = await connect()
  const stop = async () => {
    await connection.finish()
    await intake.close()
    await archive.close()
    agent.destroy()
  }
  onTestFinished(stop)
  const begun = await until(() => connection.progress())
  const progress = () => connection.progress() ?? begun
  return {
    root,
    asked,
    notices,
    journal: journals.main,
    archive,
    now,
    progress,
    stop,
    emit: (...event: Parameters<typeof connection.wire.emit>) => connection.wire.emit(...event),
    /** As after the computer slept. */
    async reconnect() {
      await connection.finish()
      connection = await connect()
    },
    mostUnderWay: () => mostUnderWay,
    /** Resolves when nothing is left to be read. */
    done: () =>
      until(
        () => progress().phase === 'done',
        () => JSON.stringify(progress()),
      ),
  }
}
