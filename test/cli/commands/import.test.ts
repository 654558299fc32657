import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { importCommand } from '../../../src/cli/commands/import.ts'
import { filesBelow, put } from '../../fakes/folder.ts'
import { createFakeIo } from '../../fakes/io.ts'
import { writePacks } from '../../openai-export/cases/pack.ts'
import { newPlace } from '../../openai-export/cases/run.ts'
import { createStory, dallePart, service } from '../../openai-export/cases/story.ts'

/** One picture that is there, one that is not. */
function anExport() {
  const [s, place] = [createStory('for a person'), newPlace()]
  const [chat, ids, picture] = [s.chat(), [s.legacyId(), s.legacyId()], s.webp()]
  for (const id of ids) chat.say({ role: 'tool', parts: [dallePart(service(id), picture, { genId: s.genId() })] })
  const entries = [s.conversations(chat), s.file(`${ids[0]}-x.webp`, picture)]
  const [zip = ''] = writePacks(place.inputs, [{ name: 'export.zip', form: 'zip', entries }])
  return { ...place, zip }
}

it('reports the result of an import in a few lines', async () => {
  const { zip, archivePath } = anExport()
  const io = createFakeIo()
  expect(await importCommand([zip], { archive: archivePath }, io)).toBe(0)
  expect(io.out.split('\n').slice(0, 3)).toEqual([
    expect.stringMatching(/^1 conversation, 1 media file \(\d+ k?B\)$/),
    '1 of 2 generated images matched · 1 missing',
    'Not matched: 1 not in the export',
  ])
  expect(io.out).toContain('Archived 1 picture and 0 other files.')
})

it('reports the same to programs as one JSON object', async () => {
  const { zip, archivePath } = anExport()
  const io = createFakeIo()
  expect(await importCommand([zip], { archive: archivePath, dryRun: true, json: true }, io)).toBe(0)
  expect(JSON.parse(io.out)).toMatchObject({ event: 'import-ended', references: { total: 2 }, stored: { pictures: 0 } })
  expect(existsSync(archivePath)).toBe(false)
})

it.each([true, false])('leaves a sidecar beside each picture only if the settings want that: %s', async (sidecars) => {
  const { zip, archivePath, inputs } = anExport()
  const config = put(path.join(path.dirname(inputs), 'settings.json'), JSON.stringify({ archivePath, sidecars }))
  expect(await importCommand([zip], { config }, createFakeIo())).toBe(0)
  expect(filesBelow(archivePath).filter((file) => file.endsWith('.webp.xmp'))).toHaveLength(sidecars ? 1 : 0)
})

it('says that a folder is empty, and ends with 3', async () => {
  const { archivePath, inputs } = anExport()
  mkdirSync(path.join(inputs, 'empty'))
  const io = createFakeIo()
  expect(await importCommand([path.join(inputs, 'empty')], { archive: archivePath }, io)).toBe(3)
  expect(io.err).toContain('empty: holds nothing. Give the zip that OpenAI sent')
})

it('goes on after an input that is not an export, says so in one line, and ends with 3', async () => {
  const { zip, archivePath, inputs } = anExport()
  const io = createFakeIo()
  const text = put(path.join(inputs, 'letter.txt'), 'Dear all')
  expect(await importCommand([text, zip], { archive: archivePath }, io)).toBe(3)
  expect(io.err.trim().split('\n')).toEqual([expect.stringMatching(/^letter\.txt: is no zip/)])
  expect(io.out).toContain('Archived 1 picture')
})

it.each(['conversations.json', 'image.png'])('says for %s what to give instead, and ends with 3', async (name) => {
  const { archivePath, inputs } = anExport()
  const io = createFakeIo()
  const given = put(path.join(inputs, name), name.endsWith('.json') ? '[]' : createStory('alone').png().bytes)
  expect(await importCommand([given], { archive: archivePath }, io)).toBe(3)
  expect(io.err.trim().split('\n')).toEqual([
    expect.stringMatching(/^(conversations\.json|image\.png): is no zip.*Give the zip that OpenAI sent, or the folder/),
  ])
})

it('reports a generated image that is not an image, and ends with 3', async () => {
  const [s, place] = [createStory('a page for a picture'), newPlace()]
  const [chat, id] = [s.chat(), s.legacyId()]
  chat.say({ role: 'tool', parts: [dallePart(service(id), s.webp(), { genId: s.genId() })] })
  const entries = [s.conversations(chat), s.raw(`${id}-x.webp`, '<html>Sign in</html>')]
  const [zip = ''] = writePacks(place.inputs, [{ name: 'export.zip', form: 'zip', entries }])
  const io = createFakeIo()
  expect(await importCommand([zip], { archive: place.archivePath }, io)).toBe(3)
  expect(io.err.trim().split('\n')).toEqual([
    `export.zip › ${id}-x.webp: should be a generated image, and is none or only a part of one`,
  ])
  expect(io.out).toContain('Not matched: 1 damaged')
})

it('goes on after an entry that claims an absurd size, and ends with 3', async () => {
  const [s, place] = [createStory('absurd'), newPlace()]
  const [chat, id, picture] = [s.chat(), s.legacyId(), s.webp()]
  chat.say({ role: 'tool', parts: [dallePart(service(id), picture, { genId: s.genId() })] })
  const absurd = { path: 'absurd.bin', bytes: Buffer.from('x'), packedAs: { claimedSize: 4_000_000_000 } }
  const entries = [s.conversations(chat), absurd, s.file(`${id}-x.webp`, picture)]
  const [zip = ''] = writePacks(place.inputs, [{ name: 'export.zip', form: 'zip', entries }])
  const io = createFakeIo()
  expect(await importCommand([zip], { archive: place.archivePath }, io)).toBe(3)
  expect(io.err.trim()).toBe('export.zip › absurd.bin: would unpack to 4000000000 bytes: refused')
  expect(io.out).toContain('Archived 1 picture and 0 other files')
})
