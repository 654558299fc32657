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
  const base = name.split(/[\\/]/).at(-1) ?? ''
  const plain = base
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}<>:"|?*]/gu, '-')
    .replace(/^[.\s]+|[.\s]+$/g, '')
  const [, stem = plain, extension = ''] = /^(.+?)(\.[A-Za-z0-9]{1,8})?$/su.exec(plain) ?? []
  const cut = cutTo(stem, maxBytes - extension.length) + extension
  if (cut === '') return 'file'
  return reserved.test(cut) ? `_${cut}` : cut
}

function cutTo(text: string, bytes: number): string {
  let cut = text
  while (Buffer.byteLength(cut) > bytes) cut = [...cut].slice(0, -1).join('')
  return cut.replace(/[.\s]+$/, '')
}
