import { expect } from 'vitest'
import type { Media } from './media.ts'
import type { Entry } from './pack.ts'
import {
  type CaseMaker,
  dallePart,
  define,
  found,
  foundExactly,
  foundProbably,
  missing,
  notInExport,
  oneOf,
  type Story,
  sediment,
  service,
  uploadPart,
} from './story.ts'

/** chat.html with its two variables; `assets` is script text. */
const chatHtml = (s: Story, assets: string, data = '[]'): Entry =>
  s.raw(
    'chat.html',
    `<html>\n<head><title>ChatGPT Data Export</title></head>\n<body>\n<script>\nvar jsonData = ${data};\nvar assetsJson = ${assets};\nfunction show() { return assetsJson[0] }\n</script>\n</body></html>\n`,
  )

/** A row of library_files.json for a generated picture. */
function generatedRow(s: Story, id: string, media: Media, more: Record<string, unknown>): Record<string, unknown> {
  return {
    id: { id: `libfile_${s.hex(32)}`, partition_key: s.hex(8) },
    file_id: id,
    file_name: `ChatGPT Image ${s.hex(4)}.png`,
    file_extension: 'png',
    mime_type: 'image/png',
    file_size_bytes: media.bytes.length,
    sha256_digest: media.sha256,
    image_gen_generation_id: s.uuid(),
    library_artifact_type: 'image',
    origination_message_id: null,
    origination_thread_id: null,
    initiating_conversation_id: null,
    is_project: false,
    state: 'ready',
    trashed_at: null,
    deleted_at: null,
    ...more,
  }
}

