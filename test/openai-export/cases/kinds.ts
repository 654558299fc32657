import { expect } from 'vitest'
import { gif, heic, type Media, mediaOf, mp4, text, zeros } from './media.ts'
import { zipOf } from './pack.ts'
import {
  type CaseMaker,
  define,
  foundExactly,
  imagePart,
  missing,
  notInExport,
  oneOf,
  paintedPart,
  type Story,
  sediment,
  service,
  uploadPart,
} from './story.ts'

/** What a browser or a shell would run, or show as a page. */
const active = /\.(html?|xhtml|svg|js|mjs|hta|exe|bat|cmd|ps1|sh|vbs)$/i

/** One `.dat` per content, each attached to a message under a name of its own. */
function attaches(s: Story, all: readonly { media: Media; name: string; mime: string }[]) {
  const chat = s.chat()
  const entries = all.map(({ media, name, mime }) => {
    const id = s.sedimentId()
    const message = chat.say({
      text: `Take ${name}`,
      metadata: { attachments: [{ id, name, mime_type: mime, size: media.bytes.length }] },
    })
    s.expect(chat, message, id, foundExactly(media))
    return { entry: s.file(`${id}.dat`, media), row: [`${id}.dat`, name] as const }
  })
  s.zip('export.zip', [
    s.conversations(chat),
    ...entries.map(({ entry }) => entry),
    s.json('conversation_asset_file_names.json', Object.fromEntries(entries.map(({ row }) => row))),
  ])
  return chat
}

