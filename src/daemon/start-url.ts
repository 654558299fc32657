import type { Config } from '../config.ts'
import { defaultSite } from '../sites/index.ts'

/** The page to open first: the one that was set, or that of the site most people mean. */
export function startUrlOf({ startUrl }: Pick<Config, 'startUrl'>): string {
  return startUrl ?? defaultSite.startUrl
}
