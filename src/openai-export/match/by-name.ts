import { distinct, type Medium, type Shelf } from '../read/assets.ts'
import { ambiguous, type Demand, decided, type Match } from './matches.ts'

/** A link to a file the code interpreter wrote: in the folder of its own conversation, under its own name. */
export function byPlaceAndName({ references }: Demand, shelf: Shelf): Match | undefined {
  const [reference] = references
  if (!reference?.name || !reference.pointer.startsWith('sandbox:')) return undefined
  const conversationId = reference.conversationId.toLowerCase()
  const inFolder = shelf
    .byName(reference.name.normalize('NFC'))
    .filter(({ file, clues }) => clues.conversationIds.includes(conversationId) && /\/mnt\/data\//.test(file.path))
  const media = distinct(inFolder)
  if (media.length > 1) return ambiguous(media, 'ambiguous', [])
  return media[0] && decided('exact', 'T4', media[0], "its name in the conversation's own mnt/data folder")
}

/**
 * A link by name alone to a file that the same conversation names by its id, too: as an attachment, or by a row of the
 * library for the same message.
 */
export function byNameInConversation(
  demands: readonly Demand[],
  matches: ReadonlyMap<Demand, Match>,
): Map<Demand, Match> {
  const named = new Map<string, Medium[]>()
  const note = (conversationId: string, name: string | null | undefined, medium: Medium) => {
    const key = `${conversationId}\n${name?.normalize('NFC')}`
    if (name) named.set(key, [...(named.get(key) ?? []), medium])
  }
  for (const [{ references, library }, { medium }] of matches)
    for (const { conversationId, name } of medium ? references : [])
      for (const one of new Set([name, library?.name])) if (medium) note(conversationId, one, medium)
  const found = new Map<Demand, Match>()
  for (const demand of demands) {
    const [link] = demand.references
    if (matches.has(demand) || !link?.pointer.startsWith('sandbox:')) continue
    const media = distinct(named.get(`${link.conversationId}\n${link.name?.normalize('NFC')}`) ?? [])
    if (media.length > 1) found.set(demand, ambiguous(media, 'ambiguous', []))
    else if (media[0]) found.set(demand, decided('probable', 'T6', media[0], 'its name among the conversation’s files'))
  }
  return found
}

/** Attachments without id in the file's name: name and exact size together, each pair occurring once on either side of an account. */
export function byNameAndSize(demands: readonly Demand[], media: readonly Medium[]): Map<Demand, Match> {
  const keysOf = ({ references }: Demand) =>
    new Set(
      references.flatMap(({ name, sizeBytes, account }) =>
        name && sizeBytes ? [`${account} ${name} ${sizeBytes}`] : [],
      ),
    )
  const wanted = countBy(demands.flatMap((demand) => [...keysOf(demand)]))
  const files = new Map<string, Medium[]>()
  for (const medium of distinct(media)) {
    const key = `${medium.account} ${medium.file.path.split('/').at(-1)} ${medium.content?.bytes}`
    files.set(key, [...(files.get(key) ?? []), medium])
  }
  const matches = new Map<Demand, Match>()
  for (const demand of demands)
    for (const key of keysOf(demand)) {
      const found = files.get(key) ?? []
      const isOnly = found.length === 1 && wanted.get(key) === 1
      if (isOnly && found[0]) matches.set(demand, decided('probable', 'T6', found[0], 'name and size, both unique'))
      else if (found.length > 0) matches.set(demand, ambiguous(found, 'ambiguous', []))
    }
  return matches
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
