/**
 * Measures what an import costs, against the least that any import could do; prints a table. Nothing here is asserted.
 *
 * `npm run bench:import` takes a quarter of an hour and 30 GB of the temporary folder; `npm run bench:import -- flat`
 * measures one row. Figures are kept in docs/performance.md.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileAccess } from '../src/openai-export/inputs/file-access.ts'
import { openInputs } from '../src/openai-export/inputs/inputs.ts'
import { roleOf } from '../src/openai-export/read/name-parts.ts'
import { splitArray } from '../src/openai-export/read/splitter.ts'
import { temporaryFolder } from './browsers.ts'
import {
  type ExportSize,
  generateBigConversations,
  generateExport,
  generateNested,
  generatePage,
} from './import-data.ts'

const rounds = 3
const bigJsonBytes = 700_000_000
const self = fileURLToPath(import.meta.url)
const program = path.resolve('dist/cli/main.js')

/**
 * The smallest program: reads an export with our own reader, hashes every file and writes the media to `target`, if
 * there is one, in one thread, call after call; nothing is flushed.
 */
async function floorOfExport(given: string, target: string | null) {
  const inputs = await openInputs([given], { workFolder: `${given}.work`, onFlaw: console.error })
  if (target !== null) mkdirSync(target)
  for (const [at, { open, path: name }] of inputs.files.entries()) {
    const hash = createHash('sha256')
    const file = target !== null && roleOf(name) === 'asset' ? openSync(path.join(target, String(at)), 'wx') : null
    for await (const chunk of open()) {
      hash.update(chunk)
      if (file !== null) writeSync(file, chunk)
    }
    hash.digest()
    if (file !== null) closeSync(file)
  }
  await inputs.close()
}

/** Splits a conversations.json and parses each conversation. */
async function floorOfJson(file: string) {
  const access = await fileAccess(file)
  for await (const part of splitArray(access.stream(0, access.size), 2 ** 27))
    if ('text' in part) JSON.parse(part.text.toString())
  await access.close()
}

interface Run {
  readonly seconds: number
  /** Of all processors together: what else the machine does lengthens this less than the time on the clock. */
  readonly processorSeconds: number
  readonly peakMb: number
  readonly output: string
}

/** Tells at the end what a process has used; memory of before it became Node is not counted. */
const tellUse = `data:text/javascript,${encodeURIComponent(
  `import { readFileSync, writeSync } from 'node:fs'
  import { isMainThread } from 'node:worker_threads'
  if (isMainThread) process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : ''
    const kib = Number(/VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? maxRSS)
    writeSync(3, JSON.stringify({ peakMb: kib * 1024 / 1e6, processorSeconds: (userCPUTime + systemCPUTime) / 1e6 }))
  })`,
)}`

