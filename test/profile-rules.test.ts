import { describe, expect, it } from 'vitest'
import { fileOfProfile, isLabel } from '../src/profile-rules.ts'

describe('a label', () => {
  it.each(['work', 'Zu Hause', '2', 'a.b-c_d', 'Kätzchen', '仕事', 'x'.repeat(40)])('may be %j', (text) => {
    expect(isLabel(text)).toBe(true)
    expect(fileOfProfile('attempts', text)).toBe(`attempts-${text}.ndjson`)
  })

  it.each([
    ...['', ' work', 'work ', '.', '..', '-', 'a/b', 'a\\b', '../x', 'a\u0000b', 'a\nb', 'me@example.com'],
    ...['x'.repeat(41), 'CON:', 'a\u0308'.normalize('NFD').repeat(1), 'work*'],
  ])('may not be %j', (text) => {
    expect(isLabel(text)).toBe(false)
  })

  it('is in no name without one', () => {
    expect(fileOfProfile('attempts', null)).toBe('attempts.ndjson')
  })
})
