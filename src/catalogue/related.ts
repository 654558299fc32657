// Pure and without Node, so that the page of a static copy tells the same as the server.

import { type Entry, newestFirst } from './entry.ts'
import type { Picture, Small } from './record-fields.ts'

/** Rows of related pictures are no longer than this. */
const maxRelated = 100

/** The others of a conversation, and those of a lineage, oldest first. */
export function relatedOf(entries: readonly Entry[], entry: Entry): Record<'conversation' | 'lineage', Entry[]> {
  // Of a hundred thousand, not even the references are copied: who asks once mostly asks often.
  const nearest = (some: Entry[]) =>
    some
      .filter((other) => other !== entry)
      .sort((left, right) => Math.abs(left.date - entry.date) - Math.abs(right.date - entry.date))
      .slice(0, maxRelated)
      .sort((left, right) => newestFirst(right, left))
  return {
    conversation: nearest(entries.filter((other) => isSame(other.conversationId, entry.conversationId))),
    lineage: nearest([...new Set([...kinOf(entries, entry), ...entries.filter((one) => isTwin(one, entry))])]),
  }
}

const isSame = (one: string, other: string) => one !== '' && one === other

/** Of the same turn, or edited from the same picture. */
const isTwin = (one: Entry, other: Entry) =>
  isSame(one.messageId, other.messageId) || isSame(one.parentGenId, other.parentGenId)

/** Those an entry was edited from, up to the first, and those that were edited from it, down to the last. */
function kinOf(entries: readonly Entry[], entry: Entry): Entry[] {
  const above = follow(entry.parentGenId, (genId) => entries.filter((other) => other.genId === genId), 'parentGenId')
  const below = follow(entry.genId, (genId) => entries.filter((other) => other.parentGenId === genId), 'genId')
  return [...above, ...below]
}

/** A hostile record may be its own ancestor. */
function follow(from: string, find: (genId: string) => Entry[], next: 'genId' | 'parentGenId'): Entry[] {
  const found = new Set<Entry>()
  const asked = new Set([''])
  const open = [from]
  for (let genId = open.pop(); genId !== undefined && found.size < maxRelated; genId = open.pop()) {
    if (asked.has(genId)) continue
    asked.add(genId)
    for (const other of find(genId)) {
      found.add(other)
      open.push(other[next])
    }
  }
  return [...found]
}

/** What a row of related pictures shows of one. */
export const smallOf = ({ id, prompt, date, width, height, isMissing }: Picture): Small => ({
  id,
  prompt,
  date,
  width,
  height,
  isMissing,
})
