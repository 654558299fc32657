import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { WatchEvent } from '../../src/daemon/events.ts'
import { type TroubleWatchOptions, watchForTrouble } from '../../src/daemon/trouble-watch.ts'
import { ArchiverError } from '../../src/errors.ts'
import { statusOf } from '../../src/status/status.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'

const now = () => new Date()

async function setUp(options: Partial<TroubleWatchOptions> = {}) {
  const archive = await openArchive(temporaryFolder())
  const events: WatchEvent[] = []
  const shown: string[] = []
  const troubles = await watchForTrouble({
    ...{ archive, now, onEvent: (event) => void events.push(event) },
    tellDesktop: async (text) => void shown.push(text),
    ...options,
  })
  const close = async () => {
    await troubles.close()
    await archive.close()
  }
  return { archive, events, shown, troubles, close }
}

describe('a disk that is nearly full', () => {
  it('is told at once, on the desktop and in a line, and seen by status while it is so', async () => {
    const { archive, events, shown, close } = await setUp({ freeBytes: async () => 450e6 })
    await until(() => shown.length > 0 || undefined)
    const text = 'The disk of the archive is nearly full: 0.5 GB are left. → make room on it'
    expect([shown, events]).toEqual([[text], [{ kind: 'trouble', trouble: 'disk-full', text }]])
    await close()
    // The disk of this machine has room, so that what was seen then is not said any more.
    expect((await statusOf(archive.root, now())).troubles).toEqual([])
  })

  it('is not told of a disk with room, nor of one that does not say', async () => {
    for (const free of [2e9, undefined]) {
      const looked = { times: 0 }
      const freeBytes = async () => {
        looked.times += 1
        return free
      }
      const { events, shown, close } = await setUp({ freeBytes })
      await until(() => looked.times > 0 || undefined)
      await close()
      expect([events, shown]).toEqual([[], []])
    }
  })
})

describe('a browser that cannot be had', () => {
  it('is told with its reason, and seen by status until one is watched', async () => {
    const { archive, events, shown, troubles, close } = await setUp()
    troubles.failed(new ArchiverError('browser-not-found', 'No browser was found.'))
    expect(shown).toEqual([
      'There is no browser to watch, so nothing is archived: No browser was found. → dalle-archiver doctor',
    ])
    // The error itself is printed by whoever started the watch.
    expect(events).toEqual([])
    expect((await statusOf(archive.root, now())).troubles).toMatchObject([{ kind: 'browser', profile: null }])
    troubles.signsOf(null).over('browser')
    await close()
    expect((await statusOf(archive.root, now())).troubles).toEqual([])
  })

  it('is not meant by other errors', async () => {
    const { events, troubles, close } = await setUp()
    troubles.failed(new ArchiverError('archive-locked', 'in use'))
    troubles.failed(new Error('browser-unreachable'))
    await close()
    expect(events).toEqual([])
  })
})

it('a line is all there is without a desktop', async () => {
  const archive = await openArchive(temporaryFolder())
  const events: WatchEvent[] = []
  const troubles = await watchForTrouble({ archive, now, onEvent: (event) => void events.push(event) })
  troubles.signsOf('work').seen('disk-full', '1 GB are left')
  await troubles.close()
  await archive.close()
  expect(events).toMatchObject([{ kind: 'trouble', text: expect.stringMatching(/^work: The disk of the archive/) }])
})
