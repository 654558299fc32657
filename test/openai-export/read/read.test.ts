import { describe, expect, it } from 'vitest'
import type { ImportEvent } from '../../../src/openai-export/events.ts'
import type { ExportFile, InputFlaw } from '../../../src/openai-export/inputs/export-file.ts'
import { readContents } from '../../../src/openai-export/read/read.ts'
import type { ReadOptions } from '../../../src/openai-export/read/text-reader.ts'
import { brokenFile, fileOf, oldId as id } from '../fakes.ts'

const conversations = '[{"id":"c1","mapping":{}}]'

async function read(files: readonly ExportFile[], options: ReadOptions = {}) {
  const flaws: InputFlaw[] = []
  const contents = await readContents(files, (flaw) => flaws.push(flaw), options)
  return { ...contents, flaws: flaws.map(({ path, reason }) => `${path}: ${reason}`) }
}

describe('the texts of an export', () => {
  it('are read by their names, in folders and zips alike', async () => {
    const chat = `<script>var assetsJson = {"${id}": "${id}.png"}</script>`
    const found = await read([fileOf('x/conversations-001.json', conversations), fileOf('x/chat.html', chat)])
    expect([...found.conversations.byId.keys()]).toEqual(['c1'])
    expect(found.assetPaths.get(`${id} `)).toEqual([{ archive: 'a.zip', path: `x/${id}.png` }])
  })

  it('include conversation files that only a manifest names', async () => {
    const manifest = JSON.stringify({ logical_files: { 'conversations.json': { files: ['talks.json'] } } })
    const files = [fileOf('talks.json', conversations), fileOf('export_manifest.json', manifest)]
    const found = await read(files)
    expect(found.conversations.byId.size).toBe(1)
    expect(files.map(found.isText)).toEqual([true, true])
  })

  it('are told from assets', async () => {
    const files = [
      fileOf(`${id}.png`),
      fileOf('report.html'),
      fileOf('x/mnt/data/user.json'),
      fileOf('user.json', '{}'),
    ]
    const { isText } = await read(files)
    expect(files.map(isText)).toEqual([false, true, false, true])
  })

  it('count each as far as it was read', async () => {
    const events: ImportEvent[] = []
    await read([fileOf('user.json', '{}'), fileOf('conversations.json', conversations)], {
      onEvent: (one) => events.push(one),
    })
    const all = { files: 2, bytes: 2 + conversations.length }
    expect(events.at(-1)).toEqual({ kind: 'progress', phase: 'reading', done: { files: 1, bytes: all.bytes }, all })
  })

  it('stop when asked to', async () => {
    await expect(read([fileOf('user.json', '{}')], { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  })
})

describe('a text that cannot be read', () => {
  it('is a flaw, and the others are read', async () => {
    const found = await read([brokenFile('user.json', 'is damaged'), fileOf('conversations.json', conversations)])
    expect(found.flaws).toEqual(['user.json: is damaged'])
    expect([found.conversations.byId.size, found.hasAllConversations]).toEqual([1, true])
  })

  it('is a flaw as well where a sidecar has another shape', async () => {
    expect((await read([fileOf('library_files.json', '7')])).flaws).toEqual([
      'library_files.json: is not what its name says',
    ])
  })

  it('means that conversations are missing, if it holds them', async () => {
    const found = await read([brokenFile('conversations.json', 'is damaged')])
    expect(found.hasAllConversations).toBe(false)
  })

  it('element by element is one flaw for each reason, with a count', async () => {
    const found = await read([fileOf('conversations.json', '[{"id":"c1","mapping":{}}, {}, 7, {"id":')])
    expect(found.flaws).toEqual([
      'conversations.json: 2 of its elements are no conversation',
      'conversations.json: one of its elements is cut off',
    ])
    expect([found.conversations.byId.size, found.hasAllConversations]).toEqual([1, false])
  })

  it('because it is not there means the same, if a manifest names it', async () => {
    const manifest = JSON.stringify({ logical_files: { 'conversations.json': { files: ['talks.json'] } } })
    expect((await read([fileOf('export_manifest.json', manifest)])).hasAllConversations).toBe(false)
  })
})

describe('whose export a file lies in', () => {
  const user = (folder: string, who: string) => fileOf(`${folder}/user.json`, `{"id":"${who}"}`)

  it('is the account of the nearest folder that says so', async () => {
    const { accountOf, accounts } = await read([user('one', 'user-1'), user('two', 'user-2')])
    expect([accountOf(fileOf('two/deep/cat.png')), accountOf(fileOf('cat.png')), accounts]).toEqual(['user-2', null, 2])
  })

  it('does not matter where all are one person’s', async () => {
    const { accountOf } = await read([user('one', 'user-1'), user('two', 'user-1')])
    expect(accountOf(fileOf('one/cat.png'))).toBeNull()
  })
})
