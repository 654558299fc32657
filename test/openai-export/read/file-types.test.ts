import { expect, it } from 'vitest'
import { fileTypeOf } from '../../../src/openai-export/read/file-types.ts'

/** The first entry of a zip, stored: a local header with no extra field, the name, the content. */
function zipThatBeginsWith(name: string): Buffer {
  const header = Buffer.alloc(30)
  header.write('PK\x03\x04', 'latin1')
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, Buffer.from(name), Buffer.from('content')])
}

it.each([
  ['word/document.xml', 'docx'],
  ['xl/workbook.xml', 'xlsx'],
  ['ppt/presentation.xml', 'pptx'],
])('knows a package of XML parts by the folder of its parts: %s is of a %s', (name, extension) => {
  expect(fileTypeOf(zipThatBeginsWith(name)).extension).toBe(extension)
})

it.each(['password/list.txt', 'notes/word/a.txt', 'maxl/a.txt'])(
  'takes a folder that only ends alike for none: %s',
  (name) => {
    expect(fileTypeOf(zipThatBeginsWith(name)).extension).toBe('zip')
  },
)
