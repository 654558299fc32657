import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Summary } from '../../../src/openai-export/store/report.ts'
import { temporaryFolder } from '../../fakes/folder.ts'
import { sha256Of } from '../../fakes/sha256.ts'
import type { MatchLine } from '../score.ts'
import { type Entry, type Pack, writePacks } from './pack.ts'
import type { ExportCase, Outcome } from './story.ts'

/** The one place that knows where the importer is. */
const importer = async () => (await import('../../../src/openai-export/import.ts')).importExports

export const importedAt = new Date('2026-11-20T12:00:00Z')

/** A place for inputs and archive, with room around it for what must not be written there. */
export interface Place {
  readonly root: string
  readonly inputs: string
  readonly archivePath: string
}

export function newPlace(): Place {
  const root = temporaryFolder()
  // Deep enough that a name with a few ".." in it stays where it is looked for.
  const below = path.join(root, 'a/b/c')
  const place = { root, inputs: path.join(below, 'inputs'), archivePath: path.join(below, 'archive') }
  mkdirSync(place.inputs, { recursive: true })
  return place
}

/** Imports packs into a place, and looks at what is there afterwards. */
export async function importPacks(
  place: Place,
  packs: readonly Pack[],
  options: ExportCase['options'] = {},
  now: Date = importedAt,
): Promise<Outcome & { readonly summary: Summary }> {
  const paths = writePacks(place.inputs, packs)
  const importExports = await importer()
  const summary = await importExports({ paths, archivePath: place.archivePath, now: () => now, ...options })
  const own = importIdsIn(place.archivePath).filter((id) => id === summary.import_id)
  return { ...lookAt(place, own), summary }
}

/** Imports one zip into a place, and looks at what is there afterwards. */
export const importZip = (place: Place, name: string, entries: readonly Entry[], now: Date = importedAt) =>
  importPacks(place, [{ name, form: 'zip', entries }], {}, now)

/** All of an archive but the reports of its imports: each file with its sha256. */
export const keptIn = (archivePath: string): [string, string][] =>
  [...filesIn(archivePath)].filter(([file]) => !file.startsWith('imports/'))

export async function runCase(
  one: ExportCase,
  packs: readonly Pack[] = one.packs,
): Promise<Outcome & { place: Place }> {
  const place = newPlace()
  await one.before?.(place.archivePath, place.inputs)
  return { ...(await importPacks(place, packs, one.options)), place }
}

const importIdsIn = (archivePath: string): string[] => namesIn(path.join(archivePath, 'imports')).sort()

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Every file below a folder with its sha256; nothing when there is no folder. */
export function filesIn(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (relative: string) => {
    const entries = readdirSync(path.join(folder, relative), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = relative === '' ? entry.name : `${relative}/${entry.name}`
      if (entry.isDirectory()) walk(inner)
      else found.set(inner, entry.isFile() ? sha256Of(readFileSync(path.join(folder, inner))) : 'no plain file')
    }
  }
  if (namesIn(folder).length > 0) walk('')
  return found
}

/** What an archive holds; `importIds` chooses the imports whose lines are read. */
export function lookAt(place: Place, importIds: readonly string[]): Outcome {
  const { archivePath } = place
  const files = filesIn(archivePath)
  const lines = importIds.flatMap((id) => linesOf(path.join(archivePath, 'imports', id, 'matches.ndjson'), files))
  const records = [...files.keys()]
    .filter((file) => file.startsWith('database/') && file.endsWith('.json'))
    .map((file) => ({ path: file, record: JSON.parse(readFileSync(path.join(archivePath, file), 'utf8')) }))
  const allowed = [path.relative(place.root, place.inputs), path.relative(place.root, archivePath)]
  const strays = [...filesIn(place.root).keys()].filter((file) => !allowed.some((one) => file.startsWith(`${one}/`)))
  return { archivePath, files, lines, records, importIds, strays }
}

function linesOf(file: string, files: ReadonlyMap<string, string>): MatchLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((text) => {
      const line = JSON.parse(text) as MatchLine
      const storedSha256 = line.stored === null ? undefined : files.get(line.stored)
      return storedSha256 === undefined ? line : { ...line, storedSha256 }
    })
}
