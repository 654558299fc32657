import type { Browser } from '../browser/browser.ts'
import { ArchiverError } from '../errors.ts'

/** Which profile watches which browser: what two of them heard of one account would bear a wrong label. */
export interface BrowserClaims {
  /**
   * Returns the browser. Errors: ArchiverError "browser-unreachable" when another profile has it; it is left alone, but
   * for a process of ours that found its port taken.
   */
  claim(label: string | null, browser: Browser): Browser
  release(label: string | null): void
}

/** State   the port of each profile's browser, until it is released. */
export function createBrowserClaims(): BrowserClaims {
  const ports = new Map<string | null, number>()
  return {
    claim(label, browser) {
      const { port, kind } = browser
      const other = [...ports].find(([owner, taken]) => owner !== label && taken === port && port !== 0)
      if (other) {
        if (kind === 'launched') browser.terminate()
        throw alreadyWatched(port, other[0])
      }
      ports.set(label, port)
      return browser
    },
    release: (label) => void ports.delete(label),
  }
}

const alreadyWatched = (port: number, label: string | null) =>
  new ArchiverError('browser-unreachable', `The browser on port ${port} is that of profile "${label}" already.`, {
    hint: 'Give each profile a "cdpPort" or "attach" of its own, or leave both out.',
  })
