import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import fs from 'fs-extra'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createJournal, readJournal } from '../../src/archive/journal.ts'
import { chunksOf } from '../../src/archive/read-files.ts'
import { temporaryFolder } from '../fakes/folder.ts'

async function openJournal(file: string) {
  const lines: unknown[] = []
  const length = await readJournal(file, (line) => lines.push(line))
  return { journal: createJournal(file, async () => {}, length), lines }
}

const place = () => path.join(temporaryFolder(), 'lines.ndjson')

it('hands out the lines of an earlier run, in order', async () => {
  const file = place()
  const { journal } = await openJournal(file)
  await Promise.all([1, 2, 3].map((line) => journal.add({ line })))
  await journal.add({ line: 4 })
  expect((await openJournal(file)).lines).toEqual([{ line: 1 }, { line: 2 }, { line: 3 }, { line: 4 }])
})

it('loses only the line that was being written when a run was killed, and no later line', async () => {
  const file = place()
  await (await openJournal(file)).journal.add({ line: 1 })
  appendFileSync(file, '{"line":2,"te')
  const { journal, lines } = await openJournal(file)
  await journal.add({ line: 3 })
  expect(lines).toEqual([{ line: 1 }])
  expect((await openJournal(file)).lines).toEqual([{ line: 1 }, { line: 3 }])
})

it('holds exactly the given lines when it is rewritten, and is removed when no line is left', async () => {
  const file = place()
  const { journal } = await openJournal(file)
  for (let line = 0; line < 50; line++) void journal.add({ line })
  await journal.rewrite([{ line: 49 }])
  expect(readFileSync(file, 'utf8')).toBe('{"line":49}\n')
  expect(journal.length).toBe(1)
  await journal.rewrite([])
  expect(existsSync(file)).toBe(false)
})

it('reports a line that could not be written', async () => {
  const { journal } = await openJournal(path.join(temporaryFolder(), 'no', 'such', 'folder'))
  await expect(journal.add({ line: 1 })).rejects.toThrow('ENOENT')
})

it('is read in pieces, never as a whole: it may be longer than the longest string', async () => {
  const file = place()
  const line = { text: 'x'.repeat(1_000) }
  const { journal } = await openJournal(file)
  await journal.rewrite(Array.from({ length: 3_000 }, () => line))
  const [whole, pieces] = [vi.spyOn(fs.promises, 'readFile'), vi.spyOn(fs.promises, 'open')]
  onTestFinished(() => void vi.restoreAllMocks())
  const lengths: number[] = []
  for await (const piece of chunksOf(file)) lengths.push(piece.length)
  const lines: unknown[] = []
  expect(await readJournal(file, (one) => void lines.push(one))).toBe(3_000)
  expect(lines[2_999]).toEqual(line)
  expect(Math.max(...lengths)).toBeLessThan(statSync(file).size / 4)
  expect(whole).not.toHaveBeenCalled()
  // The same look does see that it was opened.
  expect(pieces).toHaveBeenCalledTimes(2)
})
