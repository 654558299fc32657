import { expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { storeLive } from '../fakes/archive.ts'
import { facts } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'

const bytes = makeWebp({ widthPx: 64, heightPx: 48 }, 2_000)
const kind = inspectImage(bytes)

async function archiveWithNews() {
  const archive = await openArchive(temporaryFolder())
  const news: string[] = []
  const stop = archive.onRecord((record, change) => void news.push(`${change} ${record.prompt}`))
  archive.onMarks((folder, name) => void news.push(`marked ${folder}/${name}`))
  const store = async () => kind && storeLive(archive, facts({ prompt: null, promptSource: null }), bytes, kind, null)
  return { archive, news, stop, store }
}

it('reports a record that was added, and one that was completed, once each', async () => {
  const { archive, news, store } = await archiveWithNews()
  await store()
  await archive.complete(facts())
  await archive.complete(facts())
  expect(news).toEqual(['added null', `completed ${facts().prompt}`])
})

it('reports a record whose image was corrected', async () => {
  const { archive, news, store } = await archiveWithNews()
  const record = await store()
  if (!record) throw new Error('no record')
  const { sha256, image, mime, source } = record
  await archive.correct(facts().fileId, { sha256, bytes: 1, mime, image, source, widthPx: null, heightPx: null })
  expect(news).toEqual(['added null', 'corrected null'])
})

it('reports changed marks', async () => {
  const { archive, news, store } = await archiveWithNews()
  await store()
  const [folder, name] = ['2023/10/29', 'M5QoHjYO7Qe9pl1Z-mTlImgNhbMGexJI3DFLJXJlh.json']
  await archive.mark(folder, name, { favourite: true, stars: 0, flag: '', tags: [], note: '' })
  expect(news).toEqual(['added null', `marked ${folder}/${name}`])
})

it('notifies no listener that has unsubscribed', async () => {
  const { news, stop, store } = await archiveWithNews()
  stop()
  await store()
  expect(news).toEqual([])
})

it('archives even if a listener throws', async () => {
  const { archive, store } = await archiveWithNews()
  archive.onRecord(() => {
    throw new Error('sabotage')
  })
  expect(await store()).toMatchObject({ bytes: bytes.length })
  expect(archive.has(facts().fileId)).toBe(true)
})
