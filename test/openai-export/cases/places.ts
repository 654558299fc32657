import { expect } from 'vitest'
import { mp4 } from './media.ts'
import {
  type CaseMaker,
  type Chat,
  dallePart,
  define,
  found,
  foundExactly,
  imagePart,
  type Message,
  missing,
  notInExport,
  oneOf,
  paintedPart,
  type Saying,
  type Story,
  sediment,
  service,
  uploadPart,
} from './story.ts'

/** A conversation whose reference lies on a branch that was given up. */
function onSideBranch(s: Story, saying: Saying): { chat: Chat; message: Message } {
  const chat = s.chat()
  const asked = chat.asks('Show me the sea')
  const message = chat.say({ ...saying, after: asked })
  chat.answers('Here is another answer.', asked)
  chat.asks('Thank you')
  return { chat, message }
}

const call = (more: Record<string, unknown>): Saying => ({
  role: 'tool',
  name: 'python',
  content: { content_type: 'execution_output', text: 'done' },
  metadata: more,
})

/** Every place of section 4.3, each on a side branch, and every era's pointers. */
export const places: readonly CaseMaker[] = [
  define('place 1: a part, and a part within a part', (s) => {
    const [one, two] = [s.legacyId(), s.sedimentId()]
    const [photo, inner] = [s.photo(), s.photo()]
    const { chat, message } = onSideBranch(s, {
      parts: [
        uploadPart(service(one), photo),
        { content_type: 'group', items: [{ deeper: [uploadPart(sediment(two), inner)] }] },
      ],
    })
    s.zip('export.zip', [s.conversations(chat), s.file(`${one}-a.png`, photo), s.file(`${two}.dat`, inner)])
    s.expect(chat, message, service(one), foundExactly(photo))
    s.expect(chat, message, sediment(two), foundExactly(inner))
  }),

  define('place 1: regenerated pictures on four branches', (s) => {
    const chat = s.chat()
    const asked = chat.asks('A cat, please')
    const entries = [1, 2, 3, 4].map((n) => {
      const [id, picture] = [s.legacyId(), s.webp()]
      const part = dallePart(service(id), picture, { genId: s.genId(), prompt: `Cat ${n}` })
      const message = chat.say({ role: 'tool', name: 'dalle.text2im', parts: [part], after: asked })
      s.expect(chat, message, service(id), foundExactly(picture))
      s.picture(picture, { prompt: `Cat ${n}` })
      return s.file(`dalle-generations/${id}-${s.uuid()}.webp`, picture)
    })
    s.zip('export.zip', [s.conversations(chat), ...entries])
  }),

  define('place 2: attachments of both spellings, by id, file_id and library_file_id', (s) => {
    const ids = [s.legacyId(), s.legacyId(), s.legacyId(), s.sedimentId()]
    const media = [s.pdf(), s.pdf(), s.pdf(), s.pdf()]
    const library = `libfile_${s.hex(32)}`
    const size = (index: number) => media[index]?.bytes.length
    const { chat, message } = onSideBranch(s, {
      text: 'Read these',
      metadata: {
        attachments: [
          { id: ids[0], name: 'a.pdf', mime_type: 'application/pdf', size: size(0) },
          { id: ids[1], name: 'b.pdf', mimeType: 'application/pdf', size: size(1) },
          { id: 'upload-3', file_id: ids[2], name: 'c.pdf', mime_type: 'application/pdf' },
          { id: library, library_file_id: library, name: 'd.pdf', mime_type: 'application/pdf', source: 'library' },
        ],
      },
    })
    s.zip('export.zip', [
      s.conversations(chat),
      ...media.map((one, index) => s.file(`${ids[index]}.dat`, one)),
      s.json('library_files.json', [
        { file_id: ids[3], id: { id: library, partition_key: s.userId() }, file_name: 'd.pdf', is_project: false },
      ]),
    ])
    for (const index of [0, 1, 2]) s.expect(chat, message, ids[index] ?? '', foundExactly(media[index] ?? s.pdf()))
    s.refer({
      conversation: chat.id,
      messages: [message.id],
      pointer: library,
      wants: [foundExactly(media[3] ?? s.pdf())],
    })
    for (const one of media) s.attached(chat, one)
    s.set({ isWhole: true })
  }),

  define('place 3: pictures that the text shows, of both schemes', (s) => {
    const [one, two, gone] = [s.legacyId(), s.sedimentId(), s.legacyId()]
    const [first, second] = [s.photo(), s.photo()]
    const { chat, message } = onSideBranch(s, {
      role: 'assistant',
      text: `See ![the pier](${service(one)}) and\n![](${sediment(two)}), not ![x](${service(gone)}).`,
    })
    s.zip('export.zip', [s.conversations(chat), s.file(`${one}-pier.png`, first), s.file(`${two}.dat`, second)])
    s.expect(chat, message, service(one), foundExactly(first))
    s.expect(chat, message, sediment(two), foundExactly(second))
    s.expect(chat, message, service(gone), notInExport)
  }),

  define('place 3: a picture that the text shows with a title', (s) => {
    const [id, photo] = [s.sedimentId(), s.photo()]
    const { chat, message } = onSideBranch(s, { role: 'assistant', text: `![the sea](${sediment(id)} "At noon")` })
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}.dat`, photo)])
    s.expect(chat, message, sediment(id), foundExactly(photo))
  }),

  define('place 3: a file of the sandbox, attached earlier in the same conversation', (s) => {
    const [chat, id, table] = [s.chat(), s.legacyId(), s.pdf()]
    const attachment = { id, name: 'tides.pdf', mime_type: 'application/pdf', size: table.bytes.length }
    chat.say({ text: 'Work with this', metadata: { attachments: [attachment] } })
    const message = chat.answers('I read [it](sandbox:/mnt/data/tides.pdf).')
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}-tides.pdf`, table)])
    s.expect(chat, message, 'sandbox:/mnt/data/tides.pdf', found(table))
  }),

  define('place 3: a file of the sandbox, attached earlier in the same conversation, with a blank in its name', (s) => {
    const [chat, id, table] = [s.chat(), s.legacyId(), s.pdf()]
    const attachment = { id, name: 'tides 2024.pdf', mime_type: 'application/pdf', size: table.bytes.length }
    chat.say({ text: 'Work with this', metadata: { attachments: [attachment] } })
    const message = chat.answers('I read [it](sandbox:/mnt/data/tides 2024.pdf).')
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}-tides 2024.pdf`, table)])
    s.expect(chat, message, 'sandbox:/mnt/data/tides 2024.pdf', found(table))
  }),

  define('place 3: a file of the sandbox in the folder of its conversation', (s) => {
    const [chat, other] = [s.chat(), s.chat()]
    const [plot, foreign] = [s.photo(), s.photo()]
    const message = chat.answers('![plot](sandbox:/mnt/data/plot.png)')
    other.asks('Nothing here')
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(chat, other)] },
      {
        path: 'User Online Activity/Files__1-files-0001.zip',
        entries: [
          s.file(`personal/files/${other.id}/${s.uuid()}/mnt/data/plot.png`, foreign),
          s.file(`personal/files/${chat.id}/${s.uuid()}/mnt/data/plot.png`, plot),
        ],
      },
    ])
    s.refer({
      conversation: chat.id,
      messages: [message.id],
      pointer: 'sandbox:/mnt/data/plot.png',
      wants: [{ kind: 'file', sha256: plot.sha256 }],
    })
    s.attached(chat, plot)
  }),

  define('place 3: a file of the sandbox of which the library knows the message', (s) => {
    const [chat, one, two] = [s.chat(), s.sedimentId(), s.sedimentId()]
    const [mine, foreign] = [s.photo(), s.photo()]
    const message = chat.answers('![chart](sandbox:/mnt/data/chart.png)')
    const row = (id: string, messageId: string, threadId: string) => ({
      file_id: id,
      file_name: 'chart.png',
      mime_type: 'image/png',
      origination_message_id: messageId,
      origination_thread_id: threadId,
    })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${one}.dat`, mine),
      s.file(`${two}.dat`, foreign),
      s.json('library_files.json', [row(two, s.uuid(), s.uuid()), row(one, message.id, chat.id)]),
    ])
    s.refer({
      conversation: chat.id,
      messages: [message.id],
      pointer: 'sandbox:/mnt/data/chart.png',
      wants: [{ kind: 'file', sha256: mine.sha256 }],
    })
    // The library may speak of its files in lines of their own, or not at all.
    s.refer({
      conversation: chat.id,
      messages: [message.id],
      pointer: one,
      wants: [{ kind: 'file', sha256: mine.sha256 }],
      isOptional: true,
    })
    s.set({ isWhole: true })
    s.notPicture(mine, foreign)
  }),

  define('place 3: two files of the sandbox of one name in one conversation, none is chosen', (s) => {
    const [chat, one, two] = [s.chat(), s.photo(), s.photo()]
    const message = chat.answers('![plot](sandbox:/mnt/data/plot.png)')
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(chat)] },
      {
        path: 'User Online Activity/Files__1-files-0001.zip',
        entries: [one, two].map((media) => s.file(`personal/files/${chat.id}/${s.uuid()}/mnt/data/plot.png`, media)),
      },
    ])
    s.expect(chat, message, 'sandbox:/mnt/data/plot.png', oneOf([one, two]))
  }),

  define('place 4: pictures of a visited page, and what a computer saw', (s) => {
    const [one, two, three] = [s.legacyId(), s.legacyId(), s.sedimentId()]
    const media = [s.photo(), s.photo(), s.photo()] as const
    const browsing = onSideBranch(s, {
      role: 'tool',
      name: 'browser',
      content: {
        content_type: 'tether_browsing_display',
        result: 'A page',
        assets: [imagePart(service(one), media[0]), { asset_pointer: service(two) }],
      },
    })
    const computer = onSideBranch(s, {
      role: 'tool',
      name: 'computer.do',
      content: {
        content_type: 'computer_output',
        computer_id: '1',
        screenshot: imagePart(sediment(three), media[2]),
        state: { id: '1', type: 'browser_state', url: 'https://example.com' },
      },
    })
    s.zip('export.zip', [
      s.conversations(browsing.chat, computer.chat),
      s.file(`${one}-1.png`, media[0]),
      s.file(`${two}.dat`, media[1]),
      s.file(`${three}.dat`, media[2]),
    ])
    s.expect(browsing.chat, browsing.message, service(one), foundExactly(media[0]))
    s.expect(browsing.chat, browsing.message, service(two), foundExactly(media[1]))
    s.expect(computer.chat, computer.message, sediment(three), foundExactly(media[2]))
    s.notPicture(...media)
  }),

  define('place 5: plots of the code interpreter, old and new, one by UUID', (s) => {
    const ids = [s.legacyId(), s.uuid(), s.legacyId(), s.legacyId()]
    const media = [s.photo(), s.photo(), s.photo(), s.photo()] as const
    const { chat, message } = onSideBranch(
      s,
      call({
        aggregate_result: {
          status: 'success',
          code: 'plot()',
          messages: [
            { message_type: 'image', time: 1, sender: 'server', image_payload: null, image_url: service(ids[0] ?? '') },
            { message_type: 'image', time: 2, sender: 'server', image_url: service(ids[1] ?? '') },
          ],
          jupyter_messages: [
            {
              msg_type: 'display_data',
              content: { data: { 'image/vnd.openai.fileservice.png': service(ids[2] ?? '') } },
            },
            {
              msg_type: 'display_data',
              content: { data: { 'image/vnd.openai.fileservice2.png': service(ids[3] ?? '') } },
            },
          ],
        },
      }),
    )
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${ids[0]}-plot.png`, media[0]),
      s.file(`${ids[1]}.png`, media[1]),
      s.file(`${ids[2]}.dat`, media[2]),
      s.file(`${ids[3]}.dat`, media[3]),
    ])
    for (const [index, one] of media.entries()) {
      s.expect(chat, message, service(ids[index] ?? ''), foundExactly(one, 'T1'))
      s.attached(chat, one)
    }
  }),

  define('place 6: what an edited picture was made from', (s) => {
    const [original, mask, result] = [s.legacyId(), s.legacyId(), s.legacyId()]
    const [first, hole, edited] = [s.webp(), s.photo(), s.webp()]
    const chat = s.chat()
    const drawn = chat.say({ role: 'tool', parts: [dallePart(service(original), first, { genId: s.genId() })] })
    const asked = chat.say({
      text: 'Take the boat away',
      metadata: {
        dalle: {
          from_client: {
            operation: {
              type: 'inpainting',
              original_file_id: original,
              mask_file_id: mask,
              original_gen_id: s.genId(),
            },
          },
        },
      },
    })
    const changed = chat.say({
      role: 'tool',
      parts: [dallePart(service(result), edited, { genId: s.genId(), prompt: 'No boat', editOp: 'inpainting' })],
      after: asked,
    })
    chat.answers('Or not.', asked)
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`dalle-generations/${original}-${s.uuid()}.webp`, first),
      s.file(`${mask}-mask.png`, hole),
      s.file(`dalle-generations/${result}-${s.uuid()}.webp`, edited),
    ])
    s.expect(chat, drawn, service(original), foundExactly(first))
    s.expect(chat, asked, original, foundExactly(first))
    s.expect(chat, asked, mask, foundExactly(hole))
    s.expect(chat, changed, service(result), foundExactly(edited))
    s.picture(first)
    s.picture(edited, { editOp: 'inpainting', prompt: 'No boat' })
    s.notPicture(hole)
  }),

  define('place 7: other pointers of the metadata', (s) => {
    const [page, link, watermarked, other] = [s.sedimentId(), s.sedimentId(), s.sedimentId(), s.legacyId()]
    const media = [s.photo(), s.photo(), s.png(), s.png(), s.pdf()] as const
    const watermark = `0123456789abcde#${watermarked}#wm`
    const { chat, message } = onSideBranch(s, {
      role: 'tool',
      parts: [
        {
          ...paintedPart(sediment(watermarked), media[2], s.uuid()),
          watermarked_asset_pointer: sediment(watermark),
        },
      ],
      metadata: {
        canvas: { html_asset_pointer: sediment(page) },
        asset_pointer_links: [sediment(link)],
        report: { file_id: other },
      },
    })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${page}.dat`, media[0]),
      s.file(`${link}.dat`, media[1]),
      s.file(`${watermarked}.dat`, media[2]),
      s.file(`${watermark}.dat`, media[3]),
      s.file(`${other}-report.pdf`, media[4]),
    ])
    s.expect(chat, message, sediment(page), foundExactly(media[0]))
    s.expect(chat, message, sediment(link), foundExactly(media[1]))
    s.expect(chat, message, sediment(watermarked), foundExactly(media[2]))
    s.expect(chat, message, sediment(watermark), foundExactly(media[3]))
    s.expect(chat, message, other, foundExactly(media[4]))
    s.picture(media[2], { fileId: watermarked.slice(5) })
  }),

  define('place 8: canvas is no media, and neither is a name or an id in plain words', (s) => {
    const [chat, photo] = [s.chat(), s.photo()]
    const id = s.legacyId()
    chat.say({
      text: `Open canmore://textdoc/${s.uuid()} and image.png, vacation.png; the id was ${id} I think`,
    })
    chat.answers('I saved image.png and ![vacation](vacation.png), and https://example.com/vacation.png')
    s.zip('export.zip', [s.conversations(chat), s.file('image.png', photo), s.file('vacation.png', s.photo())])
    s.set({ after: ({ lines }) => expect(lines.filter((line) => line.source !== null)).toEqual([]) })
    s.orphan(photo)
  }),

  define('live voice and video: speech, container and frames', (s) => {
    const ids = [s.sedimentId(), s.sedimentId(), s.sedimentId(), s.sedimentId()]
    const [speech, film] = [s.wav(), mp4(s.wish({}))]
    const frames = [s.jpeg(), s.jpeg()] as const
    const audio = (id = '') => ({
      content_type: 'audio_asset_pointer',
      asset_pointer: sediment(id),
      size_bytes: 1,
      format: 'wav',
      expiry_datetime: null,
      metadata: {},
    })
    const { chat, message } = onSideBranch(s, {
      parts: [
        {
          content_type: 'real_time_user_audio_video_asset_pointer',
          frames_asset_pointers: [sediment(ids[2] ?? ''), imagePart(sediment(ids[3] ?? ''), null)],
          video_container_asset_pointer: {
            content_type: 'video_container_asset_pointer',
            asset_pointer: sediment(ids[1] ?? ''),
            size_bytes: 1,
            format: 'mp4',
          },
          audio_asset_pointer: audio(ids[0]),
          audio_start_timestamp: 1.5,
          expiry_datetime: null,
        },
      ],
    })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${chat.id}/audio/${ids[0]}-${s.uuid()}.wav`, speech),
      s.file(`${ids[1]}.dat`, film),
      s.file(`${ids[2]}.dat`, frames[0]),
      s.file(`${ids[3]}.dat`, frames[1]),
    ])
    for (const [index, media] of [speech, film, ...frames].entries()) {
      s.expect(chat, message, sediment(ids[index] ?? ''), foundExactly(media))
      s.attached(chat, media)
    }
  }),

  define('one file shared by two conversations is stored once', (s) => {
    const [one, two] = [s.chat(), s.chat()]
    const [id, photo] = [s.legacyId(), s.photo()]
    const messages = [one, two].map((chat) => chat.say({ parts: [uploadPart(service(id), photo)] }))
    s.zip('export.zip', [s.conversations(one, two), s.file(`${id}-tent.png`, photo)])
    s.expect(one, messages[0], service(id), foundExactly(photo))
    s.expect(two, messages[1], service(id), foundExactly(photo))
    s.notPicture(photo)
  }),

  define('a picture that was generated in one conversation and uploaded in another', (s) => {
    const [one, two] = [s.chat('Made here'), s.chat('Shown there')]
    const [first, second, picture] = [s.sedimentId(), s.sedimentId(), s.png()]
    const made = one.say({ role: 'tool', parts: [paintedPart(sediment(first), picture, s.uuid())] })
    const shown = two.say({ parts: [uploadPart(sediment(second), picture)] })
    s.zip('export.zip', [s.conversations(one, two), s.file(`${first}.dat`, picture), s.file(`${second}.dat`, picture)])
    s.expect(one, made, sediment(first), foundExactly(picture))
    s.expect(two, shown, sediment(second), foundExactly(picture))
    s.picture(picture, { fileId: first.slice(5), conversationId: one.id })
  }),

  define('composites are never the file they are named after', (s) => {
    const chat = s.chat()
    const [id, bare] = [s.sedimentId(), s.sedimentId()]
    const media = [s.jpeg(), s.jpeg(), s.jpeg()] as const
    const roles = ['p_0.jpg', 'wm', 'thumbnail'].map((role) => `fedcba987654321#${id}#${role}`)
    const message = chat.say({
      role: 'tool',
      parts: [
        paintedPart(sediment(id), media[0], s.uuid()),
        ...roles.map((role, index) => imagePart(sediment(role), media[index] ?? null)),
        // And a composite of which only the base is there.
        imagePart(sediment(`fedcba987654321#${bare}#thumbnail`), null),
      ],
    })
    const base = s.photo()
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${roles[0]}-p_0.jpg`, media[0]),
      s.file(`${roles[1]}`, media[1]),
      s.file(`${roles[2]}.dat`, media[2]),
      s.file(`${bare}.dat`, base),
    ])
    s.expect(chat, message, sediment(id), notInExport)
    for (const [index, role] of roles.entries())
      s.expect(chat, message, sediment(role), foundExactly(media[index] ?? base))
    s.expect(chat, message, sediment(`fedcba987654321#${bare}#thumbnail`), notInExport)
  }),

  define('an id that is the beginning of another id, and one that differs in case only', (s) => {
    const chat = s.chat()
    const long = s.legacyId(24)
    const sedimentLong = s.sedimentId(32)
    const [short, sedimentShort] = [long.slice(0, -2), sedimentLong.slice(0, 5 + 16)]
    const swapped = long.replace(/[a-z]/gi, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    )
    const odd = `file-${swapped.slice(5)}`
    const [photo, picture] = [s.photo(), s.png()]
    const message = chat.say({
      parts: [long, short, odd].map((id) => uploadPart(service(id), photo)),
    })
    const second = chat.say({ parts: [sedimentLong, sedimentShort].map((id) => uploadPart(sediment(id), picture)) })
    s.zip('export.zip', [s.conversations(chat), s.file(`${long}-x.png`, photo), s.file(`${sedimentLong}.dat`, picture)])
    s.expect(chat, message, service(long), foundExactly(photo))
    s.expect(chat, message, service(short), notInExport)
    s.expect(chat, message, service(odd), notInExport)
    s.expect(chat, second, sediment(sedimentLong), foundExactly(picture))
    s.expect(chat, second, sediment(sedimentShort), notInExport)
  }),

  define('missing: expired speech, and a placeholder', (s) => {
    const chat = s.chat()
    const [speech, empty] = [s.sedimentId(), s.sedimentId()]
    const spoken = chat.say({
      parts: [
        {
          content_type: 'audio_asset_pointer',
          asset_pointer: sediment(speech),
          size_bytes: 9_000,
          format: 'wav',
          expiry_datetime: '2024-02-01T00:00:00+00:00',
          metadata: {},
        },
      ],
    })
    const shown = chat.say({
      role: 'tool',
      parts: [imagePart(sediment(empty), null, { is_no_auth_placeholder: true })],
    })
    s.zip('export.zip', [s.conversations(chat)])
    s.expect(chat, spoken, sediment(speech), missing('expired'))
    s.expect(chat, shown, sediment(empty), missing('placeholder'))
  }),

  define('missing: a placeholder by the mark in the metadata of the part, an uploaded one and a generated one', (s) => {
    const [chat, one, two] = [s.chat(), s.sedimentId(), s.sedimentId()]
    const mark = { is_no_auth_placeholder: true }
    const sent = chat.say({ parts: [imagePart(sediment(one), null, { metadata: { sanitized: true, ...mark } })] })
    const generation = { gen_id: s.uuid(), gen_size: 'image' }
    const made = chat.say({
      role: 'tool',
      parts: [imagePart(sediment(two), null, { metadata: { dalle: null, generation, ...mark } })],
    })
    s.zip('export.zip', [s.conversations(chat)])
    s.expect(chat, sent, sediment(one), missing('placeholder'))
    s.expect(chat, made, sediment(two), missing('placeholder'))
  }),

  define('speech whose time has run out but that is still there is found', (s) => {
    const [chat, id, speech] = [s.chat(), s.sedimentId(), s.wav()]
    const message = chat.say({
      parts: [
        {
          content_type: 'audio_asset_pointer',
          asset_pointer: sediment(id),
          size_bytes: speech.bytes.length,
          format: 'wav',
          expiry_datetime: '2024-02-01T00:00:00+00:00',
        },
      ],
    })
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}.dat`, speech)])
    s.expect(chat, message, sediment(id), foundExactly(speech))
  }),
]
