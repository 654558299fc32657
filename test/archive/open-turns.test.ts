import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { readOpenTurns } from '../../src/archive/open-turns.ts'
import { type Note, noteAsJson } from '../../src/sites/chatgpt/note.ts'
import type { OpenTurn } from '../../src/sites/findings.ts'
import { temporaryFolder } from '../fakes/folder.ts'

const note = (id: string, more: Partial<Note> = {}): Note => ({
  id,
  role: 'assistant',
  authorName: null,
  askedId: null,
  callPrompts: [],
  parentId: 'above',
  turnId: 'turn',
  conversationId: 'c',
  createdAt: new Date('2026-05-07T11:59:00.500Z'),
  isCall: true,
  isHidden: false,
  callPrompt: 'A boat',
  isSkipped: false,
  userText: null,
  caption: null,
  ...more,
})
const turn = (messageId: string, more: Partial<Note> = {}): OpenTurn => ({
  messageId,
  notes: [noteAsJson(note(messageId, more))],
})
const fileIn = (folder: string) => path.join(folder, 'turns.ndjson')
const open = (file: string) => readOpenTurns(file)

it('returns after a restart what was stored, with the latest version of each message', async () => {
  const file = fileIn(temporaryFolder())
  const before = await open(file)
  await before.keep(turn('one'))
  await before.keep(turn('two', { isSkipped: true, callPrompt: null, userText: 'Draw' }))
  await before.keep(turn('one', { callPrompt: 'A ship' }))
  const after = await open(file)
  expect(after.all()).toEqual([
    turn('two', { isSkipped: true, callPrompt: null, userText: 'Draw' }),
    turn('one', { callPrompt: 'A ship' }),
  ])
})

it('writes nothing that is not new', async () => {
  const file = fileIn(temporaryFolder())
  const turns = await open(file)
  await turns.keep(turn('one'))
  const written = readFileSync(file, 'utf8')
  await turns.keep(turn('one'))
  expect(readFileSync(file, 'utf8')).toBe(written)
})

it('forgets a turn whose picture has come, and removes the file with the last turn', async () => {
  const file = fileIn(temporaryFolder())
  const turns = await open(file)
  await turns.keep(turn('one'))
  await turns.keep(turn('two'))
  await turns.drop('one')
  await turns.drop('unknown')
  expect((await open(file)).all()).toEqual([turn('two')])
  await turns.drop('two')
  expect(existsSync(file)).toBe(false)
})

it('forgets more than five hundred, and more than eight million characters', async () => {
  const file = fileIn(temporaryFolder())
  const turns = await open(file)
  for (let n = 0; n < 502; n++) await turns.keep(turn(`m${n}`))
  expect(
    (await open(file))
      .all()
      .map(({ messageId }) => messageId)
      .slice(0, 2),
  ).toEqual(['m2', 'm3'])
  expect((await open(file)).all()).toHaveLength(500)
  for (const id of ['long', 'longer']) await turns.keep(turn(id, { callPrompt: 'x'.repeat(5_000_000) }))
  expect((await open(file)).all().map(({ messageId }) => messageId)).toEqual(['longer'])
})

it('skips lines that we did not write', async () => {
  const file = fileIn(temporaryFolder())
  await (await open(file)).keep(turn('one'))
  const odd = ['{', '[]', '{"messageId":7}', '{"messageId":"x","notes":[{"id":""}]}', '{"messageId":"y","notes":[]}']
  writeFileSync(file, `${odd.join('\n')}\n${readFileSync(file, 'utf8')}`)
  expect((await open(file)).all()).toEqual([turn('one')])
})

it('works without a file that cannot be read', async () => {
  const folder = temporaryFolder()
  const turns = await open(folder)
  await turns.keep(turn('one'))
  expect(turns.all()).toEqual([turn('one')])
})
