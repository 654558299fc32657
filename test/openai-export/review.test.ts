import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { importExports } from '../../src/openai-export/import.ts'
import { safeName } from '../../src/openai-export/store/safe-names.ts'
import { facts, fileId, genId } from '../fakes/facts.ts'
import { put } from '../fakes/folder.ts'
import { type Entry, writePacks } from './cases/pack.ts'
import { filesIn, importPacks, importZip, keptIn, newPlace, type Place } from './cases/run.ts'
import { type Chat, createStory, dallePart, type Outcome, service, uploadPart } from './cases/story.ts'

const pathsBelow = ({ files }: Outcome, folder: string) => [...files.keys()].filter((file) => file.startsWith(folder))
const lineOf = ({ lines }: Outcome, pointer: string) => lines.find((line) => line.pointer === pointer)

/** A chat with one picture, made by DALL·E 3. */
function drawn(s: ReturnType<typeof createStory>, title?: string) {
  const [chat, id, gen, picture] = [s.chat(title), s.legacyId(), s.genId(), s.webp()]
  chat.say({ role: 'tool', name: 'dalle.text2im', parts: [dallePart(service(id), picture, { genId: gen })] })
  return { chat, id, gen, picture, file: s.file(`dalle-generations/${id}-${s.uuid()}.webp`, picture) }
}

describe('a disk that takes no more', () => {
  it.skipIf(process.platform === 'win32')('is told in one line, and no file is cut short', async () => {
    const s = createStory('a big picture')
    const place = newPlace()
    const [chat, id, picture] = [s.chat(), s.legacyId(), s.webp({ lengthBytes: 600_000 })]
    chat.say({ role: 'tool', name: 'dalle.text2im', parts: [dallePart(service(id), picture, { genId: s.genId() })] })
    const [zip] = writePacks(place.inputs, [
      { name: 'export.zip', form: 'zip', entries: [s.conversations(chat), s.file(`${id}-x.webp`, picture)] },
    ])
    // The shell's limit of 300 blocks lets writes end half way, as a disk does that becomes full.
    const line = `ulimit -f 300; exec "$0" dist/cli/main.js import "$1" --archive "$2"`
    const run = spawnSync('bash', ['-c', line, process.execPath, String(zip), place.archivePath], { encoding: 'utf8' })
    expect(run.status, run.stderr).toBe(8)
    expect(run.stderr).not.toContain('    at ')
    expect([...filesIn(place.archivePath).keys()].filter((file) => file.startsWith('images/'))).toEqual([])
  })
})

describe('one content under several names', () => {
  it('is the picture, also when it was uploaded before it was made', async () => {
    const s = createStory('uploaded, then made')
    const [chat, upload, id, picture] = [s.chat(), s.legacyId(), s.legacyId(), s.webp()]
    chat.say({ parts: ['Look', uploadPart(service(upload), picture)] })
    chat.say({ role: 'tool', name: 'dalle.text2im', parts: [dallePart(service(id), picture, { genId: s.genId() })] })
    const entries = [s.conversations(chat), s.file(`${upload}-x.webp`, picture), s.file(`${id}-y.webp`, picture)]
    const outcome = await importZip(newPlace(), 'export.zip', entries)
    const images = pathsBelow(outcome, 'images/')
    expect(images).toHaveLength(1)
    expect(outcome.lines.map(({ stored }) => stored)).toEqual([images[0], images[0]])
    expect(pathsBelow(outcome, 'attachments/')).toEqual([])
  })

  it('is the picture, also when nobody refers to either', async () => {
    const s = createStory('two orphans')
    const [picture, id] = [s.webp(), s.legacyId()]
    const outcome = await importZip(newPlace(), 'export.zip', [
      s.conversations(s.chat()),
      s.file('a.webp', picture),
      s.file(`dalle-generations/${id}-${s.uuid()}.webp`, picture),
    ])
    expect(pathsBelow(outcome, 'images/')).toHaveLength(1)
    expect(pathsBelow(outcome, 'attachments/')).toEqual([])
  })

  it('moves from the orphans to the pictures when another export tells what it is', async () => {
    const [s, place] = [createStory('an orphan finds home'), newPlace()]
    const { chat, id, picture } = drawn(s)
    const file = s.file(`dalle-generations/${s.uuid()}.webp`, picture)
    const first = await importZip(place, 'old.zip', [s.conversations(s.chat()), file])
    expect(pathsBelow(first, 'attachments/orphans/')).toHaveLength(1)
    const names = s.json('conversation_asset_file_names.json', { [`${id}.dat`]: file.path })
    const second = await importZip(place, 'new.zip', [s.conversations(chat), names, file])
    expect(pathsBelow(second, 'images/')).toHaveLength(1)
    expect(pathsBelow(second, 'attachments/orphans/')).toEqual([])
  })
})

