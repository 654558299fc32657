import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { openArchive } from '../src/archive/archive.ts'
import { followTotals } from '../src/catalogue/follow-totals.ts'
import { type Follower, follow, followersFor } from '../src/followers.ts'
import { importExports } from '../src/openai-export/import.ts'
import { temporaryFolder } from './fakes/folder.ts'
import { createFollower } from './fakes/follower.ts'

const twoPictures = fileURLToPath(new URL('field/11-wrapped-conversations/export', import.meta.url))

it('a follower hears of every picture of an import, which ends after the follower has', async () => {
  const archivePath = temporaryFolder()
  const { follower, news } = createFollower()
  const { pictures } = (await importExports({ paths: [twoPictures], archivePath, followers: [follower] })).stored
  expect(news).toEqual([...Array(pictures).fill('added'), 'closed while the archive is locked'])
  expect(pictures).toBeGreaterThan(0)
})

it('a follower that cannot close keeps no other from closing, nor the archive', async () => {
  const archive = await openArchive(path.join(temporaryFolder(), 'archive'))
  const { follower, news } = createFollower()
  const broken: Follower = () => ({ close: () => Promise.reject(new Error('sabotage')) })
  await follow(archive, [broken, follower]).close()
  expect(news).toEqual(['closed'])
})

it('sidecars, programs and the mirror follow if the settings say so; the totals always do', () => {
  const none = { sidecars: false, onPicture: undefined, mirror: undefined }
  const mirror = { endpoint: 'https://s3.example', bucket: 'pictures', region: 'auto', prefix: '', live: false }
  expect(followersFor(none, () => {})).toEqual([followTotals])
  expect(followersFor({ ...none, sidecars: true, onPicture: ['true'], mirror }, () => {})).toHaveLength(3)
  expect(followersFor({ ...none, mirror: { ...mirror, live: true } }, () => {})).toHaveLength(2)
})
