import { createHash } from 'node:crypto'
import { readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readMarks, writeMarks } from '../../src/archive/mark-files.ts'
import type { Marks } from '../../src/archive/marks.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { type RecordPlace, recordPlaces } from '../../src/catalogue/record-places.ts'
import { removeAll, statusOf, writeAll } from '../../src/sidecars/all.ts'
import { openSidecars } from '../../src/sidecars/sidecars.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { exiftool, exiv2, hasReaders, run } from '../fakes/programs.ts'
import { archiveOf } from '../gallery/support.ts'

const sidecarsIn = (root: string) => filesBelow(root).filter((file) => file.endsWith('.xmp'))

/** Opens the sidecars of an archive, and counts how often marks were written. */
async function open(root: string) {
  const marked: Marks[] = []
  const mark = async (folder: string, name: string, marks: Marks) => {
    marked.push(marks)
    await writeMarks(root, folder, name, marks)
  }
  return { sidecars: await openSidecars({ root, mark }), marked }
}

async function onePicture() {
  const { root, records } = await archiveOf(1)
  const [record] = records as [PictureRecord]
  const [place] = (await recordPlaces(root)) as [RecordPlace]
  const file = path.join(root, `${record.image}.xmp`)
  return {
    ...{ root, record, place, file },
    marks: () => readMarks(path.join(root, 'database'), place.folder, place.name),
    text: () => readFileSync(file, 'utf8'),
    /** Changes the text as a photo manager does. */
    edit: (change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, 'utf8'))),
  }
}

const withRating = (text: string) => text.replace('<xmp:CreateDate>', '<xmp:Rating>5</xmp:Rating><xmp:CreateDate>')

describe('sidecars of an archive', () => {
  it('are written for the past, once, and leave the originals alone', async () => {
    const { root, records } = await archiveOf(3)
    const before = records.map(({ image }) => readFileSync(path.join(root, image)))
    const { sidecars } = await open(root)
    expect(await writeAll(sidecars, { root })).toMatchObject({ written: 3, kept: 0, failed: 0 })
    expect(sidecarsIn(root)).toEqual(records.map(({ image }) => `${image}.xmp`).sort())
    expect(records.map(({ image }) => readFileSync(path.join(root, image)))).toEqual(before)
    expect(await writeAll(sidecars, { root })).toMatchObject({ written: 0, kept: 3 })
    // Also to a later run, which knows them from the disk alone.
    expect(await writeAll((await open(root)).sidecars, { root })).toMatchObject({ written: 0, kept: 3 })
  })

  it('follow the marks, and say what the record has learned', async () => {
    const { root, place, text } = await onePicture()
    const { sidecars } = await open(root)
    await sidecars.tend(place)
    expect(text()).not.toContain('xmp:Rating')
    await writeMarks(root, place.folder, place.name, { favourite: true, stars: 0, flag: '', tags: ['sea'], note: '' })
    expect(await sidecars.look(place)).toEqual({ outcome: 'written' })
    expect(text()).toContain('<xmp:Rating>5</xmp:Rating>')
    expect(text()).toContain('<rdf:li>sea</rdf:li>')
  })

  it('are made anew when they are gone or empty', async () => {
    const { root, place, file, text } = await onePicture()
    const { sidecars } = await open(root)
    await sidecars.tend(place)
    const whole = text()
    for (const spoil of [() => rmSync(file), () => writeFileSync(file, '')]) {
      spoil()
      expect(await sidecars.look(place)).toEqual({ outcome: 'written' })
      expect(text()).toBe(whole)
    }
  })

  it('have none beside a link or a folder in their place', async () => {
    const { root, place, file } = await onePicture()
    const outside = path.join(temporaryFolder(), 'outside.xmp')
    writeFileSync(outside, 'precious')
    symlinkSync(outside, file)
    const { sidecars } = await open(root)
    expect(await sidecars.tend(place)).toEqual({ outcome: 'left' })
    expect(readFileSync(outside, 'utf8')).toBe('precious')
  })
})

describe('two records of one image', () => {
  it('share one sidecar, which is that of the first, until its record is gone', async () => {
    const { root, place, text } = await onePicture()
    const { sidecars, marked } = await open(root)
    await sidecars.tend(place)
    const whole = text()
    const other = { ...place, name: place.name.replace('Picture', 'Another') }
    const json = readFileSync(path.join(root, 'database', place.folder, place.name), 'utf8')
    const file = (name: string) => path.join(root, 'database', place.folder, name)
    writeFileSync(file(other.name), json.replaceAll('Picture0', 'Another0').replace('Picture number', 'Not number'))
    expect(await sidecars.tend(other)).toEqual({ outcome: 'none' })
    expect(text()).toBe(whole)
    rmSync(file(place.name))
    expect(await sidecars.tend(other)).toEqual({ outcome: 'written' })
    expect(text()).toContain('Not number')
    expect(marked).toEqual([])
  })
})

