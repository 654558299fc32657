import { expect, it } from 'vitest'
import { branchesOf } from '../../src/gallery-page/lineage-tree.ts'
import type { LineageNode } from '../../src/gallery-page/work.ts'

const node = (id: string, parentId: string | null, date: number): LineageNode => ({
  id,
  parentId,
  prompt: id,
  date,
  width: null,
  height: null,
  isMissing: false,
})
const drawn = (nodes: readonly LineageNode[]) =>
  branchesOf(nodes).map(({ node: { id }, depth, step, parentStep }) => `${id} ${depth} ${step}<${parentStep}`)

it('keeps a long way of single edits straight', () => {
  expect(drawn([node('c', 'b', 3), node('a', null, 1), node('b', 'a', 2)])).toEqual(['a 0 1<0', 'b 0 2<1', 'c 0 3<2'])
})

it('sets in from where the way forks, older edits first, each with its own edits set in below it', () => {
  const nodes = [node('a', null, 1), node('late', 'a', 9), node('early', 'a', 2), node('more', 'early', 10)]
  expect(drawn(nodes)).toEqual(['a 0 1<0', 'early 1 2<1', 'more 2 3<2', 'late 1 4<1'])
})

it('begins anew where the parent is not known', () => {
  expect(drawn([node('a', 'gone', 1), node('b', null, 2)])).toEqual(['a 0 1<0', 'b 0 2<0'])
})
