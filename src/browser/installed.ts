import { accessSync, constants, statSync } from 'node:fs'
import { homedir, release } from 'node:os'
import path from 'node:path'

/** What finding a browser asks of a machine; handed in, so that every platform can be tried on any other. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly isWsl: boolean
  /** Whether there is a program that can be run. */
  exists(place: string): boolean
  /** When a file was last written, in Unix milliseconds; undefined when there is none. */
  modifiedMs?(place: string): number | undefined
}

/** A browser that can be started. */
export interface InstalledBrowser {
  readonly name: string
  readonly path: string
}

/** In order of preference: what most people use, then what changes under one's feet. */
const names = [
  'Google Chrome',
  'Chromium',
  'Microsoft Edge',
  'Brave Browser',
  'Vivaldi',
  'Google Chrome Beta',
  'Google Chrome Dev',
  'Google Chrome Canary',
] as const

type PerBrowser<T> = Readonly<Record<(typeof names)[number], T>>

/** The commands that packages, snaps and flatpaks install, then where the program itself lies. */
const commands: PerBrowser<readonly string[]> = {
  'Google Chrome': ['google-chrome-stable', 'google-chrome', 'com.google.Chrome', '/opt/google/chrome/chrome'],
  Chromium: ['chromium', 'chromium-browser', 'org.chromium.Chromium'],
  'Microsoft Edge': ['microsoft-edge-stable', 'microsoft-edge', 'com.microsoft.Edge', '/opt/microsoft/msedge/msedge'],
  'Brave Browser': ['brave-browser', 'brave', 'com.brave.Browser', '/opt/brave.com/brave/brave'],
  Vivaldi: ['vivaldi-stable', 'vivaldi', 'com.vivaldi.Vivaldi', '/opt/vivaldi/vivaldi'],
  'Google Chrome Beta': ['google-chrome-beta', '/opt/google/chrome-beta/chrome'],
  'Google Chrome Dev': ['google-chrome-unstable', 'com.google.ChromeDev', '/opt/google/chrome-unstable/chrome'],
  'Google Chrome Canary': ['google-chrome-canary', '/opt/google/chrome-canary/chrome'],
}

/** Under one of Windows' program folders. */
const programs: PerBrowser<string> = {
  'Google Chrome': 'Google/Chrome/Application/chrome.exe',
  Chromium: 'Chromium/Application/chrome.exe',
  'Microsoft Edge': 'Microsoft/Edge/Application/msedge.exe',
  'Brave Browser': 'BraveSoftware/Brave-Browser/Application/brave.exe',
  Vivaldi: 'Vivaldi/Application/vivaldi.exe',
  'Google Chrome Beta': 'Google/Chrome Beta/Application/chrome.exe',
  'Google Chrome Dev': 'Google/Chrome Dev/Application/chrome.exe',
  'Google Chrome Canary': 'Google/Chrome SxS/Application/chrome.exe',
}

/**
 * Lists the Chromium-based browsers of a machine, each once, in order of preference: the one CHROME_PATH names
 * (chrome-launcher's habit), Chrome, Chromium, Edge, Brave, Vivaldi, then Chrome's pre-releases. Snaps and flatpaks
 * come after all others, since their sandbox keeps them out of a profile in a hidden folder.
 *
 * Errors  throws none; an empty list when there is no browser.
 * Source  the places packages install to; snaps and hidden folders: pinchtab/pinchtab#98, binaryage/dirac#96.
 */
export function installedBrowsers(machine: Machine = thisMachine()): InstalledBrowser[] {
  const places = usualPlaces(machine)
  const given = machine.env.CHROME_PATH
  if (given) {
    const { basename } = machine.platform === 'win32' ? path.win32 : path.posix
    const name = places.find((place) => place.path === given)?.name ?? basename(given, '.exe')
    places.unshift({ name, path: given })
  }
  const found = places.filter((place) => machine.exists(place.path))
  return found.filter(({ name }, index) => found.findIndex((other) => other.name === name) === index)
}

/** The machine we run on. */
export function thisMachine(): Machine {
  const { platform, env } = process
  const isWsl = platform === 'linux' && /microsoft/i.test(release())
  return { platform, env, home: homedir(), isWsl, exists: isProgram, modifiedMs }
}

function usualPlaces({ platform, env, home, isWsl }: Machine): InstalledBrowser[] {
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA || path.win32.join(home, 'AppData', 'Local')
    const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], local].flatMap((root) => root || [])
    return names.flatMap((name) => roots.map((root) => ({ name, path: path.win32.join(root, programs[name]) })))
  }
  if (platform === 'darwin') {
    const roots = ['/Applications', path.posix.join(home, 'Applications')]
    return names.flatMap((name) => roots.map((root) => ({ name, path: `${root}/${name}.app/Contents/MacOS/${name}` })))
  }
  const flatpaks = [path.posix.join(home, '.local/share/flatpak/exports/bin'), '/var/lib/flatpak/exports/bin']
  const sandboxed = ['/snap/bin', '/var/lib/snapd/snap/bin', ...flatpaks]
  // WSL's PATH goes on to the Windows side. A browser there takes no Linux path for its profile, and WSL2's loopback
  // does not reach it unless networking is mirrored.
  const isUsable = (folder: string) =>
    folder.startsWith('/') && !sandboxed.includes(folder) && !(isWsl && /^\/mnt\/[a-z](\/|$)/.test(folder))
  const folders = [...(env.PATH ?? '').split(':').filter(isUsable), '/usr/local/bin', '/usr/bin']
  return [folders, sandboxed].flatMap((some) => names.flatMap((name) => commandsIn(some, name)))
}

/** A browser's commands in these folders; those that are absolute stay where they are. */
const commandsIn = (folders: readonly string[], name: keyof typeof commands): InstalledBrowser[] =>
  commands[name].flatMap((command) => folders.map((folder) => ({ name, path: path.posix.resolve(folder, command) })))

/** Whether a place holds a program that we may run. */
export const isProgram = (place: string): boolean =>
  looking(() => {
    accessSync(place, constants.X_OK)
    return statSync(place).isFile()
  }) ?? false

const modifiedMs = (place: string): number | undefined => looking(() => statSync(place).mtimeMs)

/** What there is to see; undefined where there is nothing, or nothing we may see. */
function looking<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
