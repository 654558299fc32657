import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import {
  answers,
  archivedIn,
  browserWith,
  build,
  conversationIn,
  endEverything,
  foreignBrowser,
  freePort,
  kill,
  type Prepared,
  prepared,
  processesWith,
  type Run,
  sleep,
  start,
  steer,
  tabsAt,
} from './faults-support.ts'
import { startVisit, truthOf } from './support.ts'

beforeAll(build)
afterEach(endEverything)
afterAll(endEverything)

/** A folder with a config, and a browser of somebody else's on a port. */
async function withOther(): Promise<Prepared & { other: { port: number; profile: string; pid: number } }> {
  const place = await prepared()
  const profile = path.join(place.folder, 'theirs')
  mkdirSync(profile)
  const port = await freePort()
  const { pid } = await foreignBrowser(place.site, profile, port)
  return { ...place, other: { port, profile, pid } }
}

const addressOf = async (port: number) => (await answers(port))?.webSocketDebuggerUrl ?? ''

/** What is shown in the other browser is archived, and that browser stays when we end. */
async function expectAttached(daemon: Run, { site, archive, other }: Awaited<ReturnType<typeof withOther>>) {
  await daemon.says('Watching')
  const tabs = await tabsAt(other.port)
  expect(tabs).toEqual(['about:blank'])
  const { url, pictures } = conversationIn(site, [{}, { era: 'A' }])
  const person = await steer(other.port)
  await (await person.newPage()).goto(url)
  await until(
    () => archivedIn(archive).length === 2 || undefined,
    () => daemon.said.err,
  )
  expect(archivedIn(archive)).toEqual(truthOf(pictures))
  await person.disconnect()
  kill(daemon.pid, 'SIGINT')
  expect(await daemon.ended).toBe(0)
  expect(browserWith(other.profile)?.pid).toBe(other.pid)
  expect((await tabsAt(other.port)).toSorted()).toEqual(['about:blank', url])
}

/**
 * Stands before a browser as one does that asks its person at each connection: no HTTP, and upgrades wait for an
 * answer.
 *
 * Returns the port, and how many upgrades were asked for.
 */
async function asking(port: number, answer: 'allow' | 'deny' | 'wait') {
  const upgrades: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((_, response) => void response.writeHead(404).end())
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    upgrades.push(request.url ?? '')
    const reply = async () => {
      if (answer === 'wait') return
      await sleep(1_500)
      if (answer === 'deny') return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
      const { pathname } = new URL(await addressOf(port))
      const browser = connect(port, '127.0.0.1', () => {
        const headers = request.rawHeaders.flatMap((name, at) => {
          if (at % 2 === 1) return []
          return `${name}: ${name.toLowerCase() === 'host' ? `127.0.0.1:${port}` : request.rawHeaders[at + 1]}`
        })
        browser.write(`GET ${pathname} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
        browser.write(head)
        socket.pipe(browser).pipe(socket)
      })
      sockets.add(browser)
      for (const one of [socket, browser]) one.on('error', () => {})
    }
    void reply()
  })
  const own = await freePort()
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: own,
    upgrades,
    cut,
    close() {
      cut()
      server.close()
    },
  }
}

/** A home folder whose browser has noted that it listens on this port. */
function homeWith(folder: string, port: number, endpoint: string): NodeJS.ProcessEnv {
  const profile = path.join(folder, 'home', '.config', 'chromium')
  mkdirSync(profile, { recursive: true })
  writeFileSync(path.join(profile, 'DevToolsActivePort'), `${port}\n${endpoint}`)
  return { HOME: path.join(folder, 'home'), XDG_CONFIG_HOME: '', CHROME_CONFIG_HOME: '' }
}

describe('a browser that runs already', () => {
  it('is watched by its port', async () => {
    const place = await withOther()
    await expectAttached(start(['--attach', String(place.other.port)], place.folder), place)
  })

  it('is watched by its address', async () => {
    const place = await withOther()
    await expectAttached(start(['--attach', await addressOf(place.other.port)], place.folder), place)
  })

  it('is found by the file in its profile, and a stale file beside it is ignored', async () => {
    const place = await withOther()
    const env = homeWith(place.folder, place.other.port, new URL(await addressOf(place.other.port)).pathname)
    const stale = path.join(place.folder, 'home', '.config', 'google-chrome')
    mkdirSync(stale)
    writeFileSync(path.join(stale, 'DevToolsActivePort'), `${await freePort()}\n/devtools/browser/gone`)
    await expectAttached(start(['--attach', 'auto'], place.folder, env), place)
  })

  it('is reported as missing if there is none', async () => {
    const { folder } = await prepared()
    const port = await freePort()
    for (const where of ['auto', String(port), `ws://127.0.0.1:${port}/devtools/browser/x`]) {
      const daemon = start(['--attach', where], folder, homeWith(folder, port, '/devtools/browser/gone'))
      expect([where, await daemon.ended, daemon.said.err.trim().split('\n').length]).toEqual([where, 5, 2])
    }
  })

  it('may be closed by its user, after which we end with code 0', async () => {
    const { folder, other } = await withOther()
    const daemon = start(['--attach', String(other.port)], folder)
    await daemon.says('Watching')
    await (await steer(other.port)).close()
    expect(await daemon.ended).toBe(0)
  })
})

