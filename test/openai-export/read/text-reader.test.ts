import { expect, it } from 'vitest'
import { maxValues } from '../../../src/openai-export/read/splitter.ts'
import { textOf } from '../../../src/openai-export/read/text-reader.ts'

async function* chunksOf(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text)
}

/** `{}` so many times, of which each is a value when parsed. */
const values = (count: number) => '{}'.repeat(count)

it('a sidecar is read as one text, also where a character is split between chunks', async () => {
  const bytes = Buffer.from('["café"]')
  async function* split() {
    yield bytes.subarray(0, 6)
    yield bytes.subarray(6)
  }
  expect(await textOf(split())).toBe('["café"]')
})

it('a sidecar of more values than memory has room for is refused before it is parsed', async () => {
  const half = values(maxValues / 2)
  await expect(textOf(chunksOf(half, half, '{}'))).rejects.toThrow(`holds more than ${maxValues} values`)
  expect(await textOf(chunksOf(half, half))).toHaveLength(2 * maxValues)
})
