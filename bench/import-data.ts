/** Exports as large as real ones, written to disk piece by piece: memory holds one file of them at a time. */
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { type Media, png, wav, webp } from '../test/openai-export/cases/media.ts'

export interface ExportSize {
  readonly conversations: number
  readonly media: number
  /** Of all media together, about. */
  readonly bytes: number
  /** How its files are named, in turn; as in a large export of 2025 and 2026 if left out. */
  readonly forms?: readonly Form[]
  /** The number of its first file and conversation: those of several exports differ by it. */
  readonly first?: number
  /** Nothing of the export speaks of its files. */
  readonly isSilent?: boolean
}

export interface GeneratedExport {
  readonly file: string
  readonly conversations: number
  readonly media: number
  readonly bytes: number
}

/** What points to files, and how they are named: the shares of a large export of 2025 and 2026. */
const forms = [
  'dalle-with-id',
  'dalle-by-size',
  'painted-in-folder',
  'painted-dat',
  'upload-named',
  'upload-dat',
  'painted-dat',
  'library-only',
  'dalle-with-id',
  'speech',
] as const
/** How a file is named. */
export type Form = (typeof forms)[number]

interface Piece {
  readonly form: Form
  readonly path: string
  readonly pointer: string
  readonly id: string
  readonly media: Omit<Media, 'bytes'> & { readonly lengthBytes: number }
}

const perShard = 100
const userId = 'user-BenchmarkBenchmarkBenchm'
const hashOf = (text: string) => createHash('sha256').update(text).digest()
const hexOf = (text: string, digits: number) => hashOf(text).toString('hex').slice(0, digits)
const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const legacyId = (text: string) => `file-${[...hashOf(text).subarray(0, 24)].map((byte) => base62[byte % 62]).join('')}`
const uuidOf = (text: string, first = hexOf(`${text}/first`, 8)) => {
  const rest = hexOf(text, 24)
  return `${first}-${rest.slice(0, 4)}-4${rest.slice(5, 8)}-a${rest.slice(9, 12)}-${rest.slice(12)}`
}

/**
 * Writes `export.zip`: eras 2 and 5 mixed, media stored, JSON deflated, with name index, library and manifest.
 *
 * Units   at most 4 GiB, since no ZIP64 is written; of more than 65,535 files the number at its end is modulo 65,536.
 * Errors  RangeError beyond that.
 */
export function generateExport(file: string, size: ExportSize): GeneratedExport {
  const { conversations, media, bytes, forms: named = forms, first: from = 0, isSilent = false } = size
  if (bytes > 4_000_000_000) throw new RangeError('an export of this size would need ZIP64')
  mkdirSync(path.dirname(file), { recursive: true })
  const zip = openZip(file)
  const pieces: Piece[] = []
  for (let index = from; index < from + media; index++) {
    const form = named[index % named.length] ?? 'upload-dat'
    // Sizes differ, as they do in real exports; the sum is about what was asked for.
    const lengthBytes = Math.max(2_000, Math.round((bytes / media) * (0.5 + (hashOf(`size ${index}`)[0] ?? 0) / 255)))
    const { piece, content } = pieceOf(form, index, lengthBytes, conversationId(from + (index % conversations)))
    zip.add(piece.path, [content], false)
    if (!isSilent) pieces.push(piece)
  }
  for (let first = 0; first < conversations; first += perShard) {
    const count = Math.min(perShard, conversations - first)
    zip.add(shardName(first / perShard), conversationTexts(from + first, count, conversations, pieces, from), true)
  }
  for (const [name, value] of sidecarsOf(pieces, conversations, from))
    zip.add(name, [Buffer.from(JSON.stringify(value))], true)
  return { file, conversations, media, bytes: zip.close() }
}

/** Writes a zip of zips, as the privacy portal sends them; the zips within are removed. */
export function generateNested(file: string, zips: readonly string[]): void {
  const zip = openZip(file)
  for (const [at, inner] of zips.entries()) zip.addFile(`User Online Activity/part ${at}.zip`, inner)
  zip.close()
  for (const inner of zips) rmSync(inner)
}

