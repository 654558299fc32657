import { readFileSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { writeMarks } from '../../src/archive/mark-files.ts'
import { createThumbs } from '../../src/catalogue/thumbs.ts'
import { openOriginals } from '../../src/mirror/originals.ts'
import type { GalleryData } from '../../src/take-out/gallery-data.ts'
import { shellForFiles, writeStaticCopy } from '../../src/take-out/static-copy.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { archiveOf, builtPage, idOf, indexOf } from '../gallery/support.ts'

const webp = Buffer.from('RIFF\0\0\0\0WEBPsmall', 'latin1')

async function copied(root: string, hasThumbs = true) {
  const target = path.join(temporaryFolder(), 'copy')
  const thumbs = createThumbs(root, async () => (hasThumbs ? async () => webp : undefined))
  const more = { originals: openOriginals(root, undefined), page: builtPage() }
  const counts = await writeStaticCopy({ root, catalogue: await indexOf(root), thumbs, target, ...more })
  const window: { galleryData?: GalleryData } = {}
  runInNewContext(readFileSync(path.join(target, 'data.js'), 'utf8'), { window })
  if (!window.galleryData) throw new Error('no data')
  return { target, counts, data: window.galleryData }
}

it('contains page, data, images and thumbnails, and every address in it leads to a file', async () => {
  const { root, records } = await archiveOf(3)
  const entry = (await indexOf(root)).entries[1]
  if (entry)
    await writeMarks(root, entry.folder, entry.name, { favourite: true, stars: 0, flag: '', tags: ['a'], note: 'b' })
  const { target, counts, data } = await copied(root)
  expect(counts).toEqual({ pictures: 3, missing: 0 })
  expect(filesBelow(target)).toEqual(
    [
      'assets/page-0a1b2c3d.js',
      'assets/page.css',
      'assets/page.js',
      'data.js',
      'index.html',
      ...records.map(({ image }) => image),
      ...[0, 1, 2].map((n) => `thumbs/${idOf(n)}.webp`),
    ].sort(),
  )
  expect(data.list.pictures.id).toEqual(data.pictures.map(({ id }) => id))
  expect(data.list.pictures.flags).toEqual([2, 3, 2])
  expect({ ...data.marks }).toEqual({ [idOf(1)]: { favourite: true, stars: 0, flag: '', tags: ['a'], note: 'b' } })
  for (const { imageUrl, thumbUrl, path: place } of data.pictures) {
    for (const url of [imageUrl, thumbUrl]) {
      const found = new URL(url, `file://${target}/index.html`)
      expect(filesBelow(target)).toContain(path.relative(target, decodeURIComponent(found.pathname)))
    }
    expect(place).not.toContain(root)
  }
  const image = records[0]?.image ?? ''
  expect(readFileSync(path.join(target, image))).toEqual(readFileSync(path.join(root, image)))
})

it('without sharp shows the images themselves; missing ones and links are reported as missing', async () => {
  const { root, records } = await archiveOf(3)
  rmSync(path.join(root, records[0]?.image ?? ''))
  rmSync(path.join(root, records[1]?.image ?? ''))
  symlinkSync(put(path.join(temporaryFolder(), 'secret.webp'), 'secret'), path.join(root, records[1]?.image ?? ''))
  const { target, counts, data } = await copied(root, false)
  expect(counts).toEqual({ pictures: 3, missing: 2 })
  expect(data.list.pictures.flags.map((flags) => flags & 4)).toEqual([0, 4, 4])
  expect(data.pictures[0]?.thumbUrl).toBe(data.pictures[0]?.imageUrl)
  expect(filesBelow(target).filter((file) => file.startsWith('images/'))).toHaveLength(1)
})

it('lets no prompt end the script that contains it', async () => {
  const prompt = '</script><script>alert(1)</script>\u2028<!--'
  const { root } = await archiveOf(1, () => ({ prompt }))
  const { target, data } = await copied(root)
  expect(data.pictures[0]?.prompt).toBe(prompt)
  expect(readFileSync(path.join(target, 'data.js'), 'utf8')).not.toMatch(/<|\u2028/)
})

it('is only written into an empty folder outside of the archive', async () => {
  const { root } = await archiveOf(1)
  const options = {
    root,
    catalogue: await indexOf(root),
    thumbs: createThumbs(root, async () => undefined),
    page: builtPage(),
    originals: openOriginals(root, undefined),
  }
  const full = path.dirname(put(path.join(temporaryFolder(), 'mine.txt'), 'mine'))
  for (const target of [full, root, path.join(root, 'copy')])
    await expect(writeStaticCopy({ ...options, target })).rejects.toMatchObject({ code: 'usage' })
  expect(filesBelow(full)).toEqual(['mine.txt'])
})

it('makes the shell work from a file: relative addresses, no module, the data first', () => {
  const shell = `<head><link rel="icon" href="/assets/icon.svg"><link rel="stylesheet" crossorigin href="/assets/a.css">
    <script type="module" crossorigin src="/assets/a.js"></script></head>`
  const local = shellForFiles(shell)
  expect(local).toContain('<link rel="stylesheet" href="assets/a.css">')
  expect(local).toContain('href="assets/icon.svg"')
  expect(local).not.toMatch(/module|crossorigin|"\//)
  expect(local.indexOf('src="data.js"')).toBeLessThan(local.indexOf('src="assets/a.js"'))
})

it('makes a shell that is no module work the same', () => {
  const local = shellForFiles('<link href="./assets/i.svg"><script defer src="./assets/a.js"></script>')
  expect(local).toMatch(
    /<link href="assets\/i.svg"><script defer src="data.js"><\/script>\s+<script defer src="assets\/a.js">/,
  )
})
