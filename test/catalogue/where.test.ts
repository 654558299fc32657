import { describe, expect, it } from 'vitest'
import { type Marks, noMarks } from '../../src/archive/marks.ts'
import { entryOf } from '../../src/catalogue/entry.ts'
import { readRecord } from '../../src/catalogue/record.ts'
import { parseWhere } from '../../src/catalogue/where.ts'

function picture(id: string, more: Readonly<Record<string, unknown>> = {}, marks: Partial<Marks> = {}) {
  const date = Date.parse('2026-01-15T12:00:00') / 1000
  const record = readRecord(JSON.stringify({ fileId: id, date, prompt: `prompt of ${id}`, ...more }))
  if (!record) throw new Error('no record')
  const file = { folder: '', name: `${id}.json`, modifiedMs: 0, sizeBytes: 0, marksModifiedMs: 0 }
  return entryOf(file, record, { ...noMarks, ...marks })
}
const at = (day: string) => ({ date: new Date(`${day}T12:00:00`).getTime() / 1000 })

const all = [
  picture(
    'coat',
    { ...at('2025-12-31'), prompt: 'A red coat', width: 10, height: 10, profiles: ['Zu Hause', 'work'] },
    { favourite: true, stars: 4, flag: 'picked', tags: ['Sea'] },
  ),
  picture(
    'bridge',
    { ...at('2026-01-01'), prompt: 'A coat that is red, and a bridge', seed: 5, profiles: ['work'] },
    { flag: 'rejected' },
  ),
  picture('orphan', { ...at('2026-02-28'), source: { origin: 'export' }, prompt: 'É "or" é' }, { tags: ['two words'] }),
]

const found = (text: string) => {
  const parsed = parseWhere(text, { collection: (name) => (name === 'best' ? ({ id }) => id === 'coat' : undefined) })
  return 'flaw' in parsed ? parsed.flaw : all.filter(parsed.where).map(({ id }) => id)
}

describe('what is wanted', () => {
  it.each<[string, string[]]>([
    ['', ['coat', 'bridge', 'orphan']],
    ['coat', ['coat', 'bridge']],
    ['"red coat"', ['coat']],
    ['RED bridge', ['bridge']],
    ['favourite', ['coat']],
    ['favorite and red', ['coat']],
    ['"favourite"', []],
    ['-favourite', ['bridge', 'orphan']],
    ['not favourite and not seed', ['orphan']],
    ['coat -"red coat"', ['bridge']],
    ['seed', ['bridge']],
    ['missing', ['coat', 'bridge', 'orphan']],
    ['after:2026-01', ['bridge', 'orphan']],
    ['after:2026', ['bridge', 'orphan']],
    ['after:2026-01-02', ['orphan']],
    ['before:2026-01', ['coat']],
    ['before:2026-01-02 after:2025-12-31', ['coat', 'bridge']],
    ['by:dalle', ['bridge']],
    ['by:gpt-image', ['coat', 'orphan']],
    ['source:export', ['orphan']],
    ['shape:square', ['coat']],
    ['tag:sea', ['coat']],
    ['tag:"two words"', ['orphan']],
    ['-tag:sea -tag:"two words"', ['bridge']],
    ['profile:work', ['coat', 'bridge']],
    ['profile:"zu hause"', ['coat']],
    ['-profile:work', ['orphan']],
    ['profile:wor', []],
    ['e "or"', ['orphan']],
    ['stars:>3', ['coat']],
    ['stars:0 flag:rejected', ['bridge']],
    ['is:picked', ['coat']],
    ['is:untagged and not is:missing', []],
    ['collection:best', ['coat']],
    ['-collection:"best"', ['bridge', 'orphan']],
    ['constructor', []],
  ])('%s', (text, ids) => {
    expect(found(text)).toEqual(ids)
  })

  it('is what the issue’s own example says', () => {
    expect(found('favourite and after:2026-01')).toEqual([])
    expect(found('favourite and after:2025-12')).toEqual(['coat'])
  })

  it.each([
    ['after:yesterday', /2026-01/],
    ['after:2026-02-30', /2026-01/],
    ['before:', /colon/],
    ['before: favourite', /colon/],
    ['"red coat', /quote/],
    ['tag:"red coat', /quote/],
    ['by:midjourney', /dalle, gpt-image/],
    ['colour:red', /"colour" is none of/],
    ['red or blue', /"or"/],
    ['stars:>9', /from 0 to 5/],
    ['flag:red', /picked, rejected/],
    ['is:nice', /untagged/],
    ['collection:worst', /no collection/],
    ['constructor:x', /none of/],
    ['red not', /"not"/],
    [`${'word '.repeat(101)}`, /100/],
  ])('%s is not understood, and it says why', (text, said) => {
    expect(found(text)).toEqual(expect.stringMatching(said))
  })

  it('a date with a colon needs no quotes when it is quoted', () => {
    expect(found('"16:9"')).toEqual([])
    expect(found('16:9')).toEqual([])
  })
})
