import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ArchiverError, exitCodes, messageOf } from '../src/errors.ts'

/** The numbers in the first column of the README's table of exit codes: the rows that begin with `| 0 |`. */
function codesIn(markdown: string): number[] {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => /^\|\s*`?0`?\s*\|/.test(line))
  const rest = lines.slice(start)
  const length = rest.findIndex((line) => !line.startsWith('|'))
  const rows = start < 0 ? [] : rest.slice(0, length < 0 ? undefined : length)
  return rows.map((line) => Number(/^\|\s*`?(\d+)`?\s*\|/.exec(line)?.[1]))
}

const all = [...new Set<number>(Object.values(exitCodes))].sort((a, b) => a - b)

describe('exit codes', () => {
  it('are those of the README’s table', () => {
    expect(codesIn(readFileSync(path.resolve('README.md'), 'utf8'))).toEqual(all)
  })

  it('would be noticed if they were missing in that table', () => {
    const table = (codes: readonly number[]) =>
      `text\n\n| Code | Meaning |\n| --- | --- |\n${codes.map((code) => `| ${code} | x |`).join('\n')}\n\ntext`
    expect(codesIn(table(all))).toEqual(all)
    expect(codesIn(table(all.slice(0, -1)))).not.toEqual(all)
    expect(codesIn('no table')).toEqual([])
  })

  it('are 0 for success, and for nothing else', () => {
    expect(Object.entries(exitCodes).filter(([, code]) => code === 0)).toEqual([['ok', 0]])
    expect(all.every((code) => Number.isInteger(code) && code >= 0 && code < 256)).toBe(true)
  })
})

describe('an error the user can act on', () => {
  it('has code, sentence, hint and cause', () => {
    const cause = new Error('ENOSPC')
    const error = new ArchiverError('disk', 'The disk is full.', { hint: 'Make room.', cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'ArchiverError',
      code: 'disk',
      message: 'The disk is full.',
      hint: 'Make room.',
      cause,
    })
    expect('cause' in new ArchiverError('disk', 'No cause.')).toBe(false)
  })
})

it('anything that is thrown has a message of one line', () => {
  expect(messageOf(new Error('one\n  two\r\nthree '))).toBe('one two three')
  expect(messageOf('text')).toBe('text')
  expect(messageOf(undefined)).toBe('undefined')
  expect(messageOf({ toString: () => 'object' })).toBe('object')
})
