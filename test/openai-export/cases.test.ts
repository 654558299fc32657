import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { sha256Of as sha } from '../fakes/sha256.ts'
import { allCases } from './cases/all.ts'
import { type Entry, filesOf, isOnlyForZips, type Pack } from './cases/pack.ts'
import { filesIn, importPacks, keptIn, newPlace, runCase } from './cases/run.ts'
import type { ExportCase, Outcome, PictureTruth } from './cases/story.ts'
import { barePointer, isAbout, type MatchLine, type Reference, score, tally, type Want } from './score.ts'

const told = allCases.map((maker) => maker.tell())
const only = process.env.EXPORT_CASE
const chosen = told.filter((one) => !only || one.name.includes(only))

const isRest = (file: string) => file.startsWith('images/') || file.startsWith('attachments/')
const pathsOf = ({ files }: Outcome, sha256: string) =>
  [...files].filter(([file, other]) => isRest(file) && other === sha256).map(([file]) => file)

/** All that a case says must hold of what an import left. */
async function check(one: ExportCase, outcome: Outcome): Promise<void> {
  const judged = score(one, outcome.lines)
  const faults = { ...judged, right: [] }
  const isDry = one.options.isDryRun === true
  if (!isDry) {
    expect.soft(judged.wrong, 'wrong').toEqual([])
    expect.soft(faults, 'all that is not right').toEqual({
      right: [],
      wrong: [],
      missed: [],
      ambiguous: [],
      falselyMissing: [],
      otherReason: [],
      overclaimed: [],
      unexpected: [],
    })
  }
  checkStored(one, outcome)
  for (const picture of one.pictures) checkPicture(picture, outcome)
  for (const sha256 of one.notPictures) {
    const made = outcome.records.filter(({ record }) => record.sha256 === sha256).map(({ path }) => path)
    expect.soft(made, 'a record of what is no generated picture').toEqual([])
  }
  expect.soft(outcome.strays, 'files outside the archive').toEqual([])
  await one.after?.(outcome)
}

function checkStored(one: ExportCase, outcome: Outcome) {
  for (const sha256 of one.keeps) {
    expect.soft(pathsOf(outcome, sha256), `${short(sha256)} rests once`).toHaveLength(1)
  }
  for (const sha256 of one.avoids) expect.soft(pathsOf(outcome, sha256), `${short(sha256)} is not kept`).toEqual([])
  for (const { sha256, pattern } of one.places) {
    expect.soft(pathsOf(outcome, sha256)[0], `where ${short(sha256)} rests`).toMatch(pattern)
  }
  for (const line of outcome.lines) checkLine(one, line, outcome)
  for (const { path, record } of outcome.records) {
    if (!('sha256' in record)) continue
    expect.soft(outcome.files.get(record.image), `the image of ${path}`).toBe(record.sha256)
    const isLive = JSON.stringify(record.source).includes('"live"')
    if (!isLive) expect.soft(record.source).toMatchObject({ origin: 'export' })
  }
}

function checkLine(one: ExportCase, line: MatchLine, { files }: Outcome) {
  const isMatched = line.status === 'exact' || line.status === 'probable'
  if (line.stored !== null) {
    expect.soft(files.has(line.stored), `${line.stored} is there`).toBe(true)
    if (line.source) expect.soft(line.storedSha256, `${line.stored} is what was matched`).toBe(line.source.sha256)
  }
  if (isMatched) {
    expect.soft(line.rule, 'a match names its rule').not.toBeNull()
    const mayBeLeft = one.options.onlyGenerated || line.source?.bytes === 0
    if (!mayBeLeft) expect.soft(line.stored, `${line.pointer} is stored`).not.toBeNull()
  } else {
    expect.soft(line.source, 'what is not matched has no source').toBeNull()
    expect.soft(line.reason, 'what is not matched has a reason').not.toBeNull()
  }
}

