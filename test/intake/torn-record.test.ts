import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { facts } from '../fakes/facts.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'

const bytes = makeWebp({ widthPx: 64, heightPx: 48 }, 2_000)
const record = 'database/2023/10/29/M5QoHjYO7Qe9pl1Z-mTlImgNhbMGexJI3DFLJXJlh.json'
const now = () => new Date()

async function run(root: string) {
  const torn: string[] = []
  const stored: PictureRecord[] = []
  const archive = await openArchive(root, { onTorn: (place) => void torn.push(place) })
  const intake = quietIntake(archive, { now, onStored: (one) => void stored.push(one) })
  const receive = () => intake.receive({ fileId: facts().fileId, bytes, host: null, receivedAt: now() })
  return { archive, intake, torn, stored, receive, placeOf: (file: string) => path.join(root, file) }
}

async function archived() {
  const one = await run(temporaryFolder())
  await one.intake.learn(facts())
  await one.receive()
  await one.intake.close()
  return one.archive.root
}

const broken = [
  ['empty', ''],
  ['cut', '{"gen_id": "M5QoHj'],
  ['all zero', '\0'.repeat(900)],
  ['no object', '[]'],
] as const

it.each(broken)('an %s record proves nothing: it is put aside, and its image gets a new one', async (_, text) => {
  const root = await archived()
  writeFileSync(path.join(root, record), text)
  const one = await run(root)
  await one.intake.learn(facts())
  await one.intake.close()
  expect(JSON.parse(readFileSync(one.placeOf(record), 'utf8'))).toMatchObject({ prompt: facts().prompt })
  expect(readFileSync(one.placeOf(`${record}.torn`), 'utf8')).toBe(text)
  expect(one.torn).toEqual([record])
  expect(filesBelow(path.join(root, 'images'))).toHaveLength(1)
})

it('a picture whose record is damaged and whose image is gone is wanted and archived again', async () => {
  const root = await archived()
  writeFileSync(path.join(root, record), '')
  const image = filesBelow(path.join(root, 'images'))[0] ?? ''
  writeFileSync(path.join(root, 'images', image), bytes.subarray(0, 900))
  const one = await run(root)
  await one.intake.learn(facts())
  expect(one.intake.wantsBytes(facts().fileId)).toBe(true)
  expect(await one.receive()).toMatchObject({ kind: 'stored' })
  await one.intake.close()
  expect(readFileSync(one.placeOf(one.stored[0]?.image ?? ''))).toEqual(bytes)
})

it('two records that are damaged one after the other are both put aside', async () => {
  const root = await archived()
  for (const text of ['', 'torn']) {
    writeFileSync(path.join(root, record), text)
    const one = await run(root)
    await one.intake.learn(facts())
    await one.intake.close()
  }
  expect(['.torn', '.torn1'].map((ending) => existsSync(path.join(root, record + ending)))).toEqual([true, true])
})

it('a record that a user edited is not damaged: it stays as it is, and the picture counts as archived', async () => {
  const root = await archived()
  const edited = '{"gen_id": null, "date": 1, "fileId": "mTlImgNhbMGexJI3DFLJXJlh", "mine": true}'
  writeFileSync(path.join(root, record), edited)
  const one = await run(root)
  expect(await one.intake.learn(facts())).toMatchObject({ kind: 'known' })
  await one.intake.close()
  expect(readFileSync(one.placeOf(record), 'utf8')).toBe(edited)
  expect(one.torn).toEqual([])
})
