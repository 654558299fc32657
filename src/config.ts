import { existsSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { readConfigFile } from './config-file.ts'
import { defaultProfilePath, resolvePath, resolveProgram } from './config-paths.ts'
import { ArchiverError } from './errors.ts'
import { isLabel, labelRule, sharedIn } from './profile-rules.ts'

const filePath = z.string().min(1, 'must not be empty')

/** Windows runs these by a shell alone, which would read a prompt's words as commands. */
const isBatchFile = (program: string) => /\.(?:bat|cmd)[. ]*$/i.test(program)

const openAddress = z.url({ protocol: /^https?$/ }).refine((text) => !text.includes('@'), 'must not hold credentials')
/** Credentials are none of it: they come from the environment, or from the files of AWS's own tools. */
const mirrorSchema = z.strictObject({
  endpoint: openAddress.describe('Address of the store, without the bucket.'),
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, 'must be the name of a bucket'),
  region: z.string().min(1).default('us-east-1').describe('Region of the store; many want "auto" or "us-east-1".'),
  prefix: z
    .string()
    .regex(/^(?:[\w-][\w.-]*(?:\/[\w-][\w.-]*)*\/?)?$/, 'must be plain words with "/" between them')
    .default('')
    .describe('Stands before every name in the bucket.'),
  live: z.boolean().default(false).describe('Send each picture as soon as it is archived.'),
})

/** All settings but those of several profiles. */
const settingsSchema = z.strictObject({
  $schema: z.string().optional().describe('Where an editor finds what may be in this file.'),
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
  minimized: z.boolean().default(false).describe('Start the browser with its window minimised.'),
  notices: z
    .boolean()
    .default(true)
    .describe('Show a notification when only you can help: logged out, disk full, no browser, the site has changed.'),
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
  galleryKey: z
    .boolean()
    .default(false)
    .describe('Keep the key and the port of the gallery, so that a bookmark opens it after the next start, too.'),
  sidecars: z
    .boolean()
    .default(false)
    .describe('Keep an XMP sidecar beside each image, and take over what photo managers change in it.'),
  onPicture: z
    .array(z.string())
    .refine(([program]) => program !== undefined && program !== '', 'names no program')
    .refine(([program = '']) => !isBatchFile(program), 'is a batch file; name the program that runs it')
    .optional()
    .describe('Program to run for each new picture, with its arguments; the record comes on its standard input.'),
  mirror: mirrorSchema.optional().describe('A copy of the archive in a store that speaks S3.'),
})

const { chromiumPath, cdpPort, profilePath, startUrl, attach, ...others } = settingsSchema.shape

/** What each browser may have of its own; the rest it has from the settings beside "profiles". */
const profileSchema = z.strictObject({
  label: z.string().refine(isLabel, `must be ${labelRule}`),
  ...{ chromiumPath, cdpPort, profilePath, startUrl, attach },
  chromiumArgs: others.chromiumArgs.unwrap().optional(),
  headless: others.headless.unwrap().optional(),
  minimized: others.minimized.unwrap().optional(),
  keepBrowser: others.keepBrowser.unwrap().optional(),
  connection: others.connection.unwrap().optional(),
})

/** `config.json`, as a person writes it. */
const configSchema = settingsSchema.extend({
  profiles: z.array(profileSchema).default([]).describe('Several browsers, each with an account of its own.'),
})

type Settings = Omit<z.infer<typeof configSchema>, '$schema'>

/** A browser of several, with all that is its own. */
export interface Profile
  extends Pick<
    Config,
    | 'chromiumPath'
    | 'cdpPort'
    | 'profilePath'
    | 'startUrl'
    | 'attach'
    | 'chromiumArgs'
    | 'headless'
    | 'minimized'
    | 'keepBrowser'
    | 'connection'
  > {
  /** What the person calls it, as records say. */
  readonly label: string
}

