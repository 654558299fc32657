import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { type PictureRecord, recordSchema } from '../../src/archive/records.ts'
import { watchConnection } from '../../src/daemon/connection.ts'
import type { WatchEvent } from '../../src/daemon/events.ts'
import { maxBodyBytes } from '../../src/decode/limits.ts'
import type { Oddity } from '../../src/decode/oddity.ts'
import type { Intake } from '../../src/intake/intake.ts'
import { playback } from '../../src/observe/playback.ts'
import { bareId } from '../../src/sites/ids.ts'
import { fileId } from '../fakes/facts.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'
import {
  callOf,
  deltas,
  endOfStream,
  fileNo,
  imagesOf,
  liveSample,
  payloadEvent,
  payloadOf,
  pointer,
  streamText,
  treeOf,
  userSays,
} from '../fakes/messages.ts'
import { sha256Of } from '../fakes/sha256.ts'
import { soon } from '../fakes/wire.ts'
import { diceFor, failure, seed } from './harness.ts'
import { steadyPng } from './steady-png.ts'
import { createTape, interleave, mutateTape, type Tape } from './tape.ts'

/** Whole recordings, each with three to ten of its lines damaged. */
const wanted = Number(process.env.FUZZ_WAYS ?? 100)
/** Runs at a time: most of a run is waiting for the disk. */
const together = 8

const api = 'https://chatgpt.com/backend-api/'
const size = { widthPx: 32, heightPx: 24 }
const pictures = new Map(Array.from({ length: 6 }, (_, number) => [fileNo(number), steadyPng(1_500 + number)]))
const bytesOf = (id: string) => pictures.get(id) ?? Buffer.alloc(0)
const part = (id: string) => pointer(id, { size_bytes: bytesOf(id).length, width: size.widthPx, height: size.heightPx })
const shows = (message: string, ...ids: string[]) => imagesOf(message, 'm-call', ids.map(part))

function loadPicture(tape: Tape, id: string) {
  tape.load(
    `${api}files/download/${id}`,
    'application/json',
    JSON.stringify({ status: 'success', download_url: placeOf(id) }),
  )
  tape.load(placeOf(id), 'image/png', bytesOf(id))
}
const placeOf = (id: string) => `${api}estuary/content?id=${id}&sig=0`

/** Every channel once: both encodings of streams, both sockets, stored conversations, the library, a shared page. */
function session(): Tape {
  const tape = createTape('A')
  const turn = JSON.stringify({ action: 'next', messages: [userSays('m-user', 'A boat')], conversation_id: 'c' })
  const call = callOf('m-call', 'm-user', { prompt: 'A paper boat' })
  const added = [call, shows('m-1', fileNo(1))].map((one, c) => deltas.of({ c, p: '', o: 'add', v: payloadOf(one) }))
  tape.stream(`${api}f/conversation`, deltas.start + added.join('') + endOfStream, turn)
  tape.stream(`${api}conversation`, payloadEvent(call) + payloadEvent(shows('m-2', fileNo(2))), turn)
  tape.stream(`${api}f/conversation`, streamText(liveSample('sse-image-turn-inline-2026-05')), turn)
  const update = { type: 'conversation-update', payload: { update_content: { message: shows('m-3', fileNo(3)) } } }
  const data = { body: Buffer.from(payloadEvent(shows('m-4', fileNo(4)))).toString('base64'), response_id: 'r' }
  tape.load(`${api}celsius/ws/user`, 'application/json', JSON.stringify({ websocket_url: 'wss://ws.chatgpt.com/p' }))
  tape.socket('wss://ws.chatgpt.com/p', [JSON.stringify([update]), JSON.stringify({ type: 'message', data })])
  for (const value of [liveSample('conversation-sanitized-2026-05'), treeOf([call, shows('m-5', fileNo(5))])])
    tape.load(`${api}conversation/6ab13b80-1234-83ea-9abc-def012345678`, 'application/json', JSON.stringify(value))
  const library = JSON.stringify(liveSample('recent-image-gen-sanitized-2026-05'))
  tape.load(`${api}my/recent/image_gen`, 'application/json', library)
  for (const number of [1, 2, 3, 4, 5]) loadPicture(tape, fileNo(number))
  return tape
}

