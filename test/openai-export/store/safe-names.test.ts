import { describe, expect, it } from 'vitest'
import { safeName } from '../../../src/openai-export/store/safe-names.ts'

describe('a long name', () => {
  it('keeps its beginning and its extension', () => {
    expect(safeName(`${'a'.repeat(300)}.png`)).toBe(`${'a'.repeat(176)}.png`)
    expect(safeName(`${'é'.repeat(40_000)}.webp`)).toBe(`${'é'.repeat(87)}.webp`)
  })

  it('of millions of letters is looked at only at both ends, else this would take hours', () => {
    expect(safeName(`${'b'.repeat(4_000_000)}.png`)).toBe(`${'b'.repeat(176)}.png`)
    expect(safeName(`x${'. '.repeat(2_000_000)}y`)).toMatch(/^x[. ]+$|^x$/)
  })

  it('of nothing but dots and blanks is none', () => {
    expect(safeName(`${'. '.repeat(20_000)}`)).toBe('file')
  })
})