describe('importing again', () => {
  it('does not take what the last import found fitting for proof', async () => {
    const [s, place] = [createStory('by size, twice'), newPlace()]
    const { chat, id, picture } = drawn(s)
    const entries = [s.conversations(chat), s.file(`dalle-generations/${s.uuid()}.webp`, picture)]
    for (const _ of ['first', 'second']) {
      const outcome = await importZip(place, 'export.zip', entries)
      expect(lineOf(outcome, service(id))).toMatchObject({ status: 'probable', rule: 'T7' })
    }
    const without = await importZip(place, 'newer.zip', [s.conversations(chat)])
    expect(lineOf(without, service(id))).toMatchObject({ status: 'probable', rule: 'T5' })
  })

  it('keeps what an earlier import knew of a file that this one cannot tell', async () => {
    const [s, place] = [createStory('told by the index once'), newPlace()]
    const [one, two] = [drawn(s, 'One'), drawn(s, 'Two')]
    const alike = { ...two, picture: s.webp({ lengthBytes: one.picture.bytes.length }) }
    const second = s.chat('Two')
    second.say({ role: 'tool', parts: [dallePart(service(two.id), alike.picture, { genId: two.gen })] })
    const files = [one, alike].map(({ picture }) => s.file(`dalle-generations/${s.uuid()}.webp`, picture))
    const names = s.json('conversation_asset_file_names.json', { [`${one.id}.dat`]: files[0]?.path })
    const all = [s.conversations(one.chat, second), ...files]
    const told = await importZip(place, 'a.zip', [...all, names])
    expect(lineOf(told, service(one.id))).toMatchObject({ status: 'exact', rule: 'T2' })
    const untold = await importZip(place, 'b.zip', all)
    expect(lineOf(untold, service(one.id))).toMatchObject({
      status: 'exact',
      rule: 'T2',
      source: { sha256: one.picture.sha256 },
    })
  })

  it('leaves a title alone when an older export has another', async () => {
    const [s, place] = [createStory('renamed'), newPlace()]
    const { chat, file } = drawn(s, 'New title')
    const before = s.conversations({ ...(chat.json() as Record<string, unknown>), title: 'Old title' })
    const records = async (name: string, conversations: Entry) =>
      (await importZip(place, name, [conversations, file])).records.map(({ record }) => record)
    const first = await records('new.zip', s.conversations(chat))
    expect(first).toMatchObject([{ conversationTitle: 'New title' }])
    expect(await records('old.zip', before)).toEqual(first)
  })
})

it('finds a file that chat.html names by its UUID in another part of the export', async () => {
  const s = createStory('chat.html in part one')
  const [chat, id, photo, file] = [s.chat(), s.legacyId(), s.photo(), `files/${s.uuid()}.png`]
  chat.say({ parts: ['Look', uploadPart(service(id), null)] })
  const html = s.raw('chat.html', `<script>var assetsJson = ${JSON.stringify({ [service(id)]: file })}</script>`)
  const outcome = await importPacks(newPlace(), [
    { name: 'part-1.zip', form: 'zip', entries: [s.conversations(chat), html] },
    { name: 'part-2.zip', form: 'zip', entries: [s.file(file, photo)] },
  ])
  expect(lineOf(outcome, service(id))).toMatchObject({ status: 'exact', rule: 'T0' })
})

describe('an archive of the 2023 tool', () => {
  function oldArchive(place: Place, { id, gen, bytes }: { id: string; gen: string; bytes: Uint8Array }) {
    const image = `images/2023/11/5/1699178400-${gen}-A-red-circle.webp`
    const record = {
      gen_id: gen,
      prompt: 'A red circle',
      seed: 7,
      date: 1_699_178_400,
      fileId: id,
      width: 8,
      height: 8,
    }
    put(path.join(place.archivePath, image), bytes)
    put(path.join(place.archivePath, `database/2023/11/5/${gen}-${id}.json`), JSON.stringify(record))
    return { image, all: filesIn(place.archivePath) }
  }

  it('gets neither a second copy of a picture nor another record, whatever tells that it is the same', async () => {
    const [s, place] = [createStory('2023'), newPlace()]
    const { chat, id, gen, picture, file } = drawn(s)
    const old = oldArchive(place, { id: id.slice(5), gen, bytes: picture.bytes })
    const orphan = s.spare('IMG_0001.webp', picture)
    const outcome = await importZip(place, 'export.zip', [s.conversations(chat), file, orphan])
    expect(lineOf(outcome, service(id))).toMatchObject({ stored: old.image })
    for (const folder of ['images/', 'database/', 'attachments/'])
      expect(pathsBelow(outcome, folder)).toEqual([...old.all.keys()].filter((name) => name.startsWith(folder)))
    for (const [name, sha256] of old.all) expect(outcome.files.get(name)).toBe(sha256)
  })

  it('gets no second picture of a generation that it has under another id', async () => {
    const [s, place] = [createStory('2023, by gen_id'), newPlace()]
    const { chat, id, gen } = drawn(s)
    const old = oldArchive(place, { id: s.legacyId().slice(5), gen, bytes: s.webp().bytes })
    const outcome = await importZip(place, 'export.zip', [s.conversations(chat)])
    expect(lineOf(outcome, service(id))).toMatchObject({ status: 'exact', rule: 'T5', stored: old.image })
  })
})

