import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { awayNameFor, imageOfAwayName, readAway, removeAway, writeAway } from '../../src/archive/away.ts'
import { contentInMemory } from '../../src/archive/content.ts'
import { readArchivedPictures } from '../../src/catalogue/archived-pictures.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { createPictureStore } from '../../src/intake/picture-store.ts'
import { verify } from '../../src/verify/verify.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { archiveOf, indexOf, keepAll, nthFacts } from '../gallery/support.ts'

const sha256 = 'a'.repeat(64)

/** An archive of one picture whose original is away. */
async function awayArchive() {
  const { root, records } = await archiveOf(1)
  const [record] = records
  if (!record) throw new Error('no record')
  const image = path.join(root, record.image)
  const bytes = readFileSync(image)
  await writeAway(image, { sha256: record.sha256, bytes: record.bytes, mirror: 'https://s3.example/pictures' })
  rmSync(image)
  return { root, record, image, bytes }
}

describe('what stands for an original that is away', () => {
  it('says its hash, its length and where it is, and is never overwritten', async () => {
    const root = temporaryFolder()
    const target = path.join(root, 'a.webp')
    expect(await writeAway(target, { sha256, bytes: 7, mirror: 'here' })).toBe('written')
    expect(await writeAway(target, { sha256: 'b'.repeat(64), bytes: 8, mirror: 'there' })).toBe('taken')
    expect(await readAway(root, 'a.webp')).toEqual({ sha256, bytes: 7, mirror: 'here' })
    expect(imageOfAwayName(awayNameFor('a.webp'))).toBe('a.webp')
    await removeAway(root, 'a.webp')
    expect(await readAway(root, 'a.webp')).toBeUndefined()
  })

  it('stands for nothing when it is no such file', async () => {
    const root = temporaryFolder()
    writeFileSync(path.join(root, 'a.webp.away'), '{"sha256":"../../etc","bytes":1,"mirror":"x"}')
    symlinkSync('a.webp.away', path.join(root, 'b.webp.away'))
    for (const image of ['a.webp', 'b.webp', 'c.webp', '../a.webp']) expect(await readAway(root, image)).toBeUndefined()
  })

  it('keeps its name: a picture that would get the same one gets another', async () => {
    const { root, record } = await awayArchive()
    const twin = nthFacts(0, { fileId: nthFacts(5).fileId })
    const [later] = await keepAll(root, [twin], 3_000)
    expect(later?.image).not.toBe(record.image)
    expect(existsSync(path.join(root, record.image))).toBe(false)
  })

  it('is no stray and nothing missing for verify, which counts it', async () => {
    const { root } = await awayArchive()
    const found = await verify({ root, now: () => new Date() })
    expect(found.counts).toMatchObject({ away: 1, missing: 0 })
    expect(found.strays).toEqual([])
    const originals = { read: async () => undefined }
    expect((await verify({ root, now: () => new Date(), originals })).counts).toMatchObject({ away: 0, missing: 1 })
  })

  it('is shown as away in the catalogue, until the original is back', async () => {
    const { root, image, bytes } = await awayArchive()
    const index = await indexOf(root)
    expect(index.entries[0]).toMatchObject({ isAway: true, isMissing: false })
    writeFileSync(image, bytes)
    await index.look()
    expect(index.entries[0]).toMatchObject({ isAway: false, isMissing: false })
  })

  it('is not put back by an import, which does so with one that is missing', async () => {
    const { root, record, image, bytes } = await awayArchive()
    const kind = inspectImage(bytes)
    if (!kind) throw new Error('no image')
    const add = async () => {
      const archive = await openArchive(root, { isLocked: true })
      const store = createPictureStore({ archive, archived: await readArchivedPictures(root), now: () => new Date() })
      const content = contentInMemory(bytes, kind)
      const verdict = await store.add({ facts: nthFacts(0), content, source: record.source })
      await archive.close()
      return verdict
    }
    expect(await add()).toMatchObject({ kind: 'known', image: record.image })
    expect(existsSync(image)).toBe(false)
    await removeAway(root, record.image)
    expect(await add()).toMatchObject({ kind: 'stored', was: 'restored' })
  })
})
