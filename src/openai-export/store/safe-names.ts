/** Longest name of a file or folder, in bytes of UTF-8; a piece of a hash may be added. */
const maxBytes = 180

/** Names of devices of Windows, also with blanks behind them, with an extension or a superscript digit. */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³])\s*(?:\.|$)/i

/**
 * A foreign name as one that is safe on Linux, macOS and Windows, and that is one name: no path.
 *
 * Shape   reserved and control characters become `-`, dots and spaces at the ends go, a long name is cut before its
 *         extension, and an empty one is `file`.
 */
export function safeName(name: string): string {
  const plain = shortened(name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1))
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}<>:"|?*]/gu, '-')
    .replace(/^[.\s]+|[.\s]+$/g, '')
  const [, stem = plain, extension = ''] = /^(.+?)(\.[A-Za-z0-9]{1,8})?$/su.exec(plain) ?? []
  const cut = cutTo(stem, maxBytes - extension.length) + extension
  if (cut === '') return 'file'
  return reserved.test(cut) ? `_${cut}` : cut
}

/** More letters than any name keeps; what is beyond costs nothing. The end stays, for the extension stands there. */
const maxLetters = 500

const shortened = (name: string) =>
  name.length > 2 * maxLetters ? name.slice(0, maxLetters) + name.slice(-maxLetters) : name

function cutTo(text: string, bytes: number): string {
  let [cut, length] = ['', 0]
  for (const letter of text) {
    length += Buffer.byteLength(letter)
    if (length > bytes) break
    cut += letter
  }
  return cut.replace(/[.\s]+$/, '')
}