function checkPicture(truth: PictureTruth, { records }: Outcome) {
  const made = records.map(({ record }) => record).filter((record) => record.sha256 === truth.sha256)
  expect.soft(made.length, `${short(truth.sha256)} has a record`).toBeGreaterThan(0)
  const record = made.find((one) => truth.fileId === undefined || one.fileId === truth.fileId)
  if (made.length > 0) expect.soft(record, `a record of ${truth.fileId}`).toBeDefined()
  if (!record) return
  const wanted = {
    fileId: truth.fileId,
    gen_id: truth.genId,
    prompt: truth.prompt,
    promptSource: truth.promptSource,
    seed: truth.seed,
    date: truth.date,
    conversationId: truth.conversationId,
    conversationTitle: truth.conversationTitle,
    messageId: truth.messageId,
    parent_gen_id: truth.parentGenId,
    edit_op: truth.editOp,
  }
  const stated = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
  expect.soft(record).toMatchObject(stated)
  if (truth.extension) expect.soft(record.image).toMatch(new RegExp(`\\.${truth.extension}$`))
}

const short = (sha256: string) => sha256.slice(0, 8)

// ─── the cases ───

describe('an import', () => {
  it.each(chosen.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await check(one, await runCase(one))
  })
})

// ─── what may not matter ───

const seed = Number(process.env.EXPORT_SEED ?? 20_261_120)
const numRuns = Number(process.env.EXPORT_RUNS ?? 4)
console.log(`EXPORT_SEED=${seed} EXPORT_RUNS=${numRuns} runs the properties of exports again`)

const plain = told.filter((one) => !one.before && !one.options.isDryRun && one.packs.every((pack) => !pack.lostBytes))
const caseIndex = (among: readonly ExportCase[]) => fc.nat({ max: among.length - 1 })

/** An archive without what a new import may change: its id, the way in, and the names of the inputs. */
function essence(outcome: Outcome, packs: readonly Pack[]): unknown {
  const { files, records, importIds, archivePath } = outcome
  const names = [...importIds, ...packs.map((pack) => pack.name)]
  const nameless = (text: string) => names.reduce((rest, name) => rest.replaceAll(name, '<name>'), text)
  const texts = new Map(
    records.map(({ path, record }) => [path, nameless(JSON.stringify({ ...record, source: null }))]),
  )
  const kept = [...files].filter(([file]) => !file.startsWith('imports/'))
  for (const [file] of kept.filter(([file]) => file.endsWith('.ndjson'))) {
    // A list names the inputs, and may be in their order.
    const lines = readFileSync(path.join(archivePath, file), 'utf8').split('\n')
    texts.set(file, lines.map(nameless).sort().join('\n'))
  }
  return kept.map(([file, sha256]) => [nameless(file), texts.get(file) ?? sha256]).sort()
}

function matchesOf({ lines, importIds }: Outcome, { hasRules }: { hasRules: boolean }): string[] {
  const withoutId = (text: string | null) =>
    importIds.reduce<string | null>((rest, id) => rest?.replaceAll(id, '<import>') ?? null, text)
  return lines
    .map((line) =>
      JSON.stringify([
        line.conversation_id,
        line.message_id,
        line.pointer,
        line.kind,
        line.status,
        hasRules ? line.rule : null,
        line.source?.sha256 ?? null,
        line.source?.bytes ?? null,
        withoutId(line.stored),
        line.candidates.map((candidate) => candidate.sha256).sort(),
        line.reason,
      ]),
    )
    .sort()
}

async function expectSame(one: ExportCase, other: readonly Pack[], { hasRules = true } = {}) {
  const [first, second] = [await runCase(one), await runCase(one, other)]
  expect(matchesOf(second, { hasRules }), one.name).toEqual(matchesOf(first, { hasRules }))
  expect(essence(second, other), one.name).toEqual(essence(first, one.packs))
}

