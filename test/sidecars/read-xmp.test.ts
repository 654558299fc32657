import { describe, expect, it } from 'vitest'
import { parseXmp, refreshOurs, saidIn, textOf } from '../../src/sidecars/read-xmp.ts'
import { oursOf, sidecarOf } from '../../src/sidecars/xmp.ts'
import { described } from './support.ts'

const names = {
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  dc: 'http://purl.org/dc/elements/1.1/',
  xmp: 'http://ns.adobe.com/xap/1.0/',
}
const wrapped = (inner: string) =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${names.rdf}">${inner}</rdf:RDF></x:xmpmeta>`
const description = (attributes: string, inner = '') =>
  `<rdf:Description rdf:about="" xmlns:xmp="${names.xmp}" xmlns:dc="${names.dc}" ${attributes}>${inner}</rdf:Description>`

const read = (text: string) => {
  const xmp = parseXmp(text)
  return xmp && saidIn(xmp)
}

describe('what programs write', () => {
  it('is read as attributes and as elements, under any prefix', () => {
    expect(read(wrapped(description('xmp:Rating="4"')))?.rating).toBe(4)
    expect(read(wrapped(description('', '<xmp:Rating>4</xmp:Rating>')))?.rating).toBe(4)
    const other = `<R:RDF xmlns:R="${names.rdf}"><R:Description R:about="" xmlns:q="${names.xmp}" q:Rating="4"/></R:RDF>`
    expect(read(other)?.rating).toBe(4)
    expect(read(wrapped(description('xmlns:no="urn:no" no:Rating="4"')))?.rating).toBeNull()
  })

  it('is read in the default language', () => {
    const texts = '<rdf:li xml:lang="de">Mantel</rdf:li><rdf:li xml:lang="x-default">Coat</rdf:li>'
    const inner = `<dc:description><rdf:Alt>${texts}</rdf:Alt></dc:description>`
    expect(read(wrapped(description('', inner)))?.description).toBe('Coat')
    expect(read(wrapped(description('dc:description="Coat"')))?.description).toBe('Coat')
  })

  it.each([
    ['nothing', ''],
    ['no XML', 'rating: 5'],
    ['XML of another kind', '<svg/>'],
    ['one that is cut short', sidecarOf(described()).slice(0, -30)],
    ['one with entities of its own', `<!DOCTYPE x [<!ENTITY a "b">]>${wrapped(description('xmp:Rating="4"'))}`],
    ['one that is nested beyond measure', wrapped(`${'<a>'.repeat(60_000)}${'</a>'.repeat(60_000)}`)],
  ])('%s is refused', (_, text) => {
    expect(parseXmp(text)).toBeUndefined()
  })
})

describe('refreshing our own part', () => {
  const theirs = description('xmp:Rating="3"', '<dc:source>kept &amp; dear</dc:source>')

  it('leaves all else as it was', () => {
    const xmp = parseXmp(wrapped(`<!-- mine -->${theirs}`))
    if (!xmp) throw new Error('not read')
    expect(refreshOurs(xmp, oursOf(described()))).toBe(true)
    const text = textOf(xmp)
    expect(text).toContain(`<!-- mine -->${theirs}`)
    expect(text).toContain('<dallearchiver:genId>M5QoHjYO7Qe9pl1Z</dallearchiver:genId>')
    const again = parseXmp(text)
    expect(again && refreshOurs(again, oursOf(described()))).toBe(false)
  })

  it('replaces what is ours, in whichever form it is', () => {
    const ours = 'xmlns:dallearchiver="urn:dalle-archiver:xmp:1.0#" dallearchiver:note="old"'
    const xmp = parseXmp(wrapped(description(`xmp:Rating="3" ${ours}`, '<dallearchiver:old>x</dallearchiver:old>')))
    if (!xmp) throw new Error('not read')
    expect(refreshOurs(xmp, { note: 'new & <b>' })).toBe(true)
    const text = textOf(xmp)
    expect(text).not.toContain('old')
    expect(text).toContain('<dallearchiver:note>new &amp; &lt;b')
    expect(saidIn(xmp).rating).toBe(3)
    expect(parseXmp(text)).toBeDefined()
  })
})
