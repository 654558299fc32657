import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { readArchivedPictures } from '../../src/catalogue/archived-pictures.ts'
import { imageOf } from '../../src/catalogue/pictures.ts'
import type { FileId } from '../../src/sites/ids.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { sha256Of } from '../fakes/sha256.ts'
import { archiveOf, idOf, indexOf } from '../gallery/support.ts'

const day = '2023/10/9'
const gen = 'M5QoHjYO7Qe9pl1Z'
const of2023 = { gen_id: gen, prompt: 'A man', seed: 3, date: 1_696_860_000, fileId: 'mTlImgNh', width: 8, height: 8 }
const [withDash, withSpace] = [`1696860000-${gen}-A-man.webp`, `1696860000-${gen} A man.webp`]
const unknown = '1696860000-unknown-A-man.webp'

/** What the import and what the gallery take for the image of the one record of an archive. */
async function bothImagesOf(root: string) {
  const pictures = await readArchivedPictures(root)
  const [entry] = (await indexOf(root)).entries
  const isThere = entry !== undefined && !entry.isMissing
  return { imported: pictures.byFileId('file-mTlImgNh' as FileId)?.image, shown: isThere ? imageOf(entry) : undefined }
}

function archiveOf2023(images: readonly string[], more: object = {}) {
  const root = temporaryFolder()
  put(path.join(root, `database/${day}/${gen}-mTlImgNh.json`), JSON.stringify({ ...of2023, ...more }))
  for (const name of images) put(path.join(root, 'images', day, name), name)
  return root
}

it.each<[string, readonly string[], object, string | undefined]>([
  ['the prompt behind a dash', [withDash], {}, withDash],
  ['the prompt behind a space', [withSpace], {}, withSpace],
  ['two that could be it', [withDash, withSpace], {}, undefined],
  ['another of the same moment', [withDash, unknown], {}, withDash],
  ['no gen_id, and a name that says so', [withDash, unknown], { gen_id: null }, unknown],
  ['no gen_id, and none that says so', [withDash], { gen_id: null }, undefined],
  ['a text of the same name', [withDash, `1696860000-${gen}-A-man.txt`], {}, withDash],
  ['an image the record names', [withDash, 'named.webp'], { image: `images/${day}/named.webp` }, 'named.webp'],
  ['an image the record names that is not there', [withDash], { image: `images/${day}/gone.webp` }, undefined],
])('import and gallery take the same image: %s', async (_, images, more, expected) => {
  const image = expected && `images/${day}/${expected}`
  expect(await bothImagesOf(archiveOf2023(images, more))).toEqual({ imported: image, shown: image })
})

it('import and gallery ignore links and folders with the name of an image', async () => {
  const root = archiveOf2023([withDash])
  symlinkSync(path.join(root, 'images', day, withDash), path.join(root, 'images', day, withSpace))
  mkdirSync(path.join(root, 'images', day, `1696860000-${gen}.webp`))
  const image = `images/${day}/${withDash}`
  expect(await bothImagesOf(root)).toEqual({ imported: image, shown: image })
})

it('import and gallery do not read a folder of images that is a link', async () => {
  const root = archiveOf2023([])
  const outside = path.dirname(put(path.join(temporaryFolder(), withDash), 'outside'))
  mkdirSync(path.join(root, 'images/2023/10'), { recursive: true })
  symlinkSync(outside, path.join(root, 'images', day))
  expect(await bothImagesOf(root)).toEqual({ imported: undefined, shown: undefined })
})

it('the gallery drops an image once a second one fits as well, and finds one that was renamed', async () => {
  const root = archiveOf2023([withDash])
  const index = await indexOf(root)
  const shown = () => index.entries.map(({ imageName, isMissing }) => [imageName, isMissing])
  expect(shown()).toEqual([[withDash, false]])
  put(path.join(root, 'images', day, withSpace), 'another')
  await index.examine(day)
  expect(shown()).toEqual([['', true]])
  rmSync(path.join(root, 'images', day, withDash))
  await index.examine(day)
  expect(shown()).toEqual([[withSpace, false]])
})

it('what our own records say is believed, and nothing is written', async () => {
  const { root, records } = await archiveOf(2)
  const before = filesBelow(root)
  const pictures = await readArchivedPictures(root)
  const [first] = records
  expect(pictures.byFileId(`file-${idOf(0)}` as FileId)).toEqual({
    fileId: `file-${idOf(0)}`,
    genId: first?.gen_id,
    sha256: first?.sha256,
    image: first?.image,
    origin: 'live',
    match: undefined,
    entry: null,
  })
  expect(pictures.byGenId(first?.gen_id ?? '')?.image).toBe(first?.image)
  expect(pictures.bySha256(first?.sha256 ?? '')).toHaveLength(1)
  expect(filesBelow(root)).toEqual(before)
})

it('the hash of an image of 2023 is that of its bytes', async () => {
  const root = archiveOf2023([withDash])
  const bytes = readFileSync(path.join(root, 'images', day, withDash))
  const sha256 = sha256Of(bytes)
  expect((await readArchivedPictures(root)).bySha256(sha256)).toHaveLength(1)
})

it('a file in the place of the folder of images is ignored', async () => {
  const root = archiveOf2023([])
  mkdirSync(path.join(root, 'images/2023/10'), { recursive: true })
  writeFileSync(path.join(root, 'images', day), '')
  expect(await bothImagesOf(root)).toEqual({ imported: undefined, shown: undefined })
})
