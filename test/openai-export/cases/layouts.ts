import { expect } from 'vitest'
import {
  type CaseMaker,
  dallePart,
  define,
  found,
  foundExactly,
  foundProbably,
  imagePart,
  notInExport,
  oneOf,
  paintedPart,
  sediment,
  service,
  uploadPart,
} from './story.ts'

/** Every layout of section 2, one trap each. */
export const layouts: readonly CaseMaker[] = [
  define('era 1: text only leaves an archive without pictures', (s) => {
    const chat = s.chat()
    chat.asks('What is a lighthouse for?')
    chat.answers('It shows ships the way.')
    const picture = s.legacyId()
    const lost = chat.say({ parts: [uploadPart(service(picture), null, { size_bytes: 1234 })] })
    s.expect(chat, lost, service(picture), notInExport)
    s.zip(s.mailName(), [
      s.conversations(chat),
      s.user(s.userId()),
      s.json('message_feedback.json', []),
      s.json('model_comparisons.json', []),
      s.json('shared_conversations.json', [{ id: s.uuid(), conversation_id: chat.id, title: 'x', is_anonymous: true }]),
      s.raw('chat.html', '<html><script>var jsonData = []</script></html>'),
    ])
    s.set({
      after: ({ files, lines }) => {
        expect([...files.keys()].filter((file) => /^(images|attachments)\//.test(file))).toEqual([])
        expect(lines).toHaveLength(1)
      },
    })
  }),

  define('era 2: an upload at the root, id before the name', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({
      parts: [uploadPart(service(id), photo), 'What bird is this?'],
      metadata: { attachments: [{ id, name: 'bird.png', mimeType: 'image/png', size: photo.bytes.length }] },
    })
    s.zip(s.mailName(), [s.conversations(chat), s.file(`${id}-bird.png`, photo)])
    s.expect(chat, message, service(id), foundExactly(photo, 'T1'))
    s.attached(chat, photo)
  }),

  define('era 2: DALL·E 3 with the id in the name of the folder dalle-generations', (s) => {
    const [chat, id, genId, picture] = [s.chat('Lighthouses'), s.legacyId(), s.genId(), s.webp()]
    chat.asks('Draw a lighthouse')
    chat.say({ role: 'assistant', recipient: 'dalle.text2im', text: '{"prompt":"A lighthouse, short"}' })
    const message = chat.say({
      role: 'tool',
      name: 'dalle.text2im',
      parts: [
        dallePart(service(id), picture, {
          genId,
          prompt: 'A white lighthouse at dusk',
          seed: 4_711,
          parentGenId: 'aB3dE5gH7jK9mN1p',
          editOp: 'inpainting',
        }),
      ],
    })
    s.zip(s.mailName(), [s.conversations(chat), s.file(`dalle-generations/${id}-${s.uuid()}.webp`, picture)])
    s.expect(chat, message, service(id), foundExactly(picture, 'T1'))
    s.picture(picture, {
      fileId: id.slice(5),
      genId,
      prompt: 'A white lighthouse at dusk',
      promptSource: 'dalle',
      seed: 4_711,
      date: Math.floor(message.at),
      conversationId: chat.id,
      conversationTitle: 'Lighthouses',
      messageId: message.id,
      parentGenId: 'aB3dE5gH7jK9mN1p',
      editOp: 'inpainting',
    })
  }),

  define('era 2: two pictures of one call, the prompt told by the call only', (s) => {
    const chat = s.chat()
    const [one, two] = [s.webp(), s.webp()]
    const [first, second] = [s.legacyId(), s.legacyId()]
    chat.asks('Two foxes please')
    chat.say({
      role: 'assistant',
      recipient: 'dalle.text2im',
      content: { content_type: 'code', language: 'unknown', text: '{"prompt":"A fox in the snow","n":2}' },
    })
    const message = chat.say({
      role: 'tool',
      name: 'dalle.text2im',
      parts: [
        dallePart(service(first), one, { genId: s.genId() }),
        dallePart(service(second), two, { genId: s.genId() }),
      ],
    })
    s.zip(s.mailName(), [
      s.conversations(chat),
      s.file(`dalle-generations/${first}-${s.uuid()}.webp`, one),
      s.file(`dalle-generations/${second}-${s.uuid()}.webp`, two),
    ])
    for (const [id, picture] of [[first, one] as const, [second, two] as const]) {
      s.expect(chat, message, service(id), foundExactly(picture))
      s.picture(picture, { fileId: id.slice(5), prompt: 'A fox in the snow', promptSource: 'tool-call' })
    }
  }),

  define('era 2: a GPT-4o picture in the folder of the user', (s) => {
    const [chat, id, genId, picture] = [s.chat(), s.sedimentId(), s.uuid(), s.png({ widthPx: 1024, heightPx: 1536 })]
    chat.asks('Paint the harbour at night')
    const message = chat.say({
      role: 'tool',
      name: 't2uay3k.sj1i4kz',
      parts: [paintedPart(sediment(id), picture, genId)],
    })
    const user = s.userId()
    s.zip(s.mailName(), [s.user(user), s.conversations(chat), s.file(`${user}/${id}-${s.uuid()}.png`, picture)])
    s.expect(chat, message, sediment(id), foundExactly(picture, 'T1'))
    s.picture(picture, {
      fileId: id.slice(5),
      genId,
      prompt: 'Paint the harbour at night',
      promptSource: 'user-request',
      conversationId: chat.id,
    })
  }),

  define('era 2: sanitized copies, original names and files without an ending', (s) => {
    const chat = s.chat()
    const ids = [
      s.sedimentId(),
      s.sedimentId(),
      s.legacyId(22),
      s.legacyId(16),
      s.legacyId(),
      s.legacyId(),
      s.legacyId(32),
    ]
    const media = [s.jpeg(), s.jpeg(), s.photo(), s.photo(), s.photo(), s.photo(), s.photo()]
    const paths = [
      `${ids[0]}-sanitized.jpg`,
      `${ids[1]}-IMG 20.jpg`,
      `${ids[2]}-${s.uuid()}`,
      `${ids[3]}`,
      `${ids[4]}.png`,
      `${ids[5]}_holiday_photo.png`,
      `${ids[6]}-a-b_c.d.png`,
    ]
    for (const [index, photo] of media.entries()) {
      const id = ids[index] ?? ''
      const pointer = id.startsWith('file_') ? sediment(id) : service(id)
      // What is written of a sanitized copy is the size of the original.
      const message = chat.say({ parts: [uploadPart(pointer, photo, { size_bytes: photo.bytes.length + 77 })] })
      s.expect(chat, message, pointer, foundExactly(photo, 'T1'))
      s.attached(chat, photo)
    }
    s.zip(s.mailName(), [s.conversations(chat), ...media.map((photo, index) => s.file(paths[index] ?? '', photo))])
  }),

  define('era 2: speech in the folder of its conversation, with a short id', (s) => {
    const [chat, id, speech] = [s.chat(), s.sedimentId(16), s.wav()]
    const message = chat.say({
      parts: [
        { content_type: 'audio_transcription', text: 'Hello', direction: 'in', decoding_id: null },
        {
          content_type: 'audio_asset_pointer',
          asset_pointer: sediment(id),
          size_bytes: speech.bytes.length,
          format: 'wav',
          expiry_datetime: null,
          metadata: { start: 0, end: 1.5 },
        },
      ],
    })
    s.zip(s.mailName(), [s.conversations(chat), s.file(`${chat.id}/audio/${id}-${s.uuid()}.wav`, speech)])
    s.expect(chat, message, sediment(id), foundExactly(speech, 'T1'))
    s.attached(chat, speech)
  }),

  define('era 2: everything below tmp/', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), photo)] })
    const entries = [s.conversations(chat), s.file(`${id}-tent.png`, photo)]
    s.zip(
      s.mailName(),
      entries.map((entry) => ({ ...entry, path: `tmp/${entry.path}` })),
    )
    s.expect(chat, message, service(id), foundExactly(photo))
  }),

  define('a zip that holds one folder with the export in it', (s) => {
    const [chat, id, picture] = [s.chat(), s.legacyId(), s.webp()]
    const message = chat.say({ role: 'tool', parts: [dallePart(service(id), picture, { genId: s.genId() })] })
    const entries = [s.conversations(chat), s.file(`dalle-generations/${s.uuid()}.webp`, picture)]
    s.zip(
      'my export (2).zip',
      entries.map((entry) => ({ ...entry, path: `My ChatGPT export/${entry.path}` })),
    )
    s.expect(chat, message, service(id), foundProbably(picture, 'T7'))
    s.picture(picture, { fileId: id.slice(5) })
  }),

  define('an unpacked export', (s) => {
    const [chat, ids, photo, picture] = [s.chat(), [s.legacyId(), s.legacyId()] as const, s.photo(), s.webp()]
    const sent = chat.say({ parts: [uploadPart(service(ids[0]), photo)] })
    const drawn = chat.say({ role: 'tool', parts: [dallePart(service(ids[1]), picture, { genId: s.genId() })] })
    s.folder('unpacked', [
      s.conversations(chat),
      s.file(`${ids[0]}-tent.png`, photo),
      s.file(`dalle-generations/${ids[1]}-${s.uuid()}.webp`, picture),
    ])
    s.expect(chat, sent, service(ids[0]), foundExactly(photo))
    s.expect(chat, drawn, service(ids[1]), foundExactly(picture))
  }),

  define('era 3: flat .dat without any index, tool messages apart', (s) => {
    const chat = s.chat()
    const [old, young] = [s.legacyId(), s.sedimentId()]
    const [photo, picture, alone] = [s.photo(), s.png(), s.png()]
    const sent = chat.say({ parts: [uploadPart(service(old), photo), 'Make it blue'] })
    const drawn = chat.say({ role: 'tool', parts: [paintedPart(sediment(young), picture, s.uuid())] })
    s.zip(s.mailName(), [
      s.conversations(chat),
      s.json('tool_messages.json', []),
      s.file(`${old}.dat`, photo),
      s.file(`${young}.dat`, picture),
      s.file(`${s.sedimentId()}.dat`, alone),
    ])
    s.expect(chat, sent, service(old), foundExactly(photo, 'T1'))
    s.expect(chat, drawn, sediment(young), foundExactly(picture, 'T1'))
    s.attached(chat, photo)
    s.picture(picture, { prompt: 'Make it blue', promptSource: 'user-request' })
  }),

  define('era 4: shards, and pictures in the folder of their conversation', (s) => {
    const chats = [s.chat('One'), s.chat('Two'), s.chat('Three')]
    const entries = chats.map((chat, index) => {
      const [id, picture] = [s.sedimentId(), s.png()]
      chat.asks(`Draw number ${index}`)
      const message = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, s.uuid())] })
      s.expect(chat, message, sediment(id), foundExactly(picture, 'T1'))
      s.picture(picture, { prompt: `Draw number ${index}`, conversationId: chat.id })
      return [
        s.json(`conversations-00${index}.json`, [chat.json()]),
        s.file(`${chat.id}/image/${id}-${s.uuid()}.png`, picture),
      ]
    })
    s.zip(s.mailName(), [
      ...entries.flat(),
      s.json('user_settings.json', { user_id: s.userId(), settings: {} }),
      s.json('export_manifest.json', {
        version: 1,
        manifest_file: 'export_manifest.json',
        export_files: [0, 1, 2].map((index) => ({ path: `conversations-00${index}.json`, size_bytes: 1 })),
        logical_files: {
          'conversations.json': {
            files: [0, 1, 2].map((index) => `conversations-00${index}.json`),
            sharded: true,
            shard_count: 3,
          },
        },
      }),
    ])
  }),

  define('era 4: a shard named by the manifest under another name', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), photo)] })
    s.zip(s.mailName(), [
      s.json('chats/part-a.json', [chat.json()]),
      s.file(`${id}-tent.png`, photo),
      s.json('export_manifest.json', {
        version: 1,
        manifest_file: 'export_manifest.json',
        export_files: [{ path: 'chats/part-a.json', size_bytes: 1 }],
        logical_files: { 'conversations.json': { files: ['chats/part-a.json'], sharded: true, shard_count: 1 } },
      }),
    ])
    s.expect(chat, message, service(id), foundExactly(photo))
    s.set({ isWhole: true })
  }),

  define('era 4: page renders beside the document they show', (s) => {
    const [chat, id, paper] = [s.chat(), s.sedimentId(), s.pdf()]
    const [pages, thumbnail] = [[s.jpeg(), s.jpeg()] as const, s.jpeg()]
    const page = (index: number) => `${'0123456789abcde'}#${id}#p_${index}.jpg`
    const message = chat.say({
      parts: ['Read this', ...pages.map((media, index) => imagePart(sediment(page(index)), media))],
      metadata: { attachments: [{ id, name: 'report.pdf', mime_type: 'application/pdf', size: paper.bytes.length }] },
    })
    s.zip(s.mailName(), [
      s.conversations(chat),
      s.file(`${id}-report.pdf`, paper),
      ...pages.map((media, index) => s.file(`${page(index)}-p_${index}.jpg`, media)),
      s.file(`0123456789abcde#${id}#thumbnail`, thumbnail),
    ])
    s.expect(chat, message, id, foundExactly(paper, 'T1'))
    for (const [index, media] of pages.entries())
      s.expect(chat, message, sediment(page(index)), foundExactly(media, 'T1'))
    s.attached(chat, paper)
    s.notPicture(...pages, thumbnail)
  }),

  define('era 4: a folder of what was made from a file is not the file', (s) => {
    const [chat, id, paper, inside] = [s.chat(), s.legacyId(), s.pdf(), s.photo()]
    const message = chat.say({
      text: 'Read this',
      metadata: { attachments: [{ id, name: 'report.pdf', mime_type: 'application/pdf', size: paper.bytes.length }] },
    })
    s.zip(s.mailName(), [
      s.conversations(chat),
      s.file(`${id}_data/page-1.png`, inside),
      s.file(`${id}-report.pdf`, paper),
    ])
    s.expect(chat, message, id, foundExactly(paper))
    s.attached(chat, paper)
    s.notPicture(inside)
  }),

  define('era 4: a file of the sandbox in the folder of the user', (s) => {
    const [chat, plot, user] = [s.chat(), s.photo(), s.userId()]
    const message = chat.answers('Here it is: [the plot](sandbox:/mnt/data/plot-of-tides.png)')
    s.zip(s.mailName(), [
      s.user(user),
      s.conversations(chat),
      s.file(`${user}/${s.hex(32)}/mnt/data/plot-of-tides.png`, plot),
    ])
    // Nothing but a name of a text connects the two.
    s.expect(chat, message, 'sandbox:/mnt/data/plot-of-tides.png', notInExport, oneOf([plot]))
    s.notPicture(plot)
  }),

  define('era 5: flat .dat with name index and library', (s) => {
    const chat = s.chat('Boats')
    const [uploadId, pictureId, speechId, oldId] = [s.legacyId(), s.sedimentId(), s.sedimentId(), s.legacyId()]
    const [photo, picture, speech, old] = [s.photo(), s.png(), s.wav(), s.webp()]
    const sent = chat.say({
      parts: [uploadPart(service(uploadId), photo), 'Paint such a boat'],
      metadata: { attachments: [{ id: uploadId, name: 'boat.png', mime_type: 'image/png', size: photo.bytes.length }] },
    })
    const painted = chat.say({ role: 'tool', parts: [paintedPart(sediment(pictureId), picture, s.uuid())] })
    const spoken = chat.say({
      parts: [{ content_type: 'audio_asset_pointer', asset_pointer: sediment(speechId), format: 'wav', size_bytes: 1 }],
    })
    const drawn = chat.say({
      role: 'tool',
      parts: [dallePart(service(oldId), old, { genId: s.genId(), prompt: 'A boat' })],
    })
    s.zip(s.mailName(), [
      s.json('conversations-000.json', [chat.json()]),
      s.file(`${uploadId}.dat`, photo),
      s.file(`${pictureId}.dat`, picture),
      s.file(`${speechId}.dat`, speech),
      s.file(`${oldId}.dat`, old),
      s.json('conversation_asset_file_names.json', {
        [`${uploadId}.dat`]: 'boat.png',
        [`${pictureId}.dat`]: `${chat.id}/image/${s.uuid()}.png`,
        [`${speechId}.dat`]: `${chat.id}/audio/${s.uuid()}.wav`,
        [`${oldId}.dat`]: `dalle-generations/${s.uuid()}.webp`,
      }),
      s.json('library_files.json', []),
      s.json('export_manifest.json', {
        version: 1,
        manifest_file: 'export_manifest.json',
        export_files: [
          'conversations-000.json',
          ...[uploadId, pictureId, speechId, oldId].map((id) => `${id}.dat`),
        ].map((path) => ({ path, size_bytes: 1 })),
        logical_files: {
          'conversations.json': { files: ['conversations-000.json'], sharded: true, shard_count: 1 },
        },
      }),
    ])
    s.expect(chat, sent, service(uploadId), foundExactly(photo))
    s.expect(chat, painted, sediment(pictureId), foundExactly(picture))
    s.expect(chat, spoken, sediment(speechId), foundExactly(speech))
    s.expect(chat, drawn, service(oldId), foundExactly(old))
    s.attached(chat, photo)
    s.attached(chat, speech)
    s.picture(picture, { prompt: 'Paint such a boat' })
    s.picture(old, { prompt: 'A boat', promptSource: 'dalle' })
    s.set({
      after: ({ files }) => {
        const stored = [...files].find(([, sha256]) => sha256 === photo.sha256)?.[0]
        expect(stored, 'keeps its old name').toMatch(/boat/)
      },
    })
  }),

  define('era 6: generated pictures are left out, and nothing points to them', (s) => {
    const chat = s.chat()
    const asked = chat.say({ text: 'Draw a heron', metadata: { system_hints: ['picture_v2'] } })
    chat.answers('Here is your heron.')
    const stripped = JSON.parse(JSON.stringify(chat.json())) as { mapping: Record<string, Record<string, unknown>> }
    for (const node of Object.values(stripped.mapping)) delete node.children
    s.zip(s.mailName(), [
      s.json('conversations-000.json', [stripped]),
      s.json('conversation_asset_file_names.json', {}),
      s.json('library_files.json', []),
    ])
    s.refer({
      conversation: chat.id,
      pointer: null,
      wants: [{ kind: 'missing', reasons: ['era_omits_generated'] }],
    })
    s.set({ after: ({ lines }) => expect(lines.every((line) => line.source === null)).toBe(true) })
    void asked
  }),

  define('era 8: the portal, zips in the zip', (s) => {
    const chat = s.chat('Trains')
    const ids = [s.legacyId(), s.legacyId(), s.legacyId(), s.sedimentId()] as const
    const [photo, bySize, byId, nested] = [s.photo(), s.webp(), s.webp(), s.png()]
    const sent = chat.say({ parts: [uploadPart(service(ids[0]), photo)] })
    const one = chat.say({
      role: 'tool',
      parts: [dallePart(service(ids[1]), bySize, { genId: s.genId(), prompt: 'A' })],
    })
    const two = chat.say({ role: 'tool', parts: [dallePart(service(ids[2]), byId, { genId: s.genId(), prompt: 'B' })] })
    const three = chat.say({ role: 'tool', parts: [paintedPart(sediment(ids[3]), nested, s.uuid())] })
    s.zip('OpenAI-export.zip', [
      s.raw('report.html', '<h1>Your data</h1>'),
      s.raw('Financial/payments.csv', 'date,amount\n'),
      {
        path: 'User Online Activity/Conversations__0f0f0f0f-chatgpt-0001.zip',
        entries: [
          s.conversations(chat),
          s.file(`${chat.id}/image/${ids[3]}-${s.uuid()}.png`, nested),
          s.raw('chat.html', '<html></html>'),
        ],
      },
      {
        path: 'User Online Activity/Files__0f0f0f0f-files-0001.zip',
        entries: [
          s.file(`personal/files/${ids[0]}_station.png`, photo),
          s.file(`personal/files/dalle-generations/${s.uuid()}.webp`, bySize),
          s.file(`personal/files/dalle-generations/${ids[2]}-${s.uuid()}.webp`, byId),
        ],
      },
    ])
    s.expect(chat, sent, service(ids[0]), foundExactly(photo, 'T1'))
    s.expect(chat, one, service(ids[1]), foundProbably(bySize, 'T7'))
    s.expect(chat, two, service(ids[2]), foundExactly(byId, 'T1'))
    s.expect(chat, three, sediment(ids[3]), foundExactly(nested, 'T1'))
    s.attached(chat, photo)
    for (const [picture, prompt] of [[bySize, 'A'] as const, [byId, 'B'] as const]) s.picture(picture, { prompt })
    s.set({
      after: ({ lines }) => {
        const source = lines.find((line) => line.source?.sha256 === photo.sha256)?.source
        expect(source?.archive?.length, 'the chain of archives').toBe(2)
        expect(source?.archive?.[1]).toContain('Files__')
      },
    })
  }),

  define('era 8: names of 2025 with underscores', (s) => {
    const [chat, id, uuid, user] = [s.chat(), s.legacyId(), s.uuid(), s.userId()]
    const [photo, picture, plot] = [s.photo(), s.webp(), s.photo()]
    const sent = chat.say({ parts: [uploadPart(service(id), photo)] })
    const pointer = s.legacyId()
    const drawn = chat.say({ role: 'tool', parts: [dallePart(service(pointer), picture, { genId: s.genId() })] })
    const plotted = chat.say({ role: 'tool', parts: [imagePart(service(uuid), plot)] })
    s.zip('OpenAI-export.zip', [
      {
        path: `User Online Activity/Conversations__${user}_chatgpt_1.zip`,
        entries: [s.conversations(chat), s.user(user)],
      },
      {
        path: `User Online Activity/Files__${user}_files_3.zip`,
        entries: [
          s.file(`personal/files/${id}_my_holiday_photo.png`, photo),
          s.file(`personal/files/dalle-generations/${s.uuid()}.webp`, picture),
          s.file(`personal/files/${uuid}`, plot),
        ],
      },
    ])
    s.expect(chat, sent, service(id), foundExactly(photo, 'T1'))
    s.expect(chat, drawn, service(pointer), foundProbably(picture, 'T7'))
    s.expect(chat, plotted, service(uuid), foundExactly(plot, 'T1'))
  }),

  define('era 8: the inner zips, taken out of the portal zip by hand, each given alone', (s) => {
    const [chat, id, photo, picture] = [s.chat(), s.legacyId(), s.photo(), s.webp()]
    const pointer = s.legacyId()
    const sent = chat.say({ parts: [uploadPart(service(id), photo)] })
    const drawn = chat.say({ role: 'tool', parts: [dallePart(service(pointer), picture, { genId: s.genId() })] })
    s.zip('Conversations__ab-chatgpt-0001.zip', [s.conversations(chat)])
    s.zip('Files__ab-files-0001.zip', [s.file(`personal/files/${id}_boat.png`, photo)])
    s.folder('the rest', [
      {
        path: 'User Online Activity/Files__ab-files-0002.zip',
        entries: [s.file(`personal/files/dalle-generations/${s.uuid()}.webp`, picture)],
      },
    ])
    s.expect(chat, sent, service(id), foundExactly(photo))
    s.expect(chat, drawn, service(pointer), foundProbably(picture, 'T7'))
  }),

  define('era 8: the stem of a DALL·E file is the gen_id', (s) => {
    const chat = s.chat()
    const pairs = [1, 2, 3].map(() => ({ id: s.legacyId(), genId: s.genId(), picture: s.webp() }))
    for (const { id, genId, picture } of pairs) {
      // The size says nothing: content credentials were added afterwards.
      const part = dallePart(service(id), picture, { genId, prompt: `Stem ${genId}` }, { size_bytes: 99 })
      const message = chat.say({ role: 'tool', name: 'dalle.text2im', parts: [part] })
      s.expect(chat, message, service(id), found(picture, { rules: ['T4'] }))
      s.picture(picture, { fileId: id.slice(5), genId, prompt: `Stem ${genId}` })
    }
    const folder = `personal/dallelabs/user-data/chatgptgenerations/${s.userId()}/conversations/${chat.id}`
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(chat)] },
      {
        path: 'User Online Activity/Dall-E__1-dalle-0001.zip',
        entries: pairs.map(({ genId, picture }) => s.file(`${folder}/${genId}.webp`, picture)),
      },
    ])
  }),

  define('era 8: twins of one stem that is the gen_id, the size tells which is meant', (s) => {
    const [chat, id, genId] = [s.chat(), s.legacyId(), s.genId()]
    const [small, large] = [s.webp(), s.png()]
    const message = chat.say({ role: 'tool', parts: [dallePart(service(id), small, { genId, prompt: 'Twins' })] })
    const folder = `personal/dallelabs/user-data/chatgptgenerations/${s.userId()}/conversations/${chat.id}`
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(chat)] },
      {
        path: 'User Online Activity/Dall-E__1-dalle-0001.zip',
        entries: [s.file(`${folder}/${genId}.png`, large), s.file(`${folder}/${genId}.webp`, small)],
      },
    ])
    s.expect(chat, message, service(id), found(small))
    s.picture(small, { fileId: id.slice(5), genId, prompt: 'Twins' })
  }),

  define('era 8: stems that are not the gen_id, with twins, by folder and size', (s) => {
    const chats = [s.chat('One'), s.chat('Two')]
    const user = s.userId()
    const files = chats.flatMap((chat) =>
      [1, 2].map((n) => {
        const [id, stem, small, large] = [s.legacyId(), s.genId(), s.webp(), s.png()]
        const part = dallePart(service(id), small, { genId: s.genId(), prompt: `${chat.title} ${n}` })
        const message = chat.say({ role: 'tool', parts: [part] })
        s.expect(chat, message, service(id), foundProbably(small))
        s.picture(small, { fileId: id.slice(5), prompt: `${chat.title} ${n}` })
        const folder = `personal/dallelabs/user-data/chatgptgenerations/${user}/conversations/${chat.id}`
        return [s.file(`${folder}/${stem}.png`, large), s.file(`${folder}/${stem}.webp`, small)]
      }),
    )
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(...chats)] },
      { path: 'User Online Activity/Dall-E__1-dalle-0001.zip', entries: files.flat() },
    ])
  }),

  define('era 8: pictures of DALL·E Labs have a caption and no conversation', (s) => {
    const [picture, twin, other] = [s.png({ widthPx: 1024, heightPx: 1024 }), s.webp(), s.webp()]
    const user = s.userId()
    const folder = (id: string) => `personal/dallelabs/${user}/generations/generation-${id}`
    const [first, second] = [s.genId(), s.genId()]
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(s.chat())] },
      {
        path: 'User Online Activity/Dall-E__1-dalle-0001.zip',
        entries: [
          s.raw(`${folder(first)}/caption.txt`, 'an armchair in the shape of an avocado\n'),
          s.file(`${folder(first)}/image.png`, picture),
          s.spare(`${folder(first)}/image.webp`, twin),
          s.file(`${folder(second)}/image.webp`, other),
          s.raw(`${folder(second)}/caption.txt`, 'two otters, oil on canvas'),
        ],
      },
    ])
    s.picture(picture, { prompt: 'an armchair in the shape of an avocado', conversationId: null })
    s.picture(other, { prompt: 'two otters, oil on canvas', conversationId: null })
  }),

  define('era 8: the same conversations and files many times over', (s) => {
    const [chat, id, pointer] = [s.chat(), s.legacyId(), s.legacyId()]
    const [photo, picture] = [s.photo(), s.webp()]
    const sent = chat.say({ parts: [uploadPart(service(id), photo)] })
    const drawn = chat.say({ role: 'tool', parts: [dallePart(service(pointer), picture, { genId: s.genId() })] })
    const copies = ['0001', '0001-part-0002', '0002', '0003']
    s.zip('OpenAI-export.zip', [
      ...copies.map((copy) => ({
        path: `User Online Activity/Conversations__x-chatgpt-${copy}.zip`,
        entries: [s.conversations(chat), s.file(`${id}-tent.png`, photo)],
      })),
      ...copies.map((copy) => ({
        path: `User Online Activity/Files__x-files-${copy}.zip`,
        entries: [
          s.file(`personal/files/${id}_tent.png`, photo),
          // One content under one name in each, and under another name: still one file.
          s.file('personal/files/dalle-generations/7b0c2a44-91de-4f0a-a3b7-0c5d8e1f2a33.webp', picture),
          s.file(`personal/files/dalle-generations/${s.uuid()}.webp`, picture),
        ],
      })),
    ])
    s.expect(chat, sent, service(id), foundExactly(photo))
    s.expect(chat, drawn, service(pointer), foundProbably(picture, 'T7'))
    s.attached(chat, photo)
    s.picture(picture)
    s.set({
      after: ({ lines }) => {
        expect(
          lines.filter((line) => line.message_id === sent.id),
          'one line per reference',
        ).toHaveLength(1)
      },
    })
  }),

  define('an export of several eras at once', (s) => {
    const chat = s.chat()
    const ids = [s.legacyId(), s.sedimentId(), s.legacyId(), s.legacyId(), s.sedimentId(16)]
    const media = [s.photo(), s.png(), s.webp(), s.webp(), s.wav()]
    const user = s.userId()
    const paths = [
      `${ids[0]}-x.png`,
      `${user}/${ids[1]}-${s.uuid()}.png`,
      `dalle-generations/${ids[2]}-${s.uuid()}.webp`,
      `${ids[3]}.dat`,
      `${chat.id}/audio/${ids[4]}-${s.uuid()}.wav`,
    ]
    const pointers = ids.map((id) => (id.startsWith('file_') ? sediment(id) : service(id)))
    const parts = [
      uploadPart(pointers[0] ?? '', media[0] ?? null),
      paintedPart(pointers[1] ?? '', media[1] ?? null, s.uuid()),
      dallePart(pointers[2] ?? '', media[2] ?? null, { genId: s.genId() }),
      dallePart(pointers[3] ?? '', media[3] ?? null, { genId: s.genId() }),
      { content_type: 'audio_asset_pointer', asset_pointer: pointers[4], format: 'wav', size_bytes: 1 },
    ]
    for (const [index, part] of parts.entries()) {
      const message = chat.say({ role: index === 0 || index === 4 ? 'user' : 'tool', parts: [part] })
      const one = media[index]
      if (one) s.expect(chat, message, pointers[index] ?? '', foundExactly(one))
    }
    s.zip(s.mailName(), [
      s.json('sora.json', {}),
      s.json('shopping.json', []),
      s.json('basispoints.json', {}),
      s.json('group_chats.json', { chats: [] }),
      s.json('ads.json', []),
      s.json('codex.json', []),
      s.conversations(chat),
      s.json('conversations-000.json', [chat.json()]),
      ...media.map((one, index) => s.file(paths[index] ?? '', one)),
    ])
    s.set({
      after: ({ files }) => expect([...files.keys()].filter((file) => /^attachments\/orphans/.test(file))).toEqual([]),
    })
  }),
]
