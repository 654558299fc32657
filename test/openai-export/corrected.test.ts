import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileId } from '../fakes/facts.ts'
import { keptLive } from './cases/joins.ts'
import { type Media, text } from './cases/media.ts'
import type { Entry } from './cases/pack.ts'
import { importPacks, importZip, keptIn, newPlace, type Place } from './cases/run.ts'
import { type Chat, createStory, dallePart, type Outcome, type Story, service } from './cases/story.ts'

const later = new Date('2026-11-21T12:00:00Z')
const evenLater = new Date('2026-11-22T12:00:00Z')

const lineOf = ({ lines }: Outcome, id: string) => lines.find((line) => line.pointer === service(id))
const recordOf = ({ records }: Outcome, id: string) => {
  const found = records.filter(({ record }) => record.fileId === id.slice(5))
  expect(found, `one record of ${id}`).toHaveLength(1)
  return found[0]
}
const pathsOf = ({ files }: Outcome, sha256: string) =>
  [...files].filter(([, other]) => other === sha256).map(([file]) => file)

const indexFile = 'conversation_asset_file_names.json'
const size = { lengthBytes: 4_000, widthPx: 1024, heightPx: 1024 }

/** A drawn picture, and another of equal size: part 1 has the other's file alone, so exclusion takes that one. */
function aGuess(s: Story) {
  const [chat, id, genId, mine, other] = [s.chat('The lighthouse'), s.legacyId(), s.genId(), s.webp(size), s.webp(size)]
  const [minePath, otherPath] = [s.uuid(), s.uuid()].map((uuid) => `dalle-generations/${uuid}.webp`) as [string, string]
  const part = dallePart(service(id), mine, { genId, prompt: 'A lighthouse', seed: 7 })
  const message = chat.say({ role: 'tool', name: 'dalle.text2im', parts: [part] })
  const otherFile = s.file(otherPath, other)
  const part1 = [s.conversations(chat), otherFile]
  return { chat, id, genId, message, mine, other, minePath, otherPath, otherFile, part1 }
}
type Guess = ReturnType<typeof aGuess>
type Names = Record<string, string>
type Drawn = { chat: Chat; id: string; media: Media; path: string }

/** What shows which file is meant. */
const proofs: readonly (readonly [rule: string, proof: (s: Story, guess: Guess) => { file: Entry; names: Names }])[] = [
  ['T2', (s, { id, mine, minePath }) => ({ file: s.file(minePath, mine), names: { [`${id}.dat`]: minePath } })],
  ['T1', (s, { id, mine }) => ({ file: s.file(`dalle-generations/${id}-${s.uuid()}.webp`, mine), names: {} })],
]

interface Ending {
  readonly entries: readonly Entry[]
  readonly names: Names
  /** The id of the picture that the other file is. */
  readonly owner: string | null
}

/** A picture of its own, drawn in a conversation that part 1 did not have. */
function drawnElsewhere(s: Story, { other, otherPath }: Guess, at: number): Ending {
  const [chat, owner] = [s.chat('Elsewhere', { at }), s.legacyId()]
  chat.say({ role: 'tool', name: 'dalle.text2im', parts: [dallePart(service(owner), other, { genId: s.genId() })] })
  return { entries: [s.json('conversations-001.json', [chat.json()])], names: { [`${owner}.dat`]: otherPath }, owner }
}

const endings: readonly (readonly [what: string, tell: (s: Story, guess: Guess) => Ending])[] = [
  ["nobody's", () => ({ entries: [], names: {}, owner: null })],
  [
    'a picture that only the index knows',
    (s, { otherPath }) => {
      const owner = s.legacyId()
      return { entries: [], names: { [`${owner}.dat`]: otherPath }, owner }
    },
  ],
  ['an older picture', (s, guess) => drawnElsewhere(s, guess, guess.message.at - 100_000)],
  ['a younger picture', (s, guess) => drawnElsewhere(s, guess, guess.message.at + 100_000)],
]

