/**
 * Measures what an import costs, against the least that any import could do; prints a table. Nothing here is asserted.
 *
 * `npm run bench:import` takes some minutes and 6 GB of the temporary folder. Figures are kept in docs/performance.md.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import pLimit from 'p-limit'
import { fileAccess } from '../src/openai-export/inputs/file-access.ts'
import { openInputs } from '../src/openai-export/inputs/inputs.ts'
import { roleOf } from '../src/openai-export/read/name-parts.ts'
import { splitArray } from '../src/openai-export/read/splitter.ts'
import { temporaryFolder } from './browsers.ts'
import { generateBigConversations, generateExport } from './import-data.ts'

const rounds = 3
const exportSize = { conversations: 2_000, media: 6_000, bytes: 1_600_000_000 }
const bigJsonBytes = 700_000_000
const self = fileURLToPath(import.meta.url)
const program = path.resolve('dist/cli/main.js')

/** Reads an export with our own reader, hashes every file and writes the media; nothing is flushed. */
async function floorOfExport(file: string, target: string) {
  const inputs = await openInputs([file], { workFolder: `${target}.work`, onFlaw: console.error })
  const limit = pLimit(4)
  mkdirSync(target)
  const read = async ({ open, path: name }: (typeof inputs.files)[number], at: number) => {
    const hash = createHash('sha256')
    const hashed = async function* () {
      for await (const chunk of open()) {
        hash.update(chunk)
        yield chunk
      }
    }
    if (roleOf(name) === 'asset') await pipeline(hashed, createWriteStream(path.join(target, String(at))))
    else for await (const _ of hashed());
    hash.digest()
  }
  await Promise.all(inputs.files.map((one, at) => limit(() => read(one, at))))
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
  process.on('exit', () => {
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

async function measureExport(folder: string) {
  const { file, bytes, media } = generateExport(folder, exportSize)
  const target = path.join(folder, 'target')
  const fresh = async (args: readonly string[]) => {
    const done = await run(args)
    rmSync(target, { recursive: true })
    return done
  }
  const imported = async () => {
    const done = await fresh([program, 'import', file, '--archive', target, '--json'])
    const { stored } = JSON.parse(done.output)
    if (stored.pictures + stored.attachments !== media) console.log(`of ${media} media: ${JSON.stringify(stored)}`)
    return done
  }
  const { conversations } = exportSize
  const what = `export.zip: ${(bytes / 1e9).toFixed(1)} GB, ${conversations} conversations, ${media} media`
  await measure(what, bytes, 'aim 1.4×, 300 MB', () => fresh([self, 'export', file, target]), imported)
}

async function measureJson(folder: string) {
  const file = path.join(folder, 'json', 'conversations.json')
  const { conversations } = generateBigConversations(file, bigJsonBytes)
  const target = path.join(folder, 'target')
  const imported = async () => {
    const done = await run([program, 'import', path.dirname(file), '--archive', target, '--json'])
    rmSync(target, { recursive: true })
    return done
  }
  const what = `conversations.json: ${bigJsonBytes / 1e6} MB, ${conversations} conversations`
  await measure(what, bigJsonBytes, 'aim 1.5×, 300 MB', () => run([self, 'json', file]), imported)
}

const [task, ...places] = process.argv.slice(2)
if (task === 'export') await floorOfExport(places[0] ?? '', places[1] ?? '')
else if (task === 'json') await floorOfJson(places[0] ?? '')
else {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const machine = `Node ${process.versions.node} · ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`
  console.log(`${new Date().toISOString().slice(0, 10)} · ${version} · ${machine}\n`)
  console.log('| what | floor | import | import against floor |\n| --- | --- | --- | --- |')
  const folder = temporaryFolder()
  try {
    await measureExport(folder)
    await measureJson(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
