import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noMarks } from '../../src/archive/marks.ts'
import { pictureOf } from '../../src/catalogue/pictures.ts'
import { contactSheetOf, csvOf } from '../../src/take-out/contact-sheet.ts'
import { takeOut } from '../../src/take-out/take-out.ts'
import { type ZipFile, zipOf } from '../../src/zip/write.ts'
import { archiveOf, idOf, indexOf, served } from '../gallery/support.ts'
import { allOf, unzip } from './support.ts'

const noUrls = () => ({ imageUrl: '', thumbUrl: '' })

const formula = '=HYPERLINK("https://evil.example","click")'
const script = '<img src=x onerror=alert(1)>"\'&'

describe('downloading selected pictures', () => {
  it('gives the images as they are, a table and a contact sheet', async () => {
    const { root, records } = await archiveOf(4, (n) => ({ prompt: n === 1 ? formula : script }))
    const { ask } = await served(root)
    const answer = await ask('/api/take-out', { method: 'POST', body: { ids: [idOf(1), idOf(2), 'unknown'] } })
    expect(answer.headers).toMatchObject({ 'content-type': 'application/zip' })
    const { files, flaw, isTruncated } = await unzip(answer.bytes)
    expect([flaw, isTruncated]).toEqual([null, false])
    expect([...files.keys()]).toEqual([
      `images/${path.basename(records[2]?.image ?? '')}`,
      `images/${path.basename(records[1]?.image ?? '')}`,
      'pictures.csv',
      'contact-sheet.html',
    ])
    for (const record of records.slice(1, 3))
      expect(files.get(`images/${path.basename(record.image)}`)).toEqual(readFileSync(path.join(root, record.image)))
    const csv = files.get('pictures.csv')?.toString() ?? ''
    expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"",""click"")"`)
    expect(files.get('contact-sheet.html')?.toString()).not.toContain('<img src=x')
  })

  it('lists a picture whose image is missing, without a file', async () => {
    const { root, records } = await archiveOf(2)
    rmSync(path.join(root, records[0]?.image ?? ''))
    const { ask } = await served(root)
    const { files } = await unzip(
      (await ask('/api/take-out', { method: 'POST', body: { ids: [idOf(0), idOf(1)] } })).bytes,
    )
    expect(files.size).toBe(3)
    expect(files.get('pictures.csv')?.toString()).toContain(idOf(0))
    expect(files.get('contact-sheet.html')?.toString()).toContain('The image is missing.')
  })

  it('gives two images of the same name two names', async () => {
    const { root } = await archiveOf(2, () => ({ createdAt: new Date(2024, 0, 1), genId: null, prompt: null }))
    const index = await indexOf(root)
    const twins = index.entries.map((entry) => ({ ...entry, imageName: index.entries[0]?.imageName ?? '' }))
    const { files } = await unzip(Buffer.concat(await allOf(takeOut(root, twins, new Date(), async () => undefined))))
    expect(files.size).toBe(4)
  })

  it.each([
    [{ ids: ['none'] }, 404],
    [{ ids: [] }, 400],
    [{ ids: 'all' }, 400],
    [{ ids: [7, null] }, 400],
    ['[', 400],
  ])('of nothing is refused: %j', async (body, status) => {
    const { ask } = await served((await archiveOf(1)).root)
    expect((await ask('/api/take-out', { method: 'POST', body })).status).toBe(status)
  })
})

describe('the zip', () => {
  async function* files(count: number): AsyncGenerator<ZipFile> {
    for (let n = 0; n < count; n++)
      yield {
        name: `ordner/Bild ${n} – ü.txt`,
        bytes: Buffer.from(`content ${n}`),
        modifiedAt: new Date(2024, 4, 6, 7, 8, 10),
      }
  }
  const written = async (count: number, limits?: { offset: number; count: number }) =>
    unzip(Buffer.concat(await allOf(zipOf(files(count), limits))))

  it('keeps names, bytes and times', async () => {
    const { files: found, zip } = await written(3)
    expect(found.get('ordner/Bild 2 – ü.txt')?.toString()).toBe('content 2')
    expect(zip.entries[0]?.modifiedAt).toEqual(new Date(2024, 4, 6, 7, 8, 10))
  })

  it.each([
    ['beyond 4 GiB', { offset: 100, count: 0xffff }],
    ['of more than 65,534 files', { offset: 2 ** 32 - 1, count: 3 }],
  ])('%s is ZIP64', async (_, limits) => {
    const { files: found, flaw, isTruncated, zip } = await written(9, limits)
    expect([flaw, isTruncated, zip.entries.length]).toEqual([null, false, 9])
    expect(found.get('ordner/Bild 8 – ü.txt')?.toString()).toBe('content 8')
  })

  it('negative control: our reader notices a byte that changed', async () => {
    const bytes = Buffer.concat(await allOf(zipOf(files(1))))
    bytes[bytes.indexOf('content')] = 0
    await expect(unzip(bytes)).rejects.toThrow()
  })
})

const taken = async (prompt: string) => {
  const { root } = await archiveOf(1, () => ({ prompt }))
  const [entry] = (await indexOf(root)).entries
  const picture = entry && (await pictureOf(root, entry, noUrls))
  if (!picture) throw new Error('no picture')
  return { picture, marks: noMarks, file: 'images/a “b”#1?.webp' }
}

describe('the table', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', '\n=1'])(
    'treats %j as text',
    async (prompt) => {
      // On a second line of the cell it is disarmed as well.
      expect(csvOf([await taken(prompt)])).toContain(`"'${prompt.replace(/^([\r\n])=/, "$1'=")}"`)
    },
  )

  it.each(['\n', '\r\n', '\r'])('disarms a formula on a later line of a cell, behind %j', async (end) => {
    expect(csvOf([await taken(`A cat;${end}=cmd|' /C calc'!A0`)])).toContain(`A cat;${end}'=cmd|`)
    expect(csvOf([await taken(`A cat${end} +1`)])).toContain(`A cat${end}' +1`)
    expect(csvOf([await taken(`A cat${end}and 1 + 1`)])).toContain(`A cat${end}and 1 + 1`)
  })

  it('leaves plain text and numbers alone, and doubles quotes', async () => {
    const csv = csvOf([await taken('a "cat", sleeping\non a roof')])
    expect(csv).toContain('"a ""cat"", sleeping\non a roof"')
    expect(csv).toContain(',1234567,')
    expect(csv.startsWith('\uFEFF"file","date","prompt"')).toBe(true)
  })
})

describe('the sheet', () => {
  it('shows hostile prompts as text, and runs nothing', async () => {
    const html = contactSheetOf([await taken(script)])
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;')
    expect(html).not.toMatch(/<script|onerror=alert\(1\)>/)
    expect(html).toContain("default-src 'none'")
    expect(html).toContain('src="images/a%20%E2%80%9Cb%E2%80%9D%231%3F.webp"')
  })
})
