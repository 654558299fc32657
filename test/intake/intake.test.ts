import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { Origin } from '../../src/archive/origins.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { maxPromptChars } from '../../src/decode/limits.ts'
import type { Oddity } from '../../src/decode/oddity.ts'
import { createIntake, type Intake } from '../../src/intake/intake.ts'
import type { Verdict } from '../../src/intake/verdict.ts'
import { makePng, makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import type { ImageFacts } from '../../src/sites/facts.ts'
import type { FileId } from '../../src/sites/ids.ts'
import { facts, fileId, noon } from '../fakes/facts.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { jpeg } from '../fakes/pictures.ts'
import { sha256Of } from '../fakes/sha256.ts'

const size = { widthPx: 32, heightPx: 24 }
const id = facts().fileId
const day = 24 * 60 * 60 * 1000
const seenAt = new Date(2026, 4, 7, 15, 0, 0)

interface Run {
  readonly root: string
  readonly intake: Intake
  readonly kept: PictureRecord[]
  readonly oddities: Oddity[]
  readonly notices: string[]
  facts(more?: Partial<ImageFacts>): Promise<Verdict>
  bytes(bytes: Buffer, of?: FileId): Promise<Verdict>
  /** What stands in `pending/`. */
  pending(): string[]
  pictures(): string[]
}

/** One run of the program over an archive; open the same folder again for the next. */
async function run(
  root = temporaryFolder(),
  { now = seenAt, maxWaitDays = 30, origin }: { now?: Date; maxWaitDays?: number; origin?: Origin } = {},
): Promise<Run> {
  const archive = await openArchive(root, { now: () => now })
  const [kept, oddities, notices] = [[] as PictureRecord[], [] as Oddity[], [] as string[]]
  const intake = createIntake({
    archive,
    ...(origin && { origin }),
    now: () => now,
    maxWaitDays,
    onStored: (record) => void kept.push(record),
    onOddity: (oddity) => void oddities.push(oddity),
    onNotice: (text) => void notices.push(text),
  })
  return {
    root,
    intake,
    kept,
    oddities,
    notices,
    facts: (more = {}) => intake.learn({ ...facts(), ...more }),
    bytes: (bytes, of = id) => intake.receive({ fileId: of, bytes, host: 'files.oaiusercontent.com', receivedAt: now }),
    pending: () => waitingBelow(root),
    pictures: () => filesBelow(path.join(root, 'images')),
  }
}

const imageOf = ({ root, kept }: Run) => readFileSync(path.join(root, kept[0]?.image ?? 'none'))

/** What waits: the files of bytes, and for each of the facts in the journal that are not gone `<id>.facts`. */
function waitingBelow(root: string): string[] {
  const folder = path.join(root, 'pending')
  const journal = path.join(folder, 'facts.ndjson')
  const facts = new Set<string>()
  for (const line of existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : []) {
    const { fileId, gone } = JSON.parse(line) as { fileId?: string; gone?: string }
    if (fileId) facts.add(`${fileId}.facts`)
    if (gone) facts.delete(`${gone}.facts`)
  }
  return [...filesBelow(folder).filter((name) => !['facts.ndjson', 'days.json'].includes(name)), ...facts].sort()
}

describe('the two halves of a picture', () => {
  const bytes = makeWebp(size, 2_000)

  it.each([
    ['facts before bytes', async ({ facts, bytes: take }: Run) => [await facts(), await take(bytes)]],
    ['bytes before facts', async ({ facts, bytes: take }: Run) => [await take(bytes), await facts()]],
    ['both at once', async ({ facts, bytes: take }: Run) => Promise.all([facts(), take(bytes)])],
  ])('are joined: %s', async (_, deliver) => {
    const one = await run()
    await deliver(one)
    expect(one.kept).toHaveLength(1)
    expect(imageOf(one)).toEqual(bytes)
    expect(one.kept[0]).toMatchObject({
      prompt: facts().prompt,
      sha256: sha256Of(bytes),
    })
    expect(one.pending()).toEqual([])
    expect(one.oddities).toEqual([])
  })

  it('are joined only when both are there', async () => {
    const [one, other] = [await run(), await run()]
    await one.facts()
    await other.bytes(bytes)
    for (const half of [one, other]) {
      expect(half.kept).toEqual([])
      expect(half.pictures()).toEqual([])
      expect(half.pending().length).toBeGreaterThan(0)
    }
  })

  it('are joined for one file, never with those of another', async () => {
    const one = await run()
    await one.facts()
    await one.bytes(bytes, fileId('file-another'))
    expect(one.kept).toEqual([])
  })

  it('are joined across a restart: facts before it, bytes after it', async () => {
    const before = await run()
    await before.facts()
    await before.intake.close()
    const after = await run(before.root)
    await after.bytes(bytes)
    expect(after.kept).toHaveLength(1)
    expect(after.pending()).toEqual([])
  })

  it('are joined across a restart: bytes before it, facts after it', async () => {
    const before = await run()
    await before.bytes(bytes)
    await before.intake.close()
    const after = await run(before.root)
    await after.facts()
    expect(after.kept[0]).toMatchObject({ source: { host: 'files.oaiusercontent.com' } })
    expect(imageOf(after)).toEqual(bytes)
    expect(after.pending()).toEqual([])
  })

  it('are joined when the program was killed', async () => {
    const before = await run()
    await before.bytes(bytes)
    const after = await run(before.root)
    await after.facts()
    expect(after.kept).toHaveLength(1)
  })

  it('from two tabs at once make one picture', async () => {
    const one = await run()
    await Promise.all([one.bytes(bytes), one.facts(), one.bytes(bytes), one.facts(), one.bytes(bytes), one.facts()])
    await one.intake.close()
    expect(one.kept).toHaveLength(1)
    expect(one.pictures()).toHaveLength(1)
    expect(filesBelow(path.join(one.root, 'database'))).toHaveLength(1)
    expect(one.pending()).toEqual([])
  })

  it('are archived once, also across restarts', async () => {
    const before = await run()
    await before.facts()
    await before.bytes(bytes)
    const after = await run(before.root)
    expect(after.intake.wantsBytes(id)).toBe(false)
    await after.bytes(makeWebp(size, 3_000))
    await after.facts()
    expect(after.kept).toEqual([])
    expect(after.pictures()).toHaveLength(1)
    expect(after.pending()).toEqual([])
  })

  it('leave nothing waiting when the program was killed before the halves of a written picture were removed', async () => {
    const before = await run()
    await before.facts()
    const journal = path.join(before.root, 'pending', 'facts.ndjson')
    const waiting = readFileSync(journal)
    await before.bytes(bytes)
    put(journal, waiting)
    const after = await run(before.root)
    await after.facts()
    await after.intake.close()
    expect(after.pending()).toEqual([])
  })
})

describe('a picture whose prompt has not come yet', () => {
  const bytes = makeWebp(size, 2_000)
  const wordless = { prompt: null, promptSource: null }
  const holdClock = () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
  }

  it('waits a moment for it, since it is part of the name', async () => {
    holdClock()
    const one = await run()
    await one.facts(wordless)
    await one.bytes(bytes)
    expect(one.kept).toEqual([])
    await one.facts()
    expect(one.kept[0]?.image).toMatch(/Photo-of-a-man-on-the-moon\.webp$/)
  })

  it.each([
    ['facts before bytes', async ({ facts, bytes: take }: Run) => [await facts(wordless), await take(bytes)]],
    ['bytes before facts', async ({ facts, bytes: take }: Run) => [await take(bytes), await facts(wordless)]],
  ])('is archived without it when none comes: %s', async (_, deliver) => {
    holdClock()
    const one = await run()
    await deliver(one)
    await vi.advanceTimersByTimeAsync(5_000)
    await one.intake.drained()
    expect(one.kept).toHaveLength(1)
    expect(one.kept[0]).toMatchObject({ prompt: null })
    expect(one.pending()).toEqual([])
  })

  it('is written at the end at the latest', async () => {
    const one = await run()
    await one.facts(wordless)
    await one.bytes(bytes)
    await one.intake.close()
    expect(one.kept).toHaveLength(1)
  })

  it('is written at the next start when the program was killed', async () => {
    const before = await run()
    await before.facts(wordless)
    await before.bytes(bytes)
    const next = await run(before.root)
    await next.intake.drained()
    expect(next.kept).toHaveLength(1)
    await before.intake.close()
    expect(before.pictures()).toHaveLength(1)
  })
})

