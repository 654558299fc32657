import path from 'node:path'
import { ArchiverError } from '../errors.ts'
import type { Machine } from './installed.ts'

/** Where a browser keeps its profiles, its "user data" folder. */
export interface ProfileFolder {
  readonly name: string
  readonly folder: string
}

/** A browser that has written down where it listens. */
export interface ActivePort extends ProfileFolder {
  readonly port: number
  readonly endpoint: string
  readonly modifiedMs: number | undefined
}

/** The running browser to attach to: whichever we find, the one on a port, or the one at an address. */
export type AttachTarget =
  | { readonly kind: 'auto' }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'endpoint'; readonly endpoint: string }

/**
 * Under ~/.config on Linux, ~/Library/Application Support on macOS, %LOCALAPPDATA% on Windows (there, its "User Data").
 */
const userData = [
  ['Google Chrome', 'google-chrome', 'Google/Chrome', 'Google/Chrome'],
  ['Chromium', 'chromium', 'Chromium', 'Chromium'],
  ['Microsoft Edge', 'microsoft-edge', 'Microsoft Edge', 'Microsoft/Edge'],
  ['Brave Browser', 'BraveSoftware/Brave-Browser', 'BraveSoftware/Brave-Browser', 'BraveSoftware/Brave-Browser'],
  ['Vivaldi', 'vivaldi', 'Vivaldi', 'Vivaldi'],
  ['Google Chrome Beta', 'google-chrome-beta', 'Google/Chrome Beta', 'Google/Chrome Beta'],
  ['Google Chrome Dev', 'google-chrome-unstable', 'Google/Chrome Dev', 'Google/Chrome Dev'],
  ['Google Chrome Canary', 'google-chrome-canary', 'Google/Chrome Canary', 'Google/Chrome SxS'],
] as const

/** Snaps and flatpaks have their folders under the home folder. */
const sandboxed = [
  ['Chromium', 'snap/chromium/common/chromium'],
  ['Brave Browser', 'snap/brave/current/.config/BraveSoftware/Brave-Browser'],
  ['Google Chrome', '.var/app/com.google.Chrome/config/google-chrome'],
  ['Chromium', '.var/app/org.chromium.Chromium/config/chromium'],
  ['Microsoft Edge', '.var/app/com.microsoft.Edge/config/microsoft-edge'],
  ['Brave Browser', '.var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser'],
  ['Vivaldi', '.var/app/com.vivaldi.Vivaldi/config/vivaldi'],
  ['Google Chrome Dev', '.var/app/com.google.ChromeDev/config/google-chrome-unstable'],
] as const

/**
 * Lists where the browsers of a machine keep their profiles by default, whether or not these folders are there.
 * Under WSL the Windows ones follow, if USERPROFILE is passed on: with mirrored networking they can be reached.
 *
 * Errors  throws none.
 * Source  chromium docs/user_data_dir.md; for Edge, Brave, Vivaldi and sandboxes the folders they make.
 */
export function usualProfiles({ platform, env, home, isWsl }: Machine): ProfileFolder[] {
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA || path.win32.join(home, 'AppData', 'Local')
    return userData.map(([name, , , folder]) => ({ name, folder: path.win32.join(local, folder, 'User Data') }))
  }
  const { join } = path.posix
  if (platform === 'darwin') {
    const support = join(home, 'Library', 'Application Support')
    return userData.map(([name, , folder]) => ({ name, folder: join(support, folder) }))
  }
  const config = env.CHROME_CONFIG_HOME || env.XDG_CONFIG_HOME || join(home, '.config')
  const local = isWsl && env.USERPROFILE ? join(seenFromWsl(env.USERPROFILE), 'AppData', 'Local') : undefined
  return [
    ...userData.map(([name, folder]) => ({ name, folder: join(config, folder) })),
    ...sandboxed.map(([name, folder]) => ({ name, folder: join(home, folder) })),
    ...(local ? userData.map(([name, , , folder]) => ({ name, folder: join(local, folder, 'User Data') })) : []),
  ]
}

/**
 * Reads the file in which a browser notes where it listens.
 *
 * Shape   DevToolsActivePort: the port on one line, `/devtools/browser/<id>` on the next.
 * Errors  undefined for anything else, such as the port alone.
 */
export function readActivePort(text: string): { port: number; path: string } | undefined {
  const [, port, endpointPath] = /^([1-9]\d{0,4})\r?\n(\/devtools\/browser\/[\w-]+)(?:\r?\n)?$/.exec(text) ?? []
  if (!endpointPath || Number(port) > 65_535) return undefined
  return { port: Number(port), path: endpointPath }
}

/**
 * Lists the browsers that have noted where they listen, newest note first. The note outlives its browser: only a
 * connection proves that one is still there. A browser started with a fixed port leaves none.
 *
 * Errors  throws none of its own; `readText` gives undefined for a file it cannot read.
 */
export function activePorts(machine: Machine, readText: (file: string) => string | undefined): ActivePort[] {
  const { join } = machine.platform === 'win32' ? path.win32 : path.posix
  const found = usualProfiles(machine).flatMap(({ name, folder }) => {
    const file = join(folder, 'DevToolsActivePort')
    const active = readActivePort(readText(file) ?? '')
    if (!active) return []
    const endpoint = `ws://127.0.0.1:${active.port}${active.path}`
    return { name, folder, port: active.port, endpoint, modifiedMs: machine.modifiedMs?.(file) }
  })
  return found.sort((one, other) => (other.modifiedMs ?? 0) - (one.modifiedMs ?? 0))
}

/**
 * Reads which running browser a person wants.
 *
 * Shape   `auto`, a port, or the browser's own address: `ws://host:port/devtools/browser/<id>`, or `wss://…`.
 * Errors  ArchiverError "usage" for anything else.
 */
export function parseAttachTarget(text: string): AttachTarget {
  if (text === 'auto') return { kind: 'auto' }
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535) return { kind: 'port', port: Number(text) }
  const isAddress = /^wss?:\/\/[^\s/?#@\\]+:[1-9]\d{0,4}\/devtools\/browser\/[\w-]+$/.test(text) && URL.canParse(text)
  if (isAddress) return { kind: 'endpoint', endpoint: text }
  throw new ArchiverError('usage', `${JSON.stringify(text)} names no running browser.`, {
    hint: /^https?:/i.test(text)
      ? 'Give the port alone, or the address that /json/version on that port shows as "webSocketDebuggerUrl".'
      : 'Give "auto", a port (1 to 65535), or an address like ws://127.0.0.1:9222/devtools/browser/<id>.',
  })
}

/** A Windows path as WSL mounts it: `C:\Users\me` is `/mnt/c/Users/me`. One that is translated already stays. */
const seenFromWsl = (place: string) =>
  place.replace(/^([a-z]):/i, (_, drive: string) => `/mnt/${drive.toLowerCase()}`).replaceAll('\\', '/')
