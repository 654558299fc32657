/** Seeded damage: the same dice do the same damage, so that a failure can be repeated. */

/** Random choices that depend on nothing but the seed. */
export interface Dice {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
}

/** Dice of one seed (mulberry32). */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    chance: (probability) => next() < probability,
    pick(list) {
      const index = below(list.length)
      return list[index] as (typeof list)[number]
    },
  }
}

/** Texts that have broken programs before: paths, ids of other systems, control characters, halves of characters. */
const evilTexts = [
  '',
  '../../x',
  'file-../../etc/passwd',
  'sediment://file_../../../x',
  'file-service://..\\..\\x',
  'file-CON',
  'CON',
  '.',
  '..',
  '\0',
  'file-\0',
  'a\nb\r\n\r\ndata: x\n\n',
  '\ud800',
  '\udc00\ud800',
  '\u202e\ufeff\u2028',
  '__proto__',
  'constructor',
  '%00%2e%2e%2f',
  '%',
  'NaN',
  '-1',
  '9999-99-99T99:99:99Z',
  '[DONE]',
  'https://files.oaiusercontent.com/file-../..',
  'javascript:alert(1)',
] as const

const evilNumbers = [0, -0, -1, 1.5, 1e308, -1e308, 1e-320, 2 ** 53, 4_102_444_801, 253_402_300_800_000]

/** Depths around the limit and around what a stack holds. */
const depths = [99, 100, 101, 102, 200, 5_000, 100_000]

/** Stands for a depth that cannot be built as a value and written as text; `jsonText` puts it in. */
const deepMark = (levels: number, kind: string) => `@deep:${levels}:${kind}@`

const evilObjects = [
  '{}',
  '[]',
  '[null]',
  '[[],{},0,"x"]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":1}',
  '{"length":-1,"then":1}',
  '{"author":{},"content":{}}',
  '{"author":{"role":"tool"},"content":{"parts":{}}}',
  '{"content_type":"image_asset_pointer","asset_pointer":{}}',
]

/** A value of a type, size or depth that nobody expects. */
function evilValue(dice: Dice): unknown {
  switch (dice.below(9)) {
    case 0:
      return null
    case 1:
      return dice.chance(0.5)
    case 2:
    case 3:
      return dice.pick(evilNumbers)
    case 4:
    case 5:
      return dice.pick(evilTexts)
    case 6:
      return dice.chance(0.05) ? 'x'.repeat(dice.pick([1_001, 20_000, 300_000])) : 'x'.repeat(dice.below(300))
    case 7:
      return dice.chance(0.1) ? deepMark(dice.pick(depths), dice.pick(['[', '{', 'm'])) : JSON.parse('{"a":[1]}')
    default:
      return JSON.parse(dice.pick(evilObjects))
  }
}

type Holder = unknown[] | Record<string, unknown>
interface Place {
  readonly holder: Holder
  readonly key: string
}

function placesIn(value: unknown): Place[] {
  const places: Place[] = []
  const holders: unknown[] = [value]
  while (holders.length > 0) {
    const holder = holders.pop()
    if (typeof holder !== 'object' || holder === null) continue
    for (const [key, inner] of Object.entries(holder)) {
      places.push({ holder: holder as Holder, key })
      holders.push(inner)
    }
  }
  return places
}

const get = ({ holder, key }: Place): unknown => (holder as Record<string, unknown>)[key]
const set = ({ holder, key }: Place, value: unknown) => {
  if (Array.isArray(holder) && !/^\d+$/.test(key)) holder.push(value)
  // Not by assignment, which for `__proto__` would do something else than JSON does.
  else Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
}

/** A JSON value with one to three places damaged; the given one stays as it is. */
export function mutateJson(value: unknown, dice: Dice): unknown {
  const root = { value: structuredClone(value) }
  for (let left = 1 + dice.below(3); left > 0; left--) damage(placesIn(root), dice)
  return root.value
}