/** Where the mirror is, and whether pictures are sent there as they come. */
export type MirrorSettings = Readonly<z.infer<typeof mirrorSchema>>

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
  readonly minimized: boolean
  readonly notices: boolean
  readonly pendingDays: number
  readonly keepBrowser: boolean
  readonly attach: string | number | undefined
  readonly connection: 'port' | 'pipe'
  readonly fetchMissing: boolean
  readonly gallery: boolean
  readonly galleryKey: boolean
  readonly sidecars: boolean
  readonly onPicture: readonly string[] | undefined
  /** Browsers that are watched side by side; none where there is but one, without a label. */
  readonly profiles: readonly Profile[]
  readonly mirror: MirrorSettings | undefined
}

export type ConfigKey = keyof Config

/** Names of all settings, in the order they are documented. */
export const configKeys = Object.keys(configSchema.shape).filter((key) => key !== '$schema') as ConfigKey[]

/** What a setting is for, in a sentence. */
export const meaningOf = (key: ConfigKey): string => configSchema.shape[key].description ?? ''

/** Whether a setting may have this value. */
export const isAccepted = (key: ConfigKey, value: unknown): boolean => configSchema.shape[key].safeParse(value).success

/** The JSON Schema of config files, as published in docs/config.schema.json; any of them may leave the archive open. */
export const configJsonSchema = (): unknown =>
  z.toJSONSchema(configSchema.partial({ archivePath: true }), { io: 'input' })

/** Where a setting was found: on the command line, in the environment, in a file, or nowhere. */
export type Origin =
  | { readonly kind: 'flag' | 'environment' | 'built-in' }
  | { readonly kind: 'folder' | 'user'; readonly file: string }

/** What one place says of the settings, their paths absolute. */
export interface Layer {
  readonly origin: Origin
  readonly settings: Partial<Settings>
}

/**
 * Checks what one place says of the settings; `base` is the folder its paths are relative to, `place` its name.
 *
 * Errors  ArchiverError "config": an unknown or wrong setting, named in one line.
 */
export function layerOf(origin: Origin, values: unknown, base: string, place: string): Layer {
  const checked = configSchema.partial().safeParse(values)
  if (!checked.success)
    throw new ArchiverError('config', `${place}: ${sentenceOf(checked.error)}`, { hint: seeExample })
  // What was not said has been filled in by now, but must not hide what another place says.
  const said = configKeys.filter((key) => Object.hasOwn(values as object, key))
  const settings = Object.fromEntries(said.map((key) => [key, checked.data[key]])) as Partial<Settings>
  return { origin, settings: withPaths(settings, base) }
}

/** Settings with their paths made absolute, from `base` on. */
function withPaths(settings: Partial<Settings>, base: string): Partial<Settings> {
  const { archivePath, profilePath, profiles, onPicture: [program = '', ...args] = [] } = settings
  const inPlace = <One extends { profilePath?: string | undefined }>(one: One): One =>
    one.profilePath === undefined ? one : { ...one, profilePath: resolvePath(base, one.profilePath) }
  return {
    ...settings,
    ...(archivePath !== undefined && { archivePath: resolvePath(base, archivePath) }),
    ...(profilePath !== undefined && { profilePath: resolvePath(base, profilePath) }),
    ...(profiles !== undefined && { profiles: profiles.map(inPlace) }),
    ...(program !== '' && { onPicture: [resolveProgram(base, program), ...args] }),
  }
}

/**
 * The layer of a config file.
 *
 * Errors  as `readConfigFile` and `layerOf`.
 */
export function fileLayer(file: string, kind: 'folder' | 'user'): Layer {
  const place = path.resolve(file)
  return layerOf({ kind, file: place }, readConfigFile(place), path.dirname(place), place)
}

/** Every setting that has a value, and where it comes from; of two layers, the later one counts. */
export function settingsIn(layers: readonly Layer[]) {
  const all = [builtIn(), ...layers]
  const settings: Partial<Settings> = Object.assign({}, ...all.map((layer) => layer.settings))
  const origins = new Map(all.flatMap((one) => Object.keys(one.settings).map((key) => [key, one.origin] as const)))
  return { settings, origins }
}

