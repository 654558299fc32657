import { describe, expect, it } from 'vitest'
import { type Marks, noMarks } from '../../src/archive/marks.ts'
import { editsIn, remember } from '../../src/sidecars/edits.ts'
import { nothingSaid, type Said } from '../../src/sidecars/read-xmp.ts'

const prompt = 'A red coat'
const listsOf = (...tags: string[]) => ({ subject: tags, tagsList: tags, hierarchical: tags })
const said = (more: Partial<Said> = {}): Said => ({ ...nothingSaid, description: prompt, ...more })
const edits = (before: Partial<Said>, now: Partial<Said>, marks: Partial<Marks> = {}) =>
  editsIn(remember(said(before), prompt), said(now), { ...noMarks, ...marks }, prompt)

describe('the rating', () => {
  it('is stars, and makes a favourite of four, and none of three', () => {
    expect(edits({}, { rating: 4 })).toEqual({ favourite: true, stars: 4 })
    expect(edits({}, { rating: 3 })).toEqual({ stars: 3 })
    expect(edits({ rating: 3 }, { rating: 2 }, { stars: 3, favourite: true })).toEqual({ stars: 2 })
    expect(edits({ rating: 5 }, { rating: 3 }, { favourite: true })).toEqual({ favourite: false, stars: 3 })
    expect(edits({ rating: 5 }, { rating: null }, { favourite: true })).toEqual({ favourite: false, stars: 0 })
    expect(edits({}, { rating: 7.4 })).toEqual({ favourite: true, stars: 5 })
  })

  it('of -1 rejects, leaves the stars alone, and takes nothing back but itself', () => {
    expect(edits({ rating: 4 }, { rating: -1 }, { stars: 4 })).toEqual({ flag: 'rejected' })
    expect(edits({ rating: -1 }, { rating: 0 }, { flag: 'rejected', stars: 4 })).toEqual({ flag: '' })
    expect(edits({ rating: -1 }, { rating: 2 }, { flag: 'picked' })).toEqual({ stars: 2 })
  })

  it('that was not changed leaves what was marked in the gallery meanwhile', () => {
    expect(edits({ rating: 5 }, { rating: 5, ...listsOf('new') }, { favourite: false })).toEqual({ tags: ['new'] })
    expect(edits({ rating: 2 }, { rating: 2 }, { stars: 4, favourite: true, flag: 'picked' })).toBeUndefined()
  })
})

describe('tags', () => {
  it('come and go, whichever of the three lists a program writes', () => {
    expect(edits(listsOf('a'), { ...listsOf('a'), subject: ['a', 'b'] }, { tags: ['a'] })).toEqual({ tags: ['a', 'b'] })
    const dropped = { ...listsOf('a', 'b'), subject: ['a'], hierarchical: ['a'] }
    expect(edits(listsOf('a', 'b'), dropped, { tags: ['a', 'b'] })).toEqual({ tags: ['a'] })
  })

  it('stay when a program drops a list it does not know, and go when all lists are gone', () => {
    expect(edits(listsOf('a'), { subject: ['a'] }, { tags: ['a'] })).toBeUndefined()
    expect(edits(listsOf('a'), {}, { tags: ['a'] })).toEqual({ tags: [] })
  })

  it('with steps are one tag, though the flat list has the last step alone', () => {
    const digikam = { subject: ['Rome'], tagsList: ['places/Rome'], hierarchical: ['places/Rome'] }
    expect(edits({}, digikam)).toEqual({ tags: ['places/Rome'] })
    expect(edits(listsOf('places/Rome'), digikam, { tags: ['places/Rome'] })).toBeUndefined()
    expect(edits({}, { hierarchical: ['places', 'places/Rome'] })).toEqual({ tags: ['places/Rome'] })
  })

  it('of the gallery stay, and those it removed do not come back', () => {
    expect(edits(listsOf('a'), listsOf('a', 'b'), { tags: ['a', 'new'] })).toEqual({ tags: ['a', 'new', 'b'] })
    expect(edits(listsOf('a'), listsOf('a', 'b'), { tags: [] })).toEqual({ tags: ['b'] })
  })

  it('in which darktable notes what it did are none', () => {
    expect(edits({}, { hierarchical: ['darktable/format/png', 'sea'] })).toEqual({ tags: ['sea'] })
  })

  it('that nobody could write by hand are left out', () => {
    expect(edits({}, listsOf('x'.repeat(101), 'sea'))).toEqual({ tags: ['sea'] })
  })
})

describe('the description', () => {
  it('becomes the note when it is another than the prompt', () => {
    expect(edits({}, { description: 'My caption' })).toEqual({ note: 'My caption' })
    expect(edits({ description: 'My caption' }, { description: 'Better' }, { note: 'My caption' })).toEqual({
      note: 'Better',
    })
    expect(edits({ description: 'My caption' }, { description: prompt }, { note: 'My caption' })).toEqual({ note: '' })
  })

  it('is no edit when only spaces, line ends or the form of letters differ', () => {
    const before = { description: 'Café\r\nin Rome ' }
    expect(edits(before, { description: 'Cafe\u0301\nin  Rome' })).toBeUndefined()
  })

  it('never replaces what was noted in the gallery', () => {
    expect(edits({}, { description: 'Theirs' }, { note: 'Mine' })).toEqual({ note: 'Mine\n\nTheirs' })
    expect(edits({ description: 'Theirs' }, { description: null }, { note: 'Mine\n\nTheirs' })).toEqual({
      note: 'Mine',
    })
  })

  it('that is an older prompt is none of somebody’s', () => {
    const older = { description: 'The first prompt', prompt: 'The first prompt' }
    expect(editsIn(remember(nothingSaid, null), said(older), noMarks, prompt)).toBeUndefined()
    expect(editsIn(remember(nothingSaid, null), said({ description: 'Own words' }), noMarks, prompt)).toEqual({
      note: 'Own words',
    })
  })
})
