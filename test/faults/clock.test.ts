import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { folderFor, imageNameFor } from '../../src/archive/names.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import { createDecoder } from '../../src/sites/chatgpt/decoder.ts'
import type { ImageFacts } from '../../src/sites/facts.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { openRun } from '../fakes/intake.ts'

afterEach(() => void vi.unstubAllEnvs())

const bytes = makePng({ widthPx: 32, heightPx: 24 }, 3_000)
const seenAt = new Date(Date.UTC(2026, 4, 7, 12))
const id = facts().fileId

async function run(root = temporaryFolder(), now = () => seenAt) {
  const one = await openRun(root, { now, maxWaitDays: 30 })
  const take = (of = id, what = bytes) => one.intake.receive({ fileId: of, bytes: what, host: null, receivedAt: now() })
  return {
    ...one,
    take,
    /** Everything it was told but for pictures. */
    get told() {
      return [...one.oddities, ...one.notices]
    },
  }
}

describe('a date that the site states', () => {
  const conversation = (created: unknown) =>
    JSON.stringify({
      conversation_id: facts().conversationId,
      mapping: {
        a: {
          id: 'a',
          parent: null,
          children: [],
          message: {
            id: '5f0c7a54-2c1d-4f6e-9a0b-0d6f3c1e7a11',
            author: { role: 'tool', name: 'dalle.text2im', metadata: {} },
            create_time: created,
            content: {
              content_type: 'multimodal_text',
              parts: [
                {
                  content_type: 'image_asset_pointer',
                  asset_pointer: `file-service://${id}`,
                  metadata: { dalle: { gen_id: 'M5QoHjYO7Qe9pl1Z', prompt: 'A moon', seed: 7 } },
                },
              ],
            },
          },
        },
      },
    })

  it.each([
    ['zero', 0, '2026/05/07'],
    ['null', null, '2026/05/07'],
    ['missing', undefined, '2026/05/07'],
    ['negative', -1_698_615_600, '2026/05/07'],
    ['no number', 'NaN', '2026/05/07'],
    ['in the far future', 9e15, '2026/05/07'],
    ['beyond every date', 1e300, '2026/05/07'],
    ['in milliseconds', 1_698_580_800_000, '2023/10/29'],
    ['with a fraction', 1_698_580_800.123456, '2023/10/29'],
    ['good', 1_698_580_800, '2023/10/29'],
  ])('as %s gives a sensible folder', async (_, created, folder) => {
    const one = await run()
    const { facts: found } = createDecoder().answer(conversation(created), facts().conversationId)
    expect(found).toHaveLength(1)
    for (const news of found) await one.intake.learn(news)
    await one.take()
    expect(await one.close()).toBe(0)
    expect(one.images()).toHaveLength(1)
    expect(one.images()[0]).toMatch(new RegExp(`^${folder}/\\d{10}-M5QoHjYO7Qe9pl1Z-A-moon\\.png$`))
    expect(one.told).toEqual([])
  })
})

/** The same news and bytes as before, in a run of its own. */
async function again(root: string, said: ImageFacts, now = () => seenAt) {
  const one = await run(root, now)
  await one.intake.learn(said)
  await one.take()
  expect(await one.close()).toBe(0)
  return one
}

