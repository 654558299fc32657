import { describe, expect, it } from 'vitest'
import { noMarks } from '../../src/archive/marks.ts'
import { flag } from '../../src/gallery-page/api.ts'
import { show } from '../../src/gallery-page/shown.ts'
import { slideOf } from '../../src/gallery-page/slide.ts'
import { noFilters } from '../../src/gallery-page/state.ts'
import { detailsOf, listOf, shownOf } from './fakes.ts'

const source = {
  imageUrl: (id: string) => `image/${id}`,
  thumbUrl: (id: string, heightPx: number) => `thumb/${id}/${heightPx}`,
}

describe('a slide', () => {
  it('uses the list as long as there are no details', () => {
    expect(slideOf('c', { source, shown: shownOf('abc', 'c'), details: null })).toEqual({
      src: 'image/c',
      thumb: 'thumb/c/480',
      width: 102,
      height: 202,
      isMissing: false,
      alt: '',
      isVeiled: false,
    })
  })

  it('uses the details of its own picture, and of no other', () => {
    const details = detailsOf({ id: 'a', width: 5, height: 6, prompt: 'A boat' })
    const shown = shownOf('abc')
    expect(slideOf('a', { source, shown, details })).toMatchObject({ width: 5, height: 6, alt: 'A boat' })
    expect(slideOf('b', { source, shown, details })).toMatchObject({ width: 101, height: 201, alt: '' })
  })

  it('is blurred when its tag says so, according to the list, or to its details where it is not listed', () => {
    const list = listOf(['a', 'b'])
    const shown = show({ ...list, pictures: { ...list.pictures, marks: [32 | 5, 31] } }, noFilters, null)
    expect(['a', 'b'].map((id) => slideOf(id, { source, shown, details: null }).isVeiled)).toEqual([true, false])
    const details = { ...detailsOf({ id: 'x' }), marks: { ...noMarks, tags: ['Blur'] } }
    expect(slideOf('x', { source, shown, details }).isVeiled).toBe(true)
    expect(slideOf('y', { source, shown, details }).isVeiled).toBe(false)
  })

  it('has no size when neither has one', () => {
    expect(slideOf('x', { source, shown: shownOf('abc'), details: null })).toMatchObject({ width: 0, height: 0 })
  })

  it('says that its image is missing, according to the list or to newer details', () => {
    const list = listOf(['a'])
    const shown = show({ ...list, pictures: { ...list.pictures, flags: [flag.isMissing] } }, noFilters, null)
    expect(slideOf('a', { source, shown, details: null }).isMissing).toBe(true)
    const details = detailsOf({ id: 'a', isMissing: false })
    expect(slideOf('a', { source, shown, details }).isMissing).toBe(false)
  })
})