describe('which bytes are wanted', () => {
  const bytes = makeWebp(size, 2_000)

  it('those of a file that is not archived yet', async () => {
    const one = await run()
    expect(one.intake.wantsBytes(id)).toBe(true)
    await one.facts()
    expect(one.intake.wantsBytes(id)).toBe(true)
  })

  it('not those that wait already, nor those that are archived', async () => {
    const one = await run()
    await one.bytes(bytes)
    expect(one.intake.wantsBytes(id, bytes.length)).toBe(false)
    await one.facts()
    expect(one.intake.wantsBytes(id)).toBe(false)
  })

  it('longer ones than those that wait without facts, which may be a smaller rendition', async () => {
    const one = await run()
    await one.bytes(makeWebp(size, 900))
    expect(one.intake.wantsBytes(id, 900)).toBe(false)
    expect(one.intake.wantsBytes(id, bytes.length)).toBe(true)
    await one.bytes(bytes)
    await one.bytes(makeWebp(size, 900))
    await one.facts({ sizeBytes: bytes.length })
    expect(one.kept[0]).toMatchObject({ bytes: bytes.length })
  })

  it('others than those that do not fit, as if there were none', async () => {
    const one = await run()
    await one.bytes(makeWebp(size, 900))
    await one.facts({ sizeBytes: bytes.length })
    expect(one.kept).toEqual([])
    expect(one.intake.wantsBytes(id, bytes.length)).toBe(true)
    await one.bytes(bytes)
    expect(one.kept[0]).toMatchObject({ bytes: bytes.length })
  })

  it('better ones than the cut ones that wait', async () => {
    const one = await run()
    await one.bytes(bytes.subarray(0, 1_000))
    expect(one.intake.wantsBytes(id)).toBe(true)
    await one.bytes(bytes)
    expect(one.intake.wantsBytes(id, bytes.length)).toBe(false)
  })

  it('better ones than the cut ones that wait, also after a restart', async () => {
    const before = await run()
    await before.bytes(bytes.subarray(0, 1_000))
    await before.intake.close()
    const after = await run(before.root)
    expect(after.intake.wantsBytes(id)).toBe(true)
  })
})

