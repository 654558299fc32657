import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { newCollections, pullCollection, pushCollections } from '../../src/mirror/collections.ts'
import { openKnown } from '../../src/mirror/known.ts'
import { collectionKey, hashOf } from '../../src/mirror/layout.ts'
import type { Store } from '../../src/mirror/s3.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

/** A store that has what is in the map. */
function storeOf(objects: Map<string, Buffer>): Store {
  const found = (bytes: Buffer | undefined) => bytes && { lengthBytes: bytes.length, md5: null }
  return {
    head: async (key) => found(objects.get(key)),
    async get(key) {
      const bytes = objects.get(key)
      return bytes && { bytes, about: {} }
    },
    async put(key, bytes) {
      objects.set(key, bytes)
      return { lengthBytes: bytes.length, md5: null }
    },
    async *list(beginning) {
      for (const [key, bytes] of objects)
        if (key.startsWith(beginning)) yield { key, lengthBytes: bytes.length, md5: null }
    },
  }
}

const textOf = (name: string, second?: number) =>
  JSON.stringify({ name, ids: ['a'], ...(second !== undefined && { changedAt: new Date(second * 1_000) }) })

/** A machine with an archive of its own, before a mirror that others may use as well. */
function machineAt(objects: Map<string, Buffer>) {
  const root = temporaryFolder()
  const file = path.join(root, 'collections', 'x.json')
  const place = { endpoint: 'http://nowhere', bucket: 'b', region: 'r', prefix: '' }
  const mirror = async () => ({ root, store: storeOf(objects), known: await openKnown(root, place) })
  const failed: string[] = []
  return {
    root,
    failed,
    write: (text: string) => void put(file, text),
    remove: () => rmSync(file),
    text: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
    async push() {
      const onFailed = (place: string, reason: string) => void failed.push(`${place}: ${reason}`)
      const { signal } = new AbortController()
      return pushCollections(await mirror(), { lanes: 2, signal, onFailed })
    },
    async pull() {
      const ends = await mirror()
      let changed = 0
      for (const news of await newCollections(ends))
        if (await pullCollection(ends, news, (state, reason) => failed.push(`${collectionKey(state)}: ${reason}`)))
          changed += 1
      return changed
    },
  }
}

function twoMachines() {
  const objects = new Map<string, Buffer>()
  return { objects, one: machineAt(objects), two: machineAt(objects) }
}

/** Puts something into the mirror, as anybody may who can write there. */
function forge(objects: Map<string, Buffer>, second: number, text: string, sha256 = hashOf(Buffer.from(text))): string {
  const key = collectionKey({ id: 'x', at: second * 1_000, sha256 })
  objects.set(key, Buffer.from(text))
  return key
}

describe('collections of two machines', () => {
  it('end as the one that was changed last, whoever sends first, and what is unchanged is not sent again', async () => {
    for (const isLaterFirst of [true, false]) {
      const { objects, one, two } = twoMachines()
      one.write(textOf('older', 100))
      two.write(textOf('newer', 200))
      for (const machine of isLaterFirst ? [two, one] : [one, two]) await machine.push()
      expect([await one.pull(), await two.pull()]).toEqual([1, 0])
      expect([one.text(), two.text()]).toEqual([textOf('newer', 200), textOf('newer', 200)])
      expect([await one.push(), await two.push(), await one.pull(), await two.pull()]).toEqual([0, 0, 0, 0])
      expect(objects.size).toBe(2)
    }
  })

  it('lets an older one replace nothing, and keeps both in the mirror', async () => {
    const { objects, one, two } = twoMachines()
    one.write(textOf('older', 100))
    await one.push()
    two.write(textOf('newer', 200))
    expect(await two.pull()).toBe(0)
    expect(two.text()).toBe(textOf('newer', 200))
    expect([...objects.values()].map(String).sort()).toEqual([textOf('newer', 200), textOf('older', 100)])
  })

  it('counts one without a time as older than any, and of two such takes the same on both', async () => {
    const { one, two } = twoMachines()
    one.write(textOf('this'))
    two.write(textOf('that'))
    await Promise.all([one.push(), two.push()])
    expect((await one.pull()) + (await two.pull())).toBe(1)
    expect(one.text()).toBe(two.text())
    one.write(textOf('dated', 1))
    await one.push()
    expect(await two.pull()).toBe(1)
    expect(two.text()).toBe(textOf('dated', 1))
  })

  it('takes a file that was changed by hand, or by a clock that is behind, as later than what it replaces', async () => {
    const { one, two } = twoMachines()
    one.write(textOf('sent', 500))
    await one.push()
    await two.pull()
    two.write(textOf('by hand', 400))
    expect(await two.push()).toBe(1)
    expect(await one.pull()).toBe(1)
    expect(one.text()).toBe(textOf('by hand', 400))
  })

  it('sends what is here before it is replaced', async () => {
    const { objects, one, two } = twoMachines()
    one.write(textOf('newer', 200))
    await one.push()
    two.write(textOf('older', 100))
    expect(await two.pull()).toBe(1)
    expect([...objects.values()].map(String)).toContain(textOf('older', 100))
  })

  it('bring none back that was deleted here, until another machine changes it', async () => {
    const { objects, one, two } = twoMachines()
    one.write(textOf('first', 100))
    await one.push()
    await two.pull()
    one.remove()
    expect([await one.push(), await one.pull(), one.text(), objects.size]).toEqual([0, 0, undefined, 1])
    expect([await two.pull(), two.text()]).toEqual([0, textOf('first', 100)])
    two.write(textOf('second', 300))
    await two.push()
    expect([await one.pull(), one.text()]).toEqual([1, textOf('second', 300)])
  })
})

describe('what is no collection', () => {
  it.each([
    ['is no collection', '{"ids":["a"]}', undefined],
    ['is no collection', 'torn{', undefined],
    ['the mirror has other bytes in its place', textOf('forged', 900), '0'.repeat(64)],
  ])(
    'in the mirror is named (%s), replaces nothing, and the one before it counts: %s',
    async (reason, text, sha256) => {
      const { objects, one, two } = twoMachines()
      one.write(textOf('right', 100))
      await one.push()
      const key = forge(objects, 900, text, sha256)
      expect([await two.pull(), two.text()]).toEqual([1, textOf('right', 100)])
      expect([await one.pull(), one.text()]).toEqual([0, textOf('right', 100)])
      for (const { failed } of [one, two]) expect(failed).toEqual([`${key}: ${reason}`])
    },
  )

  it('here is named by a push, and is replaced by nothing', async () => {
    const { objects, one } = twoMachines()
    one.write('torn{')
    expect([await one.push(), one.failed]).toEqual([0, ['collections/x.json: is no collection that can be read']])
    forge(objects, 900, textOf('newer', 900))
    await expect(one.pull()).rejects.toThrow('is no collection that can be read')
    expect(one.text()).toBe('torn{')
  })
})
