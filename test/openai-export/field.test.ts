import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type PictureRecord, recordSchema } from '../../src/archive/records.ts'
import { importCommand } from '../../src/cli/commands/import.ts'
import { importExports } from '../../src/openai-export/import.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { createFakeIo } from '../fakes/io.ts'

const field = (name: string) => fileURLToPath(new URL(`../field/${name}`, import.meta.url))

/** Imports exports into a new archive. */
async function imported(...paths: string[]) {
  const archivePath = temporaryFolder()
  const summary = await importExports({ paths, archivePath })
  const records: PictureRecord[] = filesBelow(path.join(archivePath, 'database')).map((file) =>
    recordSchema.parse(JSON.parse(readFileSync(path.join(archivePath, 'database', file), 'utf8'))),
  )
  return { summary, records, prompts: records.map(({ prompt }) => prompt).sort() }
}

const whole = { flaws: [], media: { orphans: 0 } }

describe('conversations that are wrapped in one object', () => {
  it('are read as if they were not', async () => {
    const { summary, prompts } = await imported(field('11-wrapped-conversations/export'))
    expect(summary).toMatchObject({ ...whole, conversations: 2 })
    expect(prompts).toHaveLength(2)
    expect(prompts).not.toContain(null)
  })

  it('are read from an object by their ids', async () => {
    const folder = temporaryFolder()
    const { conversations } = JSON.parse(
      readFileSync(field('11-wrapped-conversations/export/conversations.json'), 'utf8'),
    )
    const byId = Object.fromEntries(conversations.map((one: { id: string }) => [one.id, one]))
    put(path.join(folder, 'conversations.json'), JSON.stringify(byId))
    expect((await imported(folder)).summary.conversations).toBe(2)
  })

  it('are none where one of them is something else', async () => {
    const folder = temporaryFolder()
    put(
      path.join(folder, 'conversations.json'),
      JSON.stringify({ conversations: [{ mapping: {}, id: 'c' }, { x: 1 }] }),
    )
    const { summary } = await imported(folder)
    expect(summary.flaws).toMatchObject([{ reason: 'one of its elements is no conversation' }])
  })
})

describe('files that a system has renamed', () => {
  it('are what they were', async () => {
    const { summary, prompts } = await imported(field('12-renamed-json/export'))
    expect(summary).toMatchObject({ ...whole, conversations: 4 })
    expect(prompts).toHaveLength(4)
    expect(prompts).not.toContain(null)
  })

  it('are found by how they begin, whatever they are called', async () => {
    const folder = temporaryFolder()
    const from = field('12-renamed-json/export')
    copyFileSync(path.join(from, 'conversations.json'), path.join(folder, 'my chats.json'))
    put(path.join(folder, 'settings.json'), '{"theme":"dark"}')
    put(path.join(folder, `file-${'a'.repeat(24)}-mine.json`), readFileSync(path.join(from, 'Conversations 2.json')))
    expect((await imported(folder)).summary.conversations).toBe(1)
  })
})

describe('an export of which only chat.html is left', () => {
  it('gives the conversations that it holds', async () => {
    const { summary, prompts } = await imported(field('13-chat-html-only/export'))
    expect(summary).toMatchObject({ ...whole, conversations: 1 })
    expect(prompts).not.toContain(null)
    expect(prompts).toHaveLength(1)
  })
})

describe('what a person wrote', () => {
  it('is what they could see themselves write, not what the site wrote in their name', async () => {
    const { records } = await imported(field('16-hidden-user-message/export'))
    expect(records).toMatchObject([
      {
        prompt: 'Draw a kite that looks like a ray',
        promptSource: 'user-request',
        image: expect.stringMatching(/a-ray/),
      },
    ])
  })
})

describe('a name', () => {
  it.each(['NFC', 'NFD'] as const)('is matched in its %s form, whichever the conversation has', async (form) => {
    const folder = temporaryFolder()
    const name = 'Übersicht Drachenfest Café.png'.normalize(form)
    copyFileSync(field('18-nfd-names/conversations.json'), path.join(folder, 'conversations.json'))
    copyFileSync(field('18-nfd-names/overview.png'), path.join(folder, name))
    const { summary } = await imported(folder)
    expect(summary).toMatchObject({ ...whole, references: { by_kind: { attachment: { probable: 1 } } } })
  })
})