describe('bytes that do not fit', () => {
  const [png, webp] = [makePng(size, 3_000), makeWebp(size, 3_000)]

  it.each([
    ['shorter than the length that was stated', webp.subarray(0, 2_990), webp, { sizeBytes: webp.length }],
    [
      'longer than the length that was stated',
      Buffer.concat([webp, Buffer.from('??')]),
      webp,
      { sizeBytes: webp.length },
    ],
    ['another whole file than the one whose length was stated', makeWebp(size, 900), webp, { sizeBytes: webp.length }],
    ['a cut PNG', png.subarray(0, 2_000), png, {}],
    ['a PNG without its last chunk', png.subarray(0, -12), png, {}],
    ['a cut WebP', webp.subarray(0, 2_000), webp, {}],
    ['a cut JPEG', jpeg.subarray(0, -2), jpeg, {}],
    ['a smaller copy', makePng({ widthPx: 16, heightPx: 12 }, 1_000), png, { widthPx: 32, heightPx: 24 }],
  ])('are never archived, but wait until better ones come: %s', async (_, bad, good, said) => {
    const [factsFirst, bytesFirst] = [await run(), await run()]
    await factsFirst.facts(said)
    await factsFirst.bytes(bad)
    await bytesFirst.bytes(bad)
    await bytesFirst.facts(said)
    for (const one of [factsFirst, bytesFirst]) {
      expect(one.kept).toEqual([])
      expect(one.pictures()).toEqual([])
      expect(one.oddities.map((oddity) => oddity.kind)).toContain('bytes-that-do-not-fit')
      expect(one.pending()).toEqual([`${id}.bytes`, `${id}.facts`, `${id}.origin.json`])
      expect(one.intake.wantsBytes(id)).toBe(true)
      await one.intake.close()

      const next = await run(one.root)
      expect(next.intake.wantsBytes(id)).toBe(true)
      await next.bytes(good)
      expect(imageOf(next)).toEqual(good)
      expect(next.pending()).toEqual([])
    }
  })

  it('fit after all when newer facts correct the length', async () => {
    const one = await run()
    await one.facts({ sizeBytes: 40_000 })
    await one.bytes(webp)
    await one.facts({ sizeBytes: webp.length })
    expect(imageOf(one)).toEqual(webp)
  })

  it('do not replace whole ones that wait', async () => {
    const one = await run()
    await Promise.all([one.bytes(webp), one.bytes(webp.subarray(0, 1_000))])
    await one.facts()
    expect(one.kept).toHaveLength(1)
    expect(imageOf(one)).toEqual(webp)
  })

  it.each([
    ['HTML', '<!doctype html><title>Try again later</title>'],
    ['JSON', '{"detail":"File stream access denied."}'],
    ['nothing', ''],
  ])('are not even stored when they are not an image: %s', async (_, text) => {
    const one = await run()
    await one.facts()
    await one.bytes(Buffer.from(text))
    expect(one.kept).toEqual([])
    expect(one.pending()).toEqual([`${id}.facts`])
    expect(one.oddities.map((oddity) => oddity.kind)).toEqual(['not-an-image'])
    expect(one.intake.wantsBytes(id)).toBe(true)
    await one.bytes(webp)
    expect(one.kept).toHaveLength(1)
  })
})

