import { describe, expect, it } from 'vitest'
import { createLinks } from '../../src/daemon/links.ts'
import { fileId } from '../fakes/facts.ts'

const [id, guess] = [fileId('file-abc'), fileId('file_0123456789abcdef0123456789abcdef')]
const url = 'https://sdmntprwestus.oaiusercontent.com/files/01234567-89ab-cdef-0123-456789abcdef/raw?sig=a%2Bb'

describe('an announced address', () => {
  it('names its file', () => {
    const links = createLinks()
    expect(links.fileAt(url)).toBeUndefined()
    expect(links.add({ fileId: id, url })).toBeUndefined()
    expect(links.fileAt(url)).toBe(id)
    expect(links.fileAt(`${url}&other=1`)).toBeUndefined()
  })

  it('is the same however it is spelled', () => {
    const links = createLinks()
    links.add({ fileId: id, url: 'HTTPS://Files.OAIusercontent.com:443/a b?x=1#part' })
    expect(links.fileAt('https://files.oaiusercontent.com/a%20b?x=1')).toBe(id)
  })

  it('returns which file was guessed for it before it was announced', () => {
    const links = createLinks()
    links.guessed(url, guess)
    expect(links.fileAt(url)).toBeUndefined()
    expect(links.add({ fileId: id, url: `${url}#x` })).toBe(guess)
  })

  it('is the newest that is known of its file, whether it was told or used', () => {
    let at = new Date(1_000)
    const links = createLinks(() => at)
    expect(links.addressOf(id)).toBeUndefined()
    links.add({ fileId: id, url })
    at = new Date(2_000)
    links.guessed(`${url}2`, id)
    expect(links.addressOf(id)).toEqual({ url: `${url}2`, at })
    expect(links.addressOf(guess)).toBeUndefined()
  })

  it('that is not an address does no harm', () => {
    const links = createLinks()
    expect(links.add({ fileId: id, url: 'no address' })).toBeUndefined()
    expect(links.fileAt('no address')).toBe(id)
  })

  it('is forgotten when thousands have come after it', () => {
    const links = createLinks()
    for (let at = 0; at < 20_000; at++) links.add({ fileId: id, url: `https://files.oaiusercontent.com/${at}` })
    expect(links.fileAt('https://files.oaiusercontent.com/0')).toBeUndefined()
    expect(links.fileAt('https://files.oaiusercontent.com/19999')).toBe(id)
  })
})