/** A permutation from a list of numbers that fast-check made. */
const shuffled = <T>(list: readonly T[], dice: readonly number[]): T[] =>
  list
    .map((item, index) => ({ item, key: dice[index % dice.length] ?? 0, index }))
    .sort((a, b) => a.key - b.key || b.index - a.index)
    .map(({ item }) => item)

const shuffledEntries = (entries: readonly Entry[], dice: readonly number[]): Entry[] =>
  shuffled(
    entries.map((entry) => (entry.entries ? { ...entry, entries: shuffledEntries(entry.entries, dice) } : entry)),
    dice,
  )

const diceOf = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 8, maxLength: 24 })

describe('what must not matter', { timeout: 300_000 }, () => {
  const holds = (property: fc.IAsyncProperty<[number, number[]]>) => fc.assert(property, { seed, numRuns })

  it('the order of the entries', () =>
    holds(
      fc.asyncProperty(caseIndex(plain), diceOf, async (index, dice) => {
        const one = plain[index]
        if (!one) return
        await expectSame(
          one,
          one.packs.map((pack) => ({ ...pack, entries: shuffledEntries(pack.entries, dice) })),
        )
      }),
    ))

  const several = plain.filter((one) => one.packs.length > 1)
  it('the order of the inputs', () =>
    holds(
      fc.asyncProperty(caseIndex(several), diceOf, async (index, dice) => {
        const one = several[index]
        if (one) await expectSame(one, shuffled(one.packs, dice))
      }),
    ))

  const splittable = plain.filter((one) => !one.isWhole && one.packs.length === 1 && one.packs[0]?.form === 'zip')
  const isSidecar = (entry: Entry) => /\.(json|html)$/.test(entry.path) && !/file[-_]/.test(entry.path)
  it('whether an export comes in one part or in several', () =>
    holds(
      fc.asyncProperty(caseIndex(splittable), diceOf, async (index, dice) => {
        const one = splittable[index]
        const pack = one?.packs[0]
        if (!one || !pack) return
        const parts: [Entry[], Entry[], Entry[]] = [[], [], []]
        for (const [at, entry] of pack.entries.entries()) {
          const part = isSidecar(entry) ? 0 : (dice[at % dice.length] ?? 0) % 3
          parts[part]?.push(entry)
        }
        const base = pack.name.replace(/\.zip$/, '')
        const packs = parts
          .filter((entries) => entries.length > 0)
          .map((entries, at) => ({ name: `${base}-part-000${at + 1}.zip`, form: 'zip' as const, entries }))
        await expectSame(one, packs, { hasRules: false })
      }),
    ))

  const mayBeFolders = plain.filter((one) =>
    one.packs.every(
      (pack) =>
        !isOnlyForZips(pack.entries) &&
        filesOf(pack.entries).every(
          ({ path }) =>
            !/[\0\\]|(^|!|\/)\.\.?(\/|$)|^\/|!\//.test(path) && path.split('/').every((part) => part.length < 200),
        ),
    ),
  )
  it('the names of zips and folders, and which of the two it is', () =>
    holds(
      fc.asyncProperty(caseIndex(mayBeFolders), diceOf, async (index, dice) => {
        const one = mayBeFolders[index]
        if (!one) return
        const packs = one.packs.map((pack, at): Pack => {
          // A zip of the portal is known by its beginning.
          const isKnown = /^(Conversations|Files|Dall-E)__/.test(pack.name)
          const form = (dice[at] ?? 0) % 2 === 0 ? 'zip' : 'folder'
          const name = isKnown ? pack.name : `renamed ${dice[at] ?? 0} ${at}${form === 'zip' ? '.zip' : ''}`
          return isKnown ? pack : { ...pack, name, form }
        })
        await expectSame(one, packs)
      }),
    ))

  it('that it was imported before', () =>
    holds(
      fc.asyncProperty(caseIndex(plain), diceOf, async (index, _dice) => {
        const one = plain[index]
        if (!one) return
        const place = newPlace()
        const kept = () => keptIn(place.archivePath)
        const first = await importPacks(place, one.packs, one.options)
        const before = kept()
        const second = await importPacks(place, one.packs, one.options, new Date('2026-11-21T12:00:00Z'))
        expect(kept(), one.name).toEqual(before)
        const files = (outcome: Outcome) => outcome.lines.map((line) => [line.pointer, line.source?.sha256]).sort()
        expect(files(second), one.name).toEqual(files(first))
      }),
    ))

  it('imports all cases that can stand together into one archive, one after the other', async () => {
    const place = newPlace()
    const together = plain.filter((one) => !one.options.onlyGenerated && !/two accounts|^T2|hostile/.test(one.name))
    for (const one of together) {
      const outcome = await importPacks({ ...place, inputs: `${place.inputs}/${together.indexOf(one)}` }, one.packs)
      expect(score(one, outcome.lines).wrong, one.name).toEqual([])
    }
    const bytes = new Map<string, string>()
    for (const [file, sha256] of filesIn(place.archivePath)) {
      if (!isRest(file)) continue
      expect(bytes.get(sha256), `${file} is there already`).toBeUndefined()
      bytes.set(sha256, file)
    }
  })
})

