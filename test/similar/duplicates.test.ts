import { describe, expect, it, onTestFinished } from 'vitest'
import { alike, changed, draw, sameInAnotherFile } from '../../bench/scenes.ts'
import { createThumbs } from '../../src/catalogue/thumbs.ts'
import { createLooks } from '../../src/similar/looks.ts'
import { loadReader } from '../../src/similar/pixels.ts'
import { createSimilarFinder } from '../../src/similar/similar.ts'
import { until } from '../fakes/until.ts'
import { idOf, indexOf } from '../gallery/support.ts'
import { archiveOfPictures, hasSharp } from './support.ts'

const scenes = [
  { seed: 40, widthPx: 640, heightPx: 640 },
  { seed: 41, widthPx: 960, heightPx: 640 },
]
const same = ['webp 90', 'jpeg 60', 'three quarters as large, jpeg 80']
const others = ['watermark in the corner', 'faint watermark', 'small watermark', 'cropped by 1 %', 'brighter']
const merelyAlike = ['near variant', 'a form coloured', 'same palette']
const perScene = 1 + same.length + others.length + merelyAlike.length

/** Each scene, what is the same in another file, and what is not, one behind the other. */
async function drawn(): Promise<Buffer[]> {
  const all: Buffer[] = []
  for (const scene of scenes) {
    const bytes = await draw(scene)
    all.push(bytes)
    for (const name of same) all.push((await sameInAnotherFile[name]?.(bytes)) ?? bytes)
    for (const name of others) all.push((await changed[name]?.(bytes)) ?? bytes)
    for (const name of merelyAlike) all.push(await draw(alike[name]?.(scene) ?? scene))
  }
  return all
}

const drawing = hasSharp ? drawn() : Promise.resolve([])
const archived = drawing.then((all) => archiveOfPictures(all.map((bytes) => ({ bytes }))))

async function setUp() {
  const root = await archived
  return { root, catalogue: await indexOf(root), thumbs: createThumbs(root) }
}

const nameOf = (id: string) => {
  const n = Number(id.slice(-4)) % perScene
  return ['itself', ...same, ...others, ...merelyAlike][n]
}

describe.runIf(hasSharp)('duplicates', () => {
  it('are the same picture in other files, whatever type, quality and size; nothing else is called so', async () => {
    const { root, catalogue, thumbs } = await setUp()
    const finder = createSimilarFinder({ root, catalogue, thumbs })
    onTestFinished(() => finder.close())
    const [newest] = catalogue.entries
    await until(async () => newest && (await finder.to(newest, 1)).isReady, undefined, 120_000)
    for (const [at] of scenes.entries()) {
      const entry = catalogue.get(idOf(at * perScene))
      const { duplicates, similar } = (entry && (await finder.to(entry, 24))) ?? { duplicates: [], similar: [] }
      expect(duplicates.map(({ id }) => nameOf(id)).sort()).toEqual([...same].sort())
      expect(duplicates.every(({ why }) => why === 'look')).toBe(true)
      const both = duplicates.filter(({ id }) => similar.some((one) => one.id === id))
      expect(both).toEqual([])
    }
    const alone = catalogue.entries.filter(({ id }) => [...merelyAlike, 'brighter'].includes(nameOf(id) ?? ''))
    for (const entry of alone) expect((await finder.to(entry, 24)).duplicates).toEqual([])
  }, 180_000)

  it('would be wrong by their hashes alone', async () => {
    const { root, catalogue, thumbs } = await setUp()
    const read = await loadReader()
    if (!read) throw new Error('no sharp')
    const looks = await createLooks({ root, catalogue, thumbs, read })
    onTestFinished(() => looks.close())
    for (const entry of catalogue.entries) await looks.take(entry)
    const entry = catalogue.get(idOf(0))
    const names = entry ? looks.twins(entry, 24).map(({ id }) => nameOf(id)) : []
    expect(names).toEqual(expect.arrayContaining(same))
    expect(names.filter((name) => !same.includes(name ?? ''))).not.toEqual([])
  }, 180_000)
})