/** Writes a page of so many conversations, each message of which names \`assetsJson\`, and that object at its end. */
export function generatePage(file: string, conversations: number): number {
  mkdirSync(path.dirname(file), { recursive: true })
  const texts = Array.from({ length: conversations }, (_, index) => {
    const turns = Array.from({ length: 30 }, (_, turn): Turn => {
      const parts = [`assetsJson = { ${words(index * 30 + turn, 150)}`]
      return { role: turn % 2 ? 'assistant' : 'user', name: null, parts }
    })
    return JSON.stringify(treeOf(index, turns))
  })
  const pairs = Array.from({ length: conversations }, (_, index) => {
    const id = `file_${hexOf(`page ${index}`, 32)}`
    return [`sediment://${id}`, `${id}.png`]
  })
  const script = `var jsonData = [${texts.join(',')}];\nvar assetsJson = ${JSON.stringify(Object.fromEntries(pairs))};`
  const page = Buffer.from(`<!doctype html><body><script>${script}</script></body>`)
  writeFileSync(file, page)
  return page.length
}

/** Writes a plain conversations.json of about `bytes`, most of it text, with a pointer here and there. */
export function generateBigConversations(file: string, bytes: number): { conversations: number; references: number } {
  mkdirSync(path.dirname(file), { recursive: true })
  const handle = openSync(file, 'w')
  let [written, conversations, references] = [writeSync(handle, '['), 0, 0]
  while (written < bytes) {
    const { text, pointers } = longConversation(conversations)
    written += writeSync(handle, conversations === 0 ? text : `,${text}`)
    conversations++
    references += pointers
  }
  writeSync(handle, ']')
  closeSync(handle)
  return { conversations, references }
}

// ─── what an export holds ───

const shardName = (index: number) => `conversations-${String(index).padStart(3, '0')}.json`
const beganAt = (index: number) => 1_690_000_000 + index * 7_200
const conversationId = (index: number) => uuidOf(`conversation ${index}`, beganAt(index).toString(16))

function pieceOf(
  form: Form,
  index: number,
  lengthBytes: number,
  conversation: string,
): { piece: Piece; content: Buffer } {
  const wish = { seed: `bench ${index}`, lengthBytes, widthPx: 1024, heightPx: index % 3 === 0 ? 1792 : 1024 }
  const isDalle = form.startsWith('dalle')
  const { bytes, ...rest } = isDalle ? webp(wish) : form === 'speech' ? wav(wish) : png(wish)
  const isLegacy = isDalle || form.startsWith('upload')
  const id = isLegacy ? legacyId(`file ${index}`) : `file_${hexOf(`file ${index}`, 32)}`
  const uuid = uuidOf(`name ${index}`)
  const paths: Record<Form, string> = {
    'dalle-with-id': `dalle-generations/${id}-${uuid}.webp`,
    'dalle-by-size': `dalle-generations/${uuid}.webp`,
    'painted-in-folder': `${userId}/${id}-${uuid}.png`,
    'painted-dat': `${id}.dat`,
    'upload-named': `${id}-photo ${index}.png`,
    'upload-dat': `${id}.dat`,
    'library-only': `${id}.dat`,
    speech: `${conversation}/audio/${id}-${uuid}.wav`,
  }
  const pointer = `${isLegacy ? 'file-service' : 'sediment'}://${id}`
  return {
    piece: { form, path: paths[form], pointer, id, media: { ...rest, lengthBytes: bytes.length } },
    content: bytes,
  }
}

function* conversationTexts(
  first: number,
  count: number,
  step: number,
  pieces: readonly Piece[],
  from: number,
): Iterable<Buffer> {
  for (let index = first; index < first + count; index++) {
    const own: Piece[] = []
    for (let at = index - from; at < pieces.length; at += step) {
      const piece = pieces[at]
      if (piece) own.push(piece)
    }
    const text = JSON.stringify(conversationOf(index, own))
    yield Buffer.from(`${index === first ? '[' : ','}${text}${index === first + count - 1 ? ']' : ''}`)
  }
}

