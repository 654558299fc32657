import path from 'node:path'
import { expect, it } from 'vitest'
import { readRecordNames } from '../../src/archive/record-names.ts'
import { fileId } from '../fakes/facts.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

it('finds records in padded and unpadded folders, and says where they are', async () => {
  const folder = temporaryFolder()
  for (const file of [
    '2023/10/9/gen-aaa.json',
    '2023/10/09/gen-bbb.json',
    '2024/01/05/0f8fad5b-d9cb-469f-a165-70867728950e-ccc.json',
  ]) {
    put(path.join(folder, file), '')
  }
  const catalogue = await readRecordNames(folder)
  expect(catalogue.size).toBe(3)
  expect(catalogue.pathOf(fileId('file-aaa'))).toBe('2023/10/9/gen-aaa.json')
  expect(catalogue.pathOf(fileId('file_bbb'))).toBe('2023/10/09/gen-bbb.json')
  expect(catalogue.pathOf(fileId('file-ccc'))).toBe('2024/01/05/0f8fad5b-d9cb-469f-a165-70867728950e-ccc.json')
  expect(catalogue.pathOf(fileId('file-ddd'))).toBeUndefined()
})

it('includes what is added later', async () => {
  const catalogue = await readRecordNames(path.join(temporaryFolder(), 'none'))
  expect(catalogue.has(fileId('file-aaa'))).toBe(false)
  catalogue.add(fileId('file-aaa'), '2023/10/29', 'gen-aaa.json')
  expect(catalogue.has(fileId('file-aaa'))).toBe(true)
  expect(catalogue.pathOf(fileId('file-aaa'))).toBe('2023/10/29/gen-aaa.json')
  expect(catalogue.size).toBe(1)
})