const goodId = fileNo(0)
function goodSession(): Tape {
  const tape = createTape('G')
  const good = imagesOf('m-good', null, [{ ...part(goodId), metadata: { dalle: { gen_id: 'good', prompt: 'Good' } } }])
  tape.load(`${api}conversation/x`, 'application/json', JSON.stringify(treeOf([good], { conversation_id: 'good' })))
  tape.load(placeOf(goodId), 'image/png', bytesOf(goodId))
  return tape
}

/** Plays a recording into an archive of its own, several folders below one that is watched. */
async function play(recording: string, sabotage: (keep: Intake, root: string) => Intake = (intake) => intake) {
  const oddities: Oddity[] = []
  const parent = temporaryFolder()
  const root = path.join(parent, 'a', 'b', 'archive')
  for (const folder of ['', 'a', 'a/b']) put(path.join(parent, folder, 'canary.txt'), 'untouched')
  const archive = await openArchive(root)
  const now = () => new Date()
  const intake = quietIntake(archive, { now })
  const tape = playback(recording)
  const onEvent = (event: WatchEvent) => void (event.kind === 'oddity' && oddities.push(event.oddity))
  const { observer } = await watchConnection({ wire: tape, intake: sabotage(intake, root), onEvent, now })
  try {
    await tape.play()
  } finally {
    await observer.drain()
    await intake.close()
  }
  return { parent, root, oddities }
}

/** Files that stand where none may be written, or were changed there. */
function straysIn(parent: string): string[] {
  const isOurs = (file: string) => /^a\/b\/archive\/(images|database|pending)\//.test(file)
  const isLock = (file: string) => /^a\/b\/archive\/[^/]*lock[^/]*$/.test(file)
  const isCanary = (file: string) =>
    /^(a\/)?(b\/)?canary\.txt$/.test(file) && readFileSync(path.join(parent, file), 'utf8') === 'untouched'
  return filesBelow(parent).filter((file) => !isOurs(file) && !isLock(file) && !isCanary(file))
}

const recordsIn = (root: string) =>
  filesBelow(path.join(root, 'database')).map((file) => ({
    file,
    record: JSON.parse(readFileSync(path.join(root, 'database', file), 'utf8')) as PictureRecord,
  }))

/** Records that are not of this format, or do not name an image that is there with every byte. */
function falseRecordsIn(root: string): string[] {
  return recordsIn(root)
    .filter(({ record }) => {
      const image = path.join(root, record.image)
      if (!recordSchema.safeParse(record).success || !image.startsWith(path.join(root, 'images') + path.sep))
        return true
      return !existsSync(image) || sha256Of(readFileSync(image)) !== record.sha256
    })
    .map(({ file }) => file)
}

const sha256 = sha256Of(bytesOf(goodId))
const hasGood = (root: string) =>
  recordsIn(root).some(({ record }) => record.fileId === bareId(fileId(goodId)) && record.sha256 === sha256)

/** What was not kept of what is promised. */
function broken({ parent, root, oddities }: Awaited<ReturnType<typeof play>>): string[] {
  const thrown = oddities.filter(({ kind, detail }) => kind === 'not-read' || /not read: /.test(detail))
  return [
    ...thrown.map(({ detail }) => `thrown: ${detail}`),
    ...straysIn(parent).map((file) => `written outside: ${file}`),
    ...falseRecordsIn(root).map((file) => `false record ${file}`),
    ...(hasGood(root) ? [] : ['the good picture is not archived']),
  ]
}

const whole = session().lines
const good = goodSession().lines.map((line) => JSON.stringify(line))

async function runOne(number: number, sabotage?: (keep: Intake, root: string) => Intake) {
  const dice = diceFor('whole way', number)
  const recording = interleave(mutateTape(whole, dice), good, dice)
  try {
    const flaws = broken(await play(recording, sabotage))
    if (flaws.length > 0) throw new Error(flaws.join('; '))
  } catch (error) {
    throw failure('whole way', number, error, recording)
  }
}

