import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.ts'
import { ArchiverError } from '../errors.ts'

/** What the browser has printed since now; the launcher lets it write into its profile. */
export function complaintsSince(profile: string): () => string {
  const files = ['chrome-err.log', 'chrome-out.log'].map((name) => path.join(profile, name))
  const starts = files.map((file) => (existsSync(file) ? statSync(file).size : 0))
  return () => files.map((file, index) => tailOf(file, starts[index] ?? 0)).join('\n')
}

function tailOf(file: string, from: number): string {
  if (!existsSync(file)) return ''
  const buffer = Buffer.alloc(20_000)
  const descriptor = openSync(file, 'r')
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, from))
  } finally {
    closeSync(descriptor)
  }
}

/** Two browsers cannot share a profile. */
export const profileInUse = ({ profilePath }: Config) =>
  new ArchiverError('browser-unreachable', `The profile ${profilePath} is in use by another browser.`, {
    hint: 'Close that browser, or attach to it with --attach, or set "profilePath" to another folder.',
  })

const refusedAsRoot = () =>
  new ArchiverError('browser-unreachable', 'Chromium refuses to run as root with its sandbox.', {
    hint: 'Run as an ordinary user, or accept the risk with "chromiumArgs": ["--no-sandbox"] in config.json.',
  })

const noDisplay = () =>
  new ArchiverError('browser-unreachable', 'There is no display for the browser to open a window on.', {
    hint: 'Run inside a desktop session, or set "headless": true in config.json.',
  })

/** What of a machine decides whether a browser can start. */
export interface Session {
  readonly isRoot: boolean
  readonly hasDisplay: boolean
}

const thisSession = (): Session => ({
  isRoot: process.getuid?.() === 0,
  // Elsewhere a session without a display is rare, and not told by its environment.
  hasDisplay: process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY),
})

/**
 * Why a browser that we start would end at once, as far as that is known before; undefined where nothing speaks for it.
 */
export function foreseenEnd(
  { chromiumArgs, headless, attach }: Pick<Config, 'chromiumArgs' | 'headless' | 'attach'>,
  { isRoot, hasDisplay } = thisSession(),
): ArchiverError | undefined {
  if (attach !== undefined) return undefined
  if (isRoot && !chromiumArgs.includes('--no-sandbox')) return refusedAsRoot()
  return hasDisplay || headless ? undefined : noDisplay()
}

/** Why a browser ended before it listened, from its own words. */
export function endedEarly(exitCode: number | null, output: string, config: Config): ArchiverError {
  if (/without --no-sandbox is not supported/i.test(output)) return refusedAsRoot()
  if (/missing x server|cannot open display|no display|platform failed to initialize/i.test(output)) return noDisplay()
  if (/permission denied/i.test(output)) {
    return new ArchiverError('browser-unreachable', `The browser may not write its profile ${config.profilePath}.`, {
      hint: 'A browser installed as a snap or flatpak sees few folders: set "profilePath" to one it may use.',
    })
  }
  if (/existing browser session|profile appears to be in use|SingletonLock/i.test(output) || exitCode === 0)
    return profileInUse(config)
  const last = output.trim().split('\n').at(-1) ?? ''
  return new ArchiverError('browser-unreachable', `The browser ended at once (exit code ${exitCode}). ${last}`.trim(), {
    hint: `Its own messages are in ${path.join(config.profilePath, 'chrome-err.log')}.`,
  })
}
