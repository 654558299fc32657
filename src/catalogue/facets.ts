import type { Origin } from '../archive/origins.ts'
import type { Entry } from './entry.ts'
import { shapeOf } from './filter-tests.ts'
import type { Shape } from './filters.ts'
import { type SharedName, tagNameOf } from './names.ts'
import type { GeneratedBy } from './record-fields.ts'

/** How many pictures are what; whatever is not known of a picture is not counted. */
export interface Facets {
  readonly total: number
  readonly by: Readonly<Partial<Record<GeneratedBy, number>>>
  readonly shape: Readonly<Partial<Record<Shape, number>>>
  readonly source: Readonly<Partial<Record<Origin, number>>>
  /** By number of stars, "0" to "5". */
  readonly stars: Readonly<Record<string, number>>
  readonly flags: { readonly picked: number; readonly rejected: number; readonly favourite: number }
  /** The most frequent first, at most a hundred. */
  readonly tags: readonly (readonly [tag: string, count: number])[]
  /** `2026-11`, the newest first, as the list is; in this machine's time zone. */
  readonly months: Readonly<Record<string, number>>
  /** `2026-11-03`, likewise. */
  readonly days: Readonly<Record<string, number>>
  readonly profiles: Readonly<Record<string, number>>
}

const maxTags = 100

/** Counts what pictures are; days and months come in the order of the pictures. */
export function facetsOf(entries: Iterable<Entry>): Facets {
  const counts = { by: tally(), shape: tally(), source: tally(), stars: tally(), profiles: tally() }
  const [months, days, tags, flags] = [tally(), tally(), new Map<string, SharedName>(), tally()]
  const dayOf = createDayOf()
  let total = 0
  for (const entry of entries) {
    total += 1
    counts.by.add(entry.by)
    counts.shape.add(shapeOf(entry) ?? '')
    counts.source.add(entry.source)
    counts.stars.add(String(entry.stars))
    flags.add(entry.flag)
    if (entry.favourite) flags.add('favourite')
    for (const label of entry.profiles) counts.profiles.add(label)
    for (const folded of entry.tags) countName(tags, folded, entry)
    days.add(dayOf(entry.date))
  }
  for (const [day, count] of Object.entries(days.all())) months.add(day.slice(0, 7), count)
  const [by, shape, source, stars, profiles] = Object.values(counts).map(({ all }) => all())
  const { picked = 0, rejected = 0, favourite = 0 } = flags.all()
  return {
    total,
    ...{ by: by ?? {}, shape: shape ?? {}, source: source ?? {}, stars: stars ?? {}, profiles: profiles ?? {} },
    flags: { picked, rejected, favourite },
    tags: [...tags.values()]
      .sort((one, other) => other.count - one.count)
      .slice(0, maxTags)
      .map((tag) => [tagNameOf(tag), tag.count]),
    months: months.all(),
    days: days.all(),
  }
}

function countName(names: Map<string, SharedName>, folded: string, entry: Entry): void {
  const known = names.get(folded)
  names.set(folded, { folded, count: (known?.count ?? 0) + 1, newest: known?.newest ?? entry })
}

/** Numbers by name; an empty one is none. */
function tally() {
  const counts = new Map<string, number>()
  return {
    add: (name: string, count = 1) => void (name !== '' && counts.set(name, (counts.get(name) ?? 0) + count)),
    all: (): Record<string, number> => Object.fromEntries(counts),
  }
}

const two = (number: number) => String(number).padStart(2, '0')

/**
 * Says on which day of this machine's time zone a moment lies; quick where moments come in order, for it computes a day
 * once.
 *
 * Units   Unix seconds to `yyyy-MM-dd`.
 */
export function createDayOf(): (date: number) => string {
  let [start, end, day] = [0, 0, '']
  return (date) => {
    if (date < start || date >= end) {
      const at = new Date(date * 1000)
      const [year, month, dayOfMonth] = [at.getFullYear(), at.getMonth(), at.getDate()]
      start = new Date(year, month, dayOfMonth).getTime() / 1000
      end = new Date(year, month, dayOfMonth + 1).getTime() / 1000
      day = `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(dayOfMonth)}`
    }
    return day
  }
}
