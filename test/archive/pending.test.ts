import { readdirSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPending } from '../../src/archive/pending.ts'
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
  it('is there again after a restart, facts', async () => {
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

  it('is there again after a restart, bytes with their host and time', async () => {
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

  it('makes way for better bytes', async () => {
    const pending = await openPending(temporaryFolder())
    await pending.keepBytes(id, waiting)
    await pending.keepBytes(id, { ...waiting, bytes: Buffer.from('better'), host: null })
    expect(await pending.bytes(id)).toMatchObject({ bytes: Buffer.from('better'), host: null })
  })
})

describe('expiry', () => {
  const later = (days: number) => new Date(waiting.receivedAt.getTime() + days * day)

  it('takes bytes that nobody told of, and no younger ones', async () => {
    const folder = temporaryFolder()
    const pending = await openPending(folder)
    await pending.keepBytes(id, waiting)
    expect(await pending.expire(later(29), 30 * day)).toBe(0)
    expect(pending.hasBytes(id)).toBe(true)
    expect(await pending.expire(later(31), 30 * day)).toBe(1)
    expect(pending.hasBytes(id)).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })

  it('takes neither facts nor bytes whose facts are known', async () => {
    const pending = await openPending(temporaryFolder())
    await pending.keepFacts(facts())
    await pending.keepBytes(id, waiting)
    await pending.keepFacts(facts({ fileId: fileId('file-another') }))
    expect(await pending.expire(later(1_000), 30 * day)).toBe(0)
    expect(pending.count).toEqual({ facts: 2, bytes: 1 })
  })

  it('counts from when the bytes came, also after a restart', async () => {
    const folder = temporaryFolder()
    await (await openPending(folder)).keepBytes(id, waiting)
    utimesSync(path.join(folder, `${id}.bytes`), waiting.receivedAt, waiting.receivedAt)
    const again = await openPending(folder)
    expect(await again.expire(later(29), 30 * day)).toBe(0)
    expect(await again.expire(later(31), 30 * day)).toBe(1)
  })
})

describe('the folder', () => {
  it.skipIf(process.platform === 'win32')('lets only its owner in', async () => {
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

  it('hands out bytes whose origin is lost', async () => {
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

  it('is opened although a file in it went away in that moment', async () => {
    const folder = temporaryFolder()
    // Listed, and not there: just what a running daemon leaves behind between the two looks.
    symlinkSync(path.join(folder, 'gone'), path.join(folder, `${id}.bytes`))
    expect((await openPending(folder)).hasBytes(id)).toBe(false)
  })

  it('tells what waits longest first, also when more was learned of it since', async () => {
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
