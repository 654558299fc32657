import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { createTakenNames } from '../../src/archive/taken-names.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

const folder = 'images/2026/11/29'

/** Taken names of a folder that was looked at when it was empty, into which somebody else has put `a.png` since. */
async function lookedAt(rememberForMs: number) {
  const root = temporaryFolder()
  mkdirSync(path.join(root, folder), { recursive: true })
  const taken = createTakenNames(root, rememberForMs)
  expect(await taken.isFree(folder, 'a.png')).toBe(true)
  put(path.join(root, folder, 'a.png'), 'a')
  return taken
}

it('a folder is listed once for all pictures of a while, however many files it holds', async () => {
  const taken = await lookedAt(60_000)
  expect(await taken.isFree(folder, 'a.png')).toBe(true)
  taken.note(folder, 'B.png')
  expect(await taken.isFree(folder, 'b.png')).toBe(false)
})

it('without such a while it is listed each time', async () => {
  const taken = await lookedAt(0)
  expect(await taken.isFree(folder, 'A.PNG')).toBe(false)
})
