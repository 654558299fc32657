import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type { Entry } from './pack.ts'
import {
  type CaseMaker,
  define,
  found,
  foundExactly,
  missing,
  notInExport,
  paintedPart,
  sediment,
  service,
  uploadPart,
} from './story.ts'

type Tree = { mapping: Record<string, Record<string, unknown> & { message?: Record<string, unknown> | null }> }
const copyOf = (json: Record<string, unknown>) => JSON.parse(JSON.stringify(json)) as Tree & Record<string, unknown>

/** No part of a path may be what some system cannot keep, or takes for something else. */
export function faultsOfPath(file: string): string[] {
  const faults = [
    [/(^|\/)\.\.?(\/|$)/, 'goes up'],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    [/[\u0000-\u001f\u007f\\:*?"<>|]/, 'a character Windows refuses'],
    [/(^|\/)(con|prn|aux|nul|com\d|lpt\d)(\.[^/]*)?(\/|$)/i, 'a device of Windows'],
    [/[. ](\/|$)/, 'a dot or blank at the end'],
    [/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/, 'turns the direction of writing'],
  ] as const
  const found = faults.filter(([pattern]) => pattern.test(file)).map(([, fault]) => `${JSON.stringify(file)}: ${fault}`)
  const isLong = file.split('/').some((part) => Buffer.byteLength(part) > 255)
  return isLong ? [...found, `${file.slice(0, 60)}…: too long`] : found
}

/** Broken, odd and hostile exports. */
export const trouble: readonly CaseMaker[] = [
  define('attachments are null, parts are null, and so is nearly everything', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    chat.say({ text: 'One', metadata: { attachments: null, aggregate_result: null, dalle: null } })
    chat.say({ parts: null })
    chat.say({ content: null })
    chat.say({ content: { content_type: 'multimodal_text', parts: [null, 1, [], {}, { asset_pointer: null }] } })
    chat.say({ content: { content_type: 'something_new', asset_pointer: 7 }, metadata: { attachments: 'none' } })
    chat.say({ more: { metadata: null, author: null } })
    chat.say({ metadata: { attachments: [null, 'x', { id: null }, { id: 5, name: {} }] } })
    const message = chat.say({ parts: [uploadPart(service(id), photo)], metadata: { attachments: null } })
    s.zip('export.zip', [s.conversations(chat, { id: null, mapping: null }, {}), s.file(`${id}-x.png`, photo)])
    s.expect(chat, message, service(id), foundExactly(photo))
  }),

  define('no children, cycles, parents that are missing, messages that are null', (s) => {
    const chat = s.chat()
    const ids = [s.legacyId(), s.legacyId(), s.legacyId()] as const
    const photos = [s.photo(), s.photo(), s.photo()] as const
    const messages = ids.map((id, index) => chat.say({ parts: [uploadPart(service(id), photos[index] ?? null)] }))
    const painted = s.sedimentId()
    const picture = s.png()
    const asked = chat.asks('Paint a circle')
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(painted), picture, s.uuid())] })
    const json = copyOf(chat.json())
    const node = (index: number) => json.mapping[messages[index]?.nodeId ?? ''] ?? {}
    node(0).parent = messages[1]?.nodeId
    node(1).parent = messages[0]?.nodeId
    node(2).parent = s.uuid()
    json.mapping[s.uuid()] = { message: null, parent: null }
    json.mapping[s.uuid()] = { id: 'x', parent: 'x', message: null }
    for (const one of Object.values(json.mapping)) delete one.children
    json.current_node = 'nowhere'
    s.zip('export.zip', [
      s.json('conversations.json', [json]),
      ...ids.map((id, index) => s.file(`${id}.dat`, photos[index] ?? s.photo())),
      s.file(`${painted}.dat`, picture),
    ])
    for (const [index, id] of ids.entries()) {
      s.expect(chat, messages[index], service(id), foundExactly(photos[index] ?? s.photo()))
    }
    s.expect(chat, made, sediment(painted), foundExactly(picture))
    s.picture(picture, { prompt: 'Paint a circle' })
    void asked
  }),

  define('children that run in a circle', (s) => {
    const chat = s.chat()
    const [id, picture] = [s.sedimentId(), s.png()]
    const first = chat.asks('Paint a circle')
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, s.uuid())] })
    const json = copyOf(chat.json())
    for (const [nodeId, node] of Object.entries(json.mapping)) {
      node.children = Object.keys(json.mapping)
      if (nodeId === first.nodeId) node.parent = made.nodeId
    }
    s.zip('export.zip', [s.json('conversations.json', [json]), s.file(`${id}.dat`, picture)])
    s.expect(chat, made, sediment(id), foundExactly(picture))
    s.picture(picture)
  }),

  define('a message without an id is told by its node, and a conversation by either of its ids', (s) => {
    const [one, two] = [s.chat(), s.chat()]
    const ids = [s.legacyId(), s.legacyId()] as const
    const photos = [s.photo(), s.photo()] as const
    const first = one.say({ parts: [uploadPart(service(ids[0]), photos[0])], nodeId: 'node-without-message-id' })
    const second = two.say({ parts: [uploadPart(service(ids[1]), photos[1])] })
    const json = copyOf(one.json())
    delete json.mapping[first.nodeId]?.message?.id
    const { id: _, ...withoutId } = two.json()
    const { conversation_id: __, ...withoutConversationId } = json
    s.zip('export.zip', [
      s.json('conversations.json', [withoutConversationId, withoutId]),
      ...ids.map((id, index) => s.file(`${id}.dat`, photos[index] ?? s.photo())),
    ])
    s.refer({
      conversation: one.id,
      messages: [first.nodeId, null],
      pointer: service(ids[0]),
      wants: [foundExactly(photos[0])],
    })
    s.expect(two, second, service(ids[1]), foundExactly(photos[1]))
  }),

  define('lone surrogates, a BOM, and names from the prototype', (s) => {
    const chat = s.chat('Half a \ud83d smile')
    const [id, second, third] = [s.sedimentId(), s.legacyId(), s.legacyId()]
    const [picture, photo, other] = [s.png(), s.photo(), s.photo()]
    chat.asks('Paint \udc00 half a smile \ud83d')
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, s.uuid())] })
    const sent = chat.say({ parts: [uploadPart(service(second), photo)], nodeId: 'constructor', id: 'constructor' })
    const hidden = chat.say({ parts: [uploadPart(service(third), other)], nodeId: 'proto-here', id: 'proto-here' })
    const text = JSON.stringify([chat.json()]).replaceAll('proto-here', '__proto__')
    s.zip('export.zip', [
      s.raw('conversations.json', `\ufeff${text}`),
      s.file(`${id}.dat`, picture),
      s.file(`${second}.dat`, photo),
      s.file(`${third}.dat`, other),
      s.raw('conversation_asset_file_names.json', '\ufeff{"__proto__":"x","constructor":"dalle-generations/y.webp"}'),
    ])
    s.expect(chat, made, sediment(id), foundExactly(picture))
    s.expect(chat, sent, service(second), foundExactly(photo))
    s.refer({ conversation: chat.id, messages: ['__proto__'], pointer: service(third), wants: [foundExactly(other)] })
    s.picture(picture, { conversationId: chat.id })
    void hidden
  }),

  define('10,000 levels within a message', (s) => {
    const [deep, plain] = [s.chat(), s.chat()]
    const [one, two] = [s.legacyId(), s.legacyId()]
    const [photo, other] = [s.photo(), s.photo()]
    const levels = 10_000
    const first = deep.say({ parts: [uploadPart(service(one), photo)], metadata: { deep: 'HERE' } })
    const second = plain.say({ parts: [uploadPart(service(two), other)] })
    const text = JSON.stringify([deep.json(), plain.json()]).replace(
      '"HERE"',
      `${'['.repeat(levels / 2)}${'{"a":'.repeat(levels / 2)}1${'}'.repeat(levels / 2)}${']'.repeat(levels / 2)}`,
    )
    s.zip('export.zip', [s.raw('conversations.json', text), s.file(`${one}.dat`, photo), s.file(`${two}.dat`, other)])
    s.expect(deep, first, service(one), foundExactly(photo))
    s.expect(plain, second, service(two), foundExactly(other))
  }),

  define('conversations.json that ends in the middle', (s) => {
    const [whole, cut] = [s.chat(), s.chat()]
    const [id, photo] = [s.legacyId(), s.photo()]
    const message = whole.say({ parts: [uploadPart(service(id), photo)] })
    cut.asks('A long story')
    const text = JSON.stringify([whole.json(), cut.json()])
    s.zip('export.zip', [s.raw('conversations.json', text.slice(0, -200)), s.file(`${id}.dat`, photo)])
    s.expect(whole, message, service(id), foundExactly(photo))
  }),

  define('sidecars that are broken', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), photo)] })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}.dat`, photo),
      s.raw('conversation_asset_file_names.json', '[1,2'),
      s.raw('library_files.json', '{"not":"a list"}'),
      s.raw('export_manifest.json', 'null'),
      s.raw('user.json', ''),
      s.raw('chat.html', '<script>var assetsJson = {"a":'),
    ])
    s.expect(chat, message, service(id), foundExactly(photo))
  }),

  define('sidecars whose rows are odd', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), photo)] })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${id}.dat`, photo),
      s.json('conversation_asset_file_names.json', { 'x.dat': null, [`${id}.dat`]: ['a'], '': '' }),
      s.json('library_files.json', [null, 1, {}, { file_id: 5 }, { file_id: id, id: null, sha256_digest: 7 }]),
      s.json('export_manifest.json', { version: 99, export_files: [null, {}, { path: 3 }], logical_files: [] }),
    ])
    s.expect(chat, message, service(id), foundExactly(photo))
  }),

  define('a zip whose end is lost', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), photo)] })
    const lost = s.photo({ lengthBytes: 50_000 })
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}.dat`, photo), s.spare(`${s.legacyId()}.dat`, lost)], {
      lostBytes: 20_000,
    })
    s.expect(chat, message, service(id), foundExactly(photo))
    s.set({ isWhole: true })
  }),

  ...(
    [
      ['whose checksum is wrong', { claimedCrc: 1 }],
      ['that is encrypted', { isEncrypted: true }],
    ] as const
  ).map(([which, packedAs]) =>
    define(`missing: the file is there and cannot be read, one ${which}`, (s) => {
      const [chat, ids] = [s.chat(), [s.legacyId(), s.sedimentId(), s.legacyId()] as const]
      const [photo, painted, other] = [s.photo(), s.png(), s.photo()]
      const sent = chat.say({ parts: [uploadPart(service(ids[0]), photo)] })
      const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(ids[1]), painted, s.uuid())] })
      const whole = chat.say({ parts: [uploadPart(service(ids[2]), other)] })
      s.zip('export.zip', [
        s.conversations(chat),
        { ...{ path: `${ids[0]}-IMG_1.png`, bytes: photo.bytes }, packedAs },
        { ...{ path: `dalle-generations/${ids[1]}-${s.uuid()}.webp`, bytes: painted.bytes }, packedAs },
        s.file(`${ids[2]}.dat`, other),
      ])
      s.expect(chat, sent, service(ids[0]), missing('unreadable'))
      s.expect(chat, made, sediment(ids[1]), missing('unreadable'))
      s.expect(chat, whole, service(ids[2]), foundExactly(other))
      s.set({ after: ({ records }) => expect(records).toEqual([]) })
    }),
  ),

  define('a file that cannot be read in one part is found in another', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const sent = chat.say({ parts: [uploadPart(service(id), photo)] })
    s.zip('one.zip', [
      s.conversations(chat),
      { ...{ path: `${id}.dat`, bytes: photo.bytes }, packedAs: { isEncrypted: true } },
    ])
    s.zip('two.zip', [s.file(`${id}.dat`, photo)])
    s.expect(chat, sent, service(id), foundExactly(photo, 'T1'))
    s.attached(chat, photo)
  }),

  define('an entry that claims an absurd size is refused alone', (s) => {
    const [chat, ids, photo, picture] = [s.chat(), [s.legacyId(), s.legacyId(), s.sedimentId()], s.photo(), s.png()]
    const [one = '', two = '', three = ''] = ids
    const sent = chat.say({ parts: [one, two].map((id) => uploadPart(service(id), null)) })
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(three), picture, s.uuid())] })
    s.zip('export.zip', [
      s.conversations(chat),
      { ...{ path: `${one}.dat`, bytes: s.photo().bytes }, packedAs: { claimedSize: 4_000_000_000 } },
      s.file(`${two}.dat`, photo),
      s.file(`${three}.dat`, picture),
    ])
    s.expect(chat, sent, service(one), missing('unreadable', 'not_in_export'))
    s.expect(chat, sent, service(two), foundExactly(photo))
    s.expect(chat, made, sediment(three), foundExactly(picture))
    s.picture(picture)
  }),

  define('zips within zips within zips', (s) => {
    const [chat, id, photo] = [s.chat(), s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), photo)] })
    let entries: readonly Entry[] = [s.spare('deep.png', s.photo())]
    for (let level = 0; level < 12; level++) entries = [{ path: `Files__${level}-files-0001.zip`, entries }]
    s.zip('OpenAI-export.zip', [
      {
        path: 'User Online Activity/Conversations__1-chatgpt-0001.zip',
        entries: [s.conversations(chat), s.file(`${id}-x.png`, photo)],
      },
      ...entries,
    ])
    s.expect(chat, message, service(id), foundExactly(photo))
    s.set({ isWhole: true })
  }),

  define('hostile names of entries stay inside the archive', (s) => {
    const chat = s.chat()
    const hostile = [
      (name: string) => `../../${name}`,
      (name: string) => `/tmp/dalle-archiver-evil/${name}`,
      (name: string) => `C:\\evil\\${name}`,
      (name: string) => `..\\..\\${name}`,
      (name: string) => `a/../../../${name}`,
      (name: string) => `x\0/../../${name}`,
    ]
    const entries = hostile.map((pathOf) => {
      const [id, photo] = [s.legacyId(), s.photo()]
      const message = chat.say({ parts: [uploadPart(service(id), photo)] })
      // Refused, or read by its id and kept under a name of ours.
      s.expect(chat, message, service(id), found(photo), missing('not_in_export'))
      return s.spare(pathOf(`${id}-evil.png`), photo)
    })
    const [id, good] = [s.legacyId(), s.photo()]
    const message = chat.say({ parts: [uploadPart(service(id), good)] })
    s.expect(chat, message, service(id), foundExactly(good))
    s.zip('export.zip', [...entries, s.conversations(chat), s.file(`${id}-good.png`, good)])
    s.set({
      isWhole: true,
      after: ({ files, strays }) => {
        expect([...files.keys()].flatMap(faultsOfPath)).toEqual([])
        expect(strays).toEqual([])
      },
    })
  }),

  define('names no system can keep become names of ours', (s) => {
    const chat = s.chat()
    const names = [
      '../../../etc/passwd.png',
      'C:\\Windows\\evil.png',
      'CON',
      'aux.png',
      'com1.tar.gz',
      'dots... ',
      '.',
      '..',
      '',
      ' ',
      'nul\0byte.png',
      'line\nbreak.png',
      'a'.repeat(400),
      `${'ü'.repeat(300)}.png`,
      'rtl\u202egnp.exe',
      'a:b*c?"d<e>f|.png',
      '\ud83d.png',
      'e\u0301te\u0301.png',
      '.hidden',
      '-rf.png',
    ]
    const rows: Record<string, string> = {}
    const entries = names.map((name) => {
      const [id, photo] = [s.legacyId(), s.photo()]
      const message = chat.say({
        text: 'Take this',
        metadata: { attachments: [{ id, name, mime_type: 'image/png', size: photo.bytes.length }] },
      })
      s.expect(chat, message, id, foundExactly(photo))
      s.attached(chat, photo)
      rows[`${id}.dat`] = name
      return s.file(`${id}.dat`, photo)
    })
    s.zip('export.zip', [s.conversations(chat), s.json('conversation_asset_file_names.json', rows), ...entries])
    s.set({
      after: ({ files, strays }) => {
        expect([...files.keys()].flatMap(faultsOfPath)).toEqual([])
        expect(strays).toEqual([])
      },
    })
  }),

  define('names that differ in case only, or in nothing, do not meet', (s) => {
    const chat = s.chat()
    const names = ['Photo.png', 'photo.PNG', 'PHOTO.png', 'photo.png', 'photo.png', 'cafe\u0301.png', 'caf\u00e9.png']
    const entries = names.map((name) => {
      const [id, photo] = [s.legacyId(), s.photo()]
      const message = chat.say({
        text: 'Take this',
        metadata: { attachments: [{ id, name, mime_type: 'image/png', size: photo.bytes.length }] },
      })
      s.expect(chat, message, id, foundExactly(photo))
      s.attached(chat, photo)
      return s.file(`${id}-${name}`, photo)
    })
    s.zip('export.zip', [s.conversations(chat), ...entries])
    s.set({
      after: ({ files }) => {
        const stored = [...files.keys()].filter((file) => file.startsWith('attachments/'))
        expect(new Set(stored.map((file) => file.normalize('NFC').toLowerCase())).size).toBe(stored.length)
      },
    })
  }),

  define('an id of a conversation that is a path', (s) => {
    const ids = ['../../../outside', '/etc', 'C:\\x', 'con', 'a/b/c', '..', 'x'.repeat(300), 'a\0b']
    const chats = ids.map((id) => s.chat('Bad', { id }))
    const entries = chats.map((chat) => {
      const [id, photo] = [s.legacyId(), s.photo()]
      const message = chat.say({ parts: [uploadPart(service(id), photo)] })
      s.expect(chat, message, service(id), foundExactly(photo))
      s.notPicture(photo)
      return s.file(`${id}-x.png`, photo)
    })
    s.zip('export.zip', [s.conversations(...chats), ...entries])
    s.set({
      after: ({ files, strays }) => {
        expect([...files.keys()].flatMap(faultsOfPath)).toEqual([])
        expect(strays).toEqual([])
      },
    })
  }),

  define('gen ids, titles and prompts that are paths', (s) => {
    const chat = s.chat('../../title')
    const [id, picture] = [s.sedimentId(), s.png()]
    chat.asks('../../../etc/passwd\0.png')
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, '../../../evil')] })
    s.zip('export.zip', [s.conversations(chat), s.file(`${id}.dat`, picture)])
    s.expect(chat, made, sediment(id), foundExactly(picture))
    s.picture(picture, { fileId: id.slice(5), genId: null })
    s.set({
      after: ({ files, strays }) => {
        expect([...files.keys()].flatMap(faultsOfPath)).toEqual([])
        expect(strays).toEqual([])
      },
    })
  }),

  define('links of a folder and of a zip are not followed', (s) => {
    const chat = s.chat()
    const [one, two, three] = [s.legacyId(), s.legacyId(), s.legacyId()]
    const [secret, good] = [s.photo(), s.photo()]
    const messages = [one, two, three].map((id) => chat.say({ parts: [uploadPart(service(id), good)] }))
    s.folder('unpacked', [
      s.conversations(chat),
      s.file(`${three}-good.png`, good),
      { path: `${one}-secret.png`, linkTo: '../secret/secret.png' },
      { path: 'elsewhere', linkTo: '../secret' },
    ])
    s.zip('linked.zip', [{ path: `${two}-secret.png`, linkTo: '../secret/secret.png' }])
    s.expect(chat, messages[0], service(one), notInExport)
    s.expect(chat, messages[1], service(two), notInExport)
    s.expect(chat, messages[2], service(three), foundExactly(good))
    s.avoid(secret)
    s.set({
      isWhole: true,
      before: async (_, inputs) => {
        mkdirSync(path.join(inputs, 'secret'), { recursive: true })
        writeFileSync(path.join(inputs, 'secret/secret.png'), secret.bytes)
      },
    })
  }),
]
