import { expect } from 'vitest'
import { heic, type Media } from './media.ts'
import type { Entry } from './pack.ts'
import {
  type CaseMaker,
  type Chat,
  dallePart,
  define,
  found,
  foundExactly,
  foundProbably,
  type Message,
  missing,
  notInExport,
  oneOf,
  type Story,
  service,
  uploadPart,
} from './story.ts'

const square = { widthPx: 1024, heightPx: 1024 }
const wide = { widthPx: 1792, heightPx: 1024 }

/** A picture drawn in a chat, of which the reference says what `says` says. */
function draws(s: Story, chat: Chat, says: Media | null, more: Record<string, unknown> = {}) {
  const [id, genId] = [s.legacyId(), s.genId()]
  const part = dallePart(service(id), says, { genId, prompt: `Wish ${id}` }, more)
  const message = chat.say({ role: 'tool', name: 'dalle.text2im', parts: [part] })
  return { id, genId, pointer: service(id), message }
}

const uuidFile = (s: Story, media: Media) => s.file(`dalle-generations/${s.uuid()}.webp`, media)
const noPixels = { width: null, height: null }

/**
 * What else is told of a drawn picture: in another length and other pixels, which are those of a file that is not it.
 */
interface Retold {
  readonly id: string
  readonly drawn: Record<string, unknown>
  readonly decoy: Media
}
type Teller = (s: Story, chat: Chat, about: Retold) => [Chat, Message][]

const attachmentOf = ({ id, decoy: { bytes, widthPx, heightPx } }: Retold) => ({
  attachments: [{ id, name: 'a.webp', mime_type: 'image/webp', size: bytes.length, width: widthPx, height: heightPx }],
})

const retold: readonly (readonly [where: string, tell: Teller])[] = [
  [
    'an upload of it in another conversation',
    (s, chat, { id, drawn, decoy }) => {
      const [other, first] = [s.chat(), chat.say({ role: 'tool', parts: [drawn] })]
      return [
        [chat, first],
        [other, other.say({ parts: [uploadPart(service(id), decoy)] })],
      ]
    },
  ],
  [
    'an upload of it in the same conversation',
    (_, chat, { id, drawn, decoy }) => [
      [chat, chat.say({ role: 'tool', parts: [drawn] })],
      [chat, chat.say({ parts: [uploadPart(service(id), decoy)] })],
    ],
  ],
  [
    'an attachment in another conversation',
    (s, chat, about) => {
      const [other, first] = [s.chat(), chat.say({ role: 'tool', parts: [about.drawn] })]
      return [
        [chat, first],
        [other, other.say({ text: 'This one', metadata: attachmentOf(about) })],
      ]
    },
  ],
  [
    'an attachment in the same conversation',
    (_, chat, about) => [
      [chat, chat.say({ role: 'tool', parts: [about.drawn] })],
      [chat, chat.say({ text: 'This one', metadata: attachmentOf(about) })],
    ],
  ],
  [
    'an attachment of the message that shows it',
    (_, chat, about) => [[chat, chat.say({ role: 'tool', parts: [about.drawn], metadata: attachmentOf(about) })]],
  ],
]

/** What of an export is there and cannot be read, or should be there and is not. */
interface Lost {
  readonly entries?: readonly Entry[]
  readonly promised?: readonly { readonly path: string; readonly size_bytes: number }[]
  readonly isCut?: boolean
}
type Loser = (s: Story, picture: Media) => Lost

const generatedPath = (s: Story) => `dalle-generations/${s.uuid()}.webp`
const damaged = (s: Story, picture: Media): Entry => ({
  ...{ path: generatedPath(s), bytes: picture.bytes },
  packedAs: { claimedCrc: 1 },
})
const promised = (s: Story, { bytes }: Media) => ({ path: generatedPath(s), size_bytes: bytes.length })
const alike = (s: Story, { bytes }: Media) => s.webp({ lengthBytes: bytes.length, ...square })

