/**
 * How long `coverage` takes with 100,000 records and as many files listed, against node itself. Run with
 * `npm run bench:coverage [count]`.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const perDay = 60
const perConversation = 4
const rounds = 9
const lists = ['generated', 'library', 'library-images']
const at = '2026-11-29T08:00:00.000Z'
const idOf = () => crypto.randomUUID().replaceAll('-', '')

/** Records of years of work, and the journal of an account that lists each of them three times. */
function generate(root: string, count: number): void {
  mkdirSync(path.join(root, 'history'), { recursive: true })
  const walks = lists.map((name) => ({ kind: 'catalogue', name, walk: at, cursor: null, pages: 9, end: 'cursor' }))
  const rows: object[] = [
    { kind: 'counters', active: count, archived: 0, at },
    ...walks.map((walk) => ({ ...walk, reason: null, at })),
  ]
  const seenIn = Object.fromEntries(lists.map((name) => [name, at]))
  let conversationId = ''
  for (let n = 0; n < count; n++) {
    const folder = path.join(root, 'database', dayOf(n))
    if (n % perDay === 0) mkdirSync(folder, { recursive: true })
    const id = idOf()
    writeFileSync(path.join(folder, `${crypto.randomUUID()}-${id}.json`), '{}')
    if (n % perConversation === 0) {
      conversationId = crypto.randomUUID()
      rows.push({ kind: 'conversation', id: conversationId, state: 'read', before: null, reason: null, at })
    }
    rows.push({
      ...{ kind: 'file', fileId: `file_${id}`, libraryId: `libfile_${idOf()}`, conversationId },
      ...{ messageId: null, sizeBytes: null, createdAt: null, sameAs: null },
      ...{ isGenerated: true, isUpload: false, isArchived: false, seenIn, firstSeen: at },
    })
  }
  writeFileSync(path.join(root, 'history', 'journal.ndjson'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

const dayOf = (n: number) =>
  new Date(Date.parse(at) - Math.floor(n / perDay) * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '/')

/** Milliseconds from the start of a process to its end. */
function measure(...args: readonly string[]): number {
  const began = performance.now()
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`exit ${status}: ${args.join(' ')}`)
  return performance.now() - began
}

const count = Number(process.argv[2] ?? 100_000)
const root = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-bench-'))
try {
  generate(root, count)
  const coverage = () => measure('dist/cli/main.js', 'coverage', '--archive', root)
  const times: Record<string, number[]> = { node: [], 'no digest': [], digest: [] }
  for (let round = 0; round < rounds; round++) {
    times.node?.push(measure('-e', '0'))
    rmSync(path.join(root, '.cache'), { recursive: true, force: true })
    times['no digest']?.push(coverage())
    times.digest?.push(coverage())
  }
  console.log(`coverage, ${count} records and as many files listed; ${rounds} rounds in alternation, milliseconds`)
  for (const [what, all] of Object.entries(times)) {
    const sorted = all.map(Math.round).sort((left, right) => left - right)
    console.log(`${what.padEnd(10)} least ${sorted[0]}, median ${sorted[rounds >> 1]}, most ${sorted.at(-1)}`)
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