function conversationOf(index: number, pieces: readonly Piece[]): Record<string, unknown> {
  const turns = pieces.flatMap((piece, turn) => [
    { role: 'user', name: null, parts: [`Please make number ${turn} of ${index}. ${words(index + turn, 60)}`] },
    { role: 'assistant', name: null, parts: [words(index * 31 + turn, 400)] },
    ...(piece.form === 'library-only' ? [] : [messageOf(piece, index * 100 + turn)]),
  ])
  return treeOf(index, turns)
}

type Turn = { readonly role: string; readonly name: string | null; readonly parts: readonly unknown[] }

function messageOf({ form, pointer, media }: Piece, number: number): Turn {
  const prompt = words(number, 30)
  const [dalleId, paintedId] = [hexOf(`gen ${number}`, 16), uuidOf(`gen ${number}`)]
  const generated = form.startsWith('dalle')
    ? { dalle: { gen_id: dalleId, prompt, seed: number, parent_gen_id: null, edit_op: null }, generation: null }
    : { dalle: { gen_id: paintedId, prompt: '', seed: null }, generation: { gen_id: paintedId, gen_size: 'image' } }
  const isUpload = form.startsWith('upload')
  const isSpeech = form === 'speech'
  const part = {
    content_type: isSpeech ? 'audio_asset_pointer' : 'image_asset_pointer',
    asset_pointer: pointer,
    size_bytes: media.lengthBytes,
    width: media.widthPx,
    height: media.heightPx,
    metadata: isUpload ? { sanitized: true } : isSpeech ? { start: 0, end: 2 } : generated,
  }
  const isUser = isUpload || isSpeech
  return { role: isUser ? 'user' : 'tool', name: isUser ? null : 'dalle.text2im', parts: [part] }
}

function treeOf(index: number, turns: readonly Turn[]): Record<string, unknown> {
  const id = conversationId(index)
  const nodeId = (turn: number) => uuidOf(`node ${index}/${turn}`)
  const nodes = turns.map(({ role, name, parts }, turn) => {
    const message = {
      id: nodeId(turn),
      author: { role, name, metadata: {} },
      create_time: beganAt(index) + turn * 11.5,
      content: { content_type: typeof parts[0] === 'string' ? 'text' : 'multimodal_text', parts },
      status: 'finished_successfully',
      metadata: {},
      recipient: 'all',
    }
    const children = turn + 1 < turns.length ? [nodeId(turn + 1)] : []
    return [nodeId(turn), { id: nodeId(turn), message, parent: turn === 0 ? null : nodeId(turn - 1), children }]
  })
  return {
    id,
    conversation_id: id,
    title: `Conversation ${index}`,
    create_time: beganAt(index),
    update_time: beganAt(index) + turns.length * 11.5,
    current_node: nodeId(Math.max(0, turns.length - 1)),
    mapping: Object.fromEntries(nodes),
  }
}

function sidecarsOf(pieces: readonly Piece[], conversations: number, from: number): (readonly [string, unknown])[] {
  const flat = pieces.filter(({ path: name }) => name.endsWith('.dat'))
  const shards = Array.from({ length: Math.ceil(conversations / perShard) }, (_, index) => shardName(index))
  const library = pieces.flatMap(({ form, id, media }, at) => {
    if (form !== 'library-only') return []
    const index = from + (at % conversations)
    // The answer right before the picture was stripped.
    const turn = 1
    return [
      {
        file_id: id,
        id: { id: `libfile_${hexOf(id, 32)}`, partition_key: userId },
        file_name: `ChatGPT Image ${at}.png`,
        mime_type: 'image/png',
        file_size_bytes: media.lengthBytes,
        sha256_digest: media.sha256,
        image_gen_generation_id: uuidOf(`library ${at}`),
        origination_message_id: uuidOf(`node ${index}/${turn}`),
        origination_thread_id: conversationId(index),
        created_at: beganAt(index) + 15,
        trashed_at: null,
      },
    ]
  })
  return [
    ['user.json', { id: userId }],
    [
      'conversation_asset_file_names.json',
      Object.fromEntries(flat.map(({ id }, at) => [`${id}.dat`, `file ${at}.png`])),
    ],
    ['library_files.json', library],
    [
      'export_manifest.json',
      {
        version: 1,
        manifest_file: 'export_manifest.json',
        export_files: [...shards, ...pieces.map(({ path: name }) => name)].map((name) => ({
          path: name,
          size_bytes: 1,
        })),
        logical_files: { 'conversations.json': { files: shards, sharded: true, shard_count: shards.length } },
      },
    ],
  ]
}

