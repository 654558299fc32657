import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { createFilePool } from '../../../src/openai-export/inputs/file-access.ts'
import { temporaryFolder } from '../../fakes/folder.ts'

const openFiles = () => readdirSync('/proc/self/fd').length

function written(count: number): string[] {
  const folder = temporaryFolder()
  return Array.from({ length: count }, (_, at) => {
    const file = path.join(folder, `${at}.bin`)
    writeFileSync(file, `file number ${at}`)
    return file
  })
}

it.skipIf(process.platform !== 'linux')('reads hundreds of files in any order with a few of them open', async () => {
  const before = openFiles()
  const pool = createFilePool(4)
  const all = []
  for (const file of written(300)) all.push(await pool.open(file))
  expect(openFiles() - before).toBeLessThan(20)
  for (const at of [299, 0, 150, 0, 299]) expect((await all[at]?.read(0, 99))?.toString()).toBe(`file number ${at}`)
  const texts = await Promise.all(all.map(async (access) => (await access.read(5, 99)).toString()))
  expect(texts).toEqual(all.map((_, at) => `number ${at}`))
  for (const access of all) await access.close()
  expect(openFiles() - before).toBeLessThan(3)
})

it('reads nothing of a file that was closed', async () => {
  const [file = ''] = written(1)
  const access = await createFilePool(4).open(file)
  await access.close()
  await expect(access.read(0, 1)).rejects.toThrow('closed')
})
