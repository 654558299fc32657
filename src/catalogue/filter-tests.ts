// Pure and without Node, so that the page of a static copy filters just as the server does.

import { sameLabel } from '../profile-rules.ts'
import type { Entry } from './entry.ts'
import type { Filters, Shape } from './filters.ts'
import { fold } from './fold.ts'

/** Whether a picture is one of those that are wanted. */
export type Where = (entry: Entry) => boolean

/** The tests of what is said in filters, but for their words. */
export function testsOf({ from, to, by, shape, source, hasSeed, favourite, tag = '', profile }: Filters): Where[] {
  const folded = fold(tag.trim())
  const tests: (Where | false | undefined)[] = [
    from !== undefined && (({ date }) => date >= from),
    to !== undefined && (({ date }) => date <= to),
    by && ((entry) => entry.by === by),
    shape && ((entry) => shapeOf(entry) === shape),
    source && ((entry) => entry.source === source),
    hasSeed && ((entry) => entry.hasSeed),
    favourite && ((entry) => entry.favourite),
    folded !== '' && (({ tags }) => tags.includes(folded)),
    profile !== undefined && (({ profiles }) => profiles.some((label) => sameLabel(label, profile))),
  ]
  return tests.filter((test) => typeof test === 'function')
}

/** Sides that differ by less are taken for equal. */
const squareWithin = 1.05

/** The shape of a picture; undefined where its size is not known. */
export function shapeOf({ width, height }: Entry): Shape | undefined {
  if (width === 0 || height === 0) return undefined
  if (width > height * squareWithin) return 'wide'
  return height > width * squareWithin ? 'tall' : 'square'
}
