/**
 * What is called a duplicate, and whether "similar" finds the picture that another was edited from, over pictures that
 * are drawn for it. Run with `npm run bench:similar [scenes]`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { openCatalogue } from '../src/catalogue/catalogue.ts'
import type { Entry } from '../src/catalogue/entry.ts'
import { createThumbs } from '../src/catalogue/thumbs.ts'
import { inspectImage } from '../src/decode/image-bytes.ts'
import { createSimilarFinder, type SimilarFinder } from '../src/similar/similar.ts'
import { alike, changed, draw, randomOf, sameInAnotherFile } from './scenes.ts'

interface Picture {
  readonly bytes: Buffer
  /** What it is, and the content it shares with those that are the same picture. */
  readonly name: string
  readonly content: string
  readonly record?: object
}

const folder = '2026/11/29'
const day = Date.UTC(2026, 10, 29) / 1_000

function put(root: string, pictures: readonly Picture[]): void {
  for (const kind of ['images', 'database']) mkdirSync(path.join(root, kind, folder), { recursive: true })
  for (const [n, { bytes, record }] of pictures.entries()) {
    const image = `images/${folder}/${n}.${inspectImage(bytes)?.mime.slice(6)}`
    const said = { gen_id: `generation${n}`, prompt: null, date: day + 60 * n, fileId: `File${n}`, image, ...record }
    writeFileSync(path.join(root, image), bytes)
    writeFileSync(path.join(root, 'database', folder, `${n}.json`), JSON.stringify(said))
  }
}

/** Lets `use` ask about pictures of an archive, when all have been looked at. */
async function asking(
  pictures: readonly Picture[],
  use: (finder: SimilarFinder, entryOf: (n: number) => Entry) => Promise<void>,
): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-bench-similar-'))
  put(root, pictures)
  const catalogue = await openCatalogue(root)
  await catalogue.examined
  const entryOf = (n: number) => {
    const entry = catalogue.get(`File${n}`)
    if (!entry) throw new Error(`File${n} is not listed`)
    return entry
  }
  const finder = createSimilarFinder({ root, catalogue, thumbs: createThumbs(root), afterMs: 0 })
  try {
    while (!(await finder.to(entryOf(0), 1)).isReady) await setTimeout(100)
    await use(finder, entryOf)
  } finally {
    await finder.close()
    await catalogue.close()
    rmSync(root, { recursive: true, force: true })
  }
}

/** A scene in all its forms. */
async function formsOf(seed: number): Promise<Picture[]> {
  const scene = { seed, ...(seed % 3 === 1 ? { widthPx: 1440, heightPx: 960 } : {}) }
  const [content, bytes] = [`scene ${seed}`, await draw(scene)]
  const pictures: Picture[] = [{ bytes, name: 'itself', content }]
  for (const [name, change] of Object.entries(sameInAnotherFile))
    pictures.push({ bytes: await change(bytes), name, content })
  const again = await sharp(bytes).webp({ quality: 50 }).toBuffer()
  for (const [name, change] of Object.entries(changed)) {
    pictures.push({ bytes: await change(bytes), name, content: `${content}, ${name}` })
    if (name.includes('watermark'))
      pictures.push({ bytes: await change(again), name: `${name} on webp 50`, content: `${content}, ${name}` })
  }
  for (const [name, other] of Object.entries(alike))
    pictures.push({ bytes: await draw(other(scene)), name, content: `${content}, ${name}` })
  return pictures
}

/** Asks every picture for its duplicates: what is wrongly called so, and what was found of what is. */
async function measureDuplicates(scenes: number): Promise<void> {
  const pictures: Picture[] = []
  for (let seed = 0; seed < scenes; seed++) pictures.push(...(await formsOf(100 + seed)))
  const found = new Map<string, [found: number, all: number]>()
  let [right, wrong] = [0, 0]
  await asking(pictures, async (finder, entryOf) => {
    for (const [n, { name, content }] of pictures.entries()) {
      const { duplicates } = await finder.to(entryOf(n), 1)
      const called = duplicates.map(({ id }) => pictures[Number(id.slice(4))])
      for (const other of called) {
        if (other?.content === content) right += 1
        else wrong += 1
        if (other?.content !== content)
          console.log(`wrong: ${name} of ${content} · ${other?.name} of ${other?.content}`)
      }
      if (sameInAnotherFile[name]) {
        const [sum, all] = found.get(name) ?? [0, 0]
        const isFound = called.some((other) => other?.name === 'itself' && other.content === content)
        found.set(name, [sum + Number(isFound), all + 1])
      }
    }
  })
  console.log(`${pictures.length} pictures; called duplicates: ${right + wrong}, wrongly: ${wrong}`)
  console.log(`precision of duplicates ${(right / (right + wrong)).toFixed(4)}`)
  for (const [name, [sum, all]] of found) console.log(`found, ${name}: ${sum} of ${all}`)
}

const words =
  'lighthouse storm cliff red coat child garden moon river bridge neon city fox snow train desert ship castle'.split(
    ' ',
  )

/** Where the picture that an edit was made of stands among the similar ones of the edit. */
async function measureParents(scenes: number): Promise<void> {
  const drawn: (readonly [parent: Buffer, edited: Buffer])[] = []
  const edits = ['added', 'coloured', 'light'] as const
  const size = { widthPx: 384, heightPx: 384 }
  for (let seed = 0; seed < 5 * scenes; seed++) {
    const scene = { seed: 500 + seed, ...size }
    const edit = edits[seed % edits.length] ?? 'light'
    drawn.push([await draw(scene), await draw({ ...scene, edit })])
  }
  const random = randomOf(7)
  const prompt = () => Array.from({ length: 12 }, () => words[Math.floor(random() * words.length)]).join(' ')
  const prompts = drawn.map(prompt)
  const inTens = (n: number) => `conversation ${Math.floor(n / 10)}`
  const cases: Record<string, (n: number) => readonly [parent: object, edited: object]> = {
    'lineage known': (n) => [{ prompt: prompts[n] }, { prompt: 'change that', parent_gen_id: `generation${2 * n}` }],
    'only the conversation known, of 20 pictures': (n) => [
      { prompt: prompts[n], conversationId: inTens(n) },
      { prompt: 'change that', conversationId: inTens(n) },
    ],
    'only the whole prompt known, with the change': (n) => [
      { prompt: prompts[n] },
      { prompt: `${prompts[n]} changed` },
    ],
    'nothing known but the look': () => [{}, {}],
  }
  for (const [name, recordsOf] of Object.entries(cases)) {
    const pictures = drawn.flatMap(([parent, edited], n) => {
      const [first, second] = recordsOf(n)
      return [
        { bytes: parent, name: 'parent', content: '', record: first },
        { bytes: edited, name: 'edit', content: '', record: second },
      ]
    })
    await asking(pictures, async (finder, entryOf) => {
      const ranks: number[] = []
      for (let n = 0; n < drawn.length; n++) {
        const { similar } = await finder.to(entryOf(2 * n + 1), 24)
        ranks.push(similar.findIndex(({ id }) => id === `File${2 * n}`))
      }
      const within = (count: number) => ranks.filter((rank) => rank >= 0 && rank < count).length
      console.log(`parent of an edit, ${name}: first ${within(1)}, among ten ${within(10)} of ${ranks.length}`)
    })
  }
}

sharp.concurrency(1)
const scenes = Number(process.argv[2] ?? 12)
await measureDuplicates(scenes)
await measureParents(scenes)
