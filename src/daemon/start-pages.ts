import { setTimeout as pause } from 'node:timers/promises'
import type { Browser } from '../browser/browser.ts'
import type { Config } from '../config.ts'
import type { WatchedConnection } from './connection.ts'
import { startUrlOf } from './start-url.ts'

/** The addresses of the watched tabs. */
export const tabsOf = ({ observer }: Pick<WatchedConnection, 'observer'>): string[] =>
  observer.tabs().map(({ url }) => url)

/**
 * A new browser shows the start page; one that had tabs already shows it only if none of them is of the site. After a
 * crash, tabs of the site that the browser does not bring back by itself are opened anew.
 */
export async function openFirstPages(
  connection: Pick<WatchedConnection, 'observer'>,
  browser: Pick<Browser, 'kind'>,
  config: Pick<Config, 'startUrl'>,
  tabsBefore: readonly string[] | undefined,
): Promise<void> {
  if (browser.kind === 'attached') return
  const isNew = browser.kind === 'launched' && tabsBefore === undefined
  const missing = () => (tabsBefore ?? []).filter((address) => !tabsOf(connection).includes(address))
  const hasNone = () => tabsOf(connection).length === 0
  if (!isNew) await until(() => !hasNone() && missing().length === 0)
  for (const address of missing()) {
    await connection.observer.open(address)
    await until(() => !missing().includes(address))
  }
  if (hasNone()) await connection.observer.open(startUrlOf(config))
}

/** Waits for something that comes soon, or not at all. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 20 && !isSo(); tries++) await pause(100)
}