// ─── the judge and the cases themselves ───

/** A line that says of a reference what is true. */
function truthful(reference: Reference): MatchLine {
  const want: Want = reference.wants[0] ?? { kind: 'missing', reasons: ['not_in_export'] }
  const base = {
    conversation_id: reference.conversation ?? null,
    message_id: reference.messages?.[0] ?? null,
    pointer: reference.pointer,
    evidence: {},
    stored: null,
    candidates: [],
    reason: null,
  }
  if (want.kind === 'file') {
    const [status = 'exact', rule = 'T1'] = [want.statuses?.[0], want.rules?.[0]]
    return { ...base, status, rule, source: { sha256: want.sha256 } }
  }
  if (want.kind === 'missing') {
    return { ...base, status: 'missing', rule: null, source: null, reason: want.reasons[0] ?? null }
  }
  const candidates = want.among.map((sha256) => ({ entry: 'x', sha256 }))
  return {
    ...base,
    status: 'ambiguous',
    rule: null,
    source: null,
    candidates,
    reason: want.reasons?.[0] ?? 'ambiguous',
  }
}

describe('the judge', () => {
  const references = told.flatMap((one) => one.references)

  it('finds the truth right, all of it', () => {
    for (const one of told) {
      const judged = score(one, one.references.map(truthful))
      expect({ ...judged, right: [] }, one.name).toMatchObject({
        wrong: [],
        missed: [],
        overclaimed: [],
        otherReason: [],
      })
      expect(judged.right).toHaveLength(one.references.length)
    }
  })

  it('negative control: tells every single false match', () => {
    const other = 'f'.repeat(64)
    for (const one of told) {
      for (const [index, reference] of one.references.entries()) {
        const lines = one.references.map(truthful)
        lines[index] = {
          ...truthful(reference),
          status: 'probable',
          rule: 'T7',
          source: { sha256: other },
          candidates: [],
        }
        expect(tally(score(one, lines)).wrong, `${one.name}: ${reference.pointer}`).toBeGreaterThan(0)
      }
    }
  })

  it('negative control: tells swapped files', () => {
    const files = references.filter((one) => one.wants[0]?.kind === 'file').slice(0, 2)
    const [first, second] = files.map(truthful)
    if (!first || !second) throw new Error('no references')
    const swapped = [
      { ...first, source: second.source },
      { ...second, source: first.source },
    ]
    expect(tally(score({ references: files }, swapped))).toMatchObject({ wrong: 2, right: 0 })
  })

  it('negative control: a guess among several is wrong, and so is a file that should be missing', () => {
    for (const reference of references) {
      const want = reference.wants[0]
      if (reference.wants.some((one) => one.kind === 'file') || !want) continue
      const sha256 = want.kind === 'choice' ? (want.among[0] ?? '') : 'e'.repeat(64)
      const guess: MatchLine = { ...truthful(reference), status: 'exact', rule: 'T7', source: { sha256 } }
      expect(tally(score({ references: [reference] }, [guess])).wrong).toBe(1)
    }
  })

  it('keeps missed, falsely missing, undecided and overclaimed apart', () => {
    const reference: Reference = {
      conversation: 'c',
      messages: ['m'],
      pointer: 'sediment://file_00',
      wants: [{ kind: 'file', sha256: 'a', statuses: ['probable'] }],
    }
    const line: MatchLine = { ...truthful(reference), pointer: 'file_00.dat' }
    const of = (lines: MatchLine[]) => {
      const counts = tally(score({ references: [reference] }, lines))
      return Object.keys(counts).filter((key) => counts[key as keyof typeof counts] > 0)
    }
    expect(of([line])).toEqual(['right'])
    expect(of([])).toEqual(['missed'])
    expect(of([{ ...line, status: 'exact' }])).toEqual(['overclaimed'])
    expect(of([{ ...line, status: 'missing', source: null }])).toEqual(['falselyMissing'])
    expect(of([{ ...line, status: 'ambiguous', source: null, candidates: [{ sha256: 'a' }] }])).toEqual(['ambiguous'])
    expect(of([line, { ...line, source: { sha256: 'b' } }]), 'of two lines the worse counts').toEqual(['wrong'])
    expect(of([line, { ...line, pointer: 'image.png' }]), 'a file nobody asked for').toEqual(['right', 'unexpected'])
    expect(of([line, { ...line, message_id: 'x', source: { sha256: 'b' } }])).toEqual(['right', 'wrong'])
  })
})