function damage(places: readonly Place[], dice: Dice) {
  if (places.length === 0) return
  const place = dice.pick(places)
  const other = dice.pick(places)
  switch (dice.below(10)) {
    case 0:
      if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1)
      else delete place.holder[place.key]
      return
    case 1:
      if (Array.isArray(place.holder)) place.holder.push(structuredClone(get(place)))
      else set({ holder: place.holder, key: `${place.key}2` }, structuredClone(get(place)))
      return
    case 2: {
      // Copies, since a value put inside itself is no JSON.
      const [here, there] = [structuredClone(get(place)), structuredClone(get(other))]
      set(place, there)
      set(other, here)
      return
    }
    case 3:
      return set(place, dice.chance(0.5) ? [get(place)] : { [dice.pick(evilTexts)]: get(place) })
    case 4:
      return set({ holder: place.holder, key: dice.pick([...evilTexts, '0', 'id']) }, evilValue(dice))
    case 5: {
      const text = get(place)
      return set(place, typeof text === 'string' ? mutateText(text, dice) : evilValue(dice))
    }
    case 6: {
      const value = get(place)
      // Many, but not of what is large: the whole must stay below the limits of what it stands in.
      const count = dice.chance(0.02) && jsonText(value).length < 500 ? 5_000 : dice.below(5)
      const list = Array.from({ length: count }, () => value)
      return set(place, list)
    }
    default:
      return set(place, evilValue(dice))
  }
}

/** A value as JSON, with what is too deep to be written by the runtime. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null'
  if (!text.includes('@deep:')) return text
  return text.replace(/"@deep:(\d+):(.)@"/g, (_, levels: string, kind: string) => deepText(Number(levels), kind))
}

/** JSON nested so deep, of lists, objects or messages in messages. */
export function deepText(levels: number, kind = '['): string {
  if (kind === '[') return '['.repeat(levels) + ']'.repeat(levels)
  const open = kind === '{' ? '{"a":' : '{"mapping":{"n":{"message":'
  return `${open.repeat(levels)}0${(kind === '{' ? '}' : '}}}').repeat(levels)}`
}

/** A text that was cut, swapped, doubled, spoilt or blown up somewhere. */
export function mutateText(text: string, dice: Dice): string {
  const [from, to] = [dice.below(text.length + 1), dice.below(text.length + 1)].sort((a, b) => a - b) as [
    number,
    number,
  ]
  const [head, middle, tail] = [text.slice(0, from), text.slice(from, to), text.slice(to)]
  switch (dice.below(8)) {
    case 0:
      return dice.chance(0.5) ? head : tail
    case 1:
      return head + tail
    case 2:
      return tail + middle + head
    case 3:
      return head + middle + middle + tail
    case 4:
      return head + dice.pick(evilTexts) + tail
    case 5:
      return head + String.fromCharCode(dice.below(0x1_0000)) + text.slice(from + 1)
    case 6:
      return head + dice.pick(['"', '\\', '{', ']', '\n', '\n\n', ',', '0', '\\ud800', 'e999']) + text.slice(from)
    default:
      return dice.chance(0.02)
        ? head + middle.repeat(1 + Math.floor(100_000 / (middle.length + 1))) + tail
        : head + head
  }
}

/** The same for bytes; UTF-8 does not stay UTF-8. */
export function mutateBytes(bytes: Buffer, dice: Dice): Buffer {
  const [from, to] = [dice.below(bytes.length + 1), dice.below(bytes.length + 1)].sort((a, b) => a - b) as [
    number,
    number,
  ]
  const [head, middle, tail] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)]
  switch (dice.below(6)) {
    case 0:
      return dice.chance(0.5) ? head : tail
    case 1:
      return Buffer.concat([head, tail])
    case 2:
      return Buffer.concat([tail, middle, head])
    case 3:
      return Buffer.concat([head, middle, middle, tail])
    default: {
      const spoilt = Buffer.from(bytes)
      for (let left = 1 + dice.below(6); left > 0; left--) {
        // The beginning of a file is where its types and lengths are.
        const at = dice.below(dice.chance(0.7) ? Math.min(64, bytes.length) : bytes.length)
        spoilt[at] = dice.pick([0, 1, 0x7f, 0x80, 0xff, dice.below(256)])
      }
      return spoilt
    }
  }
}
