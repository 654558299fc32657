import { inspectImage } from '../../decode/image-bytes.ts'

/** What a file is by its first bytes. */
export interface FileType {
  /** Null for bytes of no type we know. */
  readonly extension: string | null
  readonly mime: string
  readonly isImage: boolean
  readonly widthPx: number | null
  readonly heightPx: number | null
}

/** First bytes at a place → extension and media type; the first that fits counts. */
const magics: readonly (readonly [at: number, magic: string, extension: string, mime: string])[] = [
  [8, 'WAVE', 'wav', 'audio/wav'],
  [8, 'AVI ', 'avi', 'video/x-msvideo'],
  [0, '%PDF-', 'pdf', 'application/pdf'],
  [0, 'ID3', 'mp3', 'audio/mpeg'],
  [0, '\xff\xfb', 'mp3', 'audio/mpeg'],
  [0, '\xff\xf3', 'mp3', 'audio/mpeg'],
  [0, '\xff\xf1', 'aac', 'audio/aac'],
  [0, 'OggS', 'ogg', 'audio/ogg'],
  [0, 'fLaC', 'flac', 'audio/flac'],
  [0, '\x1aE\xdf\xa3', 'webm', 'video/webm'],
  [4, 'ftypheic', 'heic', 'image/heic'],
  [4, 'ftypheix', 'heic', 'image/heic'],
  [4, 'ftypmif1', 'heif', 'image/heif'],
  [4, 'ftypM4A', 'm4a', 'audio/mp4'],
  [4, 'ftypqt', 'mov', 'video/quicktime'],
  [4, 'ftyp', 'mp4', 'video/mp4'],
  [0, 'II*\0', 'tiff', 'image/tiff'],
  [0, 'MM\0*', 'tiff', 'image/tiff'],
  [0, 'BM', 'bmp', 'image/bmp'],
  [0, '\x1f\x8b', 'gz', 'application/gzip'],
]

/**
 * A package of XML parts tells what it is by the names in its first entries. A name follows the last byte of a header's
 * numbers, the length of the extra field, which is nought there: so a folder `password/` is no `word/`.
 */
const packages: readonly (readonly [part: string, extension: string, mime: string])[] = [
  ['word/', 'docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xl/', 'xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['ppt/', 'pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  ['', 'zip', 'application/zip'],
]

/**
 * Tells a file's type from its beginning, never from its name.
 *
 * Shape   RIFF is looked into further: it may be WebP, WAV or AVI. What could be run when opened – HTML, SVG, scripts –
 *         is not named as such: it gets no extension that says so.
 * Errors  an unknown type has extension null.
 */
export function fileTypeOf(head: Buffer): FileType {
  const image = inspectImage(head)
  if (image) return { ...image, isImage: true }
  const text = head.toString('latin1', 0, 4_096)
  const found = magics.find(([at, magic]) => text.startsWith(magic, at) && (at !== 8 || text.startsWith('RIFF')))
  if (found) return plain(found[2], found[3])
  if (text.startsWith('PK\x03\x04')) {
    const [, extension, mime] = packages.find(([part]) => text.includes(part && `\0${part}`)) ?? []
    return plain(extension ?? 'zip', mime ?? 'application/zip')
  }
  return plain(null, 'application/octet-stream')
}

const plain = (extension: string | null, mime: string): FileType => ({
  extension,
  mime,
  isImage: mime.startsWith('image/'),
  widthPx: null,
  heightPx: null,
})

/**
 * Whether an image ends where it should, by its beginning and its end.
 *
 * Shape   `tail` holds the last bytes; a file that is all in `head` is looked through by its own structure.
 */
export function isWholeImage(extension: string | null, head: Buffer, tail: Buffer, bytes: number): boolean {
  if (bytes <= head.length) return inspectImage(head)?.isWhole ?? true
  switch (extension) {
    case 'png':
      return tail.includes('IEND')
    case 'webp':
      return head.readUInt32LE(4) + 8 <= bytes
    case 'jpg':
      return tail.includes(Buffer.from([0xff, 0xd9]))
    case 'gif':
      return tail.includes(0x3b)
    default:
      return true
  }
}

/** Names for one kind of bytes: none of them is wrong. */
const families = [
  ['jpg', 'jpeg', 'jpe', 'jfif'],
  ['tiff', 'tif'],
  ['heic', 'heif'],
  ['mp4', 'm4a', 'm4v', 'mov', '3gp'],
  ['ogg', 'oga', 'opus', 'ogv'],
  ['webm', 'mkv', 'weba'],
  ['mp3', 'mpga'],
  ['gz', 'tgz'],
  ['zip', 'docx', 'xlsx', 'pptx', 'odt', 'ods', 'odp', 'epub', 'jar', 'apk', 'pages', 'numbers', 'key', 'whl'],
]

/** Whether a file with these bytes may well be called so. */
export function isNameFor(extension: string, own: string): boolean {
  const [one, other] = [extension.toLowerCase(), own.toLowerCase()]
  return one === other || families.some((family) => family.includes(one) && family.includes(other))
}

/** What a double click renders, with any script in it. */
const rendered = /^(?:[xms]?html?|xht|mht|mhtml|xml|xsl|xslt|svgz?|htc|chm|swf|pdfxml)$/i
/** What a double click runs, installs, or takes for a shortcut to something else. */
const run =
  /^(?:m?js|cjs|jse|exe|bat|cmd|com|pif|cpl|msc|msi|msp|scr|ps1|psm1|vbs?|vbe|wsf|wsh|hta|reg|scf|inf|lnk|url|webloc|website|library-ms|appref-ms|sh|bash|zsh|csh|command|tool|workflow|terminal|app|pkg|dmg|jar|jnlp|desktop|appimage|run|deb|rpm|apk|docm|dotm|xlsm|xltm|xlam|pptm|potm|ppam)$/i

/** Extensions whose files a double click may run or render: such a file found without a name of its own stays inert. */
export const isActive = (extension: string): boolean => rendered.test(extension) || run.test(extension)