/** What was written before is on the disk, so that nobody pays for it later. */
async function run(args: readonly string[]): Promise<Run> {
  if (process.platform !== 'win32') execFileSync('sync')
  const began = performance.now()
  const child = spawn(process.execPath, ['--import', tellUse, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const [output, errors, use] = ([1, 2, 3] as const).map((at) => textOf(child.stdio[at]))
  const code = await new Promise((resolve) => child.on('exit', resolve))
  const seconds = (performance.now() - began) / 1_000
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${await errors}`)
  return { seconds, ...JSON.parse((await use) ?? ''), output: (await output) ?? '' }
}

async function textOf(stream: unknown): Promise<string> {
  let text = ''
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk
  return text
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** In turns, so that what else the machine does meets both alike. */
async function measure(what: string, bytes: number, aim: string, floor: () => Promise<Run>, real: () => Promise<Run>) {
  const [floors, reals]: Run[][] = [[], []]
  for (let round = 0; round < rounds; round++) {
    floors?.push(await floor())
    reals?.push(await real())
  }
  const of = (runs: readonly Run[] = [], key: 'seconds' | 'processorSeconds') => median(runs.map((one) => one[key]))
  const shown = (runs: readonly Run[] = []) => {
    const [seconds, processor] = [of(runs, 'seconds'), of(runs, 'processorSeconds')]
    const peakMb = Math.max(...runs.map((one) => one.peakMb))
    const rate = (bytes / 1e6 / seconds).toFixed(0)
    return `${seconds.toFixed(1)} s (processor ${processor.toFixed(1)} s), ${rate} MB/s, peak ${peakMb.toFixed(0)} MB`
  }
  const times = (key: 'seconds' | 'processorSeconds') => `${(of(reals, key) / of(floors, key)).toFixed(2)}×`
  const ratio = `${times('seconds')}, processor ${times('processorSeconds')}`
  console.log(`| ${what} | ${shown(floors)} | ${shown(reals)} | ${ratio} (${aim}) |`)
}

/** What is imported, and what an import of it is held against. */
interface Row {
  readonly what: string
  readonly aim: string
  readonly floor: 'write' | 'read' | 'json'
  /** The archive has everything already. */
  readonly isSecond?: boolean
  /** Makes the export in a folder. */
  generate(folder: string): { readonly given: string; readonly bytes: number }
}

const aims = 'aim 1.1×, at most 1.4×; 300 MB'
const zip = (what: string, size: ExportSize, aim = aims): Row => ({
  ...{ what, aim, floor: 'write' },
  generate(folder) {
    const { file, bytes } = generateExport(path.join(folder, 'export.zip'), size)
    return { given: file, bytes }
  },
})

const large = { conversations: 2_000, media: 6_000, bytes: 2_600_000_000 }
const flat = { ...large, forms: ['painted-dat'] } as const
const rows: Readonly<Record<string, Row>> = {
  flat: zip('all .dat: 2.6 GB, 6,000 media', flat),
  classic: zip('classic folders: 2.6 GB, 6,000 media', large),
  nested: {
    ...{ what: 'zips in a zip: 4.1 GB, 9,000 media', aim: aims, floor: 'write' },
    generate(folder) {
      const part = { conversations: 1_000, media: 3_000, bytes: 1_365_000_000 }
      const parts = [0, 1, 2].map((at) =>
        generateExport(path.join(folder, `${at}.zip`), { ...part, first: at * 3_000 }),
      )
      const given = path.join(folder, 'export.zip')
      generateNested(
        given,
        parts.map(({ file }) => file),
      )
      return { given, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) }
    },
  },
  small: zip(
    '70,000 small files',
    { conversations: 10, media: 70_000, bytes: 140_000_000, forms: ['upload-dat'], isSilent: true },
    'aim 8 s, 300 MB',
  ),
  second: { ...zip('all .dat, a second time', flat, 'aim 1.2×'), floor: 'read', isSecond: true },
  page: {
    ...{ what: 'chat.html with assetsJson, 1,600 conversations', aim: 'aim 1.5×, 150 MB', floor: 'read' },
    generate(folder) {
      const given = path.join(folder, 'page')
      return { given, bytes: generatePage(path.join(given, 'chat.html'), 1_600) }
    },
  },
  json: {
    ...{ what: 'conversations.json: 700 MB', aim: 'aim 1.5×, 300 MB', floor: 'json' },
    generate(folder) {
      const given = path.join(folder, 'json')
      generateBigConversations(path.join(given, 'conversations.json'), bigJsonBytes)
      return { given, bytes: bigJsonBytes }
    },
  },
}

/** What was written stays until the row is done: a disk that has just removed many files is slow to make new ones. */
async function measureRow({ what, aim, floor, isSecond = false, generate }: Row) {
  const folder = temporaryFolder()
  try {
    const { given, bytes } = generate(folder)
    let count = 0
    const target = () => path.join(folder, `target-${count++}`)
    const importInto = (archive: string) => run([program, 'import', given, '--archive', archive, '--json'])
    const archive = isSecond ? target() : undefined
    if (archive) await importInto(archive)
    await measure(
      ...([what, bytes, aim] as const),
      () => run([self, floor, given, target()]),
      () => importInto(archive ?? target()),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [task = '', ...others] = process.argv.slice(2)
const [given = '', target = ''] = others
if (task === 'write' || task === 'read') await floorOfExport(given, task === 'write' ? target : null)
else if (task === 'json') await floorOfJson(path.join(given, 'conversations.json'))
else {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const machine = `Node ${process.versions.node} · ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`
  console.log(`${new Date().toISOString().slice(0, 10)} · ${version} · ${machine}\n`)
  console.log('| what | floor | import | import against floor |\n| --- | --- | --- | --- |')
  const wanted = task === '' ? Object.keys(rows) : [task, ...others]
  for (const name of wanted) {
    const row = rows[name]
    if (row) await measureRow(row)
    else console.error(`no row is called ${name}: ${Object.keys(rows).join(', ')}`)
  }
}
