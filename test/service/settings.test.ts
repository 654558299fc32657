import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { asXml, checkSettings, serviceName } from '../../src/service/settings.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { hostile, serviceOf } from './support.ts'

describe('the name of a service', () => {
  it('has the name of the archive’s folder, and tells apart two of the same name', () => {
    const [one, two] = [serviceName('/data/a/pictures'), serviceName('/data/b/pictures')]
    expect(one).toMatch(/^dalle-archiver-pictures-[0-9a-f]{8}$/)
    expect(one).not.toBe(two)
  })

  it('is the same however the archive is written, before and after it is made', () => {
    const folder = temporaryFolder()
    const [real, link] = [path.join(folder, 'real'), path.join(folder, 'link')]
    mkdirSync(real)
    symlinkSync(real, link)
    const before = serviceName(path.join(link, 'archive'))
    mkdirSync(path.join(real, 'archive'))
    const after = [path.join(real, 'archive'), path.join(link, 'archive'), path.join(real, 'x', '..', 'archive', '/')]
    expect(after.map(serviceName)).toEqual([before, before, before])
  })

  it.each([`/data/${hostile}`, '/data/語', '/', `/data/${'x'.repeat(200)}`])('is plain and short: %s', (archive) => {
    expect(serviceName(archive)).toMatch(/^dalle-archiver(-[A-Za-z0-9-]{1,40})?-[0-9a-f]{8}$/)
  })
})

it('a path with a line break is refused', () => {
  expect(() => checkSettings(serviceOf())).not.toThrow()
  for (const odd of [{ folder: '/a\nb' }, { archive: '/a\r' }, { command: ['/node', 'x\ny'] as const }])
    expect(() => checkSettings(serviceOf(odd))).toThrow(/line break/)
})

it('XML holds no tag of a path’s, and nothing that is not XML', () => {
  expect(asXml('<a>&"\u0000\u{1F600}')).toBe('&#60;a&#62;&#38;&#34;\uFFFD\u{1F600}')
})