describe('a sidecar that a photo manager has edited', () => {
  it('is never overwritten, and what was edited becomes marks, once', async () => {
    const { root, place, marks, text, edit } = await onePicture()
    const { sidecars, marked } = await open(root)
    await sidecars.tend(place)
    edit((before) => `${withRating(before)}<!-- by digiKam -->`)
    const edited = text()
    expect(await sidecars.look(place)).toEqual({ outcome: 'edited', isMarked: true })
    expect(await marks()).toMatchObject({ favourite: true })
    expect(text()).toBe(edited)
    // Neither our own marks nor time begin it again.
    for (let time = 0; time < 5; time++) await sidecars.tend(place)
    expect(await sidecars.look(place)).toBeUndefined()
    expect(marked).toHaveLength(1)
    expect(text()).toBe(edited)
  })

  it('would be overwritten if it were taken for ours', async () => {
    const { root, place, text, edit } = await onePicture()
    const { sidecars } = await open(root)
    await sidecars.tend(place)
    edit((before) => before.replace('x:xmptk="dalle-archiver"', 'x:xmptk="other"'))
    const journal = path.join(root, 'sidecars', 'written.ndjson')
    const sha256 = createHash('sha256').update(text()).digest('hex')
    writeFileSync(journal, readFileSync(journal, 'utf8').replace(/"sha256":"\w+"/, `"sha256":"${sha256}"`))
    expect(await (await open(root)).sidecars.tend(place)).toEqual({ outcome: 'written' })
    expect(text()).not.toContain('other')
  })

  it('gets our own part refreshed, and nothing else', async () => {
    const { root, place, text, edit } = await onePicture()
    const { sidecars } = await open(root)
    await sidecars.tend(place)
    edit((before) =>
      before.replace('</rdf:Alt></dc:description>', '</rdf:Alt></dc:description><dc:source>theirs</dc:source>'),
    )
    await sidecars.tend(place)
    await writeMarks(root, place.folder, place.name, {
      favourite: true,
      stars: 0,
      flag: '',
      tags: [],
      note: 'of the gallery',
    })
    expect(await sidecars.look(place)).toEqual({ outcome: 'edited', isMarked: false })
    expect(text()).toContain('<dc:source>theirs</dc:source>')
    expect(text()).toContain('<dallearchiver:note>of the gallery</dallearchiver:note>')
    expect(text()).not.toContain('xmp:Rating')
    expect(await sidecars.look(place)).toBeUndefined()
  })

  it('is left alone when it cannot be read', async () => {
    const { root, place, marks, text, edit } = await onePicture()
    const { sidecars, marked } = await open(root)
    await sidecars.tend(place)
    edit((before) => before.slice(0, 700))
    const edited = text()
    expect(await sidecars.look(place)).toEqual({ outcome: 'left' })
    await writeMarks(root, place.folder, place.name, { favourite: true, stars: 0, flag: '', tags: [], note: '' })
    expect(await sidecars.look(place)).toEqual({ outcome: 'left' })
    expect(text()).toBe(edited)
    expect(marked).toEqual([])
    expect(await marks()).toMatchObject({ favourite: true })
  })

  it('is noticed though it has the same length and the disk’s clock is coarse', async () => {
    const { root, place, file, edit, marks } = await onePicture()
    await writeMarks(root, place.folder, place.name, { favourite: true, stars: 0, flag: '', tags: ['sea'], note: '' })
    const { sidecars } = await open(root)
    await sidecars.tend(place)
    const { atime, mtime } = statSync(file)
    edit((before) => before.replaceAll('>sea<', '>lea<'))
    utimesSync(file, atime, new Date(mtime.getTime() + 2_000))
    expect(await sidecars.look(place)).toMatchObject({ isMarked: true })
    expect(await marks()).toMatchObject({ tags: ['lea'], favourite: true })
  })

  it('that was there before us is read, and kept', async () => {
    const { root, place, file, marks, text } = await onePicture()
    const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
    const theirs = `<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5"/>`
    writeFileSync(file, `<rdf:RDF xmlns:rdf="${rdf}">${theirs}</rdf:RDF>`)
    const { sidecars } = await open(root)
    expect(await sidecars.tend(place)).toEqual({ outcome: 'edited', isMarked: true })
    expect(await marks()).toMatchObject({ favourite: true })
    expect(text()).toContain(theirs)
  })

  it('is the same to us when another of our runs wrote it', async () => {
    const { root, place } = await onePicture()
    const [one, other] = [await open(root), await open(root)]
    await one.sidecars.tend(place)
    await writeMarks(root, place.folder, place.name, { favourite: true, stars: 0, flag: '', tags: [], note: '' })
    // The other never saw what the first wrote.
    await one.sidecars.tend(place)
    expect(await other.sidecars.tend(place)).toEqual({ outcome: 'kept' })
    expect(other.marked).toEqual([])
  })
})

