import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseReader, type ServerEvent } from '../../src/decode/sse.ts'
import { cutAt } from '../fakes/messages.ts'

function read(pieces: readonly string[], maxChars?: number) {
  const events: ServerEvent[] = []
  let tooLong = 0
  const reader = createSseReader(
    (event) => events.push(event),
    () => {
      tooLong += 1
    },
    maxChars,
  )
  for (const piece of pieces) reader.feed(piece)
  reader.end()
  return { events, tooLong }
}

const whole = (name: string, data: string): ServerEvent => ({ name, data, isCut: false })

describe('framing', () => {
  it('reads names and data of events that a blank line separates', () => {
    const { events } = read(['event: delta\ndata: {"v":1}\n\ndata: [DONE]\n\n'])
    expect(events).toEqual([whole('delta', '{"v":1}'), whole('', '[DONE]')])
  })

  it('reads the same from LF and CRLF line ends', () => {
    const text = 'event: delta\ndata: {"v":"ä"}\n\n: a comment\n\ndata: {"type":"x"}\n\n'
    const withLf = read([text])
    expect(withLf.events).toHaveLength(2)
    expect(read([text.replaceAll('\n', '\r\n')])).toEqual(withLf)
  })

  it('reads a field with and without the space after its colon', () => {
    expect(read(['event:delta\ndata:{"v":1}\n\n'])).toEqual(read(['event: delta\ndata: {"v":1}\n\n']))
  })

  it('joins several data lines with a line feed', () => {
    expect(read(['data: {"a":\ndata: 1}\n\n']).events).toEqual([whole('', '{"a":\n1}')])
  })

  it('does not use the name of one event for the next', () => {
    const { events } = read(['event: delta\ndata: 1\n\ndata: 2\n\nevent: lonely\n\ndata: 3\n\n'])
    expect(events.map(({ name }) => name)).toEqual(['delta', '', ''])
  })

  it('ignores comments, unknown fields and lines that are not a field', () => {
    const { events } = read([': ping\nid: 7\nretry: 100\nretry: never\nnonsense\nfoo: bar\ndata: 1\nDATA: 2\n\n'])
    expect(events).toEqual([whole('', '1')])
  })
})

describe('the end', () => {
  it('returns a last event that has no blank line after it, marked as cut', () => {
    for (const tail of ['', '\n', '\r', '\r\n']) {
      expect(read([`data: 1\n\ndata: {"v":2}${tail}`]).events).toEqual([
        whole('', '1'),
        { name: '', data: '{"v":2}', isCut: true },
      ])
    }
  })

  it('adds nothing to a stream that ended where it should', () => {
    expect(read(['data: 1\n\n']).events).toEqual([whole('', '1')])
    expect(read([]).events).toEqual([])
  })
})

describe('pieces', () => {
  const text = [
    'event: delta_encoding\ndata: "v1"\n\n',
    'event: delta\r\ndata: {"p": "", "o": "add", "v": "Zen-Garten 樱花 🌸"}   \r\n\r\n',
    ': comment\n\ndata: {"a":\ndata: 1}\n\n',
    'data: [DONE]',
  ].join('')

  it('reads the same byte by byte as whole', () => {
    expect(read(text.split(''))).toEqual(read([text]))
  })

  it('reads the same wherever it is cut', () => {
    const expected = read([text])
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 30 }), (places) => {
        expect(read(cutAt(text, places))).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })
})

describe('an event longer than the limit', () => {
  const long = `data: ${'x'.repeat(100)}`
  const after = '\n\nevent: delta\ndata: short\n\n'

  it.each([
    ['whole', [long + after]],
    ['in halves', [long.slice(0, 60), long.slice(60) + after]],
    ['character by character', (long + after).split('')],
    ['as many data lines', ['data: yyyyyyyy\n'.repeat(20), after.slice(1)]],
    ['as many data lines, one by one', [...Array.from({ length: 20 }, () => 'data: yyyyyyyy\n'), after.slice(1)]],
  ])('is dropped and reported, fed %s, and the next event is read', (_, pieces) => {
    const { events, tooLong } = read(pieces, 50)
    expect(events).toEqual([whole('delta', 'short')])
    expect(tooLong).toBeGreaterThan(0)
  })

  it('is found quickly among millions of short lines with a single other line end', () => {
    expect(read([`${'data: 1\n\n'.repeat(400_000)}\r`]).events).toHaveLength(400_000)
  })

  it('is reported once', () => {
    expect(read((long + after).split(''), 50).tooLong).toBe(1)
  })

  it('does not affect an event that just fits', () => {
    const { events, tooLong } = read([`data: ${'x'.repeat(40)}\n\n`], 50)
    expect(events).toHaveLength(1)
    expect(tooLong).toBe(0)
  })
})
