import { expect } from 'vitest'
import { openArchive } from '../../../src/archive/archive.ts'
import { inspectImage } from '../../../src/decode/image-bytes.ts'
import type { DatedFacts } from '../../../src/sites/facts.ts'
import { storeLive } from '../../fakes/archive.ts'
import { facts, fileId, genId } from '../../fakes/facts.ts'
import type { Media } from './media.ts'
import {
  type CaseMaker,
  dallePart,
  define,
  found,
  foundExactly,
  foundProbably,
  imagePart,
  notInExport,
  paintedPart,
  sediment,
  service,
  uploadPart,
} from './story.ts'

/** Writes a picture as live capture would have, knowing little. */
export const keptLive =
  (media: Media, known: Partial<DatedFacts>) =>
  async (archivePath: string): Promise<void> => {
    const kind = inspectImage(media.bytes)
    if (!kind) throw new Error('no image')
    const archive = await openArchive(archivePath, { now: () => new Date('2026-01-02T03:04:05Z'), isLocked: true })
    const poor = { genId: null, prompt: null, promptSource: null, seed: null, conversationId: null } as const
    const rest = { conversationTitle: null, messageId: null, dateSource: 'seen' as const }
    await storeLive(archive, facts({ ...poor, ...rest, ...known }), media.bytes, kind, 'files.oaiusercontent.com')
    await archive.close()
  }

