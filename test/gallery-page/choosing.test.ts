import { describe, expect, it } from 'vitest'
import { type Chooser, createChooser } from '../../src/gallery-page/choosing.ts'
import { createDrafts } from '../../src/gallery-page/drafts.ts'
import { unrated } from '../../src/gallery-page/rating.ts'
import type { Before, Changes } from '../../src/gallery-page/work.ts'

/** Marks as a server holds them, and all that was asked of it. */
function served() {
  const marks = new Map<string, Before>()
  const asked: { ids: readonly string[]; changes: Changes }[] = []
  const said: string[] = []
  let refusal: Error | undefined
  const drafts = createDrafts()
  const of = (id: string): Before => marks.get(id) ?? { id, ...unrated, tags: [] }
  const chooser: Chooser = createChooser({
    drafts,
    say: (words) => said.push(words),
    redraw: () => {},
    work: {
      async change(ids, changes) {
        asked.push({ ids, changes })
        if (refusal) throw refusal
        const before = ids.map(of)
        for (const id of ids) marks.set(id, { ...of(id), ...changes })
        return { changed: ids.length, failed: 0, before }
      },
    },
  })
  const refuse = (error?: Error) => {
    refusal = error
  }
  return { chooser, drafts, asked, said, of, refuse }
}

describe('choosing', () => {
  it('shows a choice before it is answered', async () => {
    const { chooser } = served()
    const answered = chooser.change(['a'], { stars: 4 })
    expect(chooser.rating('a', unrated)).toEqual({ ...unrated, stars: 4 })
    expect(chooser.rating('b', unrated)).toEqual(unrated)
    await answered
    expect(chooser.rating('a', unrated).stars).toBe(4)
  })

  it('sends changes in the order in which they were made, so that the last one holds', async () => {
    const { chooser, of, asked } = served()
    await Promise.all([1, 2, 3, 4, 5].map((stars) => chooser.change(['a'], { stars })))
    expect(asked.map(({ changes }) => changes.stars)).toEqual([1, 2, 3, 4, 5])
    expect(of('a').stars).toBe(5)
  })

  it('shows what could not be changed as it still is, and says why', async () => {
    const { chooser, refuse, said } = served()
    refuse(new Error('The disk is full.'))
    await chooser.change(['a'], { flag: 'rejected' })
    expect(chooser.rating('a', unrated)).toEqual(unrated)
    expect(said.at(-1)).toBe('The disk is full.')
  })
})

describe('undo', () => {
  it('takes changes back one by one, the last one first, and tells of which pictures', async () => {
    const { chooser, of } = served()
    await chooser.change(['a', 'b'], { stars: 3 })
    await chooser.change(['a'], { flag: 'picked' })
    expect(await chooser.undo()).toEqual(['a'])
    expect(of('a')).toMatchObject({ stars: 3, flag: '' })
    expect(await chooser.undo()).toEqual(['a', 'b'])
    expect([of('a').stars, of('b').stars]).toEqual([0, 0])
  })

  it('that comes before a change was answered takes back that change', async () => {
    const { chooser, of } = served()
    void chooser.change(['a'], { stars: 3 })
    await chooser.undo()
    expect(of('a').stars).toBe(0)
  })

  it('that failed can be tried again', async () => {
    const { chooser, of, refuse } = served()
    await chooser.change(['a'], { stars: 3 })
    refuse(new Error('The disk is full.'))
    expect(await chooser.undo()).toEqual([])
    refuse()
    expect(await chooser.undo()).toEqual(['a'])
    expect(of('a').stars).toBe(0)
  })

  it('says so when there is nothing to undo', async () => {
    const { chooser, said, asked } = served()
    expect(await chooser.undo()).toEqual([])
    expect(said).toEqual(['There is nothing to undo.'])
    expect(asked).toEqual([])
  })
})

describe('a draft', () => {
  const known = { ...unrated, stars: 1 }

  it('holds until a list is there that was asked for after the answer', () => {
    const drafts = createDrafts()
    drafts.add(['a'], { stars: 5 })
    drafts.listed()
    drafts.listed()
    expect(drafts.over('a', known).stars).toBe(5)
    drafts.answered(['a'], true)
    drafts.listed()
    expect(drafts.over('a', known).stars).toBe(5)
    drafts.listed()
    expect(drafts.over('a', known).stars).toBe(1)
  })
})
