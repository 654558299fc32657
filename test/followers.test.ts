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

it('sidecars and programs follow if the settings say so; the totals always do', () => {
  expect(followersFor({ sidecars: false, onPicture: undefined }, () => {})).toEqual([followTotals])
  expect(followersFor({ sidecars: true, onPicture: ['true'] }, () => {})).toHaveLength(3)
})
