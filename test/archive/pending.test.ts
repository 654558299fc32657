import { readdirSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPending, type Pending } from '../../src/archive/pending.ts'
import { facts, fileId, genId } from '../fakes/facts.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

const id = facts().fileId
const waiting = {
  bytes: Buffer.from([0, 1, 2, 255]),
  host: 'files.oaiusercontent.com',
  receivedAt: new Date('2026-05-07T10:00:00.000Z'),
}
const day = 24 * 60 * 60 * 1000

describe('a half that waits', () => {
  it('is there after a restart: facts', async () => {
    const folder = temporaryFolder()
    const all = facts({
      widthPx: 1024,
      sizeBytes: 7,
      parentGenId: genId('abc'),
      createdAt: new Date(1_698_615_680_123),
    })
    await (await openPending(folder)).keepFacts(all)
    const again = await openPending(folder)
    expect(again.facts(id)).toEqual(all)
    expect(again.count).toEqual({ facts: 1, bytes: 0 })
  })

  it('is there after a restart: bytes, with their host and time', async () => {
    const folder = temporaryFolder()
    await (await openPending(folder)).keepBytes(id, waiting)
    const again = await openPending(folder)
    expect(again.hasBytes(id)).toBe(true)
    expect(await again.bytes(id)).toEqual(waiting)
    expect(again.count).toEqual({ facts: 0, bytes: 1 })
  })

  it('is gone when it is dropped, and leaves no file', async () => {
    const folder = temporaryFolder()
    const pending = await openPending(folder)
    await pending.keepFacts(facts())
    await pending.keepBytes(id, waiting)
    await pending.drop(id)
    expect(pending.facts(id)).toBeUndefined()
    expect(await pending.bytes(id)).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is replaced by better bytes', async () => {
    const pending = await openPending(temporaryFolder())
    await pending.keepBytes(id, waiting)
    await pending.keepBytes(id, { ...waiting, bytes: Buffer.from('better'), host: null })
    expect(await pending.bytes(id)).toMatchObject({ bytes: Buffer.from('better'), host: null })
  })
})

/** So many days on each of which the program is started once. */
async function pass(days: number, open: () => Promise<Pending>, from = waiting.receivedAt.getTime()) {
  const expired: number[] = []
  for (let at = 1; at <= days; at++) expired.push(await (await open()).expire(new Date(from + at * day), 30))
  return expired.reduce((sum, one) => sum + one, 0)
}

describe('expiry', () => {
  it('removes bytes without facts after thirty days of running, and no younger ones', async () => {
    const folder = temporaryFolder()
    const open = () => openPending(folder)
    const pending = await open()
    await pending.keepBytes(id, waiting)
    await pending.expire(waiting.receivedAt, 30)
    expect(await pass(30, open)).toBe(0)
    expect((await open()).hasBytes(id)).toBe(true)
    expect(await pass(1, open, waiting.receivedAt.getTime() + 30 * day)).toBe(1)
    await (await open()).expire(waiting.receivedAt, 30)
    expect(readdirSync(folder)).toEqual([])
  })

  it('removes neither facts nor bytes whose facts are known', async () => {
    const folder = temporaryFolder()
    const pending = await openPending(folder)
    await pending.keepFacts(facts())
    await pending.keepBytes(id, waiting)
    await pending.keepFacts(facts({ fileId: fileId('file-another') }))
    expect(await pass(100, () => openPending(folder))).toBe(0)
    expect((await openPending(folder)).count).toEqual({ facts: 2, bytes: 1 })
  })

  it.each([
    ['a start without a clock', '1970-01-01T00:00:10Z'],
    ['a clock that is decades ahead', '2038-01-19T03:14:07Z'],
    ['a clock that is a day ahead', '2026-05-08T11:00:00Z'],
  ])('is not caused by %s', async (_, wrong) => {
    const folder = temporaryFolder()
    const pending = await openPending(folder)
    await pending.expire(new Date(wrong), 2)
    await pending.keepBytes(id, { ...waiting, receivedAt: new Date(wrong) })
    // Hourly looks of two runs, while somebody sets the clock to and fro: a day each at most.
    for (let look = 0; look < 50; look++)
      expect(await pending.expire(look % 2 ? new Date(wrong) : waiting.receivedAt, 2)).toBe(0)
    expect(await (await openPending(folder)).expire(waiting.receivedAt, 2)).toBe(0)
    expect((await openPending(folder)).hasBytes(id)).toBe(true)
  })
})