it('joins what live capture heard of a picture with the bytes an export has of it', async () => {
  const [s, place] = [createStory('heard, not seen'), newPlace()]
  const { chat, id, gen, picture, file } = drawn(s)
  const archive = await openArchive(place.archivePath, { isLocked: true })
  await archive.pending.keepFacts(facts({ fileId: fileId(id), genId: genId(gen), seed: 42, editOp: 'inpainting' }))
  await archive.close()
  const { records } = await importZip(place, 'export.zip', [s.conversations(chat), file])
  expect(records.map(({ record }) => record)).toMatchObject([
    { sha256: picture.sha256, seed: 42, edit_op: 'inpainting', source: { origin: 'export' } },
  ])
})

describe('what an import leaves alone', () => {
  const aPicture = (): [Chat, Entry, Entry] => {
    const s = createStory('plain')
    const { chat, file } = drawn(s)
    return [chat, s.conversations(chat), file]
  }

  it('writes nothing in a dry run, not even the folders of an archive', async () => {
    const place = newPlace()
    mkdirSync(place.archivePath)
    const [, conversations, file] = aPicture()
    await importPacks(place, [{ name: 'export.zip', form: 'zip', entries: [conversations, file] }], { isDryRun: true })
    expect(readdirSync(place.archivePath)).toEqual([])
  })

  it('makes no archive for an input that is not there', async () => {
    const { archivePath, inputs } = newPlace()
    const importing = importExports({ paths: [path.join(inputs, 'none.zip')], archivePath })
    await expect(importing).rejects.toMatchObject({ code: 'usage' })
    expect(existsSync(archivePath)).toBe(false)
  })

  it.each([
    ['written', false],
    ['dry', true],
  ])(
    'takes nothing from its own archive where that lies in the folder that is imported, the run being %s',
    async (_, isDryRun) => {
      const { root, inputs } = newPlace()
      const archivePath = path.join(inputs, 'all', 'archive')
      const [, ...entries] = aPicture()
      writePacks(inputs, [{ name: 'all', form: 'folder', entries }])
      const run = (isDryRun: boolean) => importExports({ paths: [path.join(inputs, 'all')], archivePath, isDryRun })
      const first = await run(false)
      const before = keptIn(archivePath)
      const second = await run(isDryRun)
      expect([first.media.files, second.media.files]).toEqual([1, 1])
      expect(second).toMatchObject({ import_id: first.import_id, media: { orphans: 0 }, flaws: [] })
      expect(keptIn(archivePath)).toEqual(before)
      expect(readdirSync(root)).toEqual(['a'])
    },
  )

  it('follows no link where its list of attachments should be', async () => {
    const [place, [, ...entries]] = [newPlace(), aPicture()]
    const outside = put(path.join(place.root, 'outside'), 'mine')
    mkdirSync(path.join(place.archivePath, 'attachments'), { recursive: true })
    symlinkSync(outside, path.join(place.archivePath, 'attachments/index.ndjson'))
    await expect(importZip(place, 'export.zip', entries)).rejects.toMatchObject({ code: 'disk' })
    expect(readFileSync(outside, 'utf8')).toBe('mine')
  })
})

it.each(['CON', 'nul.txt', 'com1.png', 'COM¹.png', 'lpt9 .txt', 'CONIN$', 'aux .tar.gz'])(
  'makes a name of %s that is no device of Windows',
  (name) => {
    expect(safeName(name)).toMatch(/^_/)
  },
)

describe('a record that is torn', () => {
  it('is a flaw of the import, and its picture is archived anew', async () => {
    const s = createStory('a torn record')
    const { chat, file } = drawn(s)
    const place = newPlace()
    const entries = [s.conversations(chat), file]
    const [record = ''] = pathsBelow(await importZip(place, 'one.zip', entries), 'database/')
    put(path.join(place.archivePath, record), '{"gen_id": "M5')
    const again = await importZip(place, 'one.zip', entries)
    expect(again.summary.flaws).toMatchObject([{ reason: expect.stringContaining('torn') }])
    expect(JSON.parse(readFileSync(path.join(place.archivePath, record), 'utf8'))).toMatchObject({ version: 1 })
    expect(pathsBelow(again, 'database/')).toContain(`${record}.torn`)
  })
})
