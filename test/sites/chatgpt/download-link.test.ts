import { describe, expect, it } from 'vitest'
import { createDecoder } from '../../../src/sites/chatgpt/decoder.ts'
import { decodeDownloadLink } from '../../../src/sites/chatgpt/download-link.ts'
import { nothingFound } from '../../../src/sites/findings.ts'
import type { FileId } from '../../../src/sites/ids.ts'
import { fileNo } from '../../fakes/messages.ts'

const fileId = fileNo(1) as FileId
const askedAt = `https://chatgpt.com/backend-api/files/download/${fileId}`
const url = `https://chatgpt.com/backend-api/estuary/content?id=${fileId}&ts=497222&p=fs&cid=1&sig=${'0'.repeat(64)}&v=0`
const success = {
  status: 'success',
  download_url: url,
  metadata: null,
  file_name: 'user-x/0b9f6c1e.png',
  creation_time: null,
  mime_type: null,
  file_size_bytes: 2_101_337,
}

describe('a download look-up', () => {
  it('links the file to the address of its bytes', () => {
    expect(decodeDownloadLink(fileId, success, askedAt)).toEqual({ ...nothingFound, links: [{ fileId, url }] })
    expect(createDecoder().downloadLink(fileId, JSON.stringify(success), askedAt).links).toEqual([{ fileId, url }])
  })

  it.each([
    'https://files.oaiusercontent.com/file-Qm4Zt1Yb8LxV0pKs7RcD2wEa?se=x&sp=r&sig=y',
    'https://sdmntprwestus.oaiusercontent.com/files/00000000-a1b2-c3d4-e5f6-0718293a4b5c/raw?se=x&sig=y',
  ])('may lead to %s', (download_url) => {
    expect(decodeDownloadLink(fileId, { status: 'success', download_url }, askedAt).links).toEqual([
      { fileId, url: download_url },
    ])
  })

  it('may give the address relative to its own', () => {
    const download_url = url.slice('https://chatgpt.com'.length)
    expect(decodeDownloadLink(fileId, { ...success, download_url }, askedAt).links).toEqual([{ fileId, url }])
  })

  it.each([
    { status: 'error', error_code: 'file_not_found', error_message: 'No such file' },
    { status: 'retry' },
    { detail: 'File not found.' },
    { ...success, download_url: null },
    { ...success, download_url: 'no address' },
    { ...success, download_url: 'javascript:alert(1)' },
    { ...success, download_url: 'file:///etc/passwd' },
    { ...success, download_url: 'http://chatgpt.com/x' },
    { ...success, download_url: ['https://chatgpt.com/'] },
  ])('without an address gives nothing: %j', (answer) => {
    expect(decodeDownloadLink(fileId, answer, askedAt)).toEqual(nothingFound)
  })

  it.each([[undefined], [null], [7], ['text'], [[success]], [{ surprise: 1 }]])(
    'of an unknown shape is an oddity: %j',
    (answer) => {
      const { oddities, links } = decodeDownloadLink(fileId, answer, askedAt)
      expect(oddities.map(({ kind }) => kind)).toEqual(['unknown-look-up-answer'])
      expect(links).toEqual([])
    },
  )

  it('that is not JSON is an oddity', () => {
    expect(createDecoder().downloadLink(fileId, '<html>', askedAt).oddities).toHaveLength(1)
  })
})
