import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { lookBytes } from '../../src/similar/look.ts'
import { keyLength, openRows } from '../../src/similar/rows.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'

const keyOf = (n: number) => String(n).padStart(keyLength, '\xff')
const lookOf = (n: number) => new Uint8Array(lookBytes).fill(n)
const rowBytes = keyLength + lookBytes + 4

async function rowsOf(root: string, ...some: readonly number[]) {
  const rows = await openRows(root)
  for (const n of some) rows.add(keyOf(n), lookOf(n))
  await rows.save()
  return path.join(root, '.cache', 'looks.bin')
}

async function found(root: string, n: number): Promise<number | undefined> {
  const rows = await openRows(root)
  const row = rows.find(keyOf(n))
  if (row === undefined) return undefined
  const { bytes, at } = rows.look(row)
  const values = new Set(bytes.subarray(at, at + lookBytes))
  return values.size === 1 ? [...values][0] : Number.NaN
}

it('looks are found again in the next run, also those that were added later', async () => {
  const root = temporaryFolder()
  await rowsOf(root, 1, 2)
  await rowsOf(root, 3)
  expect([await found(root, 1), await found(root, 2), await found(root, 3), await found(root, 4)]).toEqual([
    1,
    2,
    3,
    undefined,
  ])
})

it('a row that was cut short is passed over, and what comes after it is not lost', async () => {
  const root = temporaryFolder()
  const file = await rowsOf(root, 1, 2)
  truncateSync(file, 2 * rowBytes - 7)
  await rowsOf(root, 3)
  expect([await found(root, 1), await found(root, 2), await found(root, 3)]).toEqual([1, undefined, 3])
  expect(readFileSync(file)).toHaveLength(2 * rowBytes)
})

it('a row of which a byte was changed is none', async () => {
  const root = temporaryFolder()
  const file = await rowsOf(root, 1, 2)
  const bytes = readFileSync(file)
  bytes[keyLength + 20] = 99
  writeFileSync(file, bytes)
  expect([await found(root, 1), await found(root, 2)]).toEqual([undefined, 2])
  appendFileSync(file, 'no row')
  expect(await found(root, 2)).toBe(2)
})

it('the file is written anew when most of it is of images that are gone', async () => {
  const root = temporaryFolder()
  const file = await rowsOf(root, ...Array.from({ length: 1_200 }, (_, n) => n))
  const rows = await openRows(root)
  await rows.tidy(new Set([5, 1_100]))
  expect(readFileSync(file)).toHaveLength(2 * rowBytes)
  expect([await found(root, 5), await found(root, 6)]).toEqual([5, undefined])
})

it('nothing is written outside the archive, and without the cache there is nothing', async () => {
  const root = temporaryFolder()
  const outside = temporaryFolder()
  symlinkSync(outside, path.join(root, '.cache'))
  await rowsOf(root, 1)
  expect(filesBelow(outside)).toEqual([])
  rmSync(path.join(root, '.cache'))
  mkdirSync(path.join(root, '.cache'))
  expect(await found(root, 1)).toBeUndefined()
})
