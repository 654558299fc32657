/**
 * `mirror push` beside `rclone copy` of the same archive into the same store, a real one on this machine; then a second
 * machine takes it over and is killed three times on the way. Run as root on Debian, with rclone installed, with
 * `npm run bench:mirror [pictures] [bytes]`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { hasSwift, makeBucket, startSwift, swiftKeys } from '../test/fakes/swift.ts'
import { measureTree } from './process-tree.ts'

const [pictures, originalBytes] = [Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 200_000)]
const rounds = Number(process.env.BENCH_ROUNDS ?? 1)
const perDay = 60
const start = Date.UTC(2023, 9, 1) / 1_000
/** When a pull is killed: in the middle of the records, and twice in that of the images. */
const kills = [
  ['database', '.json', 0.5],
  ['images', '.png', 0.3],
  ['images', '.png', 0.7],
] as const

const folderOf = (n: number) =>
  new Date((start + Math.floor(n / perDay) * 86_400) * 1_000).toISOString().slice(0, 10).replaceAll('-', '/')

function recordOf(n: number, sha256: string) {
  const date = start + Math.floor(n / perDay) * 86_400 + n
  return {
    ...{ gen_id: `Generation${n}`, prompt: 'A paper boat on a canal at dusk. '.repeat(9), seed: null, date },
    ...{ fileId: `File${n}`, width: 1024, height: 1024, version: 1, promptSource: 'dalle', dateSource: 'message' },
    ...{ conversationId: `Conversation${n}`, conversationTitle: 'Boats', messageId: null, parent_gen_id: null },
    ...{ edit_op: null, source: { origin: 'live', channel: 'stream', host: null }, sha256, bytes: originalBytes },
    ...{ mime: 'image/png', image: `images/${folderOf(n)}/${date}-Generation${n}-A-paper-boat.png` },
    archivedAt: new Date(date * 1_000).toISOString(),
  }
}

function generate(root: string): void {
  const bytes = Buffer.alloc(originalBytes)
  for (let n = 0; n < pictures; n++) {
    randomFillSync(bytes)
    const record = recordOf(n, createHash('sha256').update(bytes).digest('hex'))
    const name = `${record.gen_id}-${record.fileId}.json`
    if (n % perDay === 0)
      for (const kind of ['images', 'database']) mkdirSync(path.join(root, kind, folderOf(n)), { recursive: true })
    writeFileSync(path.join(root, record.image), bytes)
    writeFileSync(path.join(root, 'database', folderOf(n), name), `${JSON.stringify(record, null, 2)}\n`)
  }
}

const keys = { AWS_ACCESS_KEY_ID: swiftKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: swiftKeys.secretAccessKey }

const begin = (command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess => {
  const { AWS_CA_BUNDLE: _, ...environment } = process.env
  return spawn(command, args, { env: { ...environment, ...keys, ...more }, stdio: ['ignore', 'ignore', 'inherit'] })
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))

interface Measured {
  readonly seconds: number
  readonly peakMb: number
  /** After each tenth of the time that it took, roughly. */
  readonly memoryMb: readonly number[]
}

async function measured(child: ChildProcess): Promise<Measured> {
  const began = performance.now()
  const meter = measureTree(child.pid)
  const samples: number[] = []
  const timer = setInterval(() => samples.push(meter.residentMb()), 1_000)
  const code = await exitOf(child)
  const seconds = (performance.now() - began) / 1_000
  const { peakMb } = meter
  clearInterval(timer)
  meter.stop()
  if (code !== 0) throw new Error(`exit ${code}`)
  const step = Math.max(1, Math.floor(samples.length / 10))
  return { seconds, peakMb, memoryMb: samples.filter((_, at) => at % step === 0).map(Math.round) }
}

function tell(what: string, { seconds, peakMb, memoryMb }: Measured): number {
  const pace = (pictures * originalBytes) / seconds / 1e6
  console.log(
    `${what.padEnd(22)} ${seconds.toFixed(1)} s, ${pace.toFixed(1)} MB/s, peak ${peakMb.toFixed(0)} MB: ${memoryMb.join(' ')}`,
  )
  return pace
}

function countIn(place: string, ending: string): number {
  if (!existsSync(place)) return 0
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending)).length
}

function configFor(folder: string, archivePath: string, endpoint: string, bucket: string): string {
  const file = path.join(folder, `${bucket}-${path.basename(archivePath)}.json`)
  writeFileSync(file, JSON.stringify({ archivePath, mirror: { endpoint, bucket } }), { mode: 0o600 })
  return file
}

if (!hasSwift) throw new Error('OpenStack Swift is not installed: run "npm test" once as root on Debian')
const folder = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-bench-'))
const swift = await startSwift(path.join(folder, 'swift'))
try {
  const root = path.join(folder, 'archive')
  generate(root)
  console.log(`${pictures} pictures of ${originalBytes} bytes with their records; ${rounds} round(s) in alternation`)
  const { endpoint } = swift
  const rclone = {
    ...{ RCLONE_CONFIG: '/dev/null', RCLONE_CONFIG_STORE_TYPE: 's3', RCLONE_CONFIG_STORE_PROVIDER: 'Other' },
    ...{ RCLONE_CONFIG_STORE_ENDPOINT: endpoint, RCLONE_CONFIG_STORE_ENV_AUTH: 'true' },
  }
  for (let round = 0; round < rounds; round++) {
    await makeBucket(endpoint, `rclone-${round}`)
    await makeBucket(endpoint, `mirror-${round}`)
    const filter = ['--filter', '+ /images/**', '--filter', '+ /database/**', '--filter', '- *']
    const theirs = tell(
      'rclone copy',
      await measured(begin('rclone', ['copy', root, `store:rclone-${round}`, ...filter], rclone)),
    )
    const config = configFor(folder, root, endpoint, `mirror-${round}`)
    const ours = tell(
      'mirror push',
      await measured(begin(process.execPath, ['dist/cli/main.js', 'mirror', 'push', '--config', config])),
    )
    console.log(`${(theirs / ours).toFixed(2)}× the time of rclone (aim ≤ 1.2×)`)
    tell(
      'mirror push, again',
      await measured(begin(process.execPath, ['dist/cli/main.js', 'mirror', 'push', '--config', config])),
    )
  }
  const second = path.join(folder, 'second')
  const config = configFor(folder, second, endpoint, 'mirror-0')
  const pull = () => begin(process.execPath, ['dist/cli/main.js', 'mirror', 'pull', '--originals', '--config', config])
  for (const [kind, ending, share] of kills) {
    const child = pull()
    const ended = exitOf(child)
    while (child.exitCode === null && countIn(path.join(second, kind), ending) < share * pictures) await pause(100)
    const isKilled = child.exitCode === null && child.kill('SIGKILL')
    await ended
    console.log(`pull, ${isKilled ? `killed at ${share * 100}% of ${kind}` : 'ended before it was killed'}`)
  }
  tell('mirror pull, the rest', await measured(pull()))
  const isSame = ['images', 'database'].every(
    (kind) => spawnSync('diff', ['-r', path.join(root, kind), path.join(second, kind)]).status === 0,
  )
  console.log(`the second machine has ${isSame ? 'the same, byte for byte' : 'SOMETHING ELSE'}`)
} finally {
  await swift.stop()
  rmSync(folder, { recursive: true, force: true })
}