describe.skipIf(!hasReaders)('with programs of others', () => {
  it('rating, tags and caption of exiftool come back as marks, and its file stays as it is', async () => {
    const { root, place, file, marks, text } = await onePicture()
    const { sidecars } = await open(root)
    await sidecars.tend(place)
    run('exiftool', [
      '-q',
      '-overwrite_original',
      '-XMP-xmp:Rating=5',
      '-XMP-dc:Subject+=été',
      '-XMP-dc:Description=Mine',
      file,
    ])
    const theirs = text()
    expect(await sidecars.look(place)).toEqual({ outcome: 'edited', isMarked: true })
    expect(await marks()).toEqual({ favourite: true, stars: 5, flag: '', tags: ['été'], note: 'Mine' })
    // But for the note, which is said in our own part, too.
    expect(exiftool([file])[0]).toMatchObject({ Validate: 'OK', Rating: 5, Description: 'Mine', Note: 'Mine' })
    expect(theirs).not.toContain('dallearchiver:note')
  })

  it('a tag that exiv2 takes away is gone, and what it wrote is kept after a merge', async () => {
    const { root, place, file, marks } = await onePicture()
    await writeMarks(root, place.folder, place.name, {
      favourite: true,
      stars: 0,
      flag: '',
      tags: ['sea', 'sky'],
      note: '',
    })
    const { sidecars } = await open(root)
    await sidecars.tend(place)
    run('exiv2', [
      '-Mdel Xmp.dc.subject',
      '-Mset Xmp.dc.subject XmpBag sea',
      '-Mdel Xmp.digiKam.TagsList',
      '-Mdel Xmp.lr.hierarchicalSubject',
      '-Mset Xmp.lr.hierarchicalSubject XmpBag sea',
      '-Mset Xmp.xmp.Label Red',
      file,
    ])
    expect(await sidecars.look(place)).toMatchObject({ outcome: 'edited' })
    expect((await marks()).tags).not.toContain('sky')
    await writeMarks(root, place.folder, place.name, { ...(await marks()), note: 'later' })
    await sidecars.look(place)
    expect(exiv2(file).get('Xmp.xmp.Label')).toBe('Red')
    expect(exiv2(file).get('Xmp.dallearchiver.note')).toBe('later')
    expect(exiftool([file])[0]).toMatchObject({ Validate: 'OK', Label: 'Red' })
  })
})

describe('status and removal', () => {
  it('tell ours from others’, from missing ones and from orphans, and remove ours alone', async () => {
    const { root, records } = await archiveOf(4)
    const { sidecars } = await open(root)
    await writeAll(sidecars, { root })
    const at = (n: number) => path.join(root, `${records[n]?.image}`)
    writeFileSync(`${at(0)}.xmp`, withRating(readFileSync(`${at(0)}.xmp`, 'utf8')))
    rmSync(`${at(1)}.xmp`)
    rmSync(at(2))
    expect(await statusOf(sidecars.noted(), { root })).toEqual({
      ...{ pictures: 3, written: 1, edited: 1, missing: 1 },
      orphaned: [`${records[2]?.image}.xmp`],
    })
    expect(await removeAll(sidecars, { root })).toEqual({ removed: 2, left: 1, failed: 0 })
    expect(sidecarsIn(root)).toEqual([`${records[0]?.image}.xmp`])
  })

  it('remove also ours whose record is gone', async () => {
    const { root, records } = await archiveOf(1)
    const { sidecars } = await open(root)
    await writeAll(sidecars, { root })
    rmSync(path.join(root, 'database'), { recursive: true })
    expect(await removeAll((await open(root)).sidecars, { root })).toMatchObject({ removed: 1 })
    expect(filesBelow(path.join(root, 'images'))).toEqual(records.map(({ image }) => image.slice('images/'.length)))
  })

  it('go with an image that was moved away, unless somebody edited them', async () => {
    const { root, records } = await archiveOf(2)
    const { sidecars } = await open(root)
    await writeAll(sidecars, { root })
    const at = (n: number) => path.join(root, `${records[n]?.image}`)
    writeFileSync(`${at(0)}.xmp`, withRating(readFileSync(`${at(0)}.xmp`, 'utf8')))
    for (const n of [0, 1]) renameSync(at(n), path.join(root, `moved-${n}`))
    expect(await writeAll(sidecars, { root })).toMatchObject({ none: 2 })
    expect(sidecarsIn(root)).toEqual([`${records[0]?.image}.xmp`])
  })
})

it('what the disk refuses for one picture does not keep the others from being written', async () => {
  const { root } = await archiveOf(3)
  let writes = 0
  const check = async () => {
    if (++writes === 1) throw new Error('no space left')
  }
  const sidecars = await openSidecars({ root, mark: async () => {}, check })
  const failed: string[] = []
  const onFailed = (record: string, reason: string) => void failed.push(`${record}: ${reason}`)
  expect(await writeAll(sidecars, { root, onFailed })).toMatchObject({ written: 2, failed: 1 })
  expect(failed).toEqual([expect.stringMatching(/^database\/.*\.json: no space left$/)])
  // The next look makes up for it.
  expect(await writeAll(sidecars, { root })).toMatchObject({ written: 1, kept: 2 })
})