/** The three sidecars: assetsJson, the name index, the library. */
export const sidecars: readonly CaseMaker[] = [
  define('T0: only assetsJson knows which file it is', (s) => {
    const chat = s.chat()
    const [upload, drawnId] = [s.legacyId(), s.legacyId()]
    const [photo, picture, other] = [s.photo(), s.webp(), s.webp()]
    const [path, otherPath] = [`dalle-generations/${s.uuid()}.webp`, `dalle-generations/${s.uuid()}.webp`]
    const sent = chat.say({ parts: [uploadPart(service(upload), photo)] })
    const drawn = chat.say({
      role: 'tool',
      parts: [dallePart(service(drawnId), picture, { genId: s.genId(), prompt: 'By list' }, { size_bytes: 5 })],
    })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file('photos/my tent & I.png', photo),
      s.file(path, picture),
      s.file(otherPath, other),
      chatHtml(s, JSON.stringify({ [service(upload)]: 'photos/my tent & I.png', [service(drawnId)]: path })),
    ])
    s.expect(chat, sent, service(upload), foundExactly(photo, 'T0'))
    s.expect(chat, drawn, service(drawnId), foundExactly(picture, 'T0'))
    s.picture(picture, { fileId: drawnId.slice(5), prompt: 'By list' })
    s.set({ isWhole: true })
  }),

  define('T0: assetsJson that is escaped as HTML', (s) => {
    const [chat, id, photo] = [s.chat(), s.sedimentId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(sediment(id), photo)] })
    const text = JSON.stringify({ [sediment(id)]: `images/R&D "x" <y>.png` })
    const escaped = text
      .replaceAll('&', '&amp;')
      .replaceAll('"', '&quot;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
    s.zip('export.zip', [s.conversations(chat), s.file('images/R&D "x" <y>.png', photo), chatHtml(s, escaped)])
    s.expect(chat, message, sediment(id), foundExactly(photo, 'T0'))
    s.set({ isWhole: true })
  }),

  define('T0: assetsJson that is no strict JSON, with values that are objects', (s) => {
    const [chat, id, second] = [s.chat(), s.sedimentId(), s.sedimentId()]
    const [photo, other] = [s.photo(), s.photo()]
    const message = chat.say({ parts: [id, second].map((one) => uploadPart(sediment(one), photo)) })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file('images/one.png', photo),
      s.file('images/two.png', other),
      chatHtml(
        s,
        `{\n  "${sediment(id)}" : "images\\/one.png",\n  "${sediment(second)}": {"path": "images/two.png"},\n}`,
      ),
    ])
    s.expect(chat, message, sediment(id), foundExactly(photo, 'T0'))
    s.expect(chat, message, sediment(second), foundExactly(other, 'T0'))
    s.set({ isWhole: true })
  }),

  define('T0: a conversation that speaks of assetsJson is not believed', (s) => {
    const [chat, id] = [s.chat(), s.legacyId()]
    const [photo, decoy] = [s.photo(), s.photo()]
    const spell = `</script><script>var assetsJson = {"${service(id)}":"decoy.png"};`
    const message = chat.say({ parts: [spell, uploadPart(service(id), photo)] })
    const data = JSON.stringify([chat.json()]).replaceAll('</', '<\\/')
    s.zip('export.zip', [
      s.conversations(chat),
      s.file('decoy.png', decoy),
      s.file('the-right-one.png', photo),
      chatHtml(s, JSON.stringify({ [service(id)]: 'the-right-one.png' }), data),
    ])
    s.expect(chat, message, service(id), foundExactly(photo, 'T0'))
    s.set({ isWhole: true })
  }),

  define('T0: a path that is not there says nothing', (s) => {
    const [chat, id, lost, photo] = [s.chat(), s.legacyId(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [id, lost].map((one) => uploadPart(service(one), photo)) })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}-a.png`, photo),
      chatHtml(s, JSON.stringify({ [service(id)]: 'gone/away.png', [service(lost)]: `${lost}-b.png` })),
    ])
    s.expect(chat, message, service(id), foundExactly(photo))
    s.expect(chat, message, service(lost), missing('not_in_export', 'part_missing'))
  }),

  define('T0 names one file, T1 another: a conflict, and neither is taken', (s) => {
    const [chat, id] = [s.chat(), s.legacyId()]
    const [photo, other] = [s.photo(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), null)] })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}-a.png`, photo),
      s.file('another.png', other),
      chatHtml(s, JSON.stringify({ [service(id)]: 'another.png' })),
    ])
    s.expect(chat, message, service(id), oneOf([photo, other], 'conflict'))
    s.set({ isWhole: true })
  }),

  define('T0: two exports of different times, each with its own list', (s) => {
    const [one, two] = [s.chat(), s.chat()]
    const ids = [s.legacyId(), s.legacyId()] as const
    const media = [s.photo(), s.photo()] as const
    for (const [index, chat] of [one, two].entries()) {
      const [id, photo] = [ids[index] ?? '', media[index] ?? s.photo()]
      const message = chat.say({ parts: [uploadPart(service(id), photo)] })
      // The same path in both: only the one beside the list is meant.
      s.expect(chat, message, service(id), foundExactly(photo, 'T0'))
      s.zip(`export-${index}.zip`, [
        s.conversations(chat),
        s.file('pictures/1.png', photo),
        chatHtml(s, JSON.stringify({ [service(id)]: 'pictures/1.png' })),
      ])
    }
    s.set({ isWhole: true })
  }),

  define('T2: the name index of a new export resolves the UUID files of an old one', (s) => {
    const chat = s.chat()
    const size = { lengthBytes: 3_000, widthPx: 1024, heightPx: 1024 }
    // Alike in size and pixels, so that nothing else can decide.
    const files = [1, 2, 3].map(() => ({ id: s.legacyId(), uuid: s.uuid(), genId: s.genId(), media: s.webp(size) }))
    for (const { id, genId, media } of files) {
      const message = chat.say({ role: 'tool', parts: [dallePart(service(id), media, { genId, prompt: id })] })
      s.expect(chat, message, service(id), foundExactly(media, 'T2'))
      s.picture(media, { fileId: id.slice(5), genId, prompt: id })
    }
    const user = s.user(s.userId())
    s.zip('old.zip', [
      user,
      s.conversations(chat),
      ...files.map(({ uuid, media }) => s.file(`dalle-generations/${uuid}.webp`, media)),
    ])
    s.zip('new.zip', [
      user,
      s.json('conversations-000.json', [chat.json()]),
      s.json(
        'conversation_asset_file_names.json',
        Object.fromEntries(files.map(({ id, uuid }) => [`${id}.dat`, `dalle-generations/${uuid}.webp`])),
      ),
    ])
    s.set({ isWhole: true })
  }),

  define('T2: an index of another export whose file has another size is not exact', (s) => {
    const [chat, id, uuid, picture] = [s.chat(), s.legacyId(), s.uuid(), s.webp()]
    const message = chat.say({
      role: 'tool',
      parts: [dallePart(service(id), picture, { genId: s.genId() }, { size_bytes: 777 })],
    })
    const user = s.user(s.userId())
    s.zip('old.zip', [user, s.file(`dalle-generations/${uuid}.webp`, picture)])
    s.zip('new.zip', [
      user,
      s.conversations(chat),
      s.json('conversation_asset_file_names.json', { [`${id}.dat`]: `dalle-generations/${uuid}.webp` }),
    ])
    s.expect(
      chat,
      message,
      service(id),
      foundProbably(picture),
      oneOf([picture], 'conflict', 'ambiguous'),
      missing('conflict', 'not_in_export', 'part_missing'),
    )
    s.set({ isWhole: true })
  }),

  define('T2: the name index of the same export', (s) => {
    const [chat, id, uuid, picture] = [s.chat(), s.legacyId(), s.uuid(), s.webp()]
    const message = chat.say({
      role: 'tool',
      parts: [dallePart(service(id), picture, { genId: s.genId() }, { width: null, height: null })],
    })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`dalle-generations/${uuid}.webp`, picture),
      s.json('conversation_asset_file_names.json', { [`${id}.dat`]: `dalle-generations/${uuid}.webp` }),
    ])
    s.expect(chat, message, service(id), foundExactly(picture, 'T2'))
    s.set({ isWhole: true })
  }),

  define('T2: a plain name of the index is no path', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), null)] })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file('somewhere/image.png', photo),
      s.json('conversation_asset_file_names.json', { [`${id}.dat`]: 'image.png' }),
    ])
    s.expect(chat, message, service(id), missing('part_missing', 'not_in_export'), oneOf([photo]))
  }),

  define('missing: the manifest names a part that was not given', (s) => {
    const [chat, id, never, photo] = [s.chat(), s.legacyId(), s.sedimentId(), s.photo()]
    const here = s.legacyId()
    const message = chat.say({ parts: [here, id].map((one) => uploadPart(service(one), photo)) })
    const second = chat.say({ parts: [uploadPart(sediment(never), null)] })
    s.zip('export-part-1.zip', [
      s.json('conversations-000.json', [chat.json()]),
      s.file(`${here}.dat`, photo),
      s.json('export_manifest.json', {
        version: 1,
        manifest_file: 'export_manifest.json',
        export_files: [
          { path: 'conversations-000.json', size_bytes: 1 },
          { path: 'conversations-001.json', size_bytes: 1 },
          { path: `${here}.dat`, size_bytes: photo.bytes.length },
          { path: `${id}.dat`, size_bytes: 4_321 },
        ],
        logical_files: {
          'conversations.json': {
            files: ['conversations-000.json', 'conversations-001.json'],
            sharded: true,
            shard_count: 2,
          },
        },
      }),
    ])
    s.expect(chat, message, service(here), foundExactly(photo))
    s.expect(chat, message, service(id), missing('part_missing'))
    s.expect(chat, second, sediment(never), notInExport)
  }),

  define('missing: the name index lists a file that is in no part', (s) => {
    const [chat, id] = [s.chat(), s.legacyId()]
    const message = chat.say({ parts: [uploadPart(service(id), null)] })
    s.zip('export.zip', [
      s.conversations(chat),
      s.json('conversation_asset_file_names.json', { [`${id}.dat`]: 'holiday.png' }),
    ])
    s.expect(chat, message, service(id), missing('part_missing'))
  }),

  ...(
    [
      ['is named after its id', (id: string) => `${id}.dat`],
      ['has the name the index tells', (_: string, uuid: string) => `dalle-generations/${uuid}.webp`],
      ['has that name without its folder', (_: string, uuid: string) => `${uuid}.webp`],
    ] as const
  ).map(([how, pathOf]) =>
    define(`name index: it alone knows that a file was generated, which ${how}`, (s) => {
      const [chat, id, uuid, picture] = [s.chat(), s.legacyId(), s.uuid(), s.webp()]
      chat.asks('Nothing drawn here')
      s.zip('export.zip', [
        s.conversations(chat),
        s.file(pathOf(id, uuid), picture),
        s.json('conversation_asset_file_names.json', { [`${id}.dat`]: `dalle-generations/${uuid}.webp` }),
      ])
      s.picture(picture, { fileId: id.slice(5), genId: null, prompt: null, conversationId: null })
      s.set({ after: ({ records }) => expect(records).toMatchObject([{ record: { source: { match: 'exact' } } }]) })
    }),
  ),

  define('name index: of a UUID that it gives to two ids nobody knows whose it is', (s) => {
    const [chat, uuid, picture] = [s.chat(), s.uuid(), s.webp()]
    chat.asks('Nothing drawn here')
    const rows = [s.legacyId(), s.legacyId()].map((id) => [`${id}.dat`, `dalle-generations/${uuid}.webp`])
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`dalle-generations/${uuid}.webp`, picture),
      s.json('conversation_asset_file_names.json', Object.fromEntries(rows)),
    ])
    s.orphan(picture)
    s.notPicture(picture)
  }),

  define('name index: a file nobody refers to gets the name it had, and is no picture by that', (s) => {
    const [chat, id, uuid] = [s.chat(), s.legacyId(), s.uuid()]
    const [photo, other] = [s.photo(), s.photo()]
    chat.asks('Nothing drawn here')
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}.dat`, photo),
      s.file(`${uuid}.png`, other),
      s.json('conversation_asset_file_names.json', {
        [`${id}.dat`]: 'photos/A holiday.jpg',
        [`${s.legacyId()}.dat`]: `photos/${uuid}.png`,
      }),
    ])
    s.place(photo, /^attachments\/orphans\/[^/]+\/A holiday\.png$/)
    s.orphan(other)
    s.notPicture(photo, other)
  }),

  define('both parts of an export: what the first lacks the second has', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), photo)] })
    const files = ['conversations-000.json', `${id}.dat`].map((path) => ({ path, size_bytes: 1 }))
    s.zip('export-part-1.zip', [
      s.json('conversations-000.json', [chat.json()]),
      s.json('export_manifest.json', { version: 1, export_files: files, logical_files: {} }),
    ])
    s.zip('export-part-2.zip', [s.file(`${id}.dat`, photo)])
    s.expect(chat, message, service(id), foundExactly(photo))
  }),

  define('library: a picture whose message is there', (s) => {
    const [chat, id, picture] = [s.chat('Herons'), s.sedimentId(), s.png()]
    chat.say({ text: 'Paint a heron', metadata: { system_hints: ['picture_v2'] } })
    const message = chat.answers('Here it is.')
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}.dat`, picture),
      s.json('library_files.json', [
        generatedRow(s, id, picture, {
          origination_message_id: message.id,
          origination_thread_id: chat.id,
          initiating_conversation_id: chat.id,
          created_at: message.at + 3,
        }),
      ]),
    ])
    s.expect(chat, message, id, foundExactly(picture, 'T1', 'T3'))
    s.picture(picture, { fileId: id.slice(5), prompt: 'Paint a heron', conversationId: chat.id })
    s.set({
      isWhole: true,
      after: ({ lines }) => expect(lines.filter((line) => line.reason === 'era_omits_generated')).toEqual([]),
    })
  }),

  define('library: the digest in base64, dates as text', (s) => {
    const [chat, id, picture] = [s.chat(), s.sedimentId(), s.png()]
    chat.asks('Paint a stork')
    const message = chat.answers('Here it is.')
    const date = Math.floor(message.at) + 3
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}.dat`, picture),
      s.json('library_files.json', [
        generatedRow(s, id, picture, {
          sha256_digest: Buffer.from(picture.sha256, 'hex').toString('base64'),
          origination_message_id: message.id,
          origination_thread_id: chat.id,
          created_at: new Date(date * 1000).toISOString(),
        }),
      ]),
    ])
    s.expect(chat, message, id, foundExactly(picture, 'T1', 'T3'))
    s.picture(picture, { prompt: 'Paint a stork' })
    s.set({
      isWhole: true,
      after: ({ records }) => {
        const record = records.find(({ record }) => record.sha256 === picture.sha256)?.record
        expect([Math.floor(message.at), date]).toContain(record?.date)
      },
    })
  }),

  define('library: the message was stripped, a later one names it as its parent', (s) => {
    const [chat, id, picture, stripped] = [s.chat(), s.sedimentId(), s.png(), s.uuid()]
    chat.asks('Paint an owl')
    const after = chat.say({ role: 'assistant', text: 'There you go.', metadata: { parent_id: stripped } })
    chat.asks('Thanks. Paint nothing now')
    chat.answers('Fine.')
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}.dat`, picture),
      s.json('library_files.json', [
        generatedRow(s, id, picture, {
          origination_message_id: stripped,
          origination_thread_id: chat.id,
          created_at: after.at - 1,
        }),
      ]),
    ])
    s.refer({
      conversation: chat.id,
      messages: [stripped, after.id],
      pointer: id,
      wants: [found(picture, { rules: ['T1', 'T3'] })],
    })
    s.picture(picture, { fileId: id.slice(5), conversationId: chat.id, prompt: 'Paint an owl' })
    s.set({ isWhole: true })
  }),

  define('library: only the conversation is known, time places the picture', (s) => {
    const [chat, id, picture] = [s.chat(), s.sedimentId(), s.png()]
    chat.asks('Paint an owl')
    const near = chat.answers('There you go.')
    chat.say({ text: 'Paint a crow', at: near.at + 5_000 })
    chat.say({ role: 'assistant', text: 'Done.', at: near.at + 5_010 })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}.dat`, picture),
      s.json('library_files.json', [
        generatedRow(s, id, picture, {
          origination_message_id: s.uuid(),
          origination_thread_id: chat.id,
          created_at: near.at + 2,
        }),
      ]),
    ])
    s.refer({ conversation: chat.id, pointer: id, wants: [found(picture, { rules: ['T1', 'T3'] })] })
    s.picture(picture, { fileId: id.slice(5), conversationId: chat.id })
    s.set({
      isWhole: true,
      after: ({ records }) => {
        const record = records.find(({ record }) => record.sha256 === picture.sha256)?.record
        expect(['Paint an owl', null], 'never the later wish').toContain(record?.prompt)
      },
    })
  }),

  define('library: the two conversations it names disagree', (s) => {
    const [one, two, id, picture] = [s.chat(), s.chat(), s.sedimentId(), s.png()]
    one.asks('Paint an owl')
    one.answers('Done.')
    two.asks('Paint a crow')
    two.answers('Done.')
    s.zip('export.zip', [
      s.conversations(one, two),
      s.file(`${id}.dat`, picture),
      s.json('library_files.json', [
        generatedRow(s, id, picture, {
          origination_message_id: s.uuid(),
          origination_thread_id: one.id,
          initiating_conversation_id: two.id,
          created_at: 1_700_000_000,
        }),
      ]),
    ])
    s.picture(picture, { fileId: id.slice(5) })
    s.set({
      isWhole: true,
      after: ({ lines, records }) => {
        const placed = lines.filter((line) => line.pointer?.includes(id) && line.conversation_id !== null)
        expect(placed.filter((line) => line.reason !== 'conflict')).toEqual([])
        const record = records.find(({ record }) => record.sha256 === picture.sha256)?.record
        expect(record?.prompt ?? null, 'no prompt from a place that is not sure').toBeNull()
      },
    })
  }),

  define('library: a picture of a conversation that is not in the export', (s) => {
    const [id, picture] = [s.sedimentId(), s.png()]
    const row = generatedRow(s, id, picture, {
      origination_message_id: s.uuid(),
      origination_thread_id: s.uuid(),
      created_at: 1_750_000_000,
    })
    const chat = s.chat()
    chat.asks('Something else')
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}.dat`, picture), s.json('library_files.json', [row])])
    s.picture(picture, { fileId: id.slice(5), prompt: null, date: 1_750_000_000 })
    s.set({
      isWhole: true,
      after: ({ lines }) => expect(lines.filter((line) => line.conversation_id === chat.id)).toEqual([]),
    })
  }),

  define('library: knowledge of a project, pasted texts and documents are no pictures', (s) => {
    const chat = s.chat()
    chat.asks('Hello')
    const [one, two, three] = [s.sedimentId(), s.sedimentId(), s.legacyId()]
    const media = [s.photo(), s.photo(), s.pdf()] as const
    const plain = { image_gen_generation_id: null, library_artifact_type: null }
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${one}.dat`, media[0]),
      s.file(`${two}.dat`, media[1]),
      s.file(`${three}.dat`, media[2]),
      s.json('library_files.json', [
        generatedRow(s, one, media[0], { ...plain, is_project: true, gizmo_id: 'g-p-0123456789abcdef' }),
        generatedRow(s, two, media[1], { ...plain, knowledge_store_id: 'ks-1', gizmo_id: 'g-0123456789' }),
        generatedRow(s, three, media[2], { ...plain, library_artifact_type: 'writing_block' }),
      ]),
    ])
    s.notPicture(...media)
    s.set({ isWhole: true, after: ({ records }) => expect(records).toEqual([]) })
  }),

  define('library: deleted by the person, once with its file and once without', (s) => {
    const chat = s.chat()
    const [here, gone] = [s.sedimentId(), s.sedimentId()]
    const [photo, never] = [s.photo(), s.photo()]
    const message = chat.say({ parts: [here, gone].map((id) => uploadPart(sediment(id), photo)) })
    const trashed = { trashed_at: '2026-07-01T10:00:00Z', image_gen_generation_id: null, library_artifact_type: null }
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${here}.dat`, photo),
      s.json('library_files.json', [generatedRow(s, here, photo, trashed), generatedRow(s, gone, never, trashed)]),
    ])
    s.expect(chat, message, sediment(here), foundExactly(photo))
    s.expect(chat, message, sediment(gone), missing('deleted_by_user'))
    s.set({ isWhole: true })
  }),

  define('library: an upload is one though the message does not say so', (s) => {
    const [chat, id, photo] = [s.chat(), s.sedimentId(), s.photo()]
    const message = chat.say({ parts: [{ content_type: 'image_asset_pointer', asset_pointer: sediment(id) }] })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}.dat`, photo),
      s.json('library_files.json', [
        generatedRow(s, id, photo, { image_gen_generation_id: null, origination_thread_id: chat.id }),
      ]),
    ])
    s.expect(chat, message, sediment(id), foundExactly(photo))
    s.attached(chat, photo)
    s.set({ isWhole: true })
  }),
]
