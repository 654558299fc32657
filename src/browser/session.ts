import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { numberAt, objectAt, parseJson, textAt } from '../decode/json.ts'
import { isAlive, type ProcessId, processIn, thisProcess } from '../process-id.ts'

/** Where the browser of a profile listens, noted for the next start. */
export interface Session {
  /** Undefined while it starts. */
  readonly endpoint: string | undefined
  readonly port: number
  /** The run of ours that talks to it, or did. */
  readonly owner: ProcessId
}

const noteIn = (profile: string) => path.join(profile, 'dalle-archiver.json')

/** Notes where a profile's browser listens; only its owner may read that. */
export function noteSession(profile: string, session: Omit<Session, 'owner'>): void {
  mkdirSync(profile, { recursive: true, mode: 0o700 })
  rmSync(noteIn(profile), { force: true })
  writeFileSync(noteIn(profile), `${JSON.stringify({ ...session, owner: thisProcess() })}\n`, {
    mode: 0o600,
    flag: 'wx',
  })
}

/** What was noted last; whether that browser still lives only a connection can tell. */
export function notedSession(profile: string): Session | undefined {
  const note = parseJson(textOf(noteIn(profile)))
  const [endpoint, port] = [textAt(note, 'endpoint') ?? undefined, numberAt(note, 'port')]
  const owner = processIn(objectAt(note, 'owner'))
  const isOdd = endpoint?.startsWith('ws://127.0.0.1:') === false
  return port && owner && !isOdd ? { endpoint, port, owner } : undefined
}

/** There is nothing to come back to. */
export const forgetSession = (profile: string): void => rmSync(noteIn(profile), { force: true })

/**
 * How the last browser of a profile ended, by what it left there.
 *
 * Source  Chromium removes `SingletonLock` when it ends well. On Windows, where there is none, it has written
 *         `profile.exit_type` "Crashed" some seconds after its start, and another word when it ended well.
 */
export function lastEndOf(profile: string): 'closed' | 'crashed' {
  if (lockOf(profile) !== undefined) return 'crashed'
  const preferences = parseJson(textOf(path.join(profile, 'Default', 'Preferences')))
  return textAt(objectAt(preferences, 'profile'), 'exit_type') === 'Crashed' ? 'crashed' : 'closed'
}

/**
 * The process that has a profile open.
 *
 * Shape   `SingletonLock` is a link to `<host>-<pid>` on Linux and macOS; Windows keeps no such thing, and there the
 *         second browser ends by itself.
 * Errors  undefined when nobody has, or when the lock was left by a process that is gone.
 */
export function processOfProfile(profile: string): number | undefined {
  const [, host, pid] = /^(.*)-(\d+)$/.exec(lockOf(profile) ?? '') ?? []
  return host === hostname() && isAlive({ ...thisProcess(), pid: Number(pid), processStart: '' })
    ? Number(pid)
    : undefined
}

function lockOf(profile: string): string | undefined {
  try {
    return readlinkSync(path.join(profile, 'SingletonLock'))
  } catch {
    return undefined
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