describe('a placeholder in a text', () => {
  it('names a file of its conversation', async () => {
    const { summary } = await imported(field('19-file-placeholders/export'))
    expect(summary).toMatchObject({ ...whole, references: { by_kind: { link: { exact: 1 } } } })
  })
})

describe('a zip packed on Windows', () => {
  it('holds no clutter behind its back-slashes', async () => {
    const { summary, prompts } = await imported(field('24-windows-zip/export.zip'))
    expect(summary).toMatchObject({ ...whole, conversations: 1 })
    expect(prompts).toHaveLength(1)
  })
})

describe('four pictures of one command', () => {
  it('are four, though they share a gen_id', async () => {
    const { summary, records } = await imported(field('25-four-images-one-command/export'))
    expect(summary).toMatchObject(whole)
    expect(new Set(records.map(({ fileId }) => fileId)).size).toBe(4)
    expect(new Set(records.map(({ image }) => image)).size).toBe(4)
  })
})

describe('JSON that Python has written', () => {
  it('may hold numbers that are none', async () => {
    const { summary, prompts } = await imported(field('27-nan-and-python-json/export'))
    expect(summary).toMatchObject({ ...whole, conversations: 1 })
    expect(prompts).not.toContain(null)
  })

  it('keeps the words where a person wrote them', async () => {
    const folder = temporaryFolder()
    const from = readFileSync(field('27-nan-and-python-json/export/conversations.json'), 'utf8')
    const title = 'NaN \\" and -Infinity'
    put(
      path.join(folder, 'conversations.json'),
      from.replace(/"title": "[^"]*"/, () => `"title": "${title}"`),
    )
    copyFileSync(
      field('27-nan-and-python-json/export/file_00000000000000000000abc00000010f.dat'),
      path.join(folder, 'file_00000000000000000000abc00000010f.dat'),
    )
    const { records } = await imported(folder)
    expect(records).toMatchObject([{ conversationTitle: 'NaN " and -Infinity' }])
  })
})

describe('an import that found no conversation', () => {
  const run = async (folder: string) => {
    const io = createFakeIo()
    const code = await importCommand([folder], { archive: temporaryFolder() }, io)
    return { code, first: io.out.split('\n')[0] }
  }

  it('says so first, and has not succeeded', async () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'x'))
    put(path.join(folder, 'x', 'picture.png'), 'none')
    expect(await run(folder)).toEqual({ code: 3, first: expect.stringMatching(/^No conversations were found/) })
  })

  it('has succeeded with one', async () => {
    expect(await run(field('19-file-placeholders/export'))).toEqual({
      code: 0,
      first: expect.stringMatching(/^1 conv/),
    })
  })
})

describe("the account's id", () => {
  it('is nowhere in what is written, though it stands in the names of folders', async () => {
    const [secret, archivePath, folder] = ['user-Secret0123456789abcdefgh', temporaryFolder(), temporaryFolder()]
    const from = field('27-nan-and-python-json/export')
    const id = 'file_00000000000000000000abc00000010f'
    copyFileSync(path.join(from, 'conversations.json'), path.join(folder, 'conversations.json'))
    put(path.join(folder, secret, `${id}-sanitized.png`), readFileSync(path.join(from, `${id}.dat`)))
    put(path.join(folder, secret, 'orphan.png'), 'no picture')
    put(
      path.join(folder, 'conversation_asset_file_names.json'),
      JSON.stringify({ [`${id}.dat`]: `${secret}/gone.png` }),
    )
    const { records } = await imported(folder)
    expect(records).toMatchObject([{ source: { entry: `user/${id}-sanitized.png` } }])
    const summary = await importExports({ paths: [folder], archivePath })
    expect(JSON.stringify(summary)).not.toContain(secret)
    for (const file of filesBelow(archivePath)) {
      expect(file).not.toContain(secret)
      expect(readFileSync(path.join(archivePath, file), 'latin1')).not.toContain(secret)
    }
  })
})