const rivals: readonly (readonly [name: string, lost: Loser])[] = [
  ['a damaged file of equal size', (s, picture) => ({ entries: [damaged(s, alike(s, picture))] })],
  [
    'an encrypted file',
    (s) => ({ entries: [{ path: generatedPath(s), bytes: s.webp().bytes, packedAs: { isEncrypted: true } }] }),
  ],
  ['a promised file of equal size', (s, picture) => ({ promised: [promised(s, picture)] })],
  ['the end of a zip', () => ({ isCut: true })],
]

const harmless: readonly (readonly [name: string, lost: Loser])[] = [
  ['what is there', () => ({})],
  ['a damaged file of another size', (s) => ({ entries: [damaged(s, s.webp(square))] })],
  ['a promised file of another size', (s) => ({ promised: [promised(s, s.webp(square))] })],
]

/** A picture drawn in the first of two conversation files, of which the second may be missing. */
function halfTold(s: Story, second: 'whole' | 'cut off' | 'not given', loser: Loser) {
  const [chat, other, picture] = [s.chat(), s.chat(), s.webp(square)]
  const drawn = draws(s, chat, picture)
  other.asks('Nothing drawn here')
  const { entries = [], promised = [], isCut = false } = loser(s, picture)
  const json = JSON.stringify([other.json()])
  const text = second === 'whole' ? json : json.slice(0, -200)
  const files = ['conversations-000.json', 'conversations-001.json']
  const manifest = {
    export_files: promised,
    logical_files: { 'conversations.json': { files, sharded: true, shard_count: 2 } },
  }
  s.zip('export-part-1.zip', [
    s.json('conversations-000.json', [chat.json()]),
    ...(second === 'not given' ? [] : [s.raw('conversations-001.json', text)]),
    s.json('export_manifest.json', manifest),
    uuidFile(s, picture),
    ...entries,
  ])
  if (isCut) s.zip('export-part-2.zip', [s.spare('IMG_1.png', s.photo({ lengthBytes: 50_000 }))], { lostBytes: 20_000 })
  return { chat, picture, drawn }
}