/** A guess, and a whole export that proves it wrong. */
function refuted(
  name: string,
  [, proof] = proofs[0] as (typeof proofs)[number],
  [, ending] = endings[0] as (typeof endings)[number],
) {
  const s = createStory(name)
  const guess = aGuess(s)
  const [proven, { entries, names, owner }] = [proof(s, guess), ending(s, guess)]
  const index = s.json(indexFile, { ...proven.names, ...names })
  return { s, ...guess, owner, whole: [...guess.part1, proven.file, ...entries, index] }
}

/** The record has the right bytes by now, and what it said of the picture. */
function expectCorrected(outcome: Outcome, before: Outcome, { id, mine }: Guess, at: Date = later) {
  const [then, now] = [recordOf(before, id), recordOf(outcome, id)]
  expect(now?.path).toBe(then?.path)
  expect(now?.record).toEqual({
    ...then?.record,
    sha256: mine.sha256,
    bytes: mine.bytes.length,
    mime: 'image/webp',
    image: now?.record.image,
    source: { ...then?.record.source, archive: expect.any(String), entry: expect.any(String), match: 'exact' },
    updatedAt: at.toISOString(),
  })
  expect(outcome.files.get(now?.record.image ?? '')).toBe(mine.sha256)
  expect(pathsOf(outcome, mine.sha256)).toHaveLength(1)
}

