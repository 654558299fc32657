// Pure and without Node, so that the page of a static copy tells the same as the server.

import { type Entry, newestFirst } from './entry.ts'
import type { Picture, Small } from './record-fields.ts'

/** Rows of related pictures are no longer than this. */
const maxRelated = 100

/** The others of a conversation, and those of a lineage, oldest first. */
export function relatedOf(entries: readonly Entry[], entry: Entry): Record<'conversation' | 'lineage', Entry[]> {
  const conversation: Entry[] = []
  const lineage = new Set(kinOf(familiesOf(entries), entry))
  for (const other of entries) {
    if (isSame(other.conversationId, entry.conversationId)) conversation.push(other)
    if (isTwin(other, entry)) lineage.add(other)
  }
  const nearest = (some: Iterable<Entry>) =>
    [...some]
      .filter((other) => other !== entry)
      .sort((left, right) => Math.abs(left.date - entry.date) - Math.abs(right.date - entry.date))
      .slice(0, maxRelated)
      .sort((left, right) => newestFirst(right, left))
  return { conversation: nearest(conversation), lineage: nearest(lineage) }
}

const isSame = (one: string, other: string) => one !== '' && one === other

/** Of the same turn, or edited from the same picture. */
const isTwin = (one: Entry, other: Entry) =>
  isSame(one.messageId, other.messageId) || isSame(one.parentGenId, other.parentGenId)

/** Pictures by the generation they are of, where another was edited from that, and by the one they were edited from. */
interface Families {
  readonly parents: ReadonlyMap<string, readonly Entry[]>
  readonly children: ReadonlyMap<string, readonly Entry[]>
}

/** Edits are few among a hundred thousand, and whoever asks once mostly asks often. */
const knownFamilies = new WeakMap<readonly Entry[], Families>()

function familiesOf(entries: readonly Entry[]): Families {
  const known = knownFamilies.get(entries)
  if (known) return known
  const [parents, children] = [new Map<string, Entry[]>(), new Map<string, Entry[]>()]
  for (const entry of entries) if (entry.parentGenId !== '') addTo(children, entry.parentGenId, entry)
  for (const entry of entries) if (children.has(entry.genId)) addTo(parents, entry.genId, entry)
  const families = { parents, children }
  knownFamilies.set(entries, families)
  return families
}

function addTo(map: Map<string, Entry[]>, key: string, entry: Entry): void {
  const some = map.get(key)
  if (some) some.push(entry)
  else map.set(key, [entry])
}

/** Those an entry was edited from, up to the first, and those that were edited from it, down to the last. */
const kinOf = ({ parents, children }: Families, entry: Entry): Entry[] => [
  ...follow(entry.parentGenId, parents, 'parentGenId'),
  ...follow(entry.genId, children, 'genId'),
]

/** A hostile record may be its own ancestor. */
function follow(from: string, families: Families['parents'], next: 'genId' | 'parentGenId'): Entry[] {
  const found = new Set<Entry>()
  const asked = new Set([''])
  const open = [from]
  for (let genId = open.pop(); genId !== undefined && found.size < maxRelated; genId = open.pop()) {
    if (asked.has(genId)) continue
    asked.add(genId)
    for (const other of families.get(genId) ?? []) {
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