/** Files without an id: sizes, pixels, folders, and what nobody can decide. */
export const sizes: readonly CaseMaker[] = [
  define('sizes: each is unique', (s) => {
    const chat = s.chat()
    const pictures = [s.webp(square), s.webp(square), s.webp(wide), s.webp(square)]
    for (const picture of pictures) {
      const { id, genId, message, pointer } = draws(s, chat, picture)
      s.expect(chat, message, pointer, foundProbably(picture, 'T7'))
      s.picture(picture, { fileId: id.slice(5), genId, prompt: `Wish ${id}` })
    }
    s.zip('export.zip', [s.conversations(chat), ...pictures.map((picture) => uuidFile(s, picture))])
  }),

  define('sizes: equal, pixels decide', (s) => {
    const chat = s.chat()
    const [one, two] = [s.webp({ lengthBytes: 4_000, ...square }), s.webp({ lengthBytes: 4_000, ...wide })]
    expect(one.bytes.length).toBe(two.bytes.length)
    for (const picture of [one, two]) {
      const { message, pointer } = draws(s, chat, picture)
      s.expect(chat, message, pointer, foundProbably(picture, 'T7'))
    }
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, two), uuidFile(s, one)])
  }),

  define('sizes: equal, one is taken by its pixels and leaves the other to whom nothing was told', (s) => {
    const chat = s.chat()
    const [one, two] = [s.webp({ lengthBytes: 4_000, ...square }), s.webp({ lengthBytes: 4_000, ...wide })]
    const vague = draws(s, chat, two, noPixels)
    const clear = draws(s, chat, one)
    s.expect(chat, clear.message, clear.pointer, foundProbably(one, 'T7'))
    s.expect(chat, vague.message, vague.pointer, foundProbably(two, 'T7'))
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, one), uuidFile(s, two)])
  }),

  define('sizes: a chain of eliminations', (s) => {
    const chat = s.chat()
    const shapes = [
      [512, 512],
      [512, 768],
      [1024, 768],
      [1024, 896],
    ] as const
    const files = shapes.map(([widthPx, heightPx]) => s.webp({ lengthBytes: 5_000, widthPx, heightPx }))
    // Each of the later ones fits two files, of which the one before takes one.
    const says = [
      { width: 512, height: 512 },
      { width: 512, height: null },
      { width: null, height: 768 },
      { width: 1024, height: null },
    ]
    const drawn = says.map((more, index) => ({ ...draws(s, chat, files[index] ?? null, more), file: files[index] }))
    for (const { message, pointer, file } of drawn.reverse()) {
      if (file) s.expect(chat, message, pointer, foundProbably(file, 'T7'))
    }
    s.zip('export.zip', [s.conversations(chat), ...[...files].reverse().map((file) => uuidFile(s, file))])
  }),

  define('sizes: equal, one is taken by its id', (s) => {
    const chat = s.chat()
    const [one, two] = [1, 2].map(() => s.webp({ lengthBytes: 4_000, ...square })) as [Media, Media]
    const byId = draws(s, chat, one)
    const bySize = draws(s, chat, two)
    s.expect(chat, byId.message, byId.pointer, foundExactly(one, 'T1'))
    s.expect(chat, bySize.message, bySize.pointer, foundProbably(two, 'T7'))
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`dalle-generations/${byId.id}-${s.uuid()}.webp`, one),
      uuidFile(s, two),
    ])
  }),

  define('sizes: three alike stay undecided, and the set is known', (s) => {
    const chats = [s.chat(), s.chat(), s.chat()]
    const files = chats.map(() => s.webp({ lengthBytes: 4_000, ...square }))
    for (const chat of chats) {
      const { message, pointer } = draws(s, chat, files[0] ?? null)
      s.expect(chat, message, pointer, oneOf(files))
    }
    s.zip('export.zip', [s.conversations(...chats), ...files.map((file) => uuidFile(s, file))])
  }),

  define('sizes: two alike beside others that are clear', (s) => {
    const chat = s.chat()
    const alike = [1, 2].map(() => s.webp({ lengthBytes: 4_000, ...square }))
    const clear = [s.webp(square), s.webp(wide)]
    for (const file of alike) {
      const { message, pointer } = draws(s, chat, file)
      s.expect(chat, message, pointer, oneOf(alike))
    }
    for (const file of clear) {
      const { message, pointer } = draws(s, chat, file)
      s.expect(chat, message, pointer, foundProbably(file))
    }
    s.zip('export.zip', [s.conversations(chat), ...[...clear, ...alike].map((file) => uuidFile(s, file))])
  }),

  define('sizes: twenty references to one id are one demand', (s) => {
    const chat = s.chat()
    const picture = s.webp(square)
    const { id, genId, message, pointer } = draws(s, chat, picture)
    s.expect(chat, message, pointer, foundProbably(picture, 'T7'))
    for (let n = 0; n < 19; n++) {
      const again = chat.say({ role: 'tool', parts: [dallePart(pointer, picture, { genId, prompt: `Wish ${id}` })] })
      s.expect(chat, again, pointer, foundProbably(picture, 'T7'))
    }
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, picture)])
    s.picture(picture, { fileId: id.slice(5) })
  }),

  define('sizes: one file for two references', (s) => {
    const chat = s.chat()
    const picture = s.webp(square)
    for (const _ of [1, 2]) {
      const { message, pointer } = draws(s, chat, picture)
      s.expect(chat, message, pointer, oneOf([picture]))
    }
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, picture)])
  }),

  define('sizes: two files for one reference', (s) => {
    const chat = s.chat()
    const files = [1, 2].map(() => s.webp({ lengthBytes: 4_000, ...square }))
    const { message, pointer } = draws(s, chat, files[0] ?? null)
    s.expect(chat, message, pointer, oneOf(files))
    s.zip('export.zip', [s.conversations(chat), ...files.map((file) => uuidFile(s, file))])
  }),

  define('sizes: three references, two files, one of the files clear', (s) => {
    const chat = s.chat()
    const [one, two] = [s.webp({ lengthBytes: 4_000, ...square }), s.webp({ lengthBytes: 4_000, ...wide })]
    const clear = draws(s, chat, two)
    s.expect(chat, clear.message, clear.pointer, foundProbably(two))
    for (const _ of [1, 2]) {
      const { message, pointer } = draws(s, chat, one)
      s.expect(chat, message, pointer, oneOf([one]))
    }
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, one), uuidFile(s, two)])
  }),

  define('sizes: equal, the folder of the conversation decides', (s) => {
    const chats = [s.chat(), s.chat()]
    const user = s.userId()
    const files = chats.map((chat) => {
      const picture = s.webp({ lengthBytes: 4_000, ...square })
      const { message, pointer } = draws(s, chat, picture)
      s.expect(chat, message, pointer, foundProbably(picture))
      const folder = `personal/dallelabs/user-data/chatgptgenerations/${user}/conversations/${chat.id}`
      return s.file(`${folder}/${s.genId()}.webp`, picture)
    })
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(...chats)] },
      { path: 'User Online Activity/Dall-E__1-dalle-0001.zip', entries: files },
    ])
  }),

  define('sizes: a file in the folder of another conversation is not taken', (s) => {
    const [mine, other] = [s.chat(), s.chat()]
    other.asks('Nothing drawn here')
    const picture = s.webp(square)
    const { message, pointer } = draws(s, mine, picture)
    const folder = `personal/dallelabs/user-data/chatgptgenerations/${s.userId()}/conversations/${other.id}`
    s.expect(mine, message, pointer, notInExport)
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(mine, other)] },
      {
        path: 'User Online Activity/Dall-E__1-dalle-0001.zip',
        entries: [s.file(`${folder}/${s.genId()}.webp`, picture)],
      },
    ])
  }),

  define('sizes: one byte more or less is another file', (s) => {
    const chat = s.chat()
    const picture = s.webp(square)
    for (const difference of [-1, 1, Math.floor(picture.bytes.length * 0.03)]) {
      const { message, pointer } = draws(s, chat, picture, { size_bytes: picture.bytes.length + difference })
      s.expect(chat, message, pointer, notInExport)
    }
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, picture)])
  }),

  define('sizes: equal to a picture of other pixels is not taken', (s) => {
    const chat = s.chat()
    const picture = s.webp(square)
    const { message, pointer } = draws(s, chat, picture, { width: 1792, height: 1024 })
    s.expect(chat, message, pointer, notInExport)
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, picture)])
  }),

  define('sizes: an upload as large as a generated picture is not that picture', (s) => {
    const chat = s.chat()
    const picture = s.webp(square)
    const id = s.legacyId()
    const sent = chat.say({
      parts: [uploadPart(service(id), picture)],
      metadata: { attachments: [{ id, name: 'photo.webp', mime_type: 'image/webp', size: picture.bytes.length }] },
    })
    const { message, pointer } = draws(s, chat, picture)
    s.expect(chat, sent, service(id), notInExport)
    s.expect(chat, message, pointer, foundProbably(picture, 'T7'))
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, picture)])
  }),

  define('sizes: the same content under two UUIDs is one file', (s) => {
    const chat = s.chat()
    const picture = s.webp(square)
    const { message, pointer } = draws(s, chat, picture)
    s.expect(chat, message, pointer, foundProbably(picture, 'T7'))
    s.zip('export.zip', [s.conversations(chat), uuidFile(s, picture), uuidFile(s, picture)])
    s.picture(picture)
  }),

  define('sizes: a file that the name index gives to another id is not taken', (s) => {
    const [chat, other, uuid, picture] = [s.chat(), s.legacyId(), s.uuid(), s.webp(square)]
    const { message, pointer } = draws(s, chat, picture)
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`dalle-generations/${uuid}.webp`, picture),
      s.json('conversation_asset_file_names.json', { [`${other}.dat`]: `dalle-generations/${uuid}.webp` }),
    ])
    s.expect(chat, message, pointer, notInExport)
    s.picture(picture, { fileId: other.slice(5), genId: null, conversationId: null })
  }),

  define('sizes: a file that the name index gives to another id leaves the other file to this one', (s) => {
    const [chat, uuid] = [s.chat(), s.uuid()]
    const [mine, others] = [1, 2].map(() => s.webp({ lengthBytes: 4_000, ...square })) as [Media, Media]
    const { id, message, pointer } = draws(s, chat, mine)
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`dalle-generations/${uuid}.webp`, others),
      uuidFile(s, mine),
      s.json('conversation_asset_file_names.json', { [`${s.legacyId()}.dat`]: `dalle-generations/${uuid}.webp` }),
    ])
    s.expect(chat, message, pointer, foundProbably(mine, 'T7'))
    s.picture(mine, { fileId: id.slice(5) })
    s.picture(others)
  }),

  ...retold.map(([where, tell]) =>
    define(`sizes: what ${where} tells counts neither for nor against`, (s) => {
      const [chat, id, genId] = [s.chat(), s.legacyId(), s.genId()]
      const [picture, decoy] = [s.webp(square), s.webp({ widthPx: 512, heightPx: 512 })]
      const drawn = { ...dallePart(service(id), picture, { genId }), ...noPixels }
      const others = tell(s, chat, { id, drawn, decoy })
      for (const [other, message] of others) s.expect(other, message, service(id), foundProbably(picture, 'T7'))
      s.zip('export.zip', [
        s.conversations(...new Set([chat, ...others.map(([other]) => other)])),
        uuidFile(s, picture),
        uuidFile(s, decoy),
      ])
      s.picture(picture, { fileId: id.slice(5), genId })
      s.notPicture(decoy)
    }),
  ),

  ...(['cut off', 'not given'] as const).flatMap((second) =>
    rivals.map(([rival, lost]) =>
      define(`sizes: a shard is ${second}, and so may be a rival, ${rival}: no pair is forced`, (s) => {
        const { chat, picture, drawn } = halfTold(s, second, lost)
        s.expect(chat, drawn.message, drawn.pointer, oneOf([picture]))
      }),
    ),
  ),

  ...rivals.map(([rival, lost]) =>
    define(`sizes: every conversation was read, so ${rival} is no rival`, (s) => {
      const { chat, picture, drawn } = halfTold(s, 'whole', lost)
      s.expect(chat, drawn.message, drawn.pointer, foundProbably(picture, 'T7'))
    }),
  ),

  ...harmless.map(([other, lost]) =>
    define(`sizes: a shard is cut off, and ${other} is no rival`, (s) => {
      const { chat, picture, drawn } = halfTold(s, 'cut off', lost)
      s.expect(chat, drawn.message, drawn.pointer, foundProbably(picture, 'T7'))
    }),
  ),

  define('sizes: outside the pool a size alone proves nothing', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), photo)] })
    s.zip('export.zip', [s.conversations(chat), s.file('DSC00012.png', photo)])
    s.expect(chat, message, service(id), notInExport, oneOf([photo]))
    s.orphan(photo)
  }),

  define('T6: name and size of an attachment, both unique', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), heic(s.wish({}))]
    const message = chat.say({
      text: 'Look',
      metadata: { attachments: [{ id, name: 'IMG_0042.HEIC', mime_type: 'image/heic', size: photo.bytes.length }] },
    })
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(chat)] },
      {
        path: 'User Online Activity/Files__1-files-0001.zip',
        entries: [s.file('personal/files/IMG_0042.HEIC', photo)],
      },
    ])
    s.expect(chat, message, id, foundProbably(photo, 'T6'))
    s.attached(chat, photo)
  }),

  define('T6: the name alone, or with another size, proves nothing', (s) => {
    const [chat, one, two] = [s.chat(), s.legacyId(), s.legacyId()]
    const [photo, other] = [s.photo(), s.photo()]
    const message = chat.say({
      text: 'Look',
      metadata: {
        attachments: [
          { id: one, name: 'IMG_0042.png', mime_type: 'image/png', size: photo.bytes.length + 1 },
          { id: two, name: 'IMG_0043.png', mime_type: 'image/png' },
        ],
      },
    })
    s.zip('OpenAI-export.zip', [
      { path: 'User Online Activity/Conversations__1-chatgpt-0001.zip', entries: [s.conversations(chat)] },
      {
        path: 'User Online Activity/Files__1-files-0001.zip',
        entries: [s.file('personal/files/IMG_0042.png', photo), s.file('personal/files/IMG_0043.png', other)],
      },
    ])
    s.expect(chat, message, one, notInExport)
    s.expect(chat, message, two, notInExport)
  }),

  define('T6: two files of one name and size', (s) => {
    const [chat, id] = [s.chat(), s.legacyId()]
    const [one, two] = [s.photo({ lengthBytes: 2_500 }), s.photo({ lengthBytes: 2_500 })]
    const message = chat.say({
      text: 'Look',
      metadata: { attachments: [{ id, name: 'image.png', mime_type: 'image/png', size: one.bytes.length }] },
    })
    s.zip('export.zip', [s.conversations(chat), s.file('a/image.png', one), s.file('b/image.png', two)])
    s.expect(chat, message, id, oneOf([one, two]), notInExport)
  }),

  define('image.png many times: ids tell them apart, names never do', (s) => {
    const chat = s.chat()
    const entries = [1, 2, 3, 4, 5].map((n) => {
      const [id, photo] = [s.legacyId(), s.photo()]
      const message = chat.say({
        parts: [uploadPart(service(id), photo)],
        metadata: { attachments: [{ id, name: 'image.png', mime_type: 'image/png', size: photo.bytes.length }] },
      })
      s.expect(chat, message, service(id), foundExactly(photo))
      s.attached(chat, photo)
      return s.file(n % 2 ? `${id}-image.png` : `${id}.dat`, photo)
    })
    const [id, stray] = [s.legacyId(), s.photo()]
    const lost = chat.say({
      text: 'And this',
      metadata: { attachments: [{ id, name: 'image.png', mime_type: 'image/png', size: 999_999 }] },
    })
    s.expect(chat, lost, id, notInExport)
    s.zip('export.zip', [s.conversations(chat), ...entries, s.file('image.png', stray)])
  }),

  define('image.png many times without ids, told apart by size only', (s) => {
    const chat = s.chat()
    const entries = [1, 2, 3].map((n) => {
      const [id, photo] = [s.legacyId(), s.photo()]
      const message = chat.say({
        text: `Number ${n}`,
        metadata: { attachments: [{ id, name: 'image.png', mime_type: 'image/png', size: photo.bytes.length }] },
      })
      // The name is not unique, the pair of name and size is: both readings are honest.
      s.expect(chat, message, id, foundProbably(photo, 'T6'), notInExport, oneOf([photo]))
      return s.file(`folder ${n}/image.png`, photo)
    })
    s.zip('export.zip', [s.conversations(chat), ...entries])
  }),

  define('two files named after one id, of different content', (s) => {
    const [chat, id] = [s.chat(), s.legacyId()]
    const [one, two] = [s.photo(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), one)] })
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}-a.png`, one), s.file(`${id}-sanitized.png`, two)])
    // The stated size belongs to one of them; whoever does not use it must not choose.
    s.expect(chat, message, service(id), found(one), oneOf([one, two], 'ambiguous', 'conflict'))
    s.refer({
      conversation: chat.id,
      messages: [message.id],
      pointer: s.legacyId(),
      wants: [missing('not_in_export')],
      isOptional: true,
    })
  }),
]
