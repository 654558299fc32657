import { type Marks, noMarks } from '../../src/archive/marks.ts'
import { type Entry, entryOf } from '../../src/catalogue/entry.ts'
import { readRecord } from '../../src/catalogue/record.ts'

/** Noon of a day in this machine's time zone, as records say it. */
export const noonOf = (day: string) => ({ date: new Date(`${day}T12:00:00`).getTime() / 1000 })

/** The entry of a picture whose record says this. */
export function entryWith(id: string, record: object = {}, marks: Partial<Marks> = {}): Entry {
  const read = readRecord(JSON.stringify({ fileId: id, date: 1_700_000_000, prompt: `prompt of ${id}`, ...record }))
  if (!read) throw new Error('no record')
  const file = { folder: '', name: `${id}.json`, modifiedMs: 0, sizeBytes: 0, marksModifiedMs: 0 }
  return entryOf(file, read, { ...noMarks, ...marks })
}
