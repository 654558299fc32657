import { expect, it } from 'vitest'
import { parseFilters } from '../../src/catalogue/filters.ts'

const day = (year: number, month: number, date: number) => new Date(year, month - 1, date).getTime() / 1000

it('are parsed once, into numbers and booleans', () => {
  const query = {
    q: 'cat',
    from: '2024-02-01',
    to: '2024-02-01',
    by: 'dalle',
    shape: 'wide',
    source: 'live',
    seed: '1',
  }
  expect(parseFilters({ ...query, favourite: '1', tag: 'print', profile: 'work', offset: '7' })).toEqual({
    filters: {
      q: 'cat',
      from: day(2024, 2, 1),
      to: day(2024, 2, 2) - 1,
      by: 'dalle',
      shape: 'wide',
      source: 'live',
      hasSeed: true,
      favourite: true,
      tag: 'print',
      profile: 'work',
    },
  })
})

it('that are left out or empty do not filter', () => {
  expect(parseFilters({ q: '', from: '', by: '', seed: '', tag: undefined })).toEqual({ filters: {} })
})

it('take Unix seconds as they are, those before 1970 too', () => {
  expect(parseFilters({ from: '1700000000', to: '-86400' })).toEqual({ filters: { from: 1_700_000_000, to: -86_400 } })
})

it.each(['yesterday', '2024-02-31', '2024-13-01', '2024-2-1', '2024', '1.5e9'])('do not accept the date %s', (from) => {
  expect(parseFilters({ from })).toEqual({ flaw: '"from" must be a day (yyyy-MM-dd)' })
})

it('that cannot be understood are rejected, and the first of them is named', () => {
  expect(parseFilters({ shape: 'round', seed: 'yes', to: 'x' })).toEqual({
    flaw: '"shape" must be one of square, wide, tall',
  })
})
