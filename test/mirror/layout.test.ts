import { describe, expect, it } from 'vitest'
import {
  collectionKey,
  collectionOfKey,
  hashOf,
  isLater,
  marksKey,
  marksOfKey,
  originalKey,
  recordKey,
  sha256OfKey,
  stateOfKey,
} from '../../src/mirror/layout.ts'

const sha256 = hashOf(Buffer.from('x'))
const places = [
  { folder: '2023/10/29', name: 'M5QoHjYO7Qe9pl1Z-mTlImgNhbMGexJI3DFLJXJlh.json' },
  { folder: '', name: 'unknown-other~File.json' },
]

describe('a key', () => {
  it('says again what it was made of', () => {
    expect(sha256OfKey(originalKey(sha256))).toBe(sha256)
    for (const place of places) {
      expect(stateOfKey(recordKey({ place, sha256 }))).toEqual({ place, sha256 })
      expect(marksOfKey(marksKey({ place, sha256, at: 1_700_000_000_123 }))).toEqual({
        place,
        sha256,
        at: 1_700_000_000_123,
      })
    }
    const state = { id: '0a1b-x', sha256, at: 1_700_000_000_123 }
    expect(collectionOfKey(collectionKey(state))).toEqual(state)
  })

  it('of marks comes after that of earlier ones', () => {
    const [place = { folder: '', name: '' }] = places
    const keys = [5, 10, 1_700_000_000_000, 17_000_000_000_000].map((at) => marksKey({ place, sha256, at }))
    expect(keys.toSorted()).toEqual(keys)
  })

  it('that somebody else made is none, and leads nowhere outside of the archive', () => {
    for (const place of [
      '../../etc/x-File',
      '2023/../../x-File',
      '.hidden/x-File',
      'a\\b/x-File',
      'no_id',
      '2023//x-File',
      // Where another record may be, and what no disk takes.
      '2023/10/29/M5QoHjYO7Qe9pl1Z-Other.json/x-File',
      `${'ü'.repeat(120)}/x-File`,
      '',
    ])
      for (const key of [`records/${place}/${sha256}.json`, `marks/${place}/000000000000001-${sha256}.json`])
        expect([stateOfKey(key), marksOfKey(key)]).toEqual([undefined, undefined])
    for (const id of ['..', '../x', 'A', 'a/b', '', 'x'.repeat(65)])
      expect(collectionOfKey(`collections/${id}/000000000000001-${sha256}.json`)).toBeUndefined()
    expect([sha256OfKey(`originals/ab/${sha256}x`), sha256OfKey(`originals/../${sha256}`)]).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe('of two states of a collection', () => {
  it('the later one counts, and of the same time the same one on every machine', () => {
    const [one, two] = [
      { id: 'x', at: 5, sha256: 'b'.repeat(64) },
      { id: 'x', at: 10, sha256: 'a'.repeat(64) },
    ]
    expect([isLater(two, one), isLater(one, two), isLater(one, one), isLater(one, undefined)]).toEqual([
      ...[true, false, false, true],
    ])
    const same = { ...one, at: 10 }
    expect([isLater(same, two), isLater(two, same)]).toEqual([true, false])
  })
})
