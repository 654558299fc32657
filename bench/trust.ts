/**
 * `verify` beside sha256sum over the same originals, and `status` with 100,000 records against node itself. Run with
 * `npm run bench:trust [originals] [records]`.
 */
import { spawnSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { saveTotals } from '../src/catalogue/totals.ts'

const [originals, records] = [Number(process.argv[2] ?? 5_000), Number(process.argv[3] ?? 100_000)]
const originalBytes = 1_500_000
const [verifyRounds, statusRounds] = [3, 9]
const perDay = 60
const start = Date.UTC(2023, 9, 1) / 1_000

const folderOf = (n: number) =>
  new Date((start + Math.floor(n / perDay) * 86_400) * 1_000).toISOString().slice(0, 10).replaceAll('-', '/')

function recordOf(n: number, more: object) {
  const folder = folderOf(n)
  const record = {
    ...{ gen_id: `Generation${n}`, prompt: 'A paper boat on a canal at dusk. '.repeat(9), seed: null },
    ...{ date: start + Math.floor(n / perDay) * 86_400 + n, fileId: `File${n}`, width: 1024, height: 1024, version: 1 },
    ...{ promptSource: 'dalle', dateSource: 'message', source: { origin: 'live', channel: 'stream', host: null } },
    ...{ sha256: '0'.repeat(64), bytes: originalBytes, mime: 'image/png', image: `images/${folder}/${n}.png` },
    ...{ archivedAt: new Date().toISOString(), ...more },
  }
  return [folder, record] as const
}

function generate(root: string, count: number, hasImages: boolean): void {
  const bytes = Buffer.alloc(originalBytes)
  for (let n = 0; n < count; n++) {
    randomFillSync(bytes.subarray(0, 64))
    const sha256 = hasImages ? createHash('sha256').update(bytes).digest('hex') : '0'.repeat(64)
    const [folder, record] = recordOf(n, { sha256 })
    if (n % perDay === 0) mkdirSync(path.join(root, 'database', folder), { recursive: true })
    if (n % perDay === 0 && hasImages) mkdirSync(path.join(root, 'images', folder), { recursive: true })
    if (hasImages) writeFileSync(path.join(root, record.image), bytes)
    writeFileSync(path.join(root, 'database', folder, `${record.gen_id}-${record.fileId}.json`), JSON.stringify(record))
  }
}

/** Seconds from the start of a process to its end. */
function measure(command: string, ...args: readonly string[]): number {
  const began = performance.now()
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`exit ${status}: ${command} ${args.join(' ')}`)
  return (performance.now() - began) / 1_000
}

const node = (...args: readonly string[]) => measure(process.execPath, ...args)

function tell(what: string, all: readonly number[]): void {
  const sorted = all.toSorted((left, right) => left - right)
  const [least, median, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)]
  console.log(`${what.padEnd(12)} median ${median?.toFixed(2)} s (${least?.toFixed(2)} to ${most?.toFixed(2)})`)
}

async function inFolder(work: (root: string) => Promise<void> | void): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-bench-'))
  try {
    await work(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

await inFolder((root) => {
  generate(root, originals, true)
  const times: Record<'sha256sum' | 'verify', number[]> = { sha256sum: [], verify: [] }
  for (let round = 0; round < verifyRounds; round++) {
    times.sha256sum.push(measure('find', path.join(root, 'images'), '-name', '*.png', '-exec', 'sha256sum', '{}', '+'))
    times.verify.push(node('dist/cli/main.js', 'verify', '--archive', root, '--quiet'))
  }
  console.log(`verify, ${originals} originals of 1.5 MB; ${verifyRounds} rounds in alternation`)
  for (const [what, all] of Object.entries(times)) tell(what, all)
})

await inFolder(async (root) => {
  generate(root, records, false)
  await saveTotals(root)
  const times: Record<string, number[]> = { node: [], status: [] }
  for (let round = 0; round < statusRounds; round++) {
    times.node?.push(node('-e', '0'))
    times.status?.push(node('dist/cli/main.js', 'status', '--archive', root))
  }
  console.log(`status, ${records} records; ${statusRounds} rounds in alternation`)
  for (const [what, all] of Object.entries(times)) tell(what, all)
})
