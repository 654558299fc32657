import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseXmp, saidIn } from '../../src/sidecars/read-xmp.ts'
import { sidecarOf, xmlText } from '../../src/sidecars/xmp.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { exiftool, exiv2, hasReaders } from '../fakes/programs.ts'
import { described } from './support.ts'

const hostile = [
  '</rdf:li></rdf:Alt></dc:description><dc:creator>Mallory</dc:creator>',
  '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>&y; ]]> <![CDATA[',
  '<?xml version="1.0"?> <?xpacket end="w"?> -->',
  'nul \0 bell \x07 escape \x1b[31m delete \x7f c1 \x9b end',
  'half \ud800 of a pair, \udc00 and the other; \ufffe \uffff',
  '"quotes" \'single\' & &amp; &#60; &lt;',
  'first line\r\nsecond\rthird\n\tfourth',
  'مرحبا بالعالم · שלום · こんにちは世界 · Здравствуй · नमस्ते · 👩🏽‍🚀 e\u0301 \u202eevil',
  ' spaces at both ends ',
]

const file = (prompt: string, at = 0) => {
  const place = path.join(temporaryFolder(), `${at}.png.xmp`)
  writeFileSync(place, sidecarOf(described({ prompt, conversationTitle: prompt }, { note: prompt, tags: [prompt] })))
  return place
}

describe('text of any kind', () => {
  it('is read back as it was, but for what XML cannot hold', () => {
    const readBack = (text: string) => {
      const xmp = parseXmp(sidecarOf(described({ prompt: text }, { tags: ['a', text] })))
      return xmp && saidIn(xmp)
    }
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostile)), (text) => {
        const said = readBack(text)
        expect(said?.description).toBe(xmlText(text) === '' ? null : xmlText(text))
        expect(said?.subject).toEqual(['a', xmlText(text)].filter((tag) => tag !== ''))
      }),
      { numRuns: 300 },
    )
  })

  it('loses nothing but forbidden characters', () => {
    expect(xmlText('a\0b\x07c\ud800d\ufffee\r\nf\x9bg')).toBe('abc\ufffdde\nfg')
    expect(xmlText(hostile[7] ?? '')).toBe(hostile[7])
  })

  it.skipIf(!hasReaders)('is valid to exiftool, and means the same to it and to exiv2', () => {
    const files = hostile.map(file)
    const read = exiftool(files)
    for (const [at, text] of hostile.entries()) {
      const wanted = xmlText(text)
      expect(read[at]).toMatchObject({ Validate: 'OK', Creator: ['ChatGPT DALL-E'] })
      expect(read[at]).not.toHaveProperty('Warning')
      expect(String(read[at]?.Description).trim()).toBe(wanted.trim())
      expect(read[at]?.AIPromptInformation).toBe(read[at]?.Description)
      const values = exiv2(files[at] ?? '')
      expect(values.get('Xmp.dc.description')?.trim()).toBe(`lang="x-default" ${wanted}`.trim())
      expect(values.get('Xmp.dc.creator')).toBe('ChatGPT DALL-E')
    }
  })

  it.skipIf(!hasReaders)('would be refused if it were not escaped, or cut short', () => {
    const place = path.join(temporaryFolder(), 'sabotaged.xmp')
    writeFileSync(place, sidecarOf(described()).replace('A red coat', 'A </rdf:li> & \x07 red coat'))
    expect(exiv2(place).size).toBe(0)
    expect(parseXmp(readFileSync(place, 'utf8'))).toBeUndefined()
    writeFileSync(place, sidecarOf(described()).slice(0, -20))
    expect(exiftool([place])[0]?.Validate).not.toBe('OK')
  })
})

describe('what a sidecar says', () => {
  it.skipIf(!hasReaders)('exiftool and exiv2 read every field', () => {
    const place = path.join(temporaryFolder(), 'picture.webp.xmp')
    writeFileSync(place, sidecarOf(described({}, { favourite: true, tags: ['red', 'places/Rome'], note: 'mine' })))
    const [read] = exiftool([place])
    expect(read).toMatchObject({
      ...{ Validate: 'OK', Title: 'A walk', Description: 'A red coat on a bridge', Rating: 5 },
      ...{ Subject: ['red', 'places/Rome'], TagsList: ['red', 'places/Rome'] },
      HierarchicalSubject: ['red', 'places|Rome'],
      DigitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
      ...{ AIPromptInformation: 'A red coat on a bridge', AISystemUsed: 'ChatGPT DALL-E', AISystemVersionUsed: 3 },
      ...{ FileId: 'mTlImgNhbMGexJI3DFLJXJlh', GenId: 'M5QoHjYO7Qe9pl1Z', ParentGenId: 'Parent0123456789' },
      ...{ Seed: 123, Note: 'mine', Sha256: 'a'.repeat(64) },
    })
    const values = exiv2(place)
    const madeAt = values.get('Xmp.photoshop.DateCreated') ?? ''
    expect(madeAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)
    expect(Date.parse(madeAt)).toBe(1_698_615_680_000)
    expect(values.get('Xmp.exif.DateTimeOriginal')).toBe(madeAt)
    expect(values.get('Xmp.xmp.Rating')).toBe('5')
    expect(values.get('Xmp.dallearchiver.genId')).toBe('M5QoHjYO7Qe9pl1Z')
  })

  it('is silent about what is not known, and calls no caption a prompt', () => {
    const bare = { prompt: null, promptSource: null, conversationTitle: null, seed: null, parent_gen_id: null }
    const text = sidecarOf(described({ ...bare, gen_id: '0d0c3c2e-9b1c-4d5e-8f00-0123456789ab' }))
    for (const name of [
      'dc:title',
      'description',
      'Rating',
      'subject',
      'AISystemVersionUsed',
      'AIPromptInformation',
      'seed',
      'note',
    ])
      expect(text).not.toContain(`:${name}`)
    expect(text).not.toContain('null')
    expect(text).toContain('<Iptc4xmpExt:AISystemUsed>ChatGPT gpt-image<')
    const caption = sidecarOf(described({ promptSource: 'library-title' }))
    expect(caption).toContain('A red coat')
    expect(caption).not.toContain('AIPromptInformation')
  })

  it('is the same each time, so that bytes that differ are somebody else’s', () => {
    expect(sidecarOf(described())).toBe(sidecarOf(described()))
  })
})
