import path from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openArchive } from '../../../src/archive/archive.ts'
import { newCollection, writeCollection } from '../../../src/archive/collections.ts'
import { changeMarks } from '../../../src/archive/mark-files.ts'
import { recordPlaces } from '../../../src/catalogue/record-places.ts'
import { main } from '../../../src/cli/main.ts'
import type { MirrorSettings } from '../../../src/config.ts'
import { openDoor } from '../../../src/daemon/door.ts'
import { servicesOf } from '../../../src/daemon/services.ts'
import { follow } from '../../../src/followers.ts'
import { type KeepMirrorOptions, keepMirror } from '../../../src/mirror/follower.ts'
import { readLastPush } from '../../../src/mirror/last.ts'
import { push } from '../../../src/mirror/push.ts'
import { put, temporaryFolder } from '../../fakes/folder.ts'
import { createFakeIo } from '../../fakes/io.ts'
import { swiftKeys } from '../../fakes/swift.ts'
import { unreliableStore } from '../../fakes/unreliable-store.ts'
import { until } from '../../fakes/until.ts'
import { archiveOf, keepAll, nthFacts } from '../../gallery/support.ts'
import { contentsOf, endpoint, keysIn, mirrorOf, newBucket, storeAt } from './support.ts'

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', swiftKeys.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', swiftKeys.secretAccessKey)
  return () => vi.unstubAllEnvs()
})

/** An archive that is open and followed by its mirror. */
async function followed(root: string, settings: MirrorSettings, more: KeepMirrorOptions = {}) {
  const archive = await openArchive(root, { isLocked: true })
  const following = follow(archive, [keepMirror(settings, { firstAfterMs: 600_000, pauseMs: 1, ...more })])
  const close = async () => {
    await following.close()
    await archive.close()
  }
  onTestFinished(close)
  /** Archives a picture, as a watch does. */
  const keep = (n: number) => keepAll(root, [nthFacts(n)], 2_000, { ...archive, close: async () => {} })
  return { archive, close, keep }
}

describe.skipIf(endpoint === '')('a mirror that is live', () => {
  it('gets each picture when it is archived, its marks when they are made, and nothing twice', async () => {
    const [settings, root] = [await newBucket(), temporaryFolder()]
    const store = await storeAt(settings)
    const { archive, keep } = await followed(root, settings)
    await keep(1)
    await until(async () => (await keysIn(store)).length === 2)
    const [place] = await recordPlaces(root)
    await changeMarks(archive, place ?? { folder: '', name: '' }, { favourite: true })
    await until(async () => (await keysIn(store, 'marks/')).length === 1)
    await keep(2)
    await until(async () => (await keysIn(store)).length === 5)
    expect((await readLastPush(root))?.trouble).toBeNull()
  })

  it('gets the collections that were changed with the next picture', async () => {
    const [settings, root] = [await newBucket(), temporaryFolder()]
    const store = await storeAt(settings)
    const { keep } = await followed(root, settings)
    await writeCollection(root, undefined, () => newCollection({ name: 'Best', ids: ['a'] }))
    await keep(1)
    await until(async () => (await keysIn(store, 'collections/')).length === 1)
  })

  it('gets what was archived last before the archive is closed', async () => {
    const [settings, root] = [await newBucket(), temporaryFolder()]
    const { close, keep } = await followed(root, settings)
    for (let n = 0; n < 5; n++) await keep(n)
    await close()
    expect(await keysIn(await storeAt(settings))).toHaveLength(10)
  })

  it('gets the pictures of the past a while after the start', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(3)]
    await followed(root, settings, { firstAfterMs: 1 })
    const store = await storeAt(settings)
    await until(async () => (await keysIn(store)).length === 6)
  })

  it('that is away holds nobody up, is called behind, and gets everything when it is back', async () => {
    const [settings, root] = [await newBucket(), temporaryFolder()]
    let isAway = true
    const unreliable = await unreliableStore(endpoint, () => (isAway ? 'slow-down' : undefined))
    const behind = { ...settings, endpoint: unreliable.endpoint }
    const notices: string[] = []
    const onNotice = (text: string) => void notices.push(text)
    const { keep } = await followed(root, behind, { firstAfterMs: 100, everyMs: 100, onNotice })
    await keep(1)
    await until(async () => (await readLastPush(root))?.trouble?.includes('503 SlowDown'))
    expect((await openArchive(root)).count).toBe(1)
    const tried = unreliable.asked.length
    await until(() => unreliable.asked.length > tried)
    expect(notices).toEqual([expect.stringMatching(/503 SlowDown.* Pictures are archived all the same/)])
    isAway = false
    const store = await storeAt(settings)
    await until(async () => (await keysIn(store)).length === 2)
    await until(async () => (await readLastPush(root))?.trouble === null)
  })

  it('without credentials is called behind, and the archive goes on', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    const root = temporaryFolder()
    const { keep } = await followed(root, await newBucket())
    await keep(1)
    await until(async () => (await readLastPush(root))?.trouble?.startsWith('There are no credentials'))
  })
})

describe.skipIf(endpoint === '')('a watch', () => {
  it('pulls for whoever asks while it holds the archive', async () => {
    const [settings, { root }, second] = [await newBucket(), await archiveOf(2), temporaryFolder()]
    await push({ mirror: await mirrorOf(root, settings) })
    const archive = await openArchive(second, { isLocked: true })
    const more = { watches: [], drained: async () => {}, now: () => new Date() }
    const changes: string[] = []
    archive.onRecord((_, change) => void changes.push(change))
    const door = openDoor(archive.root, servicesOf({ archive, mirror: settings, ...more }))
    try {
      const config = put(
        path.join(temporaryFolder(), 'config.json'),
        JSON.stringify({ archivePath: second, mirror: settings }),
      )
      const io = createFakeIo()
      expect(await main(['mirror', 'pull', '--originals', '--config', config], io)).toBe(0)
      expect(io.out).toContain('2 pictures added')
      expect(archive.count).toBe(2)
      // Hooks run for none of them: they were made on the other machine.
      expect(changes).toEqual(['pulled', 'pulled'])
      expect(contentsOf(second)).toEqual(contentsOf(root))
    } finally {
      await door.close()
      await archive.close()
    }
  })
})