describe('what waits has a limit', () => {
  const name = (at: number) => fileId(`file-${at}`)
  const limits = { maxBytes: 2_500, maxFactsChars: 2_000 }

  it('in bytes: the oldest bytes without facts are dropped, and reported to the caller', async () => {
    const folder = temporaryFolder()
    const pending = await openPending(folder, { limits })
    const bytes = Buffer.alloc(1_000)
    await pending.keepFacts(facts({ fileId: name(0) }))
    expect(await pending.keepBytes(name(0), { ...waiting, bytes })).toEqual([])
    expect(await pending.keepBytes(name(1), { ...waiting, bytes })).toEqual([])
    expect(await pending.keepBytes(name(2), { ...waiting, bytes })).toEqual([name(1)])
    const again = await openPending(folder, { limits })
    expect([0, 1, 2].map((at) => again.hasBytes(name(at)))).toEqual([true, false, true])
    expect(await again.keepBytes(name(3), { ...waiting, bytes })).toEqual([name(2)])
  })

  it('in bytes: those of known pictures are dropped last, and the newest never', async () => {
    const pending = await openPending(temporaryFolder(), { limits })
    await pending.keepFacts(facts({ fileId: name(0) }))
    await pending.keepBytes(name(0), waiting)
    expect(await pending.keepBytes(name(1), { ...waiting, bytes: Buffer.alloc(9_000) })).toEqual([name(0)])
    expect(pending.hasBytes(name(1))).toBe(true)
  })

  it('in facts: the oldest are dropped, on disk and in memory, and that is reported', async () => {
    const folder = temporaryFolder()
    const forgotten: string[] = []
    const onForgotten = (one: { fileId: string }) => void forgotten.push(one.fileId)
    const pending = await openPending(folder, { limits, onForgotten })
    for (let at = 0; at < 40; at++) await pending.keepFacts(facts({ fileId: name(at) }))
    expect(pending.facts(name(0))).toBeUndefined()
    expect(pending.facts(name(39))).toBeDefined()
    expect(forgotten).toHaveLength(40 - pending.count.facts)
    expect(forgotten[0]).toBe(name(0))
    const again = await openPending(folder, { limits })
    expect(again.fileIds()).toEqual(pending.fileIds())
    await again.tidy()
    expect(statSync(path.join(folder, 'facts.ndjson')).size).toBeLessThan(2_100)
  })
})

describe('the folder', () => {
  it.skipIf(process.platform === 'win32')('is open only to its owner', async () => {
    const folder = path.join(temporaryFolder(), 'pending')
    await (await openPending(folder)).keepFacts(facts())
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it.each([
    ['no JSON', 'no JSON'],
    ['nothing', ''],
    ['cut in the middle', JSON.stringify(facts()).slice(0, 40)],
    ['of no file', JSON.stringify({ ...facts(), fileId: '../../etc/passwd' })],
    ['a list', '[]'],
  ])('does no harm when facts in it are %s', async (_, text) => {
    const folder = temporaryFolder()
    put(path.join(folder, 'facts.ndjson'), text)
    put(path.join(folder, 'notes.txt'), 'mine')
    put(path.join(folder, '.0123456789abcdef.part'), 'half')
    const pending = await openPending(folder)
    expect(pending.count).toEqual({ facts: 0, bytes: 0 })
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['.0123456789abcdef.part', 'notes.txt']))
  })

  it('trusts no facts that would lead out of the archive', async () => {
    const folder = temporaryFolder()
    put(
      path.join(folder, 'facts.ndjson'),
      JSON.stringify({ ...facts(), genId: '../../../../outside', parentGenId: '../x' }),
    )
    const read = (await openPending(folder)).facts(id)
    expect(read?.genId ?? null).toBeNull()
    expect(read?.parentGenId ?? null).toBeNull()
  })

  it('returns bytes even if their origin is lost', async () => {
    const folder = temporaryFolder()
    put(path.join(folder, `${id}.bytes`), waiting.bytes)
    const pending = await openPending(folder)
    expect(await pending.bytes(id)).toMatchObject({ bytes: waiting.bytes, host: null })
  })

  it('keeps the note of bytes that came after an orphaned one was found', async () => {
    const folder = temporaryFolder()
    put(path.join(folder, `${id}.origin.json`), '{}')
    const other = fileId('file-another')
    put(path.join(folder, `${other}.origin.json`), '{}')
    const pending = await openPending(folder)
    await pending.keepBytes(id, waiting)
    await pending.tidy()
    expect(readdirSync(folder).sort()).toEqual([`${id}.bytes`, `${id}.origin.json`])
    expect(await (await openPending(folder)).bytes(id)).toEqual(waiting)
  })

  it('is opened although a file in it disappears at that moment', async () => {
    const folder = temporaryFolder()
    // Listed, and not there: just what a running daemon leaves behind between the two looks.
    symlinkSync(path.join(folder, 'gone'), path.join(folder, `${id}.bytes`))
    expect((await openPending(folder)).hasBytes(id)).toBe(false)
  })

  it('lists what has waited longest first, even if more was learned about it since', async () => {
    const folder = temporaryFolder()
    const pending = await openPending(folder)
    const other = fileId('file-another')
    await pending.keepFacts(facts())
    await pending.keepFacts(facts({ fileId: other }))
    await pending.keepFacts(facts({ seed: 7 }))
    const order = (one: typeof pending) => one.withoutBytes().map(({ fileId }) => fileId)
    expect(order(pending)).toEqual([id, other])
    expect(order(await openPending(folder))).toEqual([id, other])
  })
})
