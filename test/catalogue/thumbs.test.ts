import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createQueue } from '../../src/catalogue/queue.ts'
import { createThumbs, type Shrink } from '../../src/catalogue/thumbs.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { filesBelow, temporaryFolder } from '../fakes/folder.ts'
import { soon } from '../fakes/wire.ts'
import { archiveOf, idOf, indexOf, served } from '../gallery/support.ts'

const thumbFiles = (root: string) => filesBelow(root).filter((file) => file.startsWith('.cache/thumbs'))

async function setUp(shrink?: Shrink) {
  const { root, records } = await archiveOf(1)
  const index = await indexOf(root)
  const entry = index.entries[0]
  if (!entry) throw new Error('no entry')
  const thumbs = shrink ? createThumbs(root, async () => shrink) : createThumbs(root)
  return { root, entry, thumbs, sha256: records[0]?.sha256 ?? '', image: path.join(root, records[0]?.image ?? '') }
}

/** Whether the optional package is installed here. */
const hasSharp = await import('sharp').then(
  () => true,
  () => false,
)

describe.runIf(hasSharp)('with sharp', () => {
  it('a picture is made small, and cached under its hash', async () => {
    const { root, entry, thumbs, sha256 } = await setUp()
    const thumb = await thumbs.get(entry, 240)
    expect(thumb && inspectImage(thumb.bytes)).toMatchObject({ mime: 'image/webp', heightPx: 240, widthPx: 240 })
    expect(thumbFiles(root)).toEqual([`.cache/thumbs/${sha256.slice(0, 2)}/${sha256}-240.webp`])
    expect((await thumbs.get(entry, 480))?.etag).toBe(`"${sha256}-480"`)
  })

  it('deleting an image deletes its thumbnails too, and no others', async () => {
    const { root, records } = await archiveOf(2)
    const { ask } = await served(root)
    for (const n of [0, 1]) for (const h of [240, 480]) await ask(`/api/pictures/${idOf(n)}/thumb?h=${h}`)
    const before = thumbFiles(root)
    expect(before).toHaveLength(4)
    await ask(`/api/pictures/${idOf(0)}/image`, { method: 'DELETE' })
    expect(thumbFiles(root)).toEqual(before.filter((file) => !file.includes(records[0]?.sha256 ?? '')))
    expect(thumbFiles(root)).toHaveLength(2)
  })

  it('the server sends it, and the original of a picture that cannot be read', async () => {
    const { root } = await archiveOf(2)
    const { ask, gallery } = await served(root)
    const [newest] = gallery.catalogue.entries
    writeFileSync(path.join(root, newest?.imageFolder ?? '', newest?.imageName ?? ''), 'no image')
    const thumb = await ask(`/api/pictures/${idOf(0)}/thumb?h=480`)
    expect(thumb.headers['content-type']).toBe('image/webp')
    expect(inspectImage(thumb.bytes)).toMatchObject({ heightPx: 480 })
    expect(
      (await ask(`/api/pictures/${idOf(0)}/thumb?h=480`, { headers: { 'if-none-match': String(thumb.headers.etag) } }))
        .status,
    ).toBe(304)
    expect((await ask(`/api/pictures/${idOf(1)}/thumb`)).text).toBe('no image')
    expect((await ask(`/api/pictures/${idOf(0)}/thumb?h=100000`)).status).toBe(400)
  })
})

it('without sharp the original is sent', async () => {
  const { root, records } = await archiveOf(1)
  const { ask } = await served(root, { thumbs: createThumbs(root, async () => undefined) })
  const answer = await ask(`/api/pictures/${idOf(0)}/thumb?h=240`)
  expect(answer.bytes.equals(readFileSync(path.join(root, records[0]?.image ?? '')))).toBe(true)
  expect(answer.headers['content-type']).toBe('image/webp')
  expect(thumbFiles(root)).toEqual([])
})

const webp = Buffer.from('RIFF\0\0\0\0WEBPsmall', 'latin1')

describe('the cache of thumbnails', () => {
  it('makes each once, also when many ask at the same time', async () => {
    let made = 0
    const { entry, thumbs } = await setUp(async () => {
      made += 1
      await soon(20)
      return webp
    })
    await Promise.all([1, 2, 3].map(() => thumbs.get(entry, 240)))
    await thumbs.get(entry, 240)
    expect(made).toBe(1)
  })

  it('makes a new one when the image has changed', async () => {
    let made = 0
    const { entry, thumbs, image } = await setUp(async () => {
      made += 1
      return webp
    })
    await thumbs.get(entry, 240)
    writeFileSync(image, 'other bytes')
    await thumbs.get(entry, 240)
    expect(made).toBe(2)
  })

  it('makes a damaged one again, and never writes through a link', async () => {
    const { root, entry, thumbs } = await setUp(async () => webp)
    await thumbs.get(entry, 240)
    const [file = ''] = thumbFiles(root)
    writeFileSync(path.join(root, file), '<html>')
    expect((await thumbs.get(entry, 240))?.bytes).toEqual(webp)
    const other = await archiveOf(1)
    const outside = temporaryFolder()
    symlinkSync(outside, path.join(other.root, '.cache'))
    const [linked] = (await indexOf(other.root)).entries
    expect(linked && (await createThumbs(other.root, async () => async () => webp).get(linked, 240))?.bytes).toEqual(
      webp,
    )
    expect(filesBelow(outside)).toEqual([])
  })

  it('is not necessary: an image that cannot be made small gives undefined', async () => {
    const { entry, thumbs } = await setUp(() => Promise.reject(new Error('no image')))
    expect(await thumbs.get(entry, 240)).toBeUndefined()
  })
})

describe('the queue', () => {
  it('does two at once, the latest request first', async () => {
    const queue = createQueue<void>(2)
    const order: string[] = []
    let running = 0
    let most = 0
    const work = (name: string) => async () => {
      running += 1
      most = Math.max(most, running)
      order.push(name)
      await soon(5)
      running -= 1
    }
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => queue.add(name, work(name))))
    expect(order).toEqual(['a', 'b', 'e', 'd', 'c'])
    expect(most).toBe(2)
  })

  it('skips what nobody waits for any more', async () => {
    const queue = createQueue<string>(1)
    const [gone, here] = [new AbortController(), new AbortController()]
    const done: string[] = []
    const work = (name: string) => async () => {
      await soon(5)
      done.push(name)
      return name
    }
    const all = [
      queue.add('a', work('a')),
      queue.add('b', work('b'), gone.signal),
      queue.add('c', work('c'), gone.signal),
      queue.add('c', work('c'), here.signal),
    ]
    gone.abort()
    expect(await Promise.all(all)).toEqual(['a', undefined, 'c', 'c'])
    expect(done).toEqual(['a', 'c'])
  })

  it('goes on after a failure', async () => {
    const queue = createQueue<string>(1)
    await expect(queue.add('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await queue.add('a', async () => 'yes')).toBe('yes')
  })
})