/** What a file is, by its own bytes. */
export const kinds: readonly CaseMaker[] = [
  define('.dat: the first bytes give the ending, not the name', (s) => {
    const all = [
      { media: s.wav(), name: 'a.webp', mime: 'image/webp' },
      { media: s.webp(), name: 'b.wav', mime: 'audio/wav' },
      { media: heic(s.wish({})), name: 'c.jpg', mime: 'image/jpeg' },
      { media: s.pdf(), name: 'd.png', mime: 'image/png' },
      { media: mp4(s.wish({})), name: 'e.png', mime: 'image/png' },
      { media: gif(), name: 'f.png', mime: 'image/png' },
      { media: s.jpeg(), name: 'g.png', mime: 'image/png' },
      { media: s.photo(), name: 'h', mime: '' },
    ]
    const chat = attaches(s, all)
    for (const { media } of all) s.attached(chat, media)
  }),

  define('.dat: pages, drawings and scripts stay inert', (s) => {
    const all = [
      { media: text('<!DOCTYPE html><html><script>alert(1)</script></html>'), name: 'page.html', mime: 'text/html' },
      { media: text('\ufeff  <HTML><body onload=alert(2)></body></HTML>'), name: 'page.htm', mime: 'text/html' },
      {
        media: text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)"/>'),
        name: 'drawing.svg',
        mime: 'image/svg+xml',
      },
      { media: text('<svg onload="alert(4)"></svg>'), name: 'picture.png', mime: 'image/png' },
      { media: text('#!/bin/sh\necho hello\n'), name: 'run.sh', mime: 'text/x-sh' },
    ]
    const chat = attaches(s, all)
    for (const { media } of all) s.attached(chat, media, '')
    s.set({
      after: ({ files }) => {
        const stored = [...files.keys()].filter((file) => file.startsWith('attachments/'))
        expect(stored.filter((file) => active.test(file))).toEqual([])
      },
    })
  }),

  define('.dat: what nobody can tell', (s) => {
    const all = [
      { media: zeros(s.wish({})), name: 'data.bin', mime: 'application/octet-stream' },
      { media: text('a,b\n1,2\n'), name: 'table.csv', mime: 'text/csv' },
      { media: text('RIFF'), name: 'short.webp', mime: 'image/webp' },
      { media: text('\x89PNG'), name: 'cut.png', mime: 'image/png' },
    ]
    const chat = attaches(s, all)
    for (const { media } of all) s.attached(chat, media, '')
  }),

  define('a generated picture whose name lies about its type', (s) => {
    const [chat, one, two] = [s.chat(), s.sedimentId(), s.sedimentId()]
    const [picture, second] = [s.png(), s.webp()]
    const message = chat.say({
      role: 'tool',
      parts: [paintedPart(sediment(one), picture, s.uuid()), paintedPart(sediment(two), second, s.uuid())],
    })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`dalle-generations/${one}-${s.uuid()}.webp`, picture),
      s.file(`${two}.dat`, second),
    ])
    s.expect(chat, message, sediment(one), foundExactly(picture))
    s.expect(chat, message, sediment(two), foundExactly(second))
    s.picture(picture)
    s.picture(second)
  }),

  define('a generated picture of which only the beginning is there', (s) => {
    const [chat, id, whole] = [s.chat(), s.sedimentId(), s.png({ lengthBytes: 5_000 })]
    const cut = mediaOf(whole.bytes.subarray(0, 2_000), null, 64, 48)
    const message = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), whole, s.uuid())] })
    s.zip('export.zip', [s.conversations(chat), s.spare(`${id}.dat`, cut)])
    // The id is right and the picture is not whole: no record of a picture, and the person hears of it.
    s.expect(chat, message, sediment(id), missing('damaged'))
    s.set({
      after: ({ records }) => expect(records).toEqual([]),
    })
  }),

  ...(
    [
      ['a page', '<!DOCTYPE html><html><body>Sign in to see this file</body></html>'],
      ['empty', ''],
    ] as const
  ).map(([what, content]) =>
    define(`a generated picture whose file is ${what}`, (s) => {
      const [chat, id, whole] = [s.chat(), s.sedimentId(), s.png()]
      const message = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), whole, s.uuid())] })
      s.zip('export.zip', [s.conversations(chat), s.spare(`${id}.dat`, text(content))])
      s.expect(chat, message, sediment(id), missing('damaged'))
      s.set({
        after: ({ records, files }) => {
          expect(records).toEqual([])
          expect([...files.keys()].filter((file) => file.startsWith('images/') || active.test(file))).toEqual([])
        },
      })
    }),
  ),

  define('a generated picture that is whole in one part and damaged in another', (s) => {
    const [chat, id, whole] = [s.chat(), s.sedimentId(), s.png()]
    const part = { ...paintedPart(sediment(id), whole, s.uuid()), size_bytes: null, width: null, height: null }
    const message = chat.say({ role: 'tool', parts: [part] })
    s.zip('one.zip', [s.conversations(chat), s.spare(`${id}.dat`, text(`<html>${'Sign in. '.repeat(1_000)}</html>`))])
    s.zip('two.zip', [s.file(`${id}-x.png`, whole)])
    s.expect(chat, message, sediment(id), foundExactly(whole, 'T1'))
    s.picture(whole)
  }),

  define('an empty file', (s) => {
    const [chat, id] = [s.chat(), s.legacyId()]
    const empty = text('')
    const message = chat.say({ parts: [uploadPart(service(id), null)] })
    const [other, photo] = [s.legacyId(), s.photo()]
    const second = chat.say({ parts: [uploadPart(service(other), photo)] })
    s.zip('export.zip', [s.conversations(chat), s.spare(`${id}.dat`, empty), s.file(`${other}.dat`, photo)])
    s.expect(chat, message, service(id), foundExactly(empty), notInExport)
    s.expect(chat, second, service(other), foundExactly(photo))
  }),

  define('a plot, a page render and a visited picture are no generated pictures', (s) => {
    const chat = s.chat()
    const [plotId, seenId] = [s.legacyId(), s.sedimentId()]
    const [plot, seen] = [s.png(), s.png()]
    const plotted = chat.say({
      role: 'tool',
      name: 'python',
      metadata: { aggregate_result: { messages: [{ message_type: 'image', image_url: service(plotId) }] } },
    })
    const looked = chat.say({
      role: 'tool',
      name: 'computer.do',
      content: { screenshot: imagePart(sediment(seenId), seen) },
    })
    s.zip('export.zip', [s.conversations(chat), s.file(`${plotId}.dat`, plot), s.file(`${seenId}.dat`, seen)])
    s.expect(chat, plotted, service(plotId), foundExactly(plot))
    s.expect(chat, looked, sediment(seenId), foundExactly(seen))
    s.attached(chat, plot)
    s.attached(chat, seen)
    s.set({ after: ({ records }) => expect(records).toEqual([]) })
  }),

  define('an uploaded conversations.json and an uploaded export are attachments, not conversations', (s) => {
    const [chat, stranger] = [s.chat(), s.chat('Somebody else')]
    const [one, two, inner] = [s.legacyId(), s.legacyId(), s.legacyId()]
    const [innerPhoto] = [s.photo()]
    stranger.say({ parts: [uploadPart(service(inner), innerPhoto)] })
    const json = text(JSON.stringify([stranger.json()]))
    const backup = zipOf([
      { path: 'conversations.json', bytes: json.bytes },
      { path: `${inner}-x.png`, bytes: innerPhoto.bytes },
    ])
    const zip = mediaOf(backup, 'zip', null, null)
    const message = chat.say({
      text: 'Count these',
      metadata: {
        attachments: [
          { id: one, name: 'conversations.json', mime_type: 'application/json', size: json.bytes.length },
          { id: two, name: 'backup.zip', mime_type: 'application/zip', size: zip.bytes.length },
        ],
      },
    })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${one}-conversations.json`, json),
      s.file(`${two}-backup.zip`, zip),
    ])
    s.expect(chat, message, one, foundExactly(json))
    s.expect(chat, message, two, foundExactly(zip))
    s.attached(chat, json, '')
    s.attached(chat, zip)
    s.set({
      after: ({ lines }) => expect(lines.filter((line) => line.conversation_id === stranger.id)).toEqual([]),
    })
  }),

  define('a file nobody refers to is an orphan, generated or not', (s) => {
    const chat = s.chat()
    chat.asks('Hello')
    const [photo, speech] = [s.photo(), s.wav()]
    const painted = s.png()
    s.zip('export.zip', [
      s.conversations(chat),
      s.file('IMG_1.png', photo),
      s.file(`${chat.id}/audio/${s.sedimentId()}-${s.uuid()}.wav`, speech),
      s.file(`${s.sedimentId()}.dat`, painted),
    ])
    s.orphan(photo)
    s.set({
      after: ({ lines }) => expect(lines.filter((line) => line.conversation_id !== null && line.source)).toEqual([]),
    })
  }),

  define('the same bytes under two ids are two records and one file', (s) => {
    const [one, two] = [s.chat('One'), s.chat('Two')]
    const [first, second, picture] = [s.sedimentId(), s.sedimentId(), s.png()]
    for (const [chat, id] of [
      [one, first],
      [two, second],
    ] as const) {
      chat.asks(`Paint for ${chat.title}`)
      const message = chat.say({ role: 'tool', parts: [paintedPart(sediment(id), picture, s.uuid())] })
      s.expect(chat, message, sediment(id), foundExactly(picture))
      s.picture(picture, { fileId: id.slice(5), prompt: `Paint for ${chat.title}`, conversationId: chat.id })
    }
    s.zip('export.zip', [s.conversations(one, two), s.file(`${first}.dat`, picture), s.file(`${second}.dat`, picture)])
    s.set({
      after: ({ records }) => {
        const images = records
          .filter(({ record }) => record.sha256 === picture.sha256)
          .map(({ record }) => record.image)
        expect(images).toHaveLength(2)
        expect(new Set(images).size).toBe(1)
      },
    })
  }),

  define('only the generated pictures, when nothing else is wanted', (s) => {
    const chat = s.chat()
    const [upload, painted] = [s.sedimentId(), s.sedimentId()]
    const [photo, picture, stray] = [s.photo(), s.png(), s.photo()]
    const sent = chat.say({ parts: [uploadPart(sediment(upload), photo)] })
    const made = chat.say({ role: 'tool', parts: [paintedPart(sediment(painted), picture, s.uuid())] })
    s.zip('export.zip', [
      s.conversations(chat),
      s.file(`${upload}.dat`, photo),
      s.file(`${painted}.dat`, picture),
      s.file('stray.png', stray),
    ])
    s.refer({
      conversation: chat.id,
      messages: [sent.id],
      pointer: sediment(upload),
      wants: [foundExactly(photo)],
      isOptional: true,
    })
    s.expect(chat, made, sediment(painted), foundExactly(picture))
    s.picture(picture)
    s.avoid(photo)
    s.avoid(stray)
    s.set({ options: { onlyGenerated: true } })
  }),

  define('a dry run writes nothing', (s) => {
    const chat = s.chat()
    const [upload, painted] = [s.sedimentId(), s.sedimentId()]
    const [photo, picture] = [s.photo(), s.png()]
    chat.say({ parts: [uploadPart(sediment(upload), photo)] })
    chat.say({ role: 'tool', parts: [paintedPart(sediment(painted), picture, s.uuid())] })
    s.zip('export.zip', [s.conversations(chat), s.spare(`${upload}.dat`, photo), s.spare(`${painted}.dat`, picture)])
    s.avoid(photo)
    s.avoid(picture)
    s.set({ options: { isDryRun: true }, after: ({ files }) => expect([...files.keys()]).toEqual([]) })
  }),

  define('a name that only a text knows is matched with nothing', (s) => {
    const [chat, photo] = [s.chat(), s.photo()]
    const message = chat.asks('Do you remember sunset.png? It was ![sunset](sunset.png).')
    s.zip('export.zip', [s.conversations(chat), s.file('sunset.png', photo)])
    s.refer({
      conversation: chat.id,
      messages: [message.id],
      pointer: 'sunset.png',
      wants: [notInExport, oneOf([photo])],
      isOptional: true,
    })
    s.orphan(photo)
  }),
]
