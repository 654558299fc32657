import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { readMarks } from '../../src/archive/mark-files.ts'
import { recordPlaces } from '../../src/catalogue/record-places.ts'
import { follow } from '../../src/followers.ts'
import { importExports } from '../../src/openai-export/import.ts'
import { keepSidecars } from '../../src/sidecars/follower.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { archiveOf, keepAll, nthFacts } from '../gallery/support.ts'

const twoPictures = fileURLToPath(new URL('../field/11-wrapped-conversations/export', import.meta.url))
const sidecarsIn = (root: string) => filesBelow(root).filter((file) => file.endsWith('.xmp'))

/** An archive that is open and followed, until the test is over. */
async function followed(root: string, everyMs = 60_000) {
  const archive = await openArchive(root, { isLocked: true })
  const following = follow(archive, [keepSidecars({ everyMs })])
  const close = async () => {
    await following.close()
    await archive.close()
  }
  onTestFinished(close)
  return { archive, close }
}

it('an import leaves a sidecar beside each picture, before it ends', async () => {
  const archivePath = temporaryFolder()
  const { stored } = await importExports({ paths: [twoPictures], archivePath, followers: [keepSidecars()] })
  const images = filesBelow(path.join(archivePath, 'images')).filter((file) => !file.endsWith('.xmp'))
  expect(images).toHaveLength(stored.pictures)
  expect(sidecarsIn(archivePath)).toEqual(images.map((file) => `images/${file}.xmp`))
})

it('no sidecar is left by an import that nobody follows', async () => {
  const archivePath = temporaryFolder()
  await importExports({ paths: [twoPictures], archivePath })
  expect(sidecarsIn(archivePath)).toEqual([])
})

it('pictures of the past get theirs at once, and new ones when they come', async () => {
  const { root } = await archiveOf(2)
  const { archive, close } = await followed(root)
  await until(() => sidecarsIn(root).length === 2)
  const [record] = await keepAll(root, [nthFacts(7)], 2_000, { ...archive, close: async () => {} })
  await close()
  expect(sidecarsIn(root)).toHaveLength(3)
  expect(readFileSync(path.join(root, `${record?.image}.xmp`), 'utf8')).toContain('Picture number 7')
})

it('marks reach the sidecar, and what is edited in it becomes marks, without end in neither way', async () => {
  const { root, records } = await archiveOf(1)
  const file = path.join(root, `${records[0]?.image}.xmp`)
  const { archive } = await followed(root, 20)
  const [place] = await recordPlaces(root)
  if (!place) throw new Error('no record')
  let marked = 0
  archive.onMarks(() => void marked++)
  await until(() => existsSync(file))
  await archive.mark(place.folder, place.name, { favourite: true, stars: 0, flag: '', tags: [], note: '' })
  await until(() => readFileSync(file, 'utf8').includes('<xmp:Rating>5<'))
  writeFileSync(file, readFileSync(file, 'utf8').replace('<xmp:Rating>5<', '<xmp:Rating>1<'))
  const marks = () => readMarks(path.join(root, 'database'), place.folder, place.name)
  await until(async () => !(await marks()).favourite)
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(marked).toBe(2)
  expect(readFileSync(file, 'utf8')).toContain('<xmp:Rating>1<')
})

it('a sidecar that cannot be written keeps nothing from being archived', async () => {
  const { root } = await archiveOf(1)
  writeFileSync(path.join(root, 'sidecars'), 'a file where the folder should be')
  const { archive, close } = await followed(root)
  await keepAll(root, [nthFacts(7)], 2_000, { ...archive, close: async () => {} })
  await close()
  expect(await recordPlaces(root)).toHaveLength(2)
  rmSync(path.join(root, 'sidecars'))
})
