import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Entry, Pack } from './cases/pack.ts'
import { importPacks, newPlace } from './cases/run.ts'
import { createStory, dallePart, type Outcome, service } from './cases/story.ts'

const indexFile = 'conversation_asset_file_names.json'

/** An old export whose DALL·E files bear UUIDs, and a newer one whose index says which ids they have, in pieces. */
function twoExports() {
  const s = createStory('an old export and a newer one')
  const chat = s.chat('Drawn long ago')
  const drawn = Array.from({ length: 5 }, (_, at) => {
    // The first two are of one size, so that exclusion alone cannot tell them apart.
    const picture = s.webp({ lengthBytes: at < 2 ? 4_000 : 4_100 + at, widthPx: 1024, heightPx: 1024 })
    const [id, path] = [s.legacyId(), `dalle-generations/${s.uuid()}.webp`]
    const part = dallePart(service(id), picture, { genId: s.genId(), prompt: `Picture ${at}`, seed: at })
    chat.say({ role: 'tool', name: 'dalle.text2im', parts: [part] })
    return { id, path, picture, file: s.file(path, picture) }
  })
  // The last is in no index: exclusion finds it.
  const names = Object.fromEntries(drawn.slice(0, -1).map(({ id, path }) => [`${id}.dat`, path]))
  const [first, ...rest] = drawn.map(({ file }) => file)
  const pieces: Entry[][] = [[s.conversations(chat)], [s.json(indexFile, names)], first ? [first] : [], rest]
  return { pieces, drawn }
}

const zip = (name: string, entries: readonly Entry[]): Pack => ({ name, form: 'zip', entries })

/** What the archive says of each picture in the end. */
const ending = ({ records }: Outcome) =>
  records
    .map(({ record }) => [record.fileId, record.sha256, record.source.match, record.prompt, record.seed])
    .sort((a, b) => String(a[0]).localeCompare(String(b[0])))

const importAll = async (imports: readonly (readonly Entry[])[]) => {
  const place = newPlace()
  let last: Outcome | undefined
  for (const [at, entries] of imports.entries()) last = await importPacks(place, [zip(`${at}.zip`, entries)])
  if (!last) throw new Error('nothing was imported')
  return last
}

describe('exports that are imported one after the other', () => {
  it('end where all of them together end, in every order and however they are split', async () => {
    const { pieces, drawn } = twoExports()
    const together = ending(await importAll([pieces.flat()]))
    expect(together.map(([, sha256]) => sha256).sort()).toEqual(drawn.map(({ picture }) => picture.sha256).sort())
    expect(together.map(([, , match]) => match).sort()).toEqual(['exact', 'exact', 'exact', 'exact', 'probable'])
    const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 })
    const cuts = fc.subarray([1, 2, 3])
    await fc.assert(
      fc.asyncProperty(order, cuts, async (order, cuts) => {
        const bounds = [0, ...cuts, 4]
        const imports = cuts.concat(4).map((to, at) => order.slice(bounds[at], to).flatMap((one) => pieces[one] ?? []))
        expect(ending(await importAll(imports))).toEqual(together)
      }),
      { numRuns: 20 },
    )
  }, 60_000)

  it('leave no orphan behind that turned out to be a picture', async () => {
    const { pieces, drawn } = twoExports()
    const [conversations = [], index = [], first = [], rest = []] = pieces
    const before = await importAll([first.concat(rest)])
    expect([...before.files.keys()].filter((file) => file.startsWith('attachments/orphans/'))).toHaveLength(5)
    const after = await importAll([first.concat(rest), conversations.concat(index)])
    expect([...after.files.keys()].filter((file) => file.startsWith('attachments/orphans/'))).toEqual([])
    expect(after.records).toHaveLength(drawn.length)
  })
})

it('takes none of two files that stand under one path of one zip and have different bytes', async () => {
  const s = createStory('the same entry twice')
  const [chat, id] = [s.chat('Twice'), s.legacyId()]
  const [one, other] = [s.webp({ lengthBytes: 4_000 }), s.webp({ lengthBytes: 5_000 })]
  chat.say({ role: 'tool', name: 'dalle.text2im', parts: [dallePart(service(id), null, { genId: s.genId() })] })
  const path = `dalle-generations/${id}-x.webp`
  const twice = await importAll([[s.conversations(chat), s.file(path, one), s.file(path, other)]])
  expect(twice.lines.find(({ pointer }) => pointer === service(id))).toMatchObject({ status: 'ambiguous' })
  const apart = await importAll([[s.conversations(chat), s.file(path, one), s.file(`other/${path}`, other)]])
  expect(
    apart.lines.find(({ pointer }) => pointer === service(id)),
    'in two places',
  ).toMatchObject({ status: 'exact' })
})