describe('a browser that asks its user at each connection', () => {
  it('asks once, and is watched when the user allows it', async () => {
    const place = await withOther()
    const door = await asking(place.other.port, 'allow')
    await expectAttached(start(['--attach', String(door.port)], place.folder), place)
    expect(door.upgrades).toHaveLength(1)
    door.close()
  })

  it('asks at the address in its file', async () => {
    const place = await withOther()
    const door = await asking(place.other.port, 'allow')
    const env = homeWith(place.folder, door.port, '/devtools/browser/of-the-note')
    await expectAttached(start(['--attach', 'auto'], place.folder, env), place)
    expect(door.upgrades).toEqual(['/devtools/browser/of-the-note'])
    door.close()
  })

  it('is not contacted again when the user denies it', async () => {
    const { folder, other } = await withOther()
    const door = await asking(other.port, 'deny')
    const daemon = start(['--attach', String(door.port)], folder)
    expect(await daemon.ended).toBe(5)
    expect(daemon.said.err).toMatch(/does not let us connect/)
    expect(daemon.said.err).toMatch(/allow it and start again/)
    expect(daemon.said.err.trim().split('\n')).toHaveLength(2)
    await sleep(500)
    expect(door.upgrades).toHaveLength(1)
    door.close()
  })

  it('is not contacted again when the connection is lost', async () => {
    const { folder, other } = await withOther()
    const door = await asking(other.port, 'allow')
    const daemon = start(['--attach', String(door.port)], folder)
    await daemon.says('Watching')
    door.cut()
    expect(await daemon.ended).toBe(5)
    expect(daemon.said.err).toContain('asks at each connection')
    expect(door.upgrades).toHaveLength(1)
    door.close()
  })

  it('does not delay us when we are asked to stop before it has answered', async () => {
    const { folder, other } = await withOther()
    const door = await asking(other.port, 'wait')
    const daemon = start(['--attach', String(door.port)], folder)
    await until(() => door.upgrades.length > 0 || undefined)
    const askedAt = performance.now()
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
    expect(performance.now() - askedAt).toBeLessThan(6_000)
    expect(door.upgrades).toHaveLength(1)
    door.close()
  })
})

describe('a browser at the end of a pipe', () => {
  /** Ports of TCP on which these processes listen, by what the system says. */
  function listening(pids: readonly number[]): number[] {
    const inodes = new Set(
      pids.flatMap((pid) =>
        quietly(() => readdirSync(`/proc/${pid}/fd`)).flatMap((fd) => {
          const link = quietly(() => [readlinkSync(`/proc/${pid}/fd/${fd}`)])[0] ?? ''
          return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []
        }),
      ),
    )
    const lines = ['tcp', 'tcp6'].flatMap((kind) =>
      readFileSync(`/proc/net/${kind}`, 'utf8').trim().split('\n').slice(1),
    )
    return lines.flatMap((line) => {
      const fields = line.trim().split(/\s+/)
      const isListening = fields[3] === '0A' && inodes.has(fields[9] ?? '')
      return isListening ? [Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)] : []
    })
  }

  const quietly = (read: () => string[]): string[] => {
    try {
      return read()
    } catch {
      return []
    }
  }

  it('shows a whole tour, and listens on no port', async () => {
    const { site, archive, folder, profile } = await prepared({
      connection: 'pipe',
      cdpPort: undefined,
      startUrl: 'https://chat.openai.com/#tour',
    })
    const daemon = start([], folder)
    await daemon.says('Watching')
    await until(() => site.tourEnded.then(() => true))
    const browsers = processesWith(profile)
    expect(browsers.length).toBeGreaterThan(2)
    expect(browsers.some(({ args }) => args.includes('--remote-debugging-port'))).toBe(false)
    expect(listening(browsers.map(({ pid }) => pid))).toEqual([])
    // Our own socket takes one client and then listens no more.
    expect(listening([daemon.pid])).toEqual([])
    const truth = truthOf(site.world.pictures.values())
    await until(
      () => archivedIn(archive).length === truth.length || undefined,
      () => daemon.said.err,
    )
    expect(archivedIn(archive)).toEqual(truth)
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
    await until(() => processesWith(profile).length === 0 || undefined)
  })

  it('negative control: over a port it would be seen to listen', async () => {
    const { folder, profile, port } = await prepared()
    const daemon = start([], folder)
    await daemon.says('Watching')
    expect(listening(processesWith(profile).map(({ pid }) => pid))).toContain(port)
  })

  it('ends with a daemon that is killed, and the next one starts its own', async () => {
    const { folder, profile } = await prepared({ connection: 'pipe', cdpPort: undefined })
    const first = start([], folder)
    await first.says('Watching')
    kill(first.pid, 'SIGKILL')
    await until(() => processesWith(profile).length === 0 || undefined)
    const second = start([], folder)
    await second.says('Watching')
    kill(second.pid, 'SIGINT')
    expect(await second.ended).toBe(0)
  })

  it('lets pages see that it is automated, as the documentation says', async () => {
    const page = `<script>fetch('/pretend/report', { method: 'POST', body: String(navigator.webdriver) })</script>`
    for (const connection of ['pipe', 'port'] as const) {
      const visit = await startVisit({
        site: { pages: { '/probe': page } },
        config: { connection },
        startUrl: 'https://chatgpt.com/probe',
        isAlone: true,
      })
      const report = await until(() => visit.site.reports[0])
      await visit.stop()
      expect([connection, report]).toEqual([connection, String(connection === 'pipe')])
    }
  })
})
