import { execFile } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { getHeapStatistics } from 'node:v8'
import { foreseenEnd, type Session } from '../browser/complaints.ts'
import { findBrowser } from '../browser/find.ts'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import { type Finding, noted, sound, trouble } from './finding.ts'

const leastNode = [20, 19] as const
/** The first with buffers that outlive a page. */
const leastChrome = 145
/** What a program of ours needs beside its archive, and for each picture it knows. */
const [baseHeapBytes, recordHeapBytes] = [150e6, 1_500]

/** Node is new enough, and may use enough memory for an archive of so many pictures. */
export function checkNode(pictures: number, version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])
  if (!isNew)
    return trouble('Node', `${version} is older than ${leastNode.join('.')}`, 'Install a newer one from nodejs.org.')
  const limit = getHeapStatistics().heap_size_limit
  const needed = baseHeapBytes + pictures * recordHeapBytes
  if (limit < needed) {
    const megabytes = Math.ceil(needed / 1e6)
    return trouble(
      'Node',
      `${version}; its memory is short for ${pictures} pictures`,
      `Set NODE_OPTIONS=--max-old-space-size=${megabytes}.`,
    )
  }
  return sound('Node', `${version}, ${Math.round(limit / 1e6)} MB of heap`)
}

/** The browser can open its window, or needs none. */
export function checkWindow(config: Config, session?: Session): Finding {
  const error = foreseenEnd(config, session)
  if (error) return trouble('Window', error.message.replace(/\.$/, ''), error.hint ?? '')
  if (config.attach !== undefined) return sound('Window', 'that of the browser that is attached to')
  return sound('Window', config.headless ? 'none is wanted' : 'it can be opened')
}

/** A browser is there, starts, and keeps what a page has loaded when that is left. */
export async function checkBrowser(chromiumPath: string | undefined): Promise<Finding> {
  let place: string
  try {
    place = findBrowser(chromiumPath)
  } catch (error) {
    return trouble('Browser', messageOf(error), 'Install Chrome or Chromium, or set "chromiumPath" in config.json.')
  }
  try {
    const { stdout } = await promisify(execFile)(place, ['--version'], { timeout: 20_000 })
    const version = stdout.trim()
    const major = Number(/(\d+)\.\d+\.\d+/.exec(version)?.[1] ?? 0)
    if (major < leastChrome)
      return noted(
        'Browser',
        `${version}: pictures may be missed when a page is left at once`,
        `Update it to ${leastChrome} or later.`,
      )
    return sound('Browser', `${version}, with durable capture (${place})`)
  } catch (error) {
    return trouble(
      'Browser',
      `${place} does not start: ${messageOf(error).split('\n')[0]}`,
      'Start it by hand to see why.',
    )
  }
}

/** The site's cookie of a session, by name: its value is encrypted, and no business of ours. */
const sessionCookie = /__Secure-next-auth\.session-token/
const maxCookieBytes = 64 * 1024 * 1024

/** There is a profile, and somebody seems to be logged in to it. */
export function checkProfile({ profilePath, attach }: Pick<Config, 'profilePath' | 'attach'>): Finding {
  if (attach !== undefined) return noted('Profile', 'that of the browser you attach to')
  if (!existsSync(profilePath))
    return noted('Profile', 'there is none yet', 'Start dalle-archiver once, and log in in its window.')
  const cookies = ['Default/Network/Cookies', 'Default/Cookies'].map((place) => path.join(profilePath, place))
  const isLoggedIn = cookies.some((file) => existsSync(file) && holds(file, sessionCookie))
  if (isLoggedIn) return sound('Profile', `somebody seems to be logged in (${profilePath})`)
  return noted(
    'Profile',
    `nobody seems to be logged in (${profilePath})`,
    'Start dalle-archiver, and log in in its window.',
  )
}

function holds(file: string, wanted: RegExp): boolean {
  try {
    const handle = openSync(file, 'r')
    try {
      const bytes = Buffer.alloc(maxCookieBytes)
      return wanted.test(bytes.toString('latin1', 0, readSync(handle, bytes, 0, maxCookieBytes, 0)))
    } finally {
      closeSync(handle)
    }
  } catch {
    return false
  }
}

/** The port that the browser shall have is free. */
export async function checkPort(port: number | undefined): Promise<Finding> {
  if (port === undefined) return sound('Port', 'a free one is taken at each start')
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
  if (isFree) return sound('Port', `${port} is free`)
  return noted(
    'Port',
    `${port} is in use: by a watch that runs, or by another program`,
    'Leave "cdpPort" out, and a free one is taken.',
  )
}
