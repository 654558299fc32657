import { expect, it } from 'vitest'
import { undoOf } from '../../src/gallery-page/undo.ts'
import type { Before } from '../../src/gallery-page/work.ts'

const before = (id: string, more: Partial<Before> = {}): Before => ({
  id,
  stars: 0,
  flag: '',
  favourite: false,
  tags: [],
  ...more,
})

it('gives back only what was changed, pictures that were alike in one step', () => {
  const steps = undoOf({ stars: 5 }, [before('a'), before('b', { stars: 3, flag: 'picked' }), before('c')])
  expect(steps).toEqual([
    { ids: ['a', 'c'], changes: { stars: 0 } },
    { ids: ['b'], changes: { stars: 3 } },
  ])
})

it('takes tags away again only where they were new, and returns those that were there', () => {
  const steps = undoOf({ addTags: ['sea'], removeTags: ['draft'] }, [
    before('a', { tags: ['sea', 'draft'] }),
    before('b', { tags: [] }),
    before('c', { tags: ['sea'] }),
  ])
  expect(steps).toEqual([
    { ids: ['a'], changes: { addTags: ['draft'] } },
    { ids: ['b'], changes: { removeTags: ['sea'] } },
  ])
})
