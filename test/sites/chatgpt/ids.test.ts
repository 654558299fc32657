import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFileId, parsePointer } from '../../../src/sites/chatgpt/ids.ts'
import { mergeFindings, nothingFound, odd } from '../../../src/sites/findings.ts'
import { bareId, type FileId, parseGenerationId } from '../../../src/sites/ids.ts'
import { fileNo } from '../../fakes/messages.ts'

const old = 'file-Qm4Zt1Yb8LxV0pKs7RcD2wEa'
const recent = 'file_00000000a1b2c3d4e5f60718293a4b5c'

const hostile = [
  '',
  'file_',
  'file-',
  'file',
  '../file_1',
  'file_../../x',
  'file-..',
  'file_a/b',
  'file_a\\b',
  'file_a\u0000',
  'file_a\n',
  'file_a b',
  'file_ä',
  'file_a.png',
  'file_a:b',
  ' file_a',
  `file_${'a'.repeat(81)}`,
  'FILE_a',
  'user_a',
  '__proto__',
  'constructor',
]

describe('a file id', () => {
  it.each([[old], [recent], ['file_sanitized_image_1']])('is %s', (text) => {
    expect(parseFileId(text)).toBe(text)
  })

  it('is derived from a storage address', () => {
    expect(parseFileId('00000000-A1B2-c3d4-e5f6-0718293a4b5c')).toBe(recent)
  })

  it.each(hostile.map((text) => [text]))('is not %j', (text) => {
    expect(parseFileId(text)).toBeNull()
    expect(parsePointer(text)).toBeNull()
    expect(parsePointer(`sediment://${text}`)).toBeNull()
  })

  it('is always safe as a file name, whatever it is made from', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `file_${text}`),
          fc.string().map((text) => `sediment://file-${text}`),
        ),
        (text) => {
          expect(parsePointer(text)?.fileId ?? 'file_1').toMatch(/^file[-_][A-Za-z0-9_]{1,80}$/)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('without its prefix is the form used in records', () => {
    expect(bareId(old as FileId)).toBe('Qm4Zt1Yb8LxV0pKs7RcD2wEa')
    expect(bareId(recent as FileId)).toBe('00000000a1b2c3d4e5f60718293a4b5c')
  })
})

describe('a pointer', () => {
  it.each([
    [`file-service://${old}`, old],
    [`file-service://${recent}`, recent],
    [`sediment://${recent}`, recent],
    ['file-service://00000000-a1b2-c3d4-e5f6-0718293a4b5c', recent],
    [recent, recent],
    [recent.replace('_', '%5F'), recent],
  ])('%s is the picture %s', (text, fileId) => {
    expect(parsePointer(text)).toEqual({ fileId, isDerivative: false })
  })

  it.each([
    `sediment://0a1b2c#${recent}#p_0.0a1b2c.jpg`,
    `0a1b2c%23${recent}%23thumbnail`,
    `${recent}%23thumbnail`,
    `${recent}#thumbnail`,
  ])('%s is a derivative of its file', (text) => {
    expect(parsePointer(text)).toEqual({ fileId: recent, isDerivative: true })
  })

  it.each([
    'https://chatgpt.com/x',
    `sediment:${recent}`,
    `http://${recent}`,
    'sediment://',
    'file_%zz',
    '%',
    '#',
    '##',
  ])('%s is not a pointer', (text) => {
    expect(parsePointer(text)).toBeNull()
  })
})

describe('a generation id', () => {
  it.each([['Zk3vQ9dXa7LmP2cT'], ['0f8fad5b-d9cb-469f-a165-70867728950e']])('is %s', (text) => {
    expect(parseGenerationId(text)).toBe(text)
  })

  it.each([[null], [''], ['../x'], ['a b'], ['a\u0000'], ['a\n'], ['-a'], ['a/b'], ['x'.repeat(81)]])(
    'is not %j',
    (text) => {
      expect(parseGenerationId(text)).toBeNull()
    },
  )
})

describe('findings', () => {
  it('are joined in order', () => {
    const one = { ...odd('a', '1'), dismissed: [fileNo(1) as FileId], sockets: ['wss://a'] }
    const two = { ...odd('b', '2'), links: [{ fileId: fileNo(2) as FileId, url: 'https://b' }] }
    expect(mergeFindings([one, nothingFound, two])).toEqual({
      facts: [],
      dismissed: [fileNo(1)],
      links: [{ fileId: fileNo(2), url: 'https://b' }],
      sockets: ['wss://a'],
      oddities: [
        { kind: 'a', detail: '1' },
        { kind: 'b', detail: '2' },
      ],
      openTurns: [],
    })
    expect(mergeFindings([])).toEqual(nothingFound)
  })

  it('shorten the detail of an oddity to a line or two', () => {
    expect(odd('long', 'x'.repeat(5_000)).oddities[0]?.detail).toHaveLength(200)
  })
})

describe('a pointer in one of its forms', () => {
  it.each([
    [`sediment://${recent}?shared_conversation_id=6a200001-5555-4666-8777-000000000001`],
    [`sediment://${recent}?a=1#b`],
    [`${recent}.dat`],
    [`${recent} (1).dat`],
    [`${recent} 2.dat`],
    [`sediment://${recent}#`],
    [`https://chatgpt.com/backend-api/estuary/content?id=${recent}&sig=0`],
    [`https://files.oaiusercontent.com/${recent}?se=x&sig=y`],
    ['https://sdmntprwestus.oaiusercontent.com/files/00000000-a1b2-c3d4-e5f6-0718293a4b5c/raw?se=x'],
    [`sediment%3A%2F%2F${recent}`],
  ])('may be written %s', (text) => {
    expect(parsePointer(text)).toEqual({ fileId: recent, isDerivative: false })
  })

  it.each([
    [`sediment://0a1b#${recent}#p_0.0a1b.jpg`],
    [`0a1b#${recent}#thumbnail?x=1`],
    [`https://chatgpt.com/backend-api/estuary/content?id=0a1b%23${recent}%23thumbnail`],
  ])('names a derivative: %s', (text) => {
    expect(parsePointer(text)).toEqual({ fileId: recent, isDerivative: true })
  })

  it.each([
    [`https://evil.test/${recent}`],
    [`https://evil.test/?id=${recent}`],
    [`https://x.web-sandbox.oaiusercontent.com/${recent}`],
    [`http://chatgpt.com/${recent}`],
    [`https://chatgpt.com/?id=https://chatgpt.com/${recent}`],
    [`${recent} (1)(2).dat`],
    [`?${recent}`],
  ])('is not valid: %s', (text) => {
    expect(parsePointer(text)).toBeNull()
  })
})