describe('the cases themselves', () => {
  it('are many, and each has its own name', () => {
    expect(told.length).toBeGreaterThanOrEqual(60)
    expect(new Set(told.map((one) => one.name)).size).toBe(told.length)
  })

  it('are the same whenever they are told', () => {
    const again = allCases.map((maker) => maker.tell())
    expect(again.map((one) => one.packs)).toEqual(told.map((one) => one.packs))
  })

  it('hold every file of which they speak, but for what only the live archive has', () => {
    for (const one of told.filter((one) => !one.name.startsWith('live:'))) {
      const held = new Set<string>()
      for (const pack of one.packs) for (const { bytes } of filesOf(pack.entries)) held.add(sha(bytes))
      const spoken = one.references.flatMap(({ wants }) =>
        wants.flatMap((want) => (want.kind === 'file' ? [want.sha256] : want.kind === 'choice' ? want.among : [])),
      )
      const all = [...spoken, ...one.keeps, ...one.pictures.map((picture) => picture.sha256)]
      expect(
        all.filter((sha256) => !held.has(sha256)),
        one.name,
      ).toEqual([])
    }
  })

  it('have references that are in the export, and that do not contradict each other', () => {
    for (const one of told) {
      const texts = one.packs.flatMap((pack) => filesOf(pack.entries)).map(({ bytes }) => Buffer.from(bytes).toString())
      const all = texts.join('\n')
      for (const reference of one.references) {
        const needle = JSON.stringify(barePointer(reference.pointer) ?? '').slice(1, -1)
        const isWritten = all.includes(needle) || reference.isOptional
        expect(isWritten, `${one.name}: ${reference.pointer} is written somewhere`).toBe(true)
        const same = one.references.filter((other) => isAbout(truthful(reference), other))
        expect(new Set(same.map((other) => JSON.stringify(other.wants))).size, one.name).toBe(1)
      }
    }
  })

  it('have whole pictures, of the type and the size they say', () => {
    for (const one of told) {
      for (const { path, bytes } of one.packs.flatMap((pack) => filesOf(pack.entries))) {
        const kind = inspectImage(bytes)
        if (kind && one.pictures.some((picture) => picture.sha256 === sha(bytes))) {
          expect(kind.isWhole, `${one.name}: ${path}`).toBe(true)
        }
      }
    }
  })
})