describe('the time zone', () => {
  const zones = ['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kolkata', 'America/New_York']

  it('of this machine can be set by these tests', () => {
    vi.stubEnv('TZ', 'Pacific/Kiritimati')
    expect(folderFor(new Date(Date.UTC(2026, 4, 7, 12)))).toBe('2026/05/08')
    vi.stubEnv('TZ', 'Pacific/Pago_Pago')
    expect(folderFor(new Date(Date.UTC(2026, 4, 7, 10)))).toBe('2026/05/06')
  })

  it('may change between runs: nothing is archived twice', async () => {
    const root = temporaryFolder()
    const said = facts({ createdAt: new Date(Date.UTC(2026, 4, 7, 10, 30)) })
    for (const zone of zones) {
      vi.stubEnv('TZ', zone)
      await again(root, said)
    }
    expect(filesBelow(path.join(root, 'images'))).toHaveLength(1)
    expect(filesBelow(path.join(root, 'database'))).toHaveLength(1)
    expect(filesBelow(path.join(root, 'pending'))).toEqual([])
  })

  it('may change after a run that ended between an image and its record: it is found in its folder', async () => {
    const root = temporaryFolder()
    const said = facts({ createdAt: new Date(Date.UTC(2026, 4, 7, 10, 30)), sizeBytes: bytes.length })
    vi.stubEnv('TZ', 'Pacific/Kiritimati')
    const before = await again(root, said)
    // As the run that was killed would have left it: no record, and the facts still waiting.
    for (const name of filesBelow(path.join(root, 'database'))) rmSync(path.join(root, 'database', name))
    const killed = await run(root)
    await killed.intake.drained()
    await killed.archive.pending.keepFacts(said)
    await killed.archive.close()

    vi.stubEnv('TZ', 'UTC')
    const next = await run(root)
    await next.intake.drained()
    await next.take()
    await next.close()
    await killed.intake.close()
    expect(next.images()).toEqual(before.images())
    expect(next.kept.map(({ image }) => image)).toEqual(before.kept.map(({ image }) => image))
  })

  it.each([
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026/10/25'],
    ['Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z', '2026/03/29'],
    ['America/Havana', '2026-03-08T04:59:59Z', '2026-03-08T05:00:00Z', '2026/03/0'],
    ['Africa/Cairo', '2026-10-29T20:30:00Z', '2026-10-29T21:30:00Z', '2026/10/29'],
  ])(
    'that changes its clocks (%s at %s) keeps two pictures of the same hour apart',
    async (zone, first, second, day) => {
      vi.stubEnv('TZ', zone)
      const one = await run()
      const other = fileId('file-another')
      await one.intake.learn(facts({ createdAt: new Date(first) }))
      await one.intake.learn(facts({ fileId: other, createdAt: new Date(second) }))
      await one.take()
      await one.take(other, makePng({ widthPx: 32, heightPx: 24 }, 3_100))
      await one.close()
      expect(one.images()).toHaveLength(2)
      for (const image of one.images()) expect(image.startsWith(day)).toBe(true)
      expect(one.told).toEqual([])
    },
  )

  it('affects no name, only the folder', () => {
    const names = zones.map((zone) => {
      vi.stubEnv('TZ', zone)
      return imageNameFor(facts({ createdAt: new Date(1_790_000_000_000) }), 'png')
    })
    expect(new Set(names).size).toBe(1)
  })
})

describe('a system clock that jumps', () => {
  it.each([
    ['back an hour', -3_600_000],
    ['back a year', -365 * 24 * 3_600_000],
    ['ahead a year', 365 * 24 * 3_600_000],
  ])('%s during a run loses nothing and archives nothing twice', async (_, jumpMs) => {
    let offsetMs = 0
    const now = () => new Date(seenAt.getTime() + offsetMs)
    const one = await run(temporaryFolder(), now)
    const undated = { createdAt: null, dateSource: null }
    const half = fileId('file-half')
    await one.intake.learn({ ...facts(), ...undated })
    await one.take(half)
    offsetMs = jumpMs
    await one.intake.learn({ ...facts(), ...undated })
    await one.take()
    await one.intake.learn({ ...facts(), fileId: half, ...undated })
    expect(await one.close()).toBe(0)
    expect(one.kept).toHaveLength(2)
    const next = await again(one.root, { ...facts(), ...undated }, now)
    expect(next.kept).toEqual([])
    expect(next.images()).toHaveLength(2)
    expect([...one.told, ...next.told]).toEqual([])
  })

  it('does not give the lock to us or to others: the lock uses the disk’s own clock', async () => {
    const root = temporaryFolder()
    let offsetMs = 0
    const one = await run(root, () => new Date(seenAt.getTime() + offsetMs))
    offsetMs = -3_600_000
    await expect(openArchive(root, { isLocked: true, now: () => new Date(0) })).rejects.toMatchObject({
      code: 'archive-locked',
    })
    await one.archive.check()
    await one.close()
  })
})

it('these tests run where time zones are available', () => {
  const zoned = execFileSync(process.execPath, ['-p', 'new Date(0).getHours()'], {
    env: { ...process.env, TZ: 'Asia/Tokyo' },
    encoding: 'utf8',
  })
  expect(zoned.trim()).toBe('9')
})
