import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import path from 'node:path'
import { ArchiverError } from '../errors.ts'

/** What a service shall run, and under which name; every path is absolute. */
export interface ServiceSettings {
  /** Letters, digits, dots and hyphens alone: it stands in names of files, units and tasks. */
  readonly name: string
  readonly archive: string
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]]
  /** The folder it runs in. */
  readonly folder: string
  /** `PATH`, where the browser's command is looked for, and whatever else it shall find there. */
  readonly environment: Readonly<Record<string, string>>
  /** Where it writes what it has to say, where the platform has no journal. */
  readonly log: string
  /** It opens a window, so there must be a desktop. */
  readonly isGraphical: boolean
}

/** A command of the platform, run without a shell. */
export type Command = readonly [program: string, ...args: string[]]

/** What the platform's manager says of a service. */
export interface ServiceState {
  readonly isRunning: boolean
  readonly pid: number | null
  /** How it ended last, if it has ended and the platform says so. */
  readonly lastExitCode: number | null
}

/** How one platform keeps a service: its file, and the commands of its manager. Pure: nothing is run here. */
export interface Manager {
  readonly file: string
  readonly bytes: Buffer
  /** Whether the manager is there; fails where it is not. */
  readonly probe: Command
  /** Before the file is written; they may fail, as where there is nothing to be stopped. */
  readonly before: readonly Command[]
  readonly install: readonly Command[]
  /** They may fail, for what is to be removed may be half there. */
  readonly remove: readonly Command[]
  readonly afterRemove: readonly Command[]
  readonly state: Command
  /** What `state` printed; undefined where it failed, as it does for a service that is not loaded. */
  stateIn(printed: string | undefined): ServiceState
  /** What prints its last lines, or the file that has them. */
  readonly logs: Command | string
}

/** Nothing is known to run. */
export const notRunning: ServiceState = { isRunning: false, pid: null, lastExitCode: null }

const maxFolderChars = 40

/**
 * The name of an archive's service: its folder's name, so that a person knows it, and a short hash of its real path, so
 * that it is the only one. It is the same however the path was written, also before the archive is there.
 */
export function serviceName(archivePath: string): string {
  const real = realPathOf(path.resolve(archivePath))
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8)
  const folder = path.basename(real).replace(/[^A-Za-z0-9]+/g, '-')
  const words = folder.slice(0, maxFolderChars).replace(/^-+|-+$/g, '')
  return ['dalle-archiver', words, hash].filter((part) => part !== '').join('-')
}

/** Where a path really leads, as far as there is anything yet. */
function realPathOf(place: string): string {
  try {
    return realpathSync(place)
  } catch {
    const above = path.dirname(place)
    return above === place ? place : path.join(realPathOf(above), path.basename(place))
  }
}

/** Text between the tags of XML, or in an attribute; what XML cannot hold at all is replaced. */
export const asXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (found) => `&#${found.codePointAt(0)};`)

/**
 * Refuses what no file of a service can hold.
 *
 * Errors  ArchiverError "usage" for a line break in a path.
 */
export function checkSettings({ command, folder, environment, archive }: ServiceSettings): void {
  const odd = [...command, folder, ...Object.values(environment), archive].find((text) => /[\r\n\0]/.test(text))
  if (odd === undefined) return
  throw new ArchiverError('usage', `A service cannot have a line break in its settings: ${JSON.stringify(odd)}`)
}
