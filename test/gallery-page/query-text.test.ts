import { describe, expect, it } from 'vitest'
import { parseWhere } from '../../src/catalogue/where.ts'
import { cleanName, collectionQuery, queryText, termIn, withTerm } from '../../src/gallery-page/query-text.ts'
import { noFilters } from '../../src/gallery-page/state.ts'

describe('a search as words', () => {
  it('says all that the filters say, and the search understands it', () => {
    const query = queryText({
      q: 'boat -sail',
      from: '2026-01-02',
      to: '2026-02-28',
      by: 'gpt-image',
      shape: 'tall',
      source: 'live',
      seed: true,
      favourite: true,
      tag: 'Für Oma',
      profile: 'work',
    })
    expect(query).toBe(
      'boat -sail after:2026-01-02 before:2026-03-01 by:gpt-image shape:tall source:live seed is:favourite tag:"Für Oma" profile:work',
    )
    expect(parseWhere(query)).not.toHaveProperty('flaw')
  })

  it('is nothing where nothing is looked for', () => {
    expect(queryText(noFilters)).toBe('')
  })
})

it('finds a collection by a name with spaces, and lets no name end its own quotes', () => {
  expect(collectionQuery('wall')).toBe('collection:wall')
  expect(collectionQuery('For the wall')).toBe('collection:"For the wall"')
  expect(cleanName('  my "best" ')).toBe('my ’best’')
})

describe('a search word in a query', () => {
  it('is read, replaced and taken out, and the other words stay', () => {
    expect(termIn('boat stars:>3 sea', 'stars')).toBe('>3')
    expect(termIn('boat mystars:3', 'stars')).toBe('')
    expect(withTerm('boat stars:>3 sea', 'stars', '5')).toBe('boat sea stars:5')
    expect(withTerm('stars:>3', 'stars', '')).toBe('')
    expect(withTerm('', 'is', 'picked')).toBe('is:picked')
  })
})