function builtIn(): Layer {
  const { $schema, archivePath, ...settings } = configSchema.parse({ archivePath: '-' })
  return { origin: { kind: 'built-in' }, settings: { ...settings, profilePath: defaultProfilePath() } }
}

/**
 * The settings that these layers come to.
 *
 * Errors  ArchiverError "config" when none says where the archive is, and for what several profiles cannot share.
 */
export function configOf(layers: readonly Layer[]): Config {
  const { settings, origins } = settingsIn(layers)
  if (settings.archivePath === undefined) throw archiveMissing(layers)
  const { $schema, ...whole } = configSchema.parse(settings)
  const { chromiumPath, cdpPort, profilePath = defaultProfilePath(), startUrl, attach, onPicture, mirror } = whole
  const profiles = whole.profiles.map((one) => profileOf(one, whole))
  refuseShared(profiles, origins)
  return { ...whole, chromiumPath, cdpPort, profilePath, startUrl, attach, onPicture, mirror, profiles }
}

/** A profile with what holds for all. */
function profileOf(one: z.infer<typeof profileSchema>, all: Settings): Profile {
  const { label, cdpPort, attach, profilePath = defaultProfilePath(`profile-${one.label}`) } = one
  return {
    ...{ label, cdpPort, attach, profilePath },
    chromiumPath: one.chromiumPath ?? all.chromiumPath,
    startUrl: one.startUrl ?? all.startUrl,
    chromiumArgs: one.chromiumArgs ?? all.chromiumArgs,
    headless: one.headless ?? all.headless,
    minimized: one.minimized ?? all.minimized,
    keepBrowser: one.keepBrowser ?? all.keepBrowser,
    connection: one.connection ?? all.connection,
  }
}

/** Errors  ArchiverError "config" for what is of one browser beside several, and for what two of them share. */
function refuseShared(profiles: readonly Profile[], origins: ReadonlyMap<string, Origin>): void {
  if (profiles.length === 0) return
  // What the command line says is about the profile that it chooses.
  const isSet = (origin: Origin | undefined) => origin && origin.kind !== 'built-in' && origin.kind !== 'flag'
  const common = (['cdpPort', 'profilePath', 'attach'] as const).find((key) => isSet(origins.get(key)))
  const shared = sharedIn(profiles)
  const origin = origins.get(common ?? 'profiles')
  const place = origin && 'file' in origin ? origin.file : 'The environment'
  if (common)
    throw new ArchiverError('config', `${place}: "${common}" is of one browser, and there are "profiles".`, {
      hint: 'Put it into the profile that it is of.',
    })
  if (shared)
    throw new ArchiverError('config', `${place}: "${shared.key}" is wrong: ${shared.flaw}.`, { hint: seeExample })
}

function archiveMissing(layers: readonly Layer[]): ArchiverError {
  const place = layers.flatMap(({ origin }) => ('file' in origin ? [origin.file] : [])).at(-1) ?? 'The settings'
  return new ArchiverError('config', `${place}: "archivePath" is missing.`, { hint: seeExample })
}

/** The settings of a run that nobody has set anything for. */
export const configFor = (archivePath: string): Config =>
  configOf([layerOf({ kind: 'flag' }, { archivePath }, process.cwd(), '--archive')])

/** Whether there is a config file at this place. */
export const hasConfig = (file: string): boolean => existsSync(file)

const seeExample = 'config.example.json shows every setting; docs/config.md explains them.'

/** The first problem of a config, in words: which key, what is wrong with it. */
function sentenceOf(error: z.ZodError): string {
  // A misspelt key is both unknown and missing; the name as it was written helps more.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0]
  if (!issue) return 'is not valid.'
  if (issue.code === 'unrecognized_keys') return `unknown setting "${[...issue.path, issue.keys[0]].join('.')}".`
  const key = issue.path.join('.')
  if (key === '') return 'must be a JSON object.'
  const isMissing = issue.code === 'invalid_type' && issue.message.includes('received undefined')
  if (isMissing) return `"${key}" is missing.`
  return `"${key}" is wrong: ${issue.message.replace(/^Invalid input: /, '')}.`
}
