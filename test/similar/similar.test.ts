import { existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { draw, sameInAnotherFile } from '../../bench/scenes.ts'
import { imageOf } from '../../src/catalogue/pictures.ts'
import { createThumbs } from '../../src/catalogue/thumbs.ts'
import type { Similar } from '../../src/gallery/api.ts'
import { createLooks } from '../../src/similar/looks.ts'
import { loadReader, type ReadPixels } from '../../src/similar/pixels.ts'
import { genId } from '../fakes/facts.ts'
import { until } from '../fakes/until.ts'
import { archiveOf, genIdOf, idOf, indexOf, served } from '../gallery/support.ts'
import { archiveOfPictures, hasSharp } from './support.ts'

const scene = (seed: number) => draw({ seed, widthPx: 320, heightPx: 320 })

/** An edit (0) of one picture (1), and what else may be like it, the last one is not. */
async function family() {
  const first = await scene(1)
  const edited = await draw({ seed: 1, edit: 'added', widthPx: 320, heightPx: 320 })
  const others = await Promise.all([11, 12, 13, 14, 15].map(scene))
  const [ofTurn, ofConversation, ofWords, none, gone] = others as [Buffer, Buffer, Buffer, Buffer, Buffer]
  const words = 'a lighthouse keeper mending nets at dawn'
  const root = await archiveOfPictures([
    {
      bytes: edited,
      facts: { parentGenId: genId(genIdOf(1)), conversationId: 'one', messageId: 'edit', prompt: words },
    },
    { bytes: first, facts: { conversationId: 'one', messageId: 'first' } },
    { bytes: ofTurn, facts: { conversationId: 'one', messageId: 'edit' } },
    { bytes: ofConversation, facts: { conversationId: 'one', messageId: 'later' } },
    { bytes: ofWords, facts: { prompt: `${words}, oil on canvas` } },
    { bytes: await draw({ seed: 1, jitter: 3, widthPx: 320, heightPx: 320 }) },
    { bytes: (await sameInAnotherFile['jpeg 95, all colour']?.(edited)) ?? edited },
    { bytes: none },
    { bytes: gone, facts: { prompt: words } },
  ])
  const { ask, gallery } = await served(root, { similar: { afterMs: 0 } })
  await ask(`/api/pictures/${idOf(8)}/image`, { method: 'DELETE' })
  return { root, gallery, ask }
}

describe.runIf(hasSharp)('similar', () => {
  it('comes in order of rank: lineage and turn, conversation, words, look; and no duplicate is among them', async () => {
    const { ask } = await family()
    let answer = (await ask(`/api/similar/${idOf(0)}`)).json<Similar>()
    while (!answer.isReady) answer = (await ask(`/api/similar/${idOf(0)}`)).json<Similar>()
    expect(answer.hasLook).toBe(true)
    expect(answer.duplicates).toEqual([{ id: idOf(6), why: 'look' }])
    const ranked = answer.similar.map(({ id, why }) => [id, why])
    expect(ranked.slice(0, 5)).toEqual([
      [idOf(1), 'lineage'],
      [idOf(2), 'turn'],
      [idOf(3), 'conversation'],
      [idOf(4), 'prompt'],
      [idOf(5), 'look'],
    ])
    expect(ranked.flat()).not.toContain(idOf(8))
    expect(answer.similar.every(({ score }) => score >= 0 && score <= 1)).toBe(true)
  }, 60_000)

  it('is found for a picture before any other was looked at', async () => {
    const { root } = await family()
    const { ask } = await served(root, { similar: { afterMs: 600_000 } })
    const { similar } = (await ask(`/api/similar/${idOf(4)}?limit=3`)).json<Similar>()
    expect(similar.map(({ id, why }) => [id, why])[0]).toEqual([idOf(0), 'prompt'])
    expect(similar.length).toBeLessThanOrEqual(3)
  }, 60_000)

  it('the same bytes in two files are a duplicate by their bytes', async () => {
    const bytes = await scene(3)
    const { ask } = await served(await archiveOfPictures([{ bytes }, { bytes }]), { similar: { afterMs: 0 } })
    let answer = (await ask(`/api/similar/${idOf(0)}`)).json<Similar>()
    while (!answer.isReady) answer = (await ask(`/api/similar/${idOf(0)}`)).json<Similar>()
    expect(answer.duplicates).toEqual([{ id: idOf(1), why: 'bytes' }])
  })
})

it('without sharp there are no duplicates and nothing by look, and the answer says so', async () => {
  const { root } = await archiveOf(3, () => ({ conversationId: 'one' }))
  const { ask } = await served(root, { similar: { readPixels: async () => undefined } })
  const answer = (await ask(`/api/similar/${idOf(0)}`)).json<Similar>()
  expect(answer).toMatchObject({ isReady: true, hasLook: false, duplicates: [] })
  expect(new Set(answer.similar.map(({ why }) => why)).has('look')).toBe(false)
  expect(answer.similar.length).toBeGreaterThan(0)
  expect(existsSync(path.join(root, '.cache', 'looks.bin'))).toBe(false)
})

it('of a picture that is not there is 404, and a limit that is no number 400', async () => {
  const { ask } = await served((await archiveOf(1)).root)
  expect((await ask('/api/similar/none')).status).toBe(404)
  expect((await ask(`/api/similar/${idOf(0)}?limit=many`)).status).toBe(400)
})

describe.runIf(hasSharp)('looks', () => {
  /** Looks at all pictures, and says how many had to be read for that. */
  async function readIn(root: string): Promise<number> {
    const catalogue = await indexOf(root)
    const reader = await loadReader()
    if (!reader) throw new Error('no sharp')
    let count = 0
    const read: ReadPixels = (...asked) => {
      count += 1
      return reader(...asked)
    }
    const looks = await createLooks({ root, catalogue, thumbs: createThumbs(root), read })
    onTestFinished(() => looks.close())
    await until(() => looks.isWhole)
    await looks.close()
    return count
  }

  it('are taken once, again for an image that has changed, and for all when the cache is gone', async () => {
    const root = await archiveOfPictures([{ bytes: await scene(1) }, { bytes: await scene(2) }])
    expect(await readIn(root)).toBe(2)
    expect(await readIn(root)).toBe(0)
    const [entry] = (await indexOf(root)).entries
    writeFileSync(path.join(root, (entry && imageOf(entry)) ?? ''), await scene(3))
    expect(await readIn(root)).toBe(1)
    rmSync(path.join(root, '.cache'), { recursive: true })
    expect(await readIn(root)).toBe(2)
  }, 60_000)

  it('follow the list: a new picture is looked at, marks are no reason to look again, a picture that cannot be read has none', async () => {
    const root = await archiveOfPictures([{ bytes: await scene(1) }])
    const { ask, gallery } = await served(root)
    const catalogue = gallery.catalogue
    const reader = await loadReader()
    const read: string[] = []
    const looks = await createLooks({
      root,
      catalogue,
      thumbs: createThumbs(root),
      read: (thumb, side) => {
        read.push('one')
        return reader?.(thumb, side) ?? Promise.resolve(undefined)
      },
    })
    onTestFinished(() => looks.close())
    await until(() => looks.isWhole)
    await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: { favourite: true } })
    await until(() => looks.isWhole)
    expect(read).toEqual(['one'])
    const [entry] = catalogue.entries
    expect(entry && looks.near(entry, 5)).toEqual([])
  }, 60_000)
})
