import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { put, temporaryFolder } from './fakes/folder.ts'

interface LockEntry {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
type Packages = Readonly<Record<string, LockEntry>>

const json = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T
const packagesIn = (file: string) => json<{ packages: Packages }>(file).packages
/** Of all entries but the first, which is the program itself. */
const placesOf = (packages: Packages, isMeant: (entry: LockEntry) => unknown) =>
  Object.entries(packages).flatMap(([place, entry]) => (place !== '' && isMeant(entry) ? [place] : []))
const nameOf = (place: string) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

const hasNoIntegrity = ({ integrity = '' }: LockEntry) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)
const namesItsSource = ({ resolved }: LockEntry) => resolved !== undefined

/** Runs npm, or a script of ours as npm does. */
function run(cwd: string, script: 'npm' | (string & {}), ...args: string[]): string {
  const cli = script === 'npm' ? process.env.npm_execpath : script
  const [command, before] = cli ? [process.execPath, [cli]] : ['npm', []]
  return execFileSync(command, [...before, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

/** Packing and looking at what was packed take a second or two, and longer on a busy machine. */
const patienceMs = 60_000
vi.setConfig({ testTimeout: patienceMs })

const lists = temporaryFolder()
const shrinkwrap = () => packagesIn(path.join(lists, 'npm-shrinkwrap.json'))
beforeAll(() => void run('.', path.resolve('scripts/package-lists.mjs'), 'write', lists), patienceMs)

describe('the lockfile', () => {
  const packages = packagesIn('package-lock.json')

  it('has the hash of every package, for every platform, and names no host', () => {
    expect(Object.keys(packages).length).toBeGreaterThan(200)
    expect(placesOf(packages, hasNoIntegrity)).toEqual([])
    expect(placesOf(packages, namesItsSource)).toEqual([])
  })

  it('has no package that runs a script when it is installed', () => {
    expect(placesOf(packages, ({ hasInstallScript }) => hasInstallScript)).toEqual([])
  })

  it('negative control: an entry without, with a weaker one, or with a host would be noticed', () => {
    const resolved = { version: '1.0.0', resolved: 'https://registry.example/a.tgz' }
    const flawed = {
      '': { version: '1' },
      a: resolved,
      b: { version: '1.0.0', integrity: 'sha1-2jmj7l5rSw0yVb/vlWA=' },
    }
    expect(placesOf(flawed, hasNoIntegrity)).toEqual(['a', 'b'])
    expect(placesOf(flawed, namesItsSource)).toEqual(['a'])
  })
})

/** Where node would find a package from a place; undefined when it would not. */
function found(packages: Packages, from: string, name: string): string | undefined {
  for (let above = from; ; above = above.slice(0, Math.max(0, above.lastIndexOf('/node_modules/')))) {
    const place = `${above}${above && '/'}node_modules/${name}`
    if (packages[place]) return place
    if (above === '') return undefined
  }
}

const notThere = (packages: Packages) =>
  Object.entries(packages).flatMap(([from, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => found(packages, from, name) === undefined)
      .map((name) => `${from} → ${name}`),
  )

describe('npm-shrinkwrap.json', () => {
  it('is the lockfile without what only developers need', () => {
    const locked = packagesIn('package-lock.json')
    const due = placesOf(locked, ({ dev }) => !dev)
    expect(placesOf(shrinkwrap(), () => true)).toEqual(due)
    for (const place of due) expect(shrinkwrap()[place]).toMatchObject({ integrity: locked[place]?.integrity })
    expect(placesOf(shrinkwrap(), ({ dev, devOptional }) => dev ?? devOptional)).toEqual([])
    expect(shrinkwrap()['']).not.toHaveProperty('devDependencies')
    expect(placesOf(shrinkwrap(), hasNoIntegrity)).toEqual([])
    expect(placesOf(shrinkwrap(), namesItsSource)).toEqual([])
  })

  it('has everything that what is in it needs', () => {
    expect(notThere(shrinkwrap())).toEqual([])
  })

  it('negative control: what is missing would be noticed', () => {
    const { 'node_modules/ws': _, ...others } = shrinkwrap()
    expect(notThere(others)).toEqual([' → ws'])
  })
})

describe('the list of parts', () => {
  interface Part {
    readonly name: string
    readonly version: string
    readonly hashes: readonly object[]
    readonly licenses?: readonly object[]
  }
  const sbom = () =>
    json<{ bomFormat: string; metadata: { component: Part }; components: Part[] }>(path.join(lists, 'sbom.cdx.json'))
  const labelOf = ({ name, version }: Part) => `${name}@${version}`

  it('names exactly the packages that are installed with the program, with hash and licence', () => {
    const due = Object.entries(shrinkwrap()).filter(([place]) => place !== '')
    expect(sbom().components.map(labelOf).sort()).toEqual(
      due.map(([place, { version }]) => labelOf({ name: nameOf(place), version, hashes: [] })).sort(),
    )
    expect(sbom().components.filter(({ hashes, licenses }) => !hashes.length || !licenses?.length)).toEqual([])
  })

  it('is CycloneDX, and is of this version of the program', () => {
    const { name, version } = json<Part>('package.json')
    expect(sbom()).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name, version } } })
  })
})