describe('an image that is not a picture to archive', () => {
  const bytes = makePng(size, 2_000)

  it('has its bytes removed at the end', async () => {
    const one = await run()
    await one.bytes(bytes)
    one.intake.dismiss(id)
    expect(one.pending()).not.toEqual([])
    await one.intake.close()
    expect(one.pending()).toEqual([])
  })

  it('also has bytes removed that come after we learned this', async () => {
    const one = await run()
    one.intake.dismiss(id)
    await one.bytes(bytes)
    await one.intake.close()
    expect(one.pending()).toEqual([])
  })

  it.each([
    ['said before', async ({ intake, facts }: Run) => [intake.dismiss(id), await facts()]],
    ['said after', async ({ intake, facts }: Run) => [await facts(), intake.dismiss(id)]],
    ['said at the same time', ({ intake, facts }: Run) => Promise.all([facts(), intake.dismiss(id)])],
  ])('stays when it was generated after all: %s', async (_, tell) => {
    const one = await run()
    await tell(one)
    await one.intake.close()
    const next = await run(one.root)
    await next.bytes(bytes)
    expect(next.kept).toHaveLength(1)
  })

  it('does not affect a picture that is archived', async () => {
    const one = await run()
    await one.facts()
    await one.bytes(bytes)
    one.intake.dismiss(id)
    await one.intake.close()
    expect(one.pictures()).toHaveLength(1)
  })
})

describe('bytes whose address does not name their file', () => {
  it('are assigned to the one file that has no bytes yet and has exactly their length', async () => {
    const one = await run()
    const [another, third] = [fileId('file-another'), fileId('file-third')]
    expect(one.intake.fileOfLength(2_000)).toBeUndefined()
    await one.facts({ sizeBytes: 2_000 })
    await one.facts({ fileId: another, sizeBytes: 3_000 })
    expect(one.intake.fileOfLength(2_000)).toBe(id)
    expect(one.intake.fileOfLength(2_001)).toBeUndefined()
    await one.facts({ fileId: third, sizeBytes: 2_000 })
    expect(one.intake.fileOfLength(2_000)).toBeUndefined()
    await one.bytes(makeWebp(size, 2_000))
    expect(one.intake.fileOfLength(2_000)).toBe(third)
  })
})

describe('bytes without facts', () => {
  const later = (days: number) => ({ now: new Date(seenAt.getTime() + days * day) })

  it('are removed when they have waited too long', async () => {
    const before = await run()
    await before.bytes(makePng(size, 2_000))
    await before.intake.close()
    for (let days = 1; days <= 30; days++) await (await run(before.root, later(days))).intake.close()
    expect(before.pending()).not.toEqual([])
    await (await run(before.root, later(31))).intake.close()
    expect(before.pending()).toEqual([])
  })

  it('but facts go on waiting: they say what is still to be fetched', async () => {
    const before = await run()
    await before.facts()
    await (await run(before.root, later(1_000))).intake.close()
    expect(before.pending()).toEqual([`${id}.facts`])
  })
})

describe('a prompt of a million characters and more', () => {
  it('is left out and reported as an oddity: the picture is archived all the same', async () => {
    const one = await run()
    await one.facts({ prompt: 'x'.repeat(maxPromptChars + 1) })
    await one.bytes(makePng(size, 2_000))
    await one.intake.close()
    expect(one.kept[0]).toMatchObject({ prompt: null })
    expect(one.oddities.map(({ kind }) => kind)).toEqual(['over-limit'])
  })
})

