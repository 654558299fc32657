import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { refuseForeignConfig } from './config-owner.ts'
import { resolvePath } from './config-paths.ts'
import { ArchiverError, messageOf } from './errors.ts'

const filePath = z.string().min(1, 'must not be empty')

/** `config.json`, as a person writes it. */
const configSchema = z.strictObject({
  archivePath: filePath.describe('Where pictures are kept: absolute, or relative to this file.'),
  chromiumPath: filePath
    .optional()
    .describe('The Chromium-based browser to start, path or command; detected if left out.'),
  cdpPort: z.int().min(1).max(65_535).optional().describe('Port of the DevTools protocol; a free one if left out.'),
  profilePath: filePath.optional().describe('Folder of the browser profile that stays logged in.'),
  startUrl: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe('Page to open first; that of ChatGPT if left out.'),
  chromiumArgs: z.array(z.string()).default([]).describe('Further command line arguments for the browser.'),
  headless: z.boolean().default(false).describe('Run the browser without a window.'),
  pendingDays: z
    .number()
    .positive()
    .default(30)
    .describe('Days on which the program runs that bytes without facts are kept.'),
  keepBrowser: z.boolean().default(false).describe('Leave the browser open when we end; the next start finds it.'),
  attach: z
    .union([z.string(), z.int()])
    .optional()
    .describe('Watch a browser that already runs: "auto", a port, or its ws:// address.'),
  connection: z.enum(['port', 'pipe']).default('port').describe('How to talk to a browser we start.'),
  fetchMissing: z
    .boolean()
    .default(true)
    .describe('Ask for pictures that an opened conversation names but the page does not load.'),
  gallery: z.boolean().default(false).describe('Serve the gallery while watching; its address is printed.'),
  sidecars: z
    .boolean()
    .default(false)
    .describe('Keep an XMP sidecar beside each image, and take over what photo managers change in it.'),
})

/** Every setting with its value, paths absolute. */
export interface Config {
  readonly archivePath: string
  readonly chromiumPath: string | undefined
  readonly cdpPort: number | undefined
  readonly profilePath: string
  /** Undefined where the site says which page is its first. */
  readonly startUrl: string | undefined
  readonly chromiumArgs: readonly string[]
  readonly headless: boolean
  readonly pendingDays: number
  readonly keepBrowser: boolean
  readonly attach: string | number | undefined
  readonly connection: 'port' | 'pipe'
  readonly fetchMissing: boolean
  readonly gallery: boolean
  readonly sidecars: boolean
}

/** Names of all settings, in the order they are documented. */
export const configKeys = Object.keys(configSchema.shape)

/**
 * Reads a config file.
 *
 * Errors  ArchiverError "config": no file, no JSON, a missing, unknown or wrong setting, each named in one line.
 */
export function readConfig(file: string): Config {
  const place = path.resolve(file)
  const value = parse(place)
  const checked = configSchema.safeParse(value)
  if (!checked.success)
    throw new ArchiverError('config', `${place}: ${sentenceOf(checked.error)}`, { hint: seeExample })
  return withPaths(checked.data, path.dirname(place))
}

/** The settings of a run without a config file. */
export function configFor(archivePath: string): Config {
  return withPaths(configSchema.parse({ archivePath }), process.cwd())
}

/** Settings with their paths made absolute, from `base` on. */
function withPaths(settings: z.infer<typeof configSchema>, base: string): Config {
  const { archivePath, chromiumPath, cdpPort, profilePath, startUrl, attach } = settings
  return {
    ...settings,
    ...{ chromiumPath, cdpPort, startUrl, attach },
    archivePath: resolvePath(base, archivePath),
    profilePath: profilePath ? resolvePath(base, profilePath) : defaultProfilePath(),
  }
}

/**
 * Writes a first config file beside which the archive will grow.
 *
 * Errors  ArchiverError "disk" when the folder cannot be written.
 */
export function writeFirstConfig(file: string, chromiumPath: string | undefined): { archivePath: string } {
  const archivePath = path.join(path.dirname(path.resolve(file)), 'archive')
  const settings = { ...(chromiumPath === undefined ? {} : { chromiumPath }), archivePath }
  try {
    writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new ArchiverError('disk', `${path.resolve(file)} cannot be written: ${messageOf(error)}`, { cause: error })
  }
  return { archivePath }
}

/** Whether there is a config file at this place. */
export const hasConfig = (file: string): boolean => existsSync(file)

const seeExample = 'config.example.json shows every setting; the README explains them.'

function parse(place: string): unknown {
  let text: string
  try {
    text = readFileSync(place, 'utf8')
  } catch (error) {
    throw new ArchiverError('config', `${place} cannot be read: ${messageOf(error)}`, {
      hint: 'Run "dalle-archiver" without --config in a folder to have a config.json written there.',
      cause: error,
    })
  }
  refuseForeignConfig(place)
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new ArchiverError('config', `${place} is no valid JSON: ${messageOf(error)}`, {
      hint: 'Windows paths need doubled backslashes ("C:\\\\Users\\\\…") or forward slashes.',
      cause: error,
    })
  }
}

/** The first problem of a config, in words: which key, what is wrong with it. */
function sentenceOf(error: z.ZodError): string {
  // A misspelt key is both unknown and missing; the name as it was written helps more.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0]
  if (!issue) return 'is not valid.'
  if (issue.code === 'unrecognized_keys') return `unknown setting "${issue.keys[0]}".`
  const key = issue.path.join('.')
  if (key === '') return 'must be a JSON object.'
  const isMissing = issue.code === 'invalid_type' && issue.message.includes('received undefined')
  if (isMissing) return `"${key}" is missing.`
  return `"${key}" is wrong: ${issue.message.replace(/^Invalid input: /, '')}.`
}

/** The platform's folder for programs' own data; not the archive, which people copy and share. */
function defaultProfilePath(): string {
  const home = homedir()
  switch (process.platform) {
    case 'darwin':
      return path.join(home, 'Library', 'Application Support', 'dalle-archiver', 'profile')
    case 'win32':
      return path.join(process.env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), 'dalle-archiver', 'profile')
    default:
      return path.join(process.env.XDG_DATA_HOME || path.join(home, '.local', 'share'), 'dalle-archiver', 'profile')
  }
}
