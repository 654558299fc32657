import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type JournaledMapOptions, openJournaledMap } from '../../src/archive/journaled-map.ts'
import { textAt } from '../../src/decode/json.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'

interface Note {
  readonly id: string
  readonly text: string
}

const revive = (line: unknown): Note | undefined => {
  const [id, text] = [textAt(line, 'id'), textAt(line, 'text')]
  return id && text ? { id, text } : undefined
}

const fileIn = (folder: string) => path.join(folder, 'notes.ndjson')
const open = (file: string, more: Partial<JournaledMapOptions<Note>> = {}) =>
  openJournaledMap<Note>(file, { keyOf: ({ id }) => id, revive, ready: async () => {}, ...more })
const note = (id: string, text = 'x') => ({ id, text })

it('has after a restart what it had before', async () => {
  const file = fileIn(temporaryFolder())
  const before = await open(file)
  await before.set(note('a'))
  await before.set(note('b'))
  await before.set(note('a', 'newer'))
  await before.delete('b')
  expect([...(await open(file)).values()]).toEqual([note('a', 'newer')])
})

describe('an entry that is deleted soon', () => {
  it('is forgotten at once, and on the disk a moment later, together with others', async () => {
    const file = fileIn(temporaryFolder())
    const map = await open(file)
    for (const id of ['a', 'b', 'c']) await map.set(note(id))
    const before = readFileSync(file, 'utf8')
    await map.deleteSoon('a')
    await map.deleteSoon('b')
    expect([map.has('a'), map.has('b'), readFileSync(file, 'utf8')]).toEqual([false, false, before])
    await until(() => readFileSync(file, 'utf8') !== before || undefined)
    expect([...(await open(file)).values()]).toEqual([note('c')])
  })

  it('stays when it is set again before that', async () => {
    const file = fileIn(temporaryFolder())
    const map = await open(file)
    for (const id of ['a', 'b', 'c']) await map.set(note(id))
    await map.deleteSoon('a')
    await map.deleteSoon('b')
    await map.set(note('a', 'again'))
    await until(() => readFileSync(file, 'utf8').includes('gone') || undefined)
    expect([...(await open(file)).values()]).toEqual([note('a', 'again'), note('c')])
  })

  it('is gone with its file when it was the last, or when the map is tidied', async () => {
    const file = fileIn(temporaryFolder())
    const map = await open(file)
    await map.set(note('a'))
    await map.deleteSoon('a')
    expect(existsSync(file)).toBe(false)
    for (const id of ['b', 'c']) await map.set(note(id))
    await map.deleteSoon('b')
    await map.tidy()
    expect([...(await open(file)).values()]).toEqual([note('c')])
  })
})

it('writes nothing when it is opened, whatever is in its file', async () => {
  const file = fileIn(temporaryFolder())
  const text = `{"id":"a","text":"x"}\n{"gone":"a"}\nno JSON\n{"id":"b","text":"y"}\n{"id":"b","te`
  writeFileSync(file, text)
  const map = await open(file, { ready: () => Promise.reject(new Error('opened to be looked at')) })
  expect([...map.values()]).toEqual([note('b', 'y')])
  expect(readFileSync(file, 'utf8')).toBe(text)
})

it('keeps only valid entries when it is tidied, and leaves no file when there are none', async () => {
  const file = fileIn(temporaryFolder())
  writeFileSync(file, `{"id":"a","text":"x"}\n{"id":"a","text":"y"}\n`)
  const map = await open(file)
  await map.tidy()
  expect(readFileSync(file, 'utf8')).toBe('{"id":"a","text":"y"}\n')
  await map.delete('a')
  expect(existsSync(file)).toBe(false)
})

it('does not grow without limit', async () => {
  const file = fileIn(temporaryFolder())
  const map = await open(file)
  for (let at = 0; at < 2_100; at++) await map.set(note('a', `text ${at}`))
  expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(500)
})

it('never has more characters than its limit, but always the newest entry', async () => {
  const forgotten: string[] = []
  const onForgotten = ({ id }: Note) => void forgotten.push(id)
  const file = fileIn(temporaryFolder())
  const map = await open(file, { maxChars: 100, onForgotten })
  for (const id of ['a', 'b', 'c']) await map.set(note(id, 'x'.repeat(30)))
  expect([...map.keys()]).toEqual(['b', 'c'])
  await map.set(note('b', 'y'.repeat(30)))
  await map.set(note('d', 'z'.repeat(1_000)))
  expect([...map.keys()]).toEqual(['d'])
  expect(forgotten).toEqual(['a', 'b', 'c'])
  expect([...(await open(file, { maxChars: 100 })).keys()]).toEqual(['d'])
})

it('rewrites a journal of few but long lines as well', async () => {
  const file = fileIn(temporaryFolder())
  const map = await open(file)
  for (let at = 0; at < 25; at++) await map.set(note('a', `${at}${'x'.repeat(1_000_000)}`))
  expect(statSync(file).size).toBeLessThan(20_000_000)
})

it('forgets the oldest entries beyond its limit', async () => {
  const map = await open(fileIn(temporaryFolder()), { maxSize: 2 })
  for (const id of ['a', 'b', 'c']) await map.set(note(id))
  expect([...map.keys()]).toEqual(['b', 'c'])
})

it('catches up once the disk can be written again', async () => {
  const file = fileIn(temporaryFolder())
  let isRefused = true
  const ready = () => (isRefused ? Promise.reject(new Error('ENOSPC')) : Promise.resolve())
  const map = await open(file, { ready })
  await expect(map.set(note('a'))).rejects.toThrow('ENOSPC')
  expect([map.isBehind, map.get('a')]).toEqual([true, note('a')])
  isRefused = false
  await map.set(note('b'))
  expect(map.isBehind).toBe(false)
  expect([...(await open(file)).keys()]).toEqual(['a', 'b'])
})

it('rejects a link in its place, or works without a journal if it is optional', async () => {
  const folder = temporaryFolder()
  const elsewhere = put(path.join(folder, 'elsewhere'), '')
  symlinkSync(elsewhere, fileIn(folder))
  await expect(open(fileIn(folder))).rejects.toThrow(/ELOOP/)
  const map = await open(fileIn(folder), { isOptional: true })
  await map.set(note('a'))
  expect(map.get('a')).toEqual(note('a'))
  expect(readFileSync(elsewhere, 'utf8')).toBe('')
})

it('reads a journal of many lines, and skips one that is absurdly long', async () => {
  const file = fileIn(temporaryFolder())
  const lines = Array.from({ length: 20_000 }, (_, at) => JSON.stringify(note(`n${at}`)))
  writeFileSync(file, `${lines.join('\n')}\n"${'x'.repeat(65 * 1024 * 1024)}"\n${JSON.stringify(note('last'))}`)
  const map = await open(file)
  expect(map.size).toBe(20_001)
  expect(map.has('last')).toBe(true)
})