function longConversation(index: number): { text: string; pointers: number } {
  const turns = Array.from({ length: 120 }, (_, turn): Turn => {
    if (turn % 12 !== 11)
      return { role: turn % 2 ? 'assistant' : 'user', name: null, parts: [words(index * 120 + turn, 450)] }
    const pointer = `sediment://file_${hexOf(`long ${index}/${turn}`, 32)}`
    return {
      role: 'tool',
      name: null,
      parts: [{ content_type: 'image_asset_pointer', asset_pointer: pointer, size_bytes: 1_000, width: 1, height: 1 }],
    }
  })
  return { text: JSON.stringify(treeOf(index, turns)), pointers: 10 }
}

const vocabulary =
  'lighthouse harbour tide gull sand pier boat wind salt dune “rope” naïve café 灯台 \n \t 🌊 cliff'.split(' ')

/** Text that is never twice the same and packs like text. */
function words(seed: number, count: number): string {
  let state = seed * 2_654_435_761 + 1
  return Array.from({ length: count }, () => {
    state = (Math.imul(state | 0, 1_664_525) + 1_013_904_223) >>> 0
    return vocabulary[(state >>> 8) % vocabulary.length]
  }).join(' ')
}

// ─── the zip ───

interface Header {
  readonly crc: number
  readonly sizeBytes: number
  readonly packedBytes: number
  readonly isDeflated: boolean
}

function* chunksIn(file: string): Iterable<Buffer> {
  const handle = openSync(file, 'r')
  const buffer = Buffer.alloc(4 * 1024 * 1024)
  for (let read = readSync(handle, buffer); read > 0; read = readSync(handle, buffer)) yield buffer.subarray(0, read)
  closeSync(handle)
}

/** Writes a zip entry by entry; what is deflated is gathered packed, one entry at a time. */
function openZip(file: string) {
  const handle = openSync(file, 'w')
  const directory: Buffer[] = []
  let at = 0
  const write = (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done)
    at += bytes.length
  }
  const begin = (name: string, { crc, sizeBytes, packedBytes, isDeflated }: Header) => {
    const start = at
    const nameBytes = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.set([20, 0, 0, 8, isDeflated ? 8 : 0, 0, 0, 0x60, 0x21, 0x5a])
    common.writeUInt32LE(crc, 10)
    common.writeUInt32LE(packedBytes, 14)
    common.writeUInt32LE(sizeBytes, 18)
    common.writeUInt16LE(nameBytes.length, 22)
    write(Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes]))
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(0o100644 * 65_536, 6)
    rest.writeUInt32LE(start, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), common, rest, nameBytes]))
  }
  return {
    add(name: string, chunks: Iterable<Uint8Array>, isDeflated: boolean) {
      const whole = Buffer.concat([...chunks])
      const packed = isDeflated ? deflateRawSync(whole, { level: 4 }) : whole
      begin(name, { crc: crc32(whole), sizeBytes: whole.length, packedBytes: packed.length, isDeflated })
      write(packed)
    },
    /** A file that may not fit into memory; it is read twice, since its checksum stands before it. */
    addFile(name: string, file: string) {
      let [crc, sizeBytes] = [0, 0]
      for (const chunk of chunksIn(file)) {
        crc = crc32(chunk, crc)
        sizeBytes += chunk.length
      }
      begin(name, { crc, sizeBytes, packedBytes: sizeBytes, isDeflated: false })
      for (const chunk of chunksIn(file)) write(chunk)
    },
    close(): number {
      const start = at
      for (const entry of directory) write(entry)
      const end = Buffer.alloc(22)
      end.write('PK\x05\x06')
      end.writeUInt16LE(directory.length % 65_536, 8)
      end.writeUInt16LE(directory.length % 65_536, 10)
      end.writeUInt32LE(at - start, 12)
      end.writeUInt32LE(start, 16)
      write(end)
      closeSync(handle)
      return at
    },
  }
}