describe('a damaged recording', () => {
  it('is complete before the damage: undamaged, it gives every picture', async () => {
    const recording = [...whole.map((line) => JSON.stringify(line)), ...good].join('\n')
    const run = await play(recording)
    expect(broken(run)).toEqual([])
    const kept = recordsIn(run.root).map(({ record }) => record.fileId)
    expect(kept.sort()).toEqual([0, 1, 2, 3, 4, 5].map((number) => bareId(fileId(fileNo(number)))))
  })

  it('stops no watch, writes nothing outside the archive, and the good picture beside it is archived', async () => {
    console.log(`fuzz: FUZZ_SEED=${seed}, ${wanted} damaged recordings`)
    const unhandled: unknown[] = []
    const hear = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', hear)
    let done = 0
    for (; done < wanted; done += together)
      await Promise.all(Array.from({ length: together }, (_, index) => runOne(done + index)))
    // What waited for a stream's end longer than the recording lasted.
    await soon(2_200)
    process.off('unhandledRejection', hear)
    expect(unhandled, `FUZZ_SEED=${seed}`).toEqual([])
    expect(done).toBeGreaterThanOrEqual(wanted)
  }, 300_000)
})

it('a picture larger than can be fetched is an oddity with its reason, and the good one beside it is archived', async () => {
  const tape = createTape('A')
  tape.load(placeOf(fileNo(1)), 'image/png', bytesOf(fileNo(1)))
  const lines = tape.lines.map((line) => JSON.stringify(line))
  const large = lines.map((line) => line.replace(/"dataLength":\d+/, `"dataLength":${maxBodyBytes + 1}`))
  const run = await play([...large, ...good].join('\n'))
  expect(broken(run)).toEqual([])
  const detail = `bytes of chatgpt.com/backend-api/estuary/content: ${maxBodyBytes + 1} or more, the limit is ${maxBodyBytes}`
  expect(run.oddities).toEqual([{ kind: 'over-limit', detail }])
})

describe('the checks themselves', () => {
  it('notice an archive that writes outside its folder', async () => {
    const escaping = (intake: Intake, root: string): Intake => ({
      ...intake,
      learn(facts) {
        writeFileSync(path.join(root, '..', `${facts.fileId}.json`), '{}')
        return intake.learn(facts)
      },
    })
    await expect(runOne(0, escaping)).rejects.toThrow(new RegExp(`FUZZ_SEED=${seed}.*written outside: a/b/file_`, 's'))
  })

  it('notice a stage that throws, and say how to repeat this', async () => {
    const throwing = (intake: Intake): Intake => ({
      ...intake,
      learn() {
        throw new TypeError('sabotage')
      },
    })
    await expect(runOne(0, throwing)).rejects.toThrow(
      new RegExp(`FUZZ_SEED=${seed}, whole way, mutation 0: .*sabotage`),
    )
  })

  it('notice a lost picture, a changed byte, and a record that names another file', async () => {
    expect(broken(await play(good.slice(2).join('\n')))).toEqual(['the good picture is not archived'])

    const kept = await play(good.join('\n'))
    expect(broken(kept)).toEqual([])
    const [first] = recordsIn(kept.root)
    if (!first) throw new Error('no record')
    const image = path.join(kept.root, first.record.image)
    const bytes = readFileSync(image)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    writeFileSync(image, bytes)
    expect(broken(kept)).toEqual([`false record ${first.file}`])

    const elsewhere = path.join(kept.parent, 'a', 'b', 'archive', 'pending', 'x.png')
    mkdirSync(path.dirname(elsewhere), { recursive: true })
    writeFileSync(elsewhere, bytesOf(goodId))
    const moved = { ...first.record, image: 'images/../pending/x.png' }
    writeFileSync(path.join(kept.root, 'database', first.file), JSON.stringify(moved))
    expect(broken(kept)).toEqual([`false record ${first.file}`])
  })
})
