import type { Config } from '../config.ts'
import type { Browser } from './browser.ts'
import { type LaunchOptions, launchOrAttach } from './launch.ts'

/** A browser that is started before it is asked for; a start takes half a second, in which other things can be done. */
export interface LaunchAhead {
  begin(): void
  /** The browser that was begun with, the first time; after that, a new start. */
  launch(options: LaunchOptions): Promise<Browser>
  /** It will not be asked for: what was started ends. */
  giveUp(): Promise<void>
}

/** Makes the start of a config's browser. Errors: those of `launchOrAttach`, told by `launch`. */
export function launchAhead(config: Config): LaunchAhead {
  let first: Promise<Browser> | undefined
  return {
    begin() {
      first = launchOrAttach(config)
      first.catch(() => {})
    },
    launch(options) {
      const browser = first ?? launchOrAttach(config, options)
      first = undefined
      return browser
    },
    async giveUp() {
      const browser = await first?.catch(() => undefined)
      if (browser?.kind === 'launched') browser.terminate()
    },
  }
}
