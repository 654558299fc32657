import { expect, it } from 'vitest'
import type { Picture } from '../../src/gallery-page/api.ts'
import { findRejected } from '../../src/gallery-page/rejected.ts'
import { detailsOf } from './fakes.ts'

it('counts all rejected pictures that are still here, over all pages, and how large they are', async () => {
  const all: Picture[] = Array.from({ length: 1203 }, (_, at) => ({
    ...detailsOf({ id: `p${at}`, bytes: at % 2 ? 10 : null, isMissing: at < 3 }).picture,
  }))
  const asked: string[] = []
  const found = await findRejected({
    async pictures(filters, offset, limit) {
      asked.push(`${filters.q} ${offset}`)
      return all.slice(offset, offset + limit)
    },
  })
  expect(found.ids).toEqual(all.slice(3).map(({ id }) => id))
  expect(found.bytes).toBe(6000)
  expect(asked).toEqual(['is:rejected 0', 'is:rejected 500', 'is:rejected 1000'])
})
