import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

/**
 * The rooms in the order the data runs through them. A file imports from its own room and from those before it.
 * `decode` comes first because everybody speaks of what it finds.
 */
const rooms = [
  'errors.ts',
  'config-owner.ts',
  'config-paths.ts',
  'profile-rules.ts',
  'config-file.ts',
  'config.ts',
  'profiles.ts',
  'bounded-map.ts',
  'zip',
  'decode',
  'config-environment.ts',
  'process-id.ts',
  'sites',
  'browser',
  'observe',
  'archive',
  'catalogue',
  'intake',
  'ask',
  'backfill',
  'sidecars',
  'hooks',
  'mirror',
  'followers.ts',
  'openai-export',
  'verify',
  'status',
  'take-out',
  'similar',
  'gallery',
  'pretend-chatgpt',
  'daemon',
  'doctor',
  'service',
  'library.ts',
  'cli',
]

/** Files that touch nothing of the world: no disk, no network, no clock of their own. */
const pure = [
  'profile-rules.ts',
  'zip',
  'decode',
  'sites',
  'archive/names.ts',
  'archive/records.ts',
  'archive/marks.ts',
]

const root = path.resolve('src')
/**
 * The gallery's page runs in a browser and knows the server by its types and by pure code alone; it is checked below.
 */
const pageRoom = 'gallery-page'
const everyFile = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8')
const importsIn = (text: string) => [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '')
const importsOf = (file: string) => importsIn(textOf(file))
/** Types are gone at run time. */
const withoutTypes = (text: string) => text.replaceAll(/^(?:import|export) type [^;]*? from '[^']+'$/gm, '')
const roomOf = (file: string) => file.split(path.sep)[0] ?? ''
const files = everyFile.filter((file) => roomOf(file) !== pageRoom)

function uphill(file: string, imports: readonly string[]): string[] {
  return imports
    .filter((target) => target.startsWith('.'))
    .map((target) => path.relative(root, path.resolve(root, path.dirname(file), target)))
    .filter((target) => rooms.indexOf(roomOf(target)) > rooms.indexOf(roomOf(file)))
    .map((target) => `${file} imports ${target}: move the code, or change the order on purpose`)
}

it('knows every room', () => {
  expect(files.filter((file) => !rooms.includes(roomOf(file)))).toEqual([])
})

it('allows imports of earlier rooms only', () => {
  expect(files.flatMap((file) => uphill(file, importsOf(file)))).toEqual([])
})

it('would notice an import of a later room', () => {
  expect(uphill(path.join('sites', 'facts.ts'), ['../intake/intake.ts'])).toHaveLength(1)
})

/** The stages of an import in the order its data runs through them. */
const importStages = ['order.ts', 'inputs', 'events.ts', 'read', 'match', 'store', 'import.ts']
const stageOf = (file: string) => path.relative('openai-export', file).split(path.sep)[0] ?? ''

function upstage(file: string, imports: readonly string[]): string[] {
  return imports
    .filter((target) => target.startsWith('.'))
    .map((target) => path.relative(root, path.resolve(root, path.dirname(file), target)))
    .filter((target) => roomOf(target) === 'openai-export')
    .filter((target) => importStages.indexOf(stageOf(target)) > importStages.indexOf(stageOf(file)))
    .map((target) => `${file} imports ${target}: a stage of the import knows those before it only`)
}

it('allows no stage of the import to import a later one', () => {
  const ofImport = files.filter((file) => roomOf(file) === 'openai-export')
  expect(ofImport.filter((file) => !importStages.includes(stageOf(file)))).toEqual([])
  expect(ofImport.flatMap((file) => upstage(file, importsOf(file)))).toEqual([])
})

it('would notice a stage that does', () => {
  expect(upstage(path.join('openai-export', 'read', 'read.ts'), ['../store/report.ts', '../events.ts'])).toHaveLength(1)
})

it('allows the pure rooms no disk, network or clock', () => {
  const worldly = /^(node:(?!crypto$|zlib$|stream$|path$)|fs-extra|chrome-|ws$)/
  const offenders = files
    .filter((file) => pure.some((place) => file === path.normalize(place) || file.startsWith(`${place}${path.sep}`)))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => worldly.test(target))
        .map((target) => `${file}: ${target}`),
    )
  expect(offenders).toEqual([])
})

/** What the page may take from the gallery's server: nothing of these touches Node. */
const sharedWithPage = [
  'archive/marks.ts',
  'archive/origins.ts',
  'backfill/coverage-rows.ts',
  'catalogue/entry.ts',
  'catalogue/filter-tests.ts',
  'catalogue/filters.ts',
  'catalogue/fold.ts',
  'catalogue/listing.ts',
  'catalogue/record-fields.ts',
  'catalogue/related.ts',
  'catalogue/search.ts',
  'catalogue/stacks.ts',
  'catalogue/where-keys.ts',
  'catalogue/where.ts',
  'decode/json.ts',
  'gallery/api.ts',
  'profile-rules.ts',
  'take-out/gallery-data.ts',
].map(path.normalize)

const foreignToPage = (file: string, imports: readonly string[]) =>
  imports
    .map((target) =>
      target.startsWith('.') ? path.relative(root, path.resolve(root, path.dirname(file), target)) : target,
    )
    .filter(
      (target) => target.startsWith('node:') || (rooms.includes(roomOf(target)) && !sharedWithPage.includes(target)),
    )
    .map((target) => `${file} imports ${target}: the page runs in a browser`)

it('keeps the gallery’s page separate from Node code', () => {
  const page = everyFile.filter((file) => roomOf(file) === pageRoom && !file.endsWith('vite.config.ts'))
  expect(page.flatMap((file) => foreignToPage(file, importsOf(file)))).toEqual([])
  const taken = sharedWithPage.flatMap((file) => foreignToPage(file, importsIn(withoutTypes(textOf(file)))))
  expect(taken).toEqual([])
  const intoPage = (file: string) => importsOf(file).filter((target) => target.includes(pageRoom))
  expect(files.filter((file) => intoPage(file).length > 0)).toEqual([])
})

it('would notice a page that imports more than that', () => {
  expect(foreignToPage(path.join('gallery-page', 'main.tsx'), ['../gallery/server.ts', 'node:fs'])).toHaveLength(2)
})
