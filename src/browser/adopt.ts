import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { isAlive, processWith, thisProcess } from '../process-id.ts'
import { endpointAt } from './attach.ts'
import { type Browser, never } from './browser.ts'
import { profileInUse } from './complaints.ts'
import { lastEndOf, notedSession, noteSession, processOfProfile, type Session } from './session.ts'
import { connectWire } from './wire.ts'

/**
 * The browser that an earlier run of ours started with this profile, if it lives: its endpoint bears an id of its own.
 */
export async function adopt(config: Config): Promise<Browser | undefined> {
  const { profilePath } = config
  const session = notedSession(profilePath)
  const endpoint = session && (await endpointOf(session, profilePath))
  if (!session || !endpoint) return undefined
  const { port } = session
  const isOther = session.owner.machine === thisProcess().machine && session.owner.pid !== process.pid
  if (isOther && isAlive(session.owner)) throw profileInUse(config)
  noteSession(profilePath, { endpoint, port })
  const pid = processOfProfile(profilePath)
  const running = pid === undefined ? undefined : processWith(pid)
  const terminate = () => void (running && isAlive(running) && process.kill(running.pid))
  if (!config.keepBrowser) process.once('exit', terminate)
  return {
    kind: 'adopted',
    port,
    asksEachTime: false,
    ended: never,
    isAlive: async () => (await endpointAt(port)) === endpoint,
    connect: () => connectWire(endpoint),
    lastEnd: () => lastEndOf(profilePath),
    terminate,
  }
}

/**
 * Where a noted browser listens, if it lives. A run that was killed while its browser started has noted the port alone.
 */
async function endpointOf({ endpoint, port }: Session, profile: string): Promise<string | undefined> {
  for (let tries = 0; tries < 50; tries++) {
    const told = await endpointAt(port)
    if (endpoint !== undefined) return told === endpoint ? told : undefined
    if (processOfProfile(profile) === undefined) return undefined
    if (told !== undefined) return told
    await pause(100)
  }
  return undefined
}
