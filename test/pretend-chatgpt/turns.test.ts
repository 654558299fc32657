import { expect, it } from 'vitest'
import { makeHistory } from '../../src/pretend-chatgpt/history.ts'
import { treeOf } from '../../src/pretend-chatgpt/reads.ts'
import { eraOf, type Form, forms, playTurn } from '../../src/pretend-chatgpt/turns.ts'
import { createWorld } from '../../src/pretend-chatgpt/world.ts'

/** Plays a turn and notes what went over each channel. */
async function played(form: Form) {
  const world = createWorld()
  const sent = { stream: '', socket: '', pubSub: '' }
  const rests: ((write: (text: string) => void) => Promise<void>)[] = []
  const write = (text: string) => {
    sent.stream += text
  }
  await playTurn({
    world,
    form,
    prompt: 'A boat',
    userMessageId: 'm',
    uploads: [],
    write,
    socket: (frame) => {
      sent.socket += JSON.stringify(frame)
    },
    pubSub: (frame) => {
      const { data } = frame as { data?: { body: string } }
      sent.pubSub += Buffer.from(data?.body ?? '', 'base64').toString('latin1')
    },
    keepForResume: (_id, rest) => void rests.push(rest),
    pause: async () => {},
    picture: { lengthBytes: 2_000, size: { widthPx: 8, heightPx: 8 } },
  })
  const beforeResuming = sent.stream
  for (const rest of rests) await rest(write)
  return { world, sent, beforeResuming, pictures: [...world.pictures.values()] }
}

it.each(forms)('the form %s stores what it showed', async (form) => {
  const { world, pictures } = await played(form)
  const stored = JSON.stringify([...world.conversations.values()].map(treeOf))
  const count = form === 'refusal' || form === 'quota' ? 0 : form.startsWith('two-') ? 2 : 1
  const generated = pictures.filter(({ role }) => role === 'generated')
  expect(generated).toHaveLength(count)
  for (const { fileId } of generated) expect(stored).toContain(`://${fileId}`)
  expect(new Set(pictures.map(({ era }) => era)).size).toBe(count === 0 ? 0 : 1)
})

it.each<[Form, 'stream' | 'socket' | 'pubSub']>([
  ['dalle-2023', 'stream'],
  ['pubsub-2024', 'pubSub'],
  ['preview-2025', 'stream'],
  ['inline-2026', 'stream'],
  ['async-object', 'socket'],
  ['async-array', 'socket'],
  ['async-messages', 'socket'],
  ['handoff-socket', 'socket'],
  ['handoff-resume', 'stream'],
  ['two-in-one', 'stream'],
  ['two-messages', 'stream'],
])('the form %s brings its pictures over the %s', async (form, channel) => {
  const { sent, pictures } = await played(form)
  const generated = pictures.filter(({ role }) => role === 'generated')
  expect(generated).not.toHaveLength(0)
  for (const { fileId } of generated) {
    for (const [name, text] of Object.entries(sent)) expect(text.includes(fileId)).toBe(name === channel)
  }
})

it('a turn to be read again names its conversation and no picture', async () => {
  const { sent, pictures } = await played('async-refetch')
  expect(sent.socket).toContain('refetch-conversation')
  for (const { fileId } of pictures) expect(sent.stream + sent.socket).not.toContain(fileId)
})

it('a turn that is handed off delivers nothing before it is resumed', async () => {
  const { beforeResuming, pictures } = await played('handoff-resume')
  for (const { fileId } of pictures) expect(beforeResuming).not.toContain(fileId)
})

it('every era has a form', () => {
  expect([...new Set(forms.map(eraOf))]).toEqual(['A', 'B', 'C', 'D'])
})

it('the history has pictures of every era but the second, an upload, and one without a conversation', () => {
  const world = createWorld()
  const { conversation, libraryOnly } = makeHistory(world)
  const pictures = [...world.pictures.values()]
  expect(new Set(pictures.map(({ era }) => era))).toEqual(new Set(['A', 'C', 'D']))
  expect(pictures.filter(({ role }) => role === 'upload')).toHaveLength(1)
  expect(world.conversations.has(libraryOnly.conversationId)).toBe(false)
  const branches = [...conversation.nodes.values()].filter(({ children }) => children.length > 1)
  expect(branches).toHaveLength(1)
})
