import { expect, it } from 'vitest'
import type { InputFlaw } from '../../../src/openai-export/inputs/export-file.ts'
import { decided, type Match } from '../../../src/openai-export/match/matches.ts'
import { collectWantedFiles, type WantedFile } from '../../../src/openai-export/match/wanted-files.ts'
import type { StagedAsset } from '../../../src/openai-export/read/assets.ts'
import { noConversations } from '../../../src/openai-export/read/conversations.ts'
import { readContents } from '../../../src/openai-export/read/read.ts'
import type { Reference } from '../../../src/openai-export/read/reference.ts'
import { noSidecars, readLibrary } from '../../../src/openai-export/read/sidecars.ts'
import { placeAll } from '../../../src/openai-export/store/place-all.ts'
import { oldId as id, referenceOf, staged } from '../fakes.ts'

const picture = { extension: 'png', mime: 'image/png', isImage: true, widthPx: 64, heightPx: 48 }

/** What becomes of these assets in a dry run, when references are found to mean the asset beside them. */
async function placed(
  found: readonly (readonly [Partial<Reference>, StagedAsset | null])[],
  assets: readonly StagedAsset[] = [],
  rows: readonly object[] = [],
) {
  const sidecars = noSidecars()
  readLibrary(JSON.stringify(rows), sidecars)
  const references = new Map(found.map(([reference], at) => [String(at), referenceOf(reference)]))
  const unanswered = [{ conversationId: 'c1', messageId: 'asks', createdAt: null, prompt: 'A heron' }]
  const conversations = { ...noConversations(), references, unanswered }
  const wantedFiles = collectWantedFiles(conversations, sidecars)
  const meant = (wanted: WantedFile) => found.find(([reference]) => reference.id === wanted.id)?.[1]
  const matches = new Map<WantedFile, Match>()
  for (const wanted of wantedFiles) {
    const asset = meant(wanted)
    if (asset) matches.set(wanted, decided('exact', 'T1', asset, 'the name begins with the id'))
  }
  const flaws: InputFlaw[] = []
  const contents = { ...(await readContents([], () => {}, {})), conversations, sidecars }
  const ownFiles = new Set(wantedFiles)
  const rest = { importId: 'i1', store: undefined, earlier: [], options: {} }
  const all = { wantedFiles, ownFiles, matches, assets, contents, ...rest }
  return { ...(await placeAll({ ...all, onFlaw: (flaw) => flaws.push(flaw) })), flaws }
}

const shown = ({ lines }: Awaited<ReturnType<typeof placed>>) =>
  lines.map((line) => `${line.message_id} ${line.status} ${line.rule ?? line.reason}`)

it('writes a line for each place that names a file, and for each request without an image', async () => {
  const cat = staged(`${id}-cat.png`, picture)
  const both = [
    { id, messageId: 'm1' },
    { id, messageId: 'm2' },
  ].map((one) => [one, cat] as const)
  expect(shown(await placed(both))).toEqual(['m1 exact T1', 'm2 exact T1', 'asks missing era_omits_generated'])
})

it('writes no line for a request that an image of its conversation answers', async () => {
  expect(shown(await placed([[{ id, kind: 'generated' }, null]]))).toEqual(['m1 missing not_in_export'])
})

it('calls a generated image damaged whose file is only a part of one, and says so as a flaw', async () => {
  const half = staged(`${id}.png`, { ...picture, isWhole: false })
  const row = { file_id: id, image_gen_generation_id: 'g', origination_message_id: 'm1' }
  const result = await placed([[{ id, kind: 'generated' }, half]], [half], [row])
  expect(shown(result)).toEqual(['m1 missing damaged'])
  expect(result.flaws).toMatchObject([{ archive: 'a.zip', path: `${id}.png` }])
})

it('lists the assets that nobody names, and which of them were generated', async () => {
  const [cat, signed, drawn, plain] = [
    staged(`${id}-cat.png`, picture),
    staged('signed.png', { ...picture, isSigned: true }),
    staged('dalle-generations/0a0b0c0d-0000-4000-8000-000000000001.webp', { ...picture, extension: 'webp' }),
    staged('notes.txt'),
  ]
  const { orphans } = await placed([[{ id }, cat]], [cat, signed, drawn, plain])
  const made = new Map(orphans.map(({ entry, is_generated }) => [entry, is_generated]))
  expect(made).toEqual(
    new Map([
      [signed.file.path, true],
      [drawn.file.path, true],
      [plain.file.path, false],
    ]),
  )
})

it('lists no asset whose bytes another one has that is named', async () => {
  const cat = staged(`${id}-cat.png`, picture)
  const copy = { ...staged('copy.png', picture), content: cat.content }
  expect((await placed([[{ id }, cat]], [cat, copy])).orphans).toEqual([])
})
