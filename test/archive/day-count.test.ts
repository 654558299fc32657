import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { openDayCount } from '../../src/archive/day-count.ts'
import { temporaryFolder } from '../fakes/folder.ts'

const hourMs = 3_600_000
const began = Date.parse('2026-05-07T10:00:00Z')
const ready = async () => {}

/** A run of the program; `passed` says how many hours went by on the clock that nobody sets. */
async function run(file = path.join(temporaryFolder(), 'days.json')) {
  let passedMs = 0
  const days = await openDayCount(file, ready, () => passedMs)
  const look = async (clockHours: number, passedHours = 0) => {
    passedMs += passedHours * hourMs
    await days.look(new Date(began + clockHours * hourMs))
    return days.today
  }
  return { file, days, look }
}

it('counts the days of a long run', async () => {
  const { look } = await run()
  const counted: number[] = []
  for (let hour = 0; hour <= 100; hour++) counted.push(await look(hour, 1))
  expect([23, 24, 47, 48, 100].map((hour) => counted[hour])).toEqual([0, 1, 1, 2, 4])
})

it('goes on in the next run, and counts the time between as one day', async () => {
  const first = await run()
  await first.look(0)
  await first.look(24, 24)
  const next = await run(first.file)
  expect(next.days.today).toBe(1)
  expect(await next.look(24 * 400)).toBe(2)
  expect(await next.look(24 * 800, 1)).toBe(2)
})

it('counts a jump of the clock as one day at most, and a clock set back as none', async () => {
  const { look } = await run()
  await look(0)
  expect(await look(24 * 365)).toBe(1)
  for (const hours of [0, 24 * 365, 0, 24 * 365, -24 * 9_000, 0]) expect(await look(hours, 1)).toBe(1)
  expect(await look(26, 26)).toBe(2)
})

it('starts again from a file without content, and leaves no file when nothing has an age', async () => {
  const file = path.join(temporaryFolder(), 'days.json')
  writeFileSync(file, '{"day": "x", "at"')
  const { days, look } = await run(file)
  expect(await look(0)).toBe(0)
  expect(existsSync(file)).toBe(true)
  await days.drop()
  expect(existsSync(file)).toBe(false)
})
