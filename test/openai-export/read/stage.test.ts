import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Asset } from '../../../src/openai-export/read/assets.ts'
import { type StageOptions, stageAll } from '../../../src/openai-export/read/stage.ts'
import { temporaryFolder } from '../../fakes/folder.ts'
import { sha256Of } from '../../fakes/sha256.ts'
import { png } from '../cases/media.ts'
import { brokenFile, fileOf, listed } from '../fakes.ts'

const picture = png({ seed: 'heron', lengthBytes: 4_000, widthPx: 64, heightPx: 48 })

const stage = (assets: readonly Asset[], options: Partial<StageOptions> = {}) =>
  stageAll(assets, { folder: null, onBytes() {}, onAsset() {}, signal: undefined, ...options })
const files = (...all: ReturnType<typeof fileOf>[]) => all.map(listed)

describe('an asset that was read', () => {
  it('has hash, length, type and pixels of its bytes, whatever it is called', async () => {
    const { staged } = await stage(files(fileOf('cat.dat', picture.bytes)))
    expect(staged[0]?.content).toMatchObject({
      ...{ sha256: sha256Of(picture.bytes), bytes: picture.bytes.length },
      ...{ extension: 'png', widthPx: 64, heightPx: 48, isWhole: true, isSigned: false },
    })
  })

  it('bears Content Credentials if its beginning says so', async () => {
    const { staged } = await stage(files(fileOf('a', 'jumb c2pa'), fileOf('b', ' '.repeat(300 * 1024).concat('c2pa'))))
    expect(staged.map(({ content }) => content.isSigned)).toEqual([true, false])
  })

  it('may be a picture that breaks off', async () => {
    const { staged } = await stage(files(fileOf('cat.png', picture.bytes.subarray(0, 2_000))))
    expect(staged[0]?.content.isWhole).toBe(false)
  })

  it('waits in the folder, and nothing is written without one', async () => {
    const folder = temporaryFolder()
    const { staged } = await stage(files(fileOf('cat.png', picture.bytes)), { folder })
    expect(readFileSync(staged[0]?.content.staged ?? '')).toEqual(Buffer.from(picture.bytes))
    expect((await stage(files(fileOf('cat.png', picture.bytes)))).staged[0]?.content.staged).toBeNull()
  })

  it('is written once, however many have its bytes', async () => {
    const folder = temporaryFolder()
    const { staged } = await stage(files(fileOf('a', 'same'), fileOf('b', 'same'), fileOf('c', 'other')), { folder })
    expect(new Set(staged.map(({ content }) => content.staged)).size).toBe(2)
    expect(readdirSync(folder)).toHaveLength(2)
  })
})

describe('an asset that cannot be read', () => {
  it('is apart from those that were, with the reason, and both keep their order', async () => {
    const all = files(fileOf('a', '1'), brokenFile('b', 'is damaged'), fileOf('c', '2'), brokenFile('d', 'is gone'))
    const { staged, unread } = await stage(all)
    expect(staged.map(({ file }) => file.path)).toEqual(['a', 'c'])
    expect(unread.map(({ file, flaw }) => `${file.path} ${flaw}`)).toEqual(['b is damaged', 'd is gone'])
  })

  it('leaves nothing behind', async () => {
    const folder = temporaryFolder()
    await stage(files(brokenFile('b', 'is damaged')), { folder })
    expect(readdirSync(folder)).toEqual([])
  })
})

it('reports each asset and all bytes', async () => {
  const [seen, bytes] = [new Set<string>(), [] as number[]]
  await stage(files(fileOf('a', '1'), brokenFile('b', 'is damaged')), {
    onAsset: ({ file }) => seen.add(file.path),
    onBytes: (count) => bytes.push(count),
  })
  expect(seen).toEqual(new Set(['a', 'b']))
  expect(bytes.reduce((sum, count) => sum + count, 0)).toBe('1begun'.length)
})

describe('when staging fails', () => {
  it('nothing more is begun, what was begun ends, and then the failure is thrown', async () => {
    const [begun, ended] = [new Set<number>(), new Set<number>()]
    const slow = (at: number) => ({
      ...fileOf(String(at)),
      async *open() {
        begun.add(at)
        await pause(at === 2 ? 1 : 20)
        yield Buffer.from(at === 2 ? 'the one that fails' : 'x')
        ended.add(at)
      },
    })
    const onBytes = (count: number) => {
      if (count > 1) throw new Error('the disk is full')
    }
    const assets = files(...Array.from({ length: 200 }, (_, at) => slow(at)))
    await expect(stage(assets, { onBytes })).rejects.toThrow('the disk is full')
    expect([...begun]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(ended).toEqual(new Set([0, 1, 3, 4, 5, 6, 7]))
  })

  it('rejects with the reason of who stopped it', async () => {
    await expect(stage(files(fileOf('a', '1')), { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  })
})

it('reads a few at a time', async () => {
  let [open, most] = [0, 0]
  const slow = (at: number) => ({
    ...fileOf(String(at)),
    async *open() {
      most = Math.max(most, ++open)
      await pause(2)
      yield Buffer.from(String(at))
      open -= 1
    },
  })
  await stage(files(...Array.from({ length: 40 }, (_, at) => slow(at))))
  expect(most).toBe(8)
})
