import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Archive, openArchive } from '../../src/archive/archive.ts'
import { contentInMemory } from '../../src/archive/content.ts'
import type { Source } from '../../src/archive/records.ts'
import { type ArchivedPicture, createArchivedPictures } from '../../src/catalogue/archived-pictures.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { createPictureStore, type PictureStore } from '../../src/intake/picture-store.ts'
import { makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import type { DatedFacts } from '../../src/sites/facts.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { sha256Of } from '../fakes/sha256.ts'

const size = { widthPx: 64, heightPx: 48 }
const [bytes, others] = [makeWebp(size, 2_000), makeWebp(size, 3_000)]
const live: Source = { origin: 'live', channel: 'stream', host: null }
const byExport = (match: Source['match']): Source => ({ origin: 'export', channel: 'export', host: null, match })
const contentOf = (content: Buffer) => {
  const kind = inspectImage(content)
  if (!kind) throw new Error('no image')
  return contentInMemory(content, kind)
}

interface Run {
  readonly root: string
  readonly archive: Archive
  readonly aside: string[]
  add(content?: Buffer, more?: Partial<DatedFacts>, source?: Source): ReturnType<PictureStore['add']>
  complete: PictureStore['complete']
}

async function run({ knowsOthers = true } = {}): Promise<Run> {
  const root = temporaryFolder()
  const archive = await openArchive(root)
  const aside: string[] = []
  const putAside = async ({ image }: ArchivedPicture) => void aside.push(image)
  const now = () => new Date()
  const store = createPictureStore({
    archive,
    now,
    putAside,
    ...(knowsOthers && { archived: createArchivedPictures() }),
  })
  return {
    root,
    archive,
    aside,
    add: (content = bytes, more = {}, source = live) =>
      store.add({
        facts: facts(more),
        content: contentOf(content),
        source,
        keepBeside: async (image) => `beside ${image}`,
      }),
    complete: store.complete,
  }
}

describe('a picture with both halves', () => {
  it('is stored, and the verdict has its record', async () => {
    const one = await run()
    const verdict = await one.add()
    expect(verdict).toMatchObject({ kind: 'stored', was: 'new', record: { sha256: sha256Of(bytes) } })
    const image = verdict.kind === 'stored' ? verdict.record.image : ''
    expect(readFileSync(path.join(one.root, image))).toEqual(bytes)
    expect(one.archive.has(facts().fileId)).toBe(true)
  })

  it('gets what live capture knew about it before its bytes came', async () => {
    const one = await run()
    await one.archive.pending.keepFacts(facts({ seed: 42 }))
    expect(await one.add(bytes, { seed: null })).toMatchObject({ record: { seed: 42 } })
  })

  it('is recognised when it comes again, and written once', async () => {
    const one = await run()
    await one.add()
    expect(await one.add()).toMatchObject({ kind: 'known', isCompleted: false })
    expect(filesBelow(path.join(one.root, 'images'))).toHaveLength(1)
  })

  it('completes the record of a known one', async () => {
    const one = await run()
    await one.add(bytes, { seed: null })
    expect(await one.add()).toMatchObject({ kind: 'known', isCompleted: true })
    expect(await one.archive.factsOf(facts().fileId)).toMatchObject({ seed: facts().seed })
  })

  it('with other bytes is stored beside the archived image, which stays', async () => {
    const one = await run()
    await one.add()
    const verdict = await one.add(others)
    expect(verdict).toMatchObject({ kind: 'known', image: expect.stringMatching(/^beside images\//) })
    expect(one.aside).toEqual([])
  })
})

describe('a picture that an import had assigned by exclusion', () => {
  it('is replaced when there is proof, and is put aside', async () => {
    const one = await run()
    await one.add(bytes, {}, byExport('probable'))
    expect(await one.add(others, {}, byExport('exact'))).toMatchObject({
      kind: 'stored',
      was: 'corrected',
      record: { sha256: sha256Of(others), source: { match: 'exact' } },
    })
    expect(one.aside).toHaveLength(1)
  })

  it('is not replaced because of another guess', async () => {
    const one = await run()
    await one.add(bytes, {}, byExport('probable'))
    expect(await one.add(others, {}, byExport('probable'))).toMatchObject({ kind: 'known' })
  })

  it('negative control: is never replaced if it came in live', async () => {
    const one = await run()
    await one.add(bytes, {}, live)
    expect(await one.add(others, {}, byExport('exact'))).toMatchObject({ kind: 'known' })
    expect(one.aside).toEqual([])
  })
})

describe('the same generation under another id', () => {
  const other = { fileId: fileId('file-another'), messageId: 'another-message' }

  it('and with other bytes is not a second picture', async () => {
    const one = await run()
    await one.add()
    expect(await one.add(others, other)).toMatchObject({ kind: 'known', image: expect.stringMatching(/^beside/) })
    expect(one.archive.count).toBe(1)
  })

  it('with the same bytes has its own record, and shares the one image', async () => {
    const one = await run()
    await one.add()
    expect(await one.add(bytes, other)).toMatchObject({ kind: 'stored' })
    expect(one.archive.count).toBe(2)
    expect(filesBelow(path.join(one.root, 'images'))).toHaveLength(1)
  })

  it('is a second picture if both belong to one message', async () => {
    const one = await run()
    await one.add()
    await one.add(others, { ...other, messageId: facts().messageId })
    expect(one.archive.count).toBe(2)
  })

  it('is a second picture if the records have not been read', async () => {
    const one = await run({ knowsOthers: false })
    await one.add()
    await one.add(others, other)
    expect(one.archive.count).toBe(2)
  })
})

it('completes what is archived already, and waits for the bytes of what is not', async () => {
  const one = await run()
  expect(await one.complete(facts())).toEqual({ kind: 'waiting' })
  await one.add(bytes, { seed: null })
  expect(await one.complete(facts())).toMatchObject({ kind: 'known', isCompleted: true })
})

describe('an archived picture whose image is gone', () => {
  const imageIn = (one: Run) => path.join(one.root, filesIn(one)[0] ?? '')
  const filesIn = (one: Run) => filesBelow(path.join(one.root, 'images')).map((name) => `images/${name}`)

  it('gets it back when its bytes come again', async () => {
    const one = await run()
    await one.add()
    const image = imageIn(one)
    rmSync(image)
    const changes: string[] = []
    one.archive.onRecord((_, change) => void changes.push(change))
    expect(await one.add(bytes, {}, byExport('exact'))).toMatchObject({ kind: 'stored', was: 'restored' })
    expect(readFileSync(image)).toEqual(bytes)
    expect(changes).toContain('restored')
  })

  it('does not get it back when the user deleted it', async () => {
    const one = await run()
    await one.add()
    rmSync(imageIn(one))
    const place = one.archive.recordOf(facts().fileId) ?? ''
    const marks = { favourite: false, stars: 0, flag: '', tags: [], note: '', imageDeleted: true } as const
    await one.archive.mark(path.posix.dirname(place), path.posix.basename(place), marks)
    expect(await one.add(bytes, {}, byExport('exact'))).toEqual({ kind: 'known', image: null, isCompleted: false })
    expect(filesIn(one)).toEqual([])
  })
})