/** Several exports, several accounts, and an archive that is not empty. */
export const joins: readonly CaseMaker[] = [
  define('a conversation in three exports: the newest counts, branches are united', (s) => {
    const chat = s.chat('Old title')
    const ids = [s.legacyId(), s.legacyId(), s.legacyId()] as const
    const pictures = [s.webp(), s.webp(), s.webp()] as const
    const asked = chat.asks('Three tries')
    const draw = (index: 0 | 1 | 2) =>
      chat.say({
        role: 'tool',
        parts: [dallePart(service(ids[index]), pictures[index], { genId: s.genId(), prompt: `Try ${index}` })],
        after: asked,
      })
    const first = draw(0)
    const oldest = chat.json({ update_time: 1_750_000_000 })
    const second = draw(1)
    const middle = structuredClone(chat.json({ update_time: 1_750_000_500 })) as { mapping: Record<string, unknown> }
    // The newer one has forgotten the first branch.
    delete middle.mapping[first.nodeId]
    const third = draw(2)
    const newest = structuredClone(chat.json({ update_time: 1_750_001_000, title: 'New title' })) as typeof middle
    delete newest.mapping[first.nodeId]
    const user = s.user(s.userId())
    const file = (index: 0 | 1 | 2) => s.file(`dalle-generations/${ids[index]}-${s.uuid()}.webp`, pictures[index])
    s.zip('b.zip', [user, s.json('conversations.json', [newest]), file(2)])
    s.zip('a.zip', [user, s.json('conversations.json', [oldest]), file(0)])
    s.zip('c.zip', [user, s.json('conversations-000.json', [middle]), file(1)])
    for (const [index, message] of [first, second, third].entries()) {
      const [id, picture] = [ids[index] ?? '', pictures[index] ?? s.webp()]
      s.expect(chat, message, service(id), foundExactly(picture))
      s.picture(picture, { prompt: `Try ${index}`, conversationId: chat.id, conversationTitle: 'New title' })
    }
    s.set({ after: ({ lines }) => expect(lines).toHaveLength(3) })
  }),

  define('the conversations of one export are matched with the files of another', (s) => {
    const [chat, id, pointer] = [s.chat(), s.sedimentId(), s.legacyId()]
    const [photo, picture] = [s.photo(), s.webp()]
    const sent = chat.say({ parts: [uploadPart(sediment(id), photo)] })
    const drawn = chat.say({ role: 'tool', parts: [dallePart(service(pointer), picture, { genId: s.genId() })] })
    const user = s.user(s.userId())
    s.zip('2025.zip', [user, s.file(`dalle-generations/${s.uuid()}.webp`, picture), s.file(`${id}-x.png`, photo)])
    s.zip('2026.zip', [user, s.conversations(chat)])
    s.expect(chat, sent, sediment(id), foundExactly(photo))
    s.expect(chat, drawn, service(pointer), foundProbably(picture, 'T7'))
  }),

  define('an old export has one file, a new one has it again as .dat', (s) => {
    const [chat, id, picture] = [s.chat(), s.legacyId(), s.webp()]
    const drawn = chat.say({ role: 'tool', parts: [dallePart(service(id), picture, { genId: s.genId() })] })
    const user = s.user(s.userId())
    s.zip('2025.zip', [user, s.conversations(chat), s.file(`dalle-generations/${s.uuid()}.webp`, picture)])
    s.zip('2026.zip', [user, s.json('conversations-000.json', [chat.json()]), s.file(`${id}.dat`, picture)])
    s.expect(chat, drawn, service(id), foundExactly(picture))
    s.picture(picture, { fileId: id.slice(5) })
  }),

  define('two accounts: sizes of one are not looked for in the other', (s) => {
    const [mine, yours] = [s.chat('Mine'), s.chat('Yours')]
    const [myId, yourId, upload] = [s.legacyId(), s.legacyId(), s.legacyId()]
    const [foreign, own, photo] = [s.webp(), s.webp(), s.photo()]
    const lost = mine.say({ role: 'tool', parts: [dallePart(service(myId), foreign, { genId: s.genId() })] })
    const sent = mine.say({ parts: [uploadPart(service(upload), photo)] })
    const drawn = yours.say({ role: 'tool', parts: [dallePart(service(yourId), own, { genId: s.genId() })] })
    s.zip('mine.zip', [s.user(s.userId()), s.conversations(mine), s.file(`${upload}-x.png`, photo)])
    s.zip('yours.zip', [
      s.user(s.userId()),
      s.conversations(yours),
      s.file(`dalle-generations/${s.uuid()}.webp`, foreign),
      s.file(`dalle-generations/${s.uuid()}.webp`, own),
    ])
    s.expect(mine, lost, service(myId), notInExport)
    s.expect(mine, sent, service(upload), foundExactly(photo))
    s.expect(yours, drawn, service(yourId), foundProbably(own, 'T7'))
    s.set({ isWhole: true })
  }),

  define('two accounts: an attachment of the same name and size in both', (s) => {
    const chats = [s.chat('Mine'), s.chat('Yours')]
    for (const [index, chat] of chats.entries()) {
      const [id, photo] = [s.legacyId(), s.photo({ lengthBytes: 2_222 })]
      const message = chat.say({
        text: 'Look',
        metadata: { attachments: [{ id, name: 'IMG_0042.png', mime_type: 'image/png', size: 2_222 }] },
      })
      s.zip(`account-${index}.zip`, [s.user(s.userId()), s.conversations(chat), s.file('files/IMG_0042.png', photo)])
      s.expect(chat, message, id, foundProbably(photo, 'T6'), notInExport)
    }
    s.set({ isWhole: true })
  }),

  define('live: the picture is there by its file id and is completed', (s) => {
    const [chat, id, genIdText, picture] = [s.chat('Found again'), s.sedimentId(), s.uuid(), s.png()]
    chat.asks('Paint the pier')
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, genIdText)] })
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}.dat`, picture)])
    s.expect(chat, made, sediment(id), foundExactly(picture))
    s.set({
      before: keptLive(picture, { fileId: fileId(id) }),
      after: ({ records, files }) => {
        expect(records).toHaveLength(1)
        const record = records[0]?.record
        expect(record).toMatchObject({
          fileId: id.slice(5),
          prompt: 'Paint the pier',
          promptSource: 'user-request',
          conversationId: chat.id,
          conversationTitle: 'Found again',
          messageId: made.id,
          archivedAt: '2026-01-02T03:04:05.000Z',
          source: { origin: 'live' },
        })
        expect(record?.updatedAt).toBeDefined()
        expect([...files.values()].filter((sha256) => sha256 === picture.sha256)).toHaveLength(1)
      },
    })
  }),

  define('live: a richer record loses nothing', (s) => {
    const [chat, id, genIdText, picture] = [s.chat(), s.legacyId(), s.genId(), s.webp()]
    const drawn = chat.say({ role: 'tool', parts: [dallePart(service(id), picture, { genId: genIdText })] })
    s.zip('export.zip', [s.conversations(chat), s.file(`dalle-generations/${id}-${s.uuid()}.webp`, picture)])
    s.expect(chat, drawn, service(id), foundExactly(picture))
    const rest = { prompt: 'What live capture heard', promptSource: 'dalle', seed: 99 } as const
    s.set({
      before: keptLive(picture, { fileId: fileId(id), genId: genId(genIdText), editOp: 'inpainting', ...rest }),
      after: ({ records }) =>
        expect(records.map(({ record }) => record)).toMatchObject([
          { gen_id: genIdText, ...rest, edit_op: 'inpainting' },
        ]),
    })
  }),

  define('live: the export lacks the file, the archive has it by file id', (s) => {
    const [chat, id, picture] = [s.chat(), s.sedimentId(), s.png()]
    chat.asks('Paint the pier')
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, s.uuid())] })
    s.zip('export.zip', [s.conversations(chat)])
    s.expect(chat, made, sediment(id), foundExactly(picture, 'T5'))
    s.set({
      before: keptLive(picture, { fileId: fileId(id) }),
      after: ({ records }) => expect(records.map(({ record }) => record.prompt)).toEqual(['Paint the pier']),
    })
  }),

  define('live: the export lacks the file, the archive has it by gen_id', (s) => {
    const [chat, id, genIdText, picture] = [s.chat(), s.legacyId(), s.genId(), s.webp()]
    const part = dallePart(service(id), picture, { genId: genIdText, prompt: 'The pier, at last', seed: 5 })
    const made = chat.say({ role: 'tool', parts: [part] })
    s.zip('export.zip', [s.conversations(chat)])
    s.expect(chat, made, service(id), found(picture, { rules: ['T5'] }))
    s.set({
      before: keptLive(picture, { fileId: fileId(s.legacyId()), genId: genId(genIdText) }),
      after: ({ records, files }) => {
        expect(records.some(({ record }) => record.prompt === 'The pier, at last' && record.seed === 5)).toBe(true)
        expect([...files.keys()].filter((file) => file.startsWith('images/'))).toHaveLength(1)
      },
    })
  }),

  define('live: the same bytes under another id are not stored twice', (s) => {
    const [chat, id, live, picture] = [s.chat(), s.sedimentId(), s.sedimentId(), s.png()]
    chat.asks('Paint the pier')
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, s.uuid())] })
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}.dat`, picture)])
    s.expect(chat, made, sediment(id), foundExactly(picture))
    s.set({
      before: keptLive(picture, { fileId: fileId(live) }),
      after: ({ records, files }) => {
        expect([...files.values()].filter((sha256) => sha256 === picture.sha256)).toHaveLength(1)
        expect(records.some(({ record }) => record.prompt === 'Paint the pier')).toBe(true)
        expect(
          records.some(({ record }) => record.fileId === live.slice(5)),
          'the live record stays',
        ).toBe(true)
        expect(new Set(records.map(({ record }) => record.image)).size).toBe(1)
      },
    })
  }),

  define('live: the export has other bytes of a picture that is there', (s) => {
    const [chat, id, first, second] = [s.chat(), s.sedimentId(), s.png(), s.png()]
    chat.asks('Paint the pier')
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), second, s.uuid())] })
    s.zip('export.zip', [s.conversations(chat), s.spare(`${id}.dat`, second)])
    // Both are this picture: the export's file by its id, the archive's by the same id.
    s.expect(chat, made, sediment(id), found(second), found(first))
    s.set({
      before: keptLive(first, { fileId: fileId(id) }),
      after: ({ records, files, lines }) => {
        expect(records.map(({ record }) => record.sha256)).toEqual([first.sha256])
        expect([...files.values()].filter((sha256) => sha256 === first.sha256)).toHaveLength(1)
        expect(lines.map(({ stored }) => stored)).toEqual([expect.stringMatching(/^attachments\/renditions\//)])
      },
    })
  }),

  define('live: a picture under another id, in other bytes of the same generation, is kept beside and told so', (s) => {
    const [chat, live, id, genIdText] = [s.chat(), s.legacyId(), s.legacyId(), s.genId()]
    const [first, second] = [s.webp(), s.webp()]
    const made = chat.say({ role: 'tool', parts: [dallePart(service(id), second, { genId: genIdText })] })
    s.zip('export.zip', [s.conversations(chat), s.file(`dalle-generations/${id}-${s.uuid()}.webp`, second)])
    s.expect(chat, made, service(id), foundExactly(second, 'T1'))
    s.place(second, /^attachments\/renditions\//)
    s.set({
      before: keptLive(first, { fileId: fileId(live), genId: genId(genIdText) }),
      after: ({ records }) => expect(records.map(({ record }) => record.sha256)).toEqual([first.sha256]),
    })
  }),

  define('live: what is archived with other bytes takes no file away from others', (s) => {
    const [chat, genIds, ids] = [s.chat(), [s.genId(), s.genId()], [s.legacyId(), s.legacyId()] as const]
    const size = { lengthBytes: 4_000, widthPx: 1024, heightPx: 1024 }
    const [archived, exported] = [s.webp(size), s.webp(size)]
    const [first, second] = ids.map((id, at) =>
      chat.say({ role: 'tool', parts: [dallePart(service(id), exported, { genId: genIds[at] ?? '' })] }),
    )
    s.zip('export.zip', [s.conversations(chat), s.file(`dalle-generations/${s.uuid()}.webp`, exported)])
    s.expect(chat, first, service(ids[0]), foundExactly(archived, 'T5'))
    s.expect(chat, second, service(ids[1]), foundProbably(exported, 'T7'))
    s.picture(exported, { fileId: ids[1].slice(5) })
    s.set({ before: keptLive(archived, { fileId: fileId(ids[0]) }) })
  }),

  define('live: what is archived with other bytes does not take a file of its size for itself', (s) => {
    const [chat, id] = [s.chat(), s.legacyId()]
    const [archived, exported] = [s.webp({ lengthBytes: 4_000 }), s.webp({ lengthBytes: 4_000 })]
    const made = chat.say({ role: 'tool', parts: [dallePart(service(id), exported, { genId: s.genId() })] })
    s.zip('export.zip', [s.conversations(chat), s.file(`dalle-generations/${s.uuid()}.webp`, exported)])
    s.expect(chat, made, service(id), foundExactly(archived, 'T5'))
    s.notPicture(exported)
    s.set({ before: keptLive(archived, { fileId: fileId(id) }) })
  }),

  define('live: an unrelated picture of the archive is left alone', (s) => {
    const [chat, id, picture, other] = [s.chat(), s.sedimentId(), s.png(), s.png()]
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, s.uuid())] })
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}.dat`, picture)])
    s.expect(chat, made, sediment(id), foundExactly(picture))
    s.picture(picture)
    s.set({
      before: keptLive(other, { fileId: fileId(s.sedimentId()) }),
      after: ({ records }) => {
        const record = records.find(({ record }) => record.sha256 === other.sha256)?.record
        expect(record).toMatchObject({ prompt: null, archivedAt: '2026-01-02T03:04:05.000Z' })
        expect(record).not.toHaveProperty('updatedAt')
      },
    })
  }),

  define('custom GPTs and projects', (s) => {
    const [gpt, project] = [s.chat('In a GPT'), s.chat('In a project')]
    const [one, two] = [s.legacyId(), s.sedimentId()]
    const [drawn, painted] = [s.webp(), s.png()]
    const genIdText = s.genId()
    const first = gpt.say({
      role: 'tool',
      parts: [
        imagePart(service(one), drawn, {
          metadata: {
            dalle: { gen_id: genIdText, prompt: 'A logo of a fern', seed: 3 },
            gizmo: { gizmo_id: 'g-0123456789' },
          },
        }),
      ],
      metadata: { gizmo_id: 'g-0123456789' },
    })
    project.asks('Paint the fern')
    const second = project.say({ role: 'tool', parts: [paintedPart(sediment(two), painted, s.uuid())] })
    s.zip('export.zip', [
      s.json('conversations.json', [
        gpt.json({ gizmo_id: 'g-0123456789' }),
        project.json({ conversation_template_id: 'g-p-0123456789abcdef', gizmo_id: 'g-p-0123456789abcdef' }),
      ]),
      s.file(`dalle-generations/${one}-${s.uuid()}.webp`, drawn),
      s.file(`${two}.dat`, painted),
    ])
    s.expect(gpt, first, service(one), foundExactly(drawn))
    s.expect(project, second, sediment(two), foundExactly(painted))
    s.picture(drawn, { genId: genIdText, prompt: 'A logo of a fern', seed: 3 })
    s.picture(painted, { prompt: 'Paint the fern', conversationTitle: 'In a project' })
  }),
]