describe('a guess that is proven wrong', () => {
  const all = proofs.flatMap((proof) => endings.map((ending) => [proof[0], ending[0], proof, ending] as const))

  it.each(all)('by %s gives way, the other file being %s', async (rule, what, proof, ending) => {
    const place = newPlace()
    const told = refuted(`${rule}, ${what}`, proof, ending)
    const { id, other, owner, part1, whole, mine } = told
    const first = await importZip(place, 'part-1.zip', part1)
    expect(lineOf(first, id)).toMatchObject({ status: 'probable', rule: 'T7' })
    expect(recordOf(first, id)?.record).toMatchObject({ sha256: other.sha256, source: { match: 'probable' } })

    const second = await importZip(place, 'whole.zip', whole, later)
    expect(second.summary.stored.corrected).toBe(1)
    expectCorrected(second, first, told)
    const { image } = recordOf(second, id)?.record ?? {}
    expect(lineOf(second, id)).toMatchObject({ status: 'exact', rule, source: { sha256: mine.sha256 }, stored: image })
    expect(pathsOf(second, other.sha256), 'the former bytes rest once').toHaveLength(1)
    if (owner === null) {
      expect(pathsOf(second, other.sha256)).toEqual([expect.stringMatching(/^attachments\/orphans\/corrected\//)])
    } else {
      expect(recordOf(second, owner)?.record).toMatchObject({ sha256: other.sha256, source: { match: 'exact' } })
      expect(pathsOf(second, other.sha256)).toEqual([recordOf(second, owner)?.record.image])
    }

    const before = keptIn(place.archivePath)
    const third = await importPacks(
      place,
      [
        { name: 'part-1.zip', form: 'zip', entries: part1 },
        { name: 'whole.zip', form: 'zip', entries: whole },
      ],
      {},
      evenLater,
    )
    expect(keptIn(place.archivePath)).toEqual(before)
    expect(third.summary.stored).toMatchObject({ pictures: 0, completed: 0, corrected: 0, attachments: 0 })
    expect(lineOf(third, id)).toMatchObject({ status: 'exact', rule, source: { sha256: mine.sha256 } })
  })

  it('stays corrected when part 1 is imported alone again, which would have it guessed once more', async () => {
    const place = newPlace()
    const { id, part1, whole } = refuted('part 1 again')
    await importZip(place, 'part-1.zip', part1)
    await importZip(place, 'whole.zip', whole, later)
    const before = keptIn(place.archivePath)
    const again = await importZip(place, 'part-1.zip', part1, evenLater)
    expect(keptIn(place.archivePath)).toEqual(before)
    expect(again.summary.stored.corrected).toBe(0)
    // What an earlier import was told of names counts still.
    expect(lineOf(again, id)).toMatchObject({ rule: 'T2', stored: recordOf(again, id)?.record.image })
  })

  it('gives way to a file that bears the id in an export without conversations, and no fact is lost', async () => {
    const place = newPlace()
    const told = refuted('files alone')
    const { s, id, mine, part1 } = told
    const first = await importZip(place, 'part-1.zip', part1)
    const file = s.file(`dalle-generations/${id}-${s.uuid()}.webp`, mine)
    const second = await importZip(place, 'files.zip', [file], later)
    expect(second.summary.stored.corrected).toBe(1)
    expectCorrected(second, first, told)
    const folderOf = (outcome: Outcome) => path.dirname(recordOf(outcome, id)?.record.image ?? '')
    expect(folderOf(second), 'its image lies where its date says').toBe(folderOf(first))
  })

  it('does not keep its bytes from the picture that is proven to be theirs', async () => {
    const place = newPlace()
    const { s, id, other, otherPath, part1 } = refuted('only the other is proven')
    const owner = s.legacyId()
    await importZip(place, 'part-1.zip', part1)
    const second = await importZip(place, 'index.zip', [...part1, s.json(indexFile, { [`${owner}.dat`]: otherPath })])
    expect(recordOf(second, owner)?.record).toMatchObject({ sha256: other.sha256, source: { match: 'exact' } })
    expect(lineOf(second, id)?.source ?? null).toBeNull()
  })

  it('leaves the image to the other picture when that was proven first', async () => {
    const place = newPlace()
    const told = refuted('in two steps')
    const { s, id, other, otherPath, part1, whole } = told
    const owner = s.legacyId()
    const first = await importZip(place, 'part-1.zip', part1)
    await importZip(place, 'index.zip', [...part1, s.json(indexFile, { [`${owner}.dat`]: otherPath })])
    const third = await importZip(place, 'whole.zip', whole, later)
    expect(third.summary.stored.corrected).toBe(1)
    expectCorrected(third, first, told)
    expect(pathsOf(third, other.sha256)).toEqual([recordOf(third, owner)?.record.image])
    expect(recordOf(third, id)?.record.image).not.toBe(recordOf(third, owner)?.record.image)
  })

  it('changes places with another one that is as wrong', async () => {
    const [s, place] = [createStory('swapped'), newPlace()]
    const [one, two] = [1, 2].map(() => {
      const [chat, id, media] = [s.chat(), s.legacyId(), s.webp(size)]
      chat.say({ role: 'tool', name: 'dalle.text2im', parts: [dallePart(service(id), media, { genId: s.genId() })] })
      return { chat, id, media, path: `dalle-generations/${s.uuid()}.webp` }
    }) as [Drawn, Drawn]
    const files = [s.file(two.path, two.media), s.file(one.path, one.media)]
    await importZip(place, 'part-1.zip', [s.conversations(one.chat), ...files.slice(0, 1)])
    await importZip(place, 'part-2.zip', [s.conversations(two.chat), ...files.slice(1)])
    const names = Object.fromEntries([one, two].map(({ id, path }) => [`${id}.dat`, path]))
    const whole = [s.conversations(one.chat, two.chat), ...files, s.json(indexFile, names)]
    const outcome = await importZip(place, 'whole.zip', whole, later)
    expect(outcome.summary.stored.corrected).toBe(2)
    for (const { id, media } of [one, two]) {
      const record = recordOf(outcome, id)?.record
      expect(record).toMatchObject({ sha256: media.sha256, source: { match: 'exact' } })
      expect(pathsOf(outcome, media.sha256)).toEqual([record?.image])
    }
    const before = keptIn(place.archivePath)
    await importZip(place, 'whole.zip', whole, evenLater)
    expect(keptIn(place.archivePath)).toEqual(before)
  })
})

describe('a correction that was killed', () => {
  /** Where the import puts aside what it takes from a record. */
  const asideOf = (place: Place, { id, other }: Guess) =>
    path.join(place.archivePath, `attachments/orphans/corrected/${id}-${other.sha256.slice(0, 12)}.webp`)

  async function killed(
    name: string,
    ending: (typeof endings)[number],
    step: (image: string, aside: string, told: Guess) => void,
  ) {
    const place = newPlace()
    const told = refuted(name, undefined, ending)
    const first = await importZip(place, 'part-1.zip', told.part1)
    const aside = asideOf(place, told)
    mkdirSync(path.dirname(aside), { recursive: true })
    step(path.join(place.archivePath, recordOf(first, told.id)?.record.image ?? ''), aside, told)
    const second = await importZip(place, 'whole.zip', told.whole, later)
    return { place, told, first, second }
  }

  const steps: readonly (readonly [string, (image: string, aside: string, told: Guess) => void])[] = [
    ['the image has its second name', (image, aside) => writeFileSync(aside, readFileSync(image))],
    ['the image was moved aside, the record is the old one', (image, aside) => renameSync(image, aside)],
    [
      'the right image stands there, the record is the old one',
      (image, aside, { mine }) => {
        renameSync(image, aside)
        writeFileSync(image, mine.bytes)
      },
    ],
  ]
  const all = steps.flatMap((step) => endings.map((ending) => [step[0], ending[0], step, ending] as const))

  it.each(all)('is repaired by the next import: %s, the other file being %s', async (name, what, [, step], ending) => {
    const { place, told, first, second } = await killed(`${name}, ${what}`, ending, step)
    const { id, other, owner, whole } = told
    expect(second.summary.stored.corrected).toBe(1)
    expectCorrected(second, first, told)
    expect(lineOf(second, id)).toMatchObject({ status: 'exact', stored: recordOf(second, id)?.record.image })
    if (owner !== null) expect(recordOf(second, owner)?.record.sha256).toBe(other.sha256)
    for (const { record } of second.records) expect(second.files.get(record.image)).toBe(record.sha256)
    expect(pathsOf(second, other.sha256).length, 'the former bytes are not lost').toBeGreaterThan(0)
    const before = keptIn(place.archivePath)
    await importZip(place, 'whole.zip', whole, evenLater)
    expect(keptIn(place.archivePath)).toEqual(before)
  })
})

describe('what no proof corrects', () => {
  it('is a picture that was captured live', async () => {
    const place = newPlace()
    const { id, mine, other, whole } = refuted('live')
    await keptLive(other, { fileId: fileId(id) })(place.archivePath)
    const outcome = await importZip(place, 'whole.zip', whole, later)
    expect(outcome.summary.stored.corrected).toBe(0)
    expect(recordOf(outcome, id)?.record).toMatchObject({ sha256: other.sha256, source: { origin: 'live' } })
    expect(pathsOf(outcome, mine.sha256)).toEqual([expect.stringMatching(/^attachments\/renditions\//)])
    expect(lineOf(outcome, id)?.stored).toBe(pathsOf(outcome, mine.sha256)[0])
  })

  it.each(proofs)('is a picture that an earlier import had proof of, whatever %s says now', async (rule, proof) => {
    const place = newPlace()
    const told = refuted(`exact before ${rule}`)
    const { s, id, mine, other, otherPath, part1, chat } = told
    const first = await importZip(place, 'one.zip', [...part1, s.json(indexFile, { [`${id}.dat`]: otherPath })])
    expect(recordOf(first, id)?.record).toMatchObject({ sha256: other.sha256, source: { match: 'exact' } })
    const { file, names } = proof(s, told)
    const entries = [s.conversations(chat), file, s.json(indexFile, names)]
    const second = await importZip(place, 'two.zip', entries, later)
    expect(second.summary.stored.corrected).toBe(0)
    expect(recordOf(second, id)).toEqual(recordOf(first, id))
    expect(pathsOf(second, mine.sha256)).toEqual([expect.stringMatching(/^attachments\/renditions\//)])
    expect(lineOf(second, id)?.stored).toBe(pathsOf(second, mine.sha256)[0])
  })

  it('is a guess, by another guess', async () => {
    const place = newPlace()
    const { s, id, mine, minePath, other, part1, chat } = refuted('guess against guess')
    const first = await importZip(place, 'one.zip', part1)
    const second = await importZip(place, 'two.zip', [s.conversations(chat), s.file(minePath, mine)], later)
    expect(second.summary.stored.corrected).toBe(0)
    expect(recordOf(second, id)).toEqual(recordOf(first, id))
    expect(pathsOf(second, other.sha256)).toEqual([recordOf(first, id)?.record.image])
    expect(pathsOf(second, mine.sha256)).toHaveLength(1)
  })
})

describe('files first, conversations later', () => {
  it('gives the record the date of the message, and leaves the files where they are', async () => {
    const [s, place] = [createStory('media first'), newPlace()]
    const [chat, id, picture] = [s.chat('Told later'), s.legacyId(), s.webp()]
    const part = dallePart(service(id), picture, { genId: s.genId(), prompt: 'A lighthouse', seed: 7 })
    const message = chat.say({ role: 'tool', name: 'dalle.text2im', parts: [part] })
    const file = s.file(`dalle-generations/${id}-${s.uuid()}.webp`, picture)
    const first = await importZip(place, 'files.zip', [file])
    const before = recordOf(first, id)
    const packedAt = new Date(2025, 2, 4, 5, 6, 8).getTime() / 1000
    expect(before?.record).toMatchObject({ date: packedAt, dateSource: 'export', prompt: null })

    const second = await importZip(place, 'conversations.zip', [s.conversations(chat)], later)
    expect(second.summary.stored).toMatchObject({ pictures: 0, completed: 1, corrected: 0 })
    const after = recordOf(second, id)
    expect(after?.path).toBe(before?.path)
    expect(after?.record).toMatchObject({
      date: Math.floor(message.at),
      dateSource: 'message',
      prompt: 'A lighthouse',
      seed: 7,
      conversationId: chat.id,
      image: before?.record.image,
      updatedAt: later.toISOString(),
    })
    expect(pathsOf(second, picture.sha256)).toEqual([before?.record.image])

    const all = keptIn(place.archivePath)
    await importZip(place, 'both.zip', [s.conversations(chat), file], evenLater)
    await importZip(place, 'files again.zip', [file], evenLater)
    expect(keptIn(place.archivePath)).toEqual(all)
  })
})

describe('a generated image that is none', () => {
  it.each([
    ['a page', Buffer.from('<html><body>Sign in</body></html>')],
    ['half of it', undefined],
    ['empty', Buffer.alloc(0)],
  ])('is told as damaged, and a later export that has it whole brings the picture: %s', async (what, given) => {
    const [s, place] = [createStory(`${what}, then whole`), newPlace()]
    const [chat, id, picture] = [s.chat(), s.legacyId(), s.webp()]
    chat.say({ role: 'tool', parts: [dallePart(service(id), picture, { genId: s.genId(), prompt: 'A lighthouse' })] })
    const bytes = given ?? picture.bytes.subarray(0, picture.bytes.length / 2)
    const entry = { path: `dalle-generations/${id}-${s.uuid()}.webp`, bytes }
    const first = await importZip(place, 'broken.zip', [s.conversations(chat), entry])
    expect(lineOf(first, id)).toMatchObject({ status: 'missing', reason: 'damaged', source: null, stored: null })
    expect(first.records).toEqual([])
    expect(first.summary.flaws).toEqual([
      { archive: 'broken.zip', path: entry.path, reason: expect.stringMatching(/^should be a generated image/) },
    ])
    const whole = [s.conversations(chat), s.file(`dalle-generations/${id}-${s.uuid()}.webp`, picture)]
    const second = await importZip(place, 'whole.zip', whole, later)
    expect(second.summary).toMatchObject({ flaws: [], stored: { pictures: 1, corrected: 0 } })
    expect(recordOf(second, id)?.record).toMatchObject({ sha256: picture.sha256, prompt: 'A lighthouse' })
  })

  it('is kept beside the others all the same, with a name nobody runs', async () => {
    const [s, place, page] = [createStory('a page is kept'), newPlace(), text('<html></html>')]
    const [chat, id] = [s.chat(), s.legacyId()]
    chat.say({ role: 'tool', parts: [dallePart(service(id), null, { genId: s.genId() })] })
    const outcome = await importZip(place, 'export.zip', [s.conversations(chat), s.file(`${id}.dat`, page)])
    expect(pathsOf(outcome, page.sha256)).toEqual([expect.stringMatching(/^attachments\/.+(?<!\.html)$/)])
  })
})