describe('bytes that came under another file’s id', () => {
  const [guessed, bytes] = [fileId('file_0123456789abcdef0123456789abcdef'), makePng(size, 2_000)]

  it.each([
    ['bytes, look-up, facts', ['bytes', 'same', 'facts']],
    ['bytes, facts, look-up', ['bytes', 'facts', 'same']],
    ['look-up, bytes, facts', ['same', 'bytes', 'facts']],
    ['look-up, facts, bytes', ['same', 'facts', 'bytes']],
    ['facts, bytes, look-up', ['facts', 'bytes', 'same']],
    ['facts, look-up, bytes', ['facts', 'same', 'bytes']],
  ])('are assigned to the right file: %s', async (_, order) => {
    const steps: Record<string, (one: Run) => Promise<unknown>> = {
      bytes: (one) => one.bytes(bytes, guessed),
      same: (one) => one.intake.sameFile(guessed, id),
      facts: (one) => one.facts(),
    }
    const [slow, quick] = [await run(), await run()]
    for (const step of order) await steps[step]?.(slow)
    await Promise.all(order.map((step) => steps[step]?.(quick)))
    for (const one of [slow, quick]) {
      expect(one.kept.map((record) => record.fileId)).toEqual(['mTlImgNhbMGexJI3DFLJXJlh'])
      expect(one.pending()).toEqual([])
    }
  })

  it('are not moved away from a file that has its own facts', async () => {
    const one = await run()
    await one.facts({ fileId: guessed, sizeBytes: bytes.length + 1 })
    await one.bytes(bytes, guessed)
    await one.intake.sameFile(guessed, id)
    expect(one.pending()).toContain(`${guessed}.bytes`)
  })

  it('are moved before the program ends', async () => {
    const one = await run()
    await one.facts()
    await one.bytes(bytes, guessed)
    void one.intake.sameFile(guessed, id)
    await one.intake.close()
    expect(one.kept).toHaveLength(1)
    expect(one.pending()).toEqual([])
  })
})

