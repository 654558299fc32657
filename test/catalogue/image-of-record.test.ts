import { expect, it } from 'vitest'
import { imageOfRecord } from '../../src/catalogue/image-of-record.ts'

const record = { date: 1_696_860_000, gen_id: 'M5QoHjYO7Qe9pl1Z' }
const own = '1696860000-M5QoHjYO7Qe9pl1Z'

it.each(['.webp', '-A-man.webp', '-A man.webp', ' A man.png', '-猫.webp'])(
  'takes the only image whose name continues with %j',
  (rest) => {
    expect(imageOfRecord(record, ['1696860001-other.webp', `${own}${rest}`])).toBe(`${own}${rest}`)
  },
)

it('takes none if two are possible', () => {
  expect(imageOfRecord(record, [`${own}-A-man.webp`, `${own}.png`])).toBeUndefined()
})

it.each([
  ['another gen_id that begins alike', `${own}Z-A-man.webp`],
  ['another moment', '1696860001-M5QoHjYO7Qe9pl1Z-A-man.webp'],
  ['more in front', `0${own}-A-man.webp`],
  ['the end right there', own],
])('takes no name with %s', (_, name) => {
  expect(imageOfRecord(record, [name])).toBeUndefined()
})

it('looks for "unknown" if no gen_id was known', () => {
  const unknown = { ...record, gen_id: null }
  expect(imageOfRecord(unknown, ['1696860000-unknown-A-man.webp', `${own}.webp`])).toBe('1696860000-unknown-A-man.webp')
  expect(imageOfRecord(unknown, [`${own}.webp`])).toBeUndefined()
})