/** Packs what stands in the work tree, with changes to its package.json; resolves with the file. */
function packed(changes: object = {}): string {
  const folder = temporaryFolder()
  const { files, ...manifest } = json<{ files: string[] }>('package.json')
  for (const name of ['README.md', 'LICENSE', ...files]) {
    const isList = existsSync(path.join(lists, name))
    cpSync(isList ? path.join(lists, name) : name, path.join(folder, name), { recursive: true })
  }
  put(path.join(folder, 'package.json'), JSON.stringify({ files, ...manifest, ...changes }))
  run(folder, 'npm', 'pack', '--ignore-scripts')
  return path.join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '')
}

async function flawsOf(tarball: string): Promise<string[]> {
  const bytes = new Uint8Array(readFileSync(tarball))
  const { messages } = await publint({ pack: { tarball: bytes.buffer }, strict: true })
  return messages.map(({ code, path: at }) => `${code} ${at.join('.')}`)
}

/** The package is for import alone: what old resolvers and `require` see is not looked at. */
const isOfImports = (problem: Problem) =>
  !('resolutionKind' in problem) || ['node16-esm', 'bundler'].includes(problem.resolutionKind)

async function wrongTypesOf(tarball: string): Promise<string[]> {
  const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))))
  return checked.types === false ? ['no types'] : checked.problems.filter(isOfImports).map(({ kind }) => kind)
}

describe('what is packed', () => {
  let tarball = ''
  beforeAll(() => {
    tarball = packed()
  }, patienceMs)

  it('has versions, list of parts and types', () => {
    const names = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).split('\n')
    for (const due of ['npm-shrinkwrap.json', 'sbom.cdx.json', 'CHANGELOG.md', 'dist/library.js', 'dist/library.d.ts'])
      expect(names).toContain(`package/${due}`)
  })

  it('has nothing that publint finds fault with', async () => {
    expect(await flawsOf(tarball)).toEqual([])
  })

  it('has types that every resolver of imports finds, and that are right', async () => {
    expect(await wrongTypesOf(tarball)).toEqual([])
  })

  it('negative control: an entry that leads nowhere, and types that do, would be noticed', async () => {
    const wrong = packed({ exports: { '.': { types: './dist/none.d.ts', default: './dist/none.js' } } })
    expect(await flawsOf(wrong)).toContain('FILE_DOES_NOT_EXIST exports...default')
    expect(await wrongTypesOf(wrong)).not.toEqual([])
  })

  it.each(['nodenext', 'bundler'])('is usable from TypeScript that needs nothing else (%s)', (moduleResolution) => {
    const folder = temporaryFolder()
    const place = path.join(folder, 'node_modules', 'dalle-archiver')
    mkdirSync(place, { recursive: true })
    execFileSync('tar', ['-xzf', tarball, '-C', place, '--strip-components=1'])
    put(path.join(folder, 'package.json'), '{ "type": "module" }')
    put(path.join(folder, 'program.ts'), program)
    const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext'
    const compilerOptions = { module, moduleResolution, target: 'es2022', lib: ['es2022'], types: [], strict: true }
    put(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, exactOptionalPropertyTypes: true, noEmit: true } }),
    )
    expect(() => run(folder, path.resolve('node_modules/typescript/bin/tsc'), '-p', folder)).not.toThrow()
  })
})

/** Each line that must not be accepted says so, and so fails if it is. */
const program = `
import { ArchiverError, type Change, type Picture, type ReadableArchive, readArchive } from 'dalle-archiver'

const archive: ReadableArchive = await readArchive('pictures')
const found: Picture | undefined = await archive.find('id')
const prompt: string | null = found?.prompt ?? null
const date: number = found?.date ?? 0
const place: string | undefined = await archive.pathOf('id')
for await (const { tags, by } of archive.list('favourite')) {
  const both: [readonly string[], 'dalle' | 'gpt-image' | null] = [tags, by]
  void both
}
const stop: () => void = archive.subscribe(({ added, changed, removed }: Change) => void [added, changed, removed])
const code: string = new ArchiverError('disk', 'none').code
// @ts-expect-error there is no such field
void found?.colour
// @ts-expect-error a picture is not changed here
if (found) found.favourite = true
// @ts-expect-error a folder must be named
await readArchive()
void [prompt, date, place, stop, code]
export {}
`