describe('a picture for which no date comes', () => {
  const undated = { createdAt: null, dateSource: null }
  const bytes = makePng(size, 2_000)

  it('gets the time at which it was first seen, even if it is written on another day', async () => {
    const before = await run()
    await before.facts(undated)
    await before.intake.close()
    const after = await run(before.root, { now: new Date(seenAt.getTime() + 3 * day) })
    await after.facts(undated)
    await after.bytes(bytes)
    expect(after.kept[0]).toMatchObject({ date: seenAt.getTime() / 1000, dateSource: 'seen' })
    expect(after.kept[0]?.image).toMatch(/^images\/2026\/05\/07\//)
  })

  it('gets its own date if that comes before it is written', async () => {
    const one = await run()
    await one.facts(undated)
    await one.facts()
    await one.bytes(bytes)
    expect(one.kept[0]).toMatchObject({ date: noon.getTime() / 1000, dateSource: 'message' })
  })

  it('takes over a better date after it is written, and its files stay where they are', async () => {
    const one = await run()
    await one.facts(undated)
    await one.bytes(bytes)
    await one.facts({ seed: 7 })
    await one.facts()
    const place = filesBelow(one.root).find((file) => file.startsWith('database')) ?? ''
    const record = JSON.parse(readFileSync(path.join(one.root, place), 'utf8'))
    expect(record).toMatchObject({ date: noon.getTime() / 1000, dateSource: 'message' })
    expect(record.image).toBe(one.kept[0]?.image)
    expect(place).toMatch(/^database\/2026\/05\/07\//)
  })
})

describe('a picture that cannot be written', () => {
  const bytes = makePng(size, 2_000)

  async function blocked() {
    const one = await run()
    const obstacle = put(path.join(one.root, 'images/2023'), 'a file where a folder should be')
    return { one, repair: () => rmSync(obstacle) }
  }

  it.each([
    ['facts before bytes', async ({ facts, bytes: take }: Run) => [await facts(), await take(bytes)]],
    ['bytes before facts', async ({ facts, bytes: take }: Run) => [await take(bytes), await facts()]],
  ])('is reported once, and both halves stay: %s', async (_, deliver) => {
    const { one, repair } = await blocked()
    await deliver(one)
    expect(one.notices).toHaveLength(1)
    expect(one.kept).toEqual([])
    expect(one.pending()).toEqual([`${id}.bytes`, `${id}.facts`, `${id}.origin.json`])
    expect(await one.intake.close()).toBe(1)
    repair()
    const next = await run(one.root)
    await next.facts()
    expect(next.kept).toHaveLength(1)
    expect(imageOf(next)).toEqual(bytes)
    expect(next.pending()).toEqual([])
  })

  it('does not prevent the next one from being written', async () => {
    const { one } = await blocked()
    const other = fileId('file-another')
    await one.facts()
    await one.bytes(bytes)
    await one.facts({ fileId: other, createdAt: new Date(2024, 1, 1) })
    await one.bytes(bytes, other)
    expect(one.kept.map((record) => record.fileId)).toEqual(['another'])
  })
})

describe('new facts about an archived picture', () => {
  it('completes its record', async () => {
    const one = await run()
    await one.facts({ seed: null, prompt: 'draw me a man', promptSource: 'user-message' })
    await one.bytes(makePng(size, 2_000))
    await one.facts()
    const place = filesBelow(one.root).find((file) => file.startsWith('database')) ?? ''
    expect(JSON.parse(readFileSync(path.join(one.root, place), 'utf8'))).toMatchObject({
      seed: 1_234_567,
      promptSource: 'dalle',
    })
    expect(one.pending()).toEqual([])
  })
})

describe('whatever the order, however often', () => {
  const files = ['file-aaa', 'file-bbb', 'file_0123456789abcdef0123456789abcdef'].map((text) => fileId(text))
  const pictures = files.map((_, at) => (at % 2 ? makePng : makeWebp)(size, 1_500 + at * 100))
  const lengths = pictures.map((bytes) => bytes.length)

  /** Facts of each file as several channels tell them; one of them says it all. */
  const tellings = (at: number): Partial<ImageFacts>[] => [
    {},
    { sizeBytes: lengths[at] ?? null, widthPx: 32, heightPx: 24 },
    { prompt: 'what I wrote', promptSource: 'user-message', seed: null, conversationTitle: null },
    { prompt: null, promptSource: null, seed: null, messageId: null, conversationId: null },
  ]
  type Event = (one: Run) => Promise<unknown>
  const events: Event[] = files.flatMap((file, at) => [
    ...tellings(at).map(
      (more): Event =>
        (one) =>
          one.facts({ fileId: file, ...more }),
    ),
    (one) => one.bytes(pictures[at] ?? Buffer.alloc(0), file),
  ])

  /** What an archive comes to: each record but for when it was written, with its image's bytes. */
  function outcome({ root }: Run) {
    const records = filesBelow(path.join(root, 'database')).map((file) => {
      const record = JSON.parse(readFileSync(path.join(root, 'database', file), 'utf8')) as PictureRecord
      const { archivedAt: _, updatedAt: __, image, ...rest } = record
      return {
        file,
        ...rest,
        held: sha256Of(readFileSync(path.join(root, image))),
      }
    })
    return {
      records,
      images: filesBelow(path.join(root, 'images')).length,
      pending: waitingBelow(root),
    }
  }

  it('the same facts and bytes give the same archive', async () => {
    const straight = await run()
    for (const event of events) await event(straight)
    const expected = outcome(straight)
    expect(expected).toMatchObject({ images: 3, pending: [] })
    expect(expected.records.map((record) => record.sha256)).toEqual(expected.records.map((record) => record.held))

    const play = fc.record({
      order: fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
      atOnce: fc.boolean(),
      restartAt: fc.nat(events.length * 2),
    })
    await fc.assert(
      fc.asyncProperty(play, async ({ order, atOnce, restartAt }) => {
        const folder = temporaryFolder()
        for (const part of [order.slice(0, restartAt), order.slice(restartAt)]) {
          const one = await run(folder)
          if (atOnce) await Promise.all(part.map((event) => event(one)))
          else for (const event of part) await event(one)
          await one.intake.close()
        }
        expect(outcome(await run(folder))).toEqual(expected)
      }),
      { numRuns: 15 },
    )
  })
})

it.each(['live', 'export'] as const)('says in its records that they came in by the origin "%s"', async (origin) => {
  const one = await run(temporaryFolder(), { origin })
  await one.facts()
  await one.bytes(makeWebp(size, 2_000))
  expect(one.kept.map(({ source }) => source.origin)).toEqual([origin])
})
