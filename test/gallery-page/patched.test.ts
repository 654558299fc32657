import { expect, it } from 'vitest'
import type { Changed } from '../../src/gallery-page/api.ts'
import { patched } from '../../src/gallery-page/patched.ts'
import { listOf } from './fakes.ts'

const change = (revision: number, marked?: Changed['marked']): Changed => ({
  revision,
  added: [],
  removed: [],
  ...(marked && { marked }),
})
const list = listOf(['a', 'b', 'c'])

it('changes of marks alone are followed, one after the other, and nothing else is another', () => {
  const next = patched(list, [change(2, [['b', 1, 16]]), change(3, []), change(4, [['b', 0, 3]])])
  expect(next).toEqual({ ...list, revision: 4, pictures: { ...list.pictures, marks: [0, 3, 0] } })
  expect(next?.pictures.id).toBe(list.pictures.id)
  expect(list.pictures.marks).toEqual([0, 0, 0])
})

it('what the list has already is passed over', () => {
  expect(patched(list, [change(1, [['a', 0, 5]])])).toBe(list)
})

it.each<[string, Changed[]]>([
  ['more than marks changed', [change(2)]],
  ['a change was missed', [change(3, [['a', 0, 5]])]],
  ['one between was of more', [change(2, []), change(3), change(4, [])]],
  ['a picture is not in the list', [change(2, [['z', 0, 5]])]],
])('the list is old where %s', (_, changes) => {
  expect(patched(list, changes)).toBeUndefined()
})
