import type { Marks } from '../archive/marks.ts'
import { conversationUrlOf } from '../catalogue/conversation-url.ts'
import type { ReadRecord } from '../catalogue/record-fields.ts'

/** A picture that is taken out, with the place of its image beside the sheet. */
export interface TakenOut {
  readonly picture: ReadRecord
  readonly marks: Marks
  /** Relative, with `/`; null when the image is missing. */
  readonly file: string | null
  /** It is in the mirror alone. */
  readonly isAway?: boolean
}

type Column = readonly [name: string, of: (one: TakenOut) => string | number | null]

const columns: readonly Column[] = [
  ['file', ({ file }) => file],
  ['date', ({ picture }) => new Date(picture.date * 1000).toISOString()],
  ['prompt', ({ picture }) => picture.prompt],
  ['seed', ({ picture }) => picture.seed],
  ['gen_id', ({ picture }) => picture.gen_id],
  ['fileId', ({ picture }) => picture.fileId],
  ['width', ({ picture }) => picture.width],
  ['height', ({ picture }) => picture.height],
  ['bytes', ({ picture }) => picture.bytes],
  ['sha256', ({ picture }) => picture.sha256],
  ['generated_by', ({ picture }) => picture.by],
  ['source', ({ picture }) => picture.source.origin],
  ['profiles', ({ picture }) => picture.profiles.join(', ')],
  ['conversation', ({ picture }) => picture.conversationTitle],
  ['conversation_url', ({ picture }) => conversationUrlOf(picture)],
  ['parent_gen_id', ({ picture }) => picture.parent_gen_id],
  ['favourite', ({ marks }) => (marks.favourite ? 'yes' : '')],
  ['stars', ({ marks }) => marks.stars || null],
  ['flag', ({ marks }) => marks.flag],
  ['tags', ({ marks }) => marks.tags.join(', ')],
  ['note', ({ marks }) => marks.note],
]

/**
 * A table of pictures, one a line.
 *
 * Shape   UTF-8 with a byte order mark, so that spreadsheets read every script; RFC 4180. Text that a spreadsheet would
 *         take for a formula gets a `'` before it, at the beginning of each of its lines.
 */
export function csvOf(pictures: readonly TakenOut[]): string {
  const rows = [columns.map(([name]) => name), ...pictures.map((one) => columns.map(([, of]) => of(one)))]
  return `\uFEFF${rows.map((row) => row.map(cellOf).join(',')).join('\r\n')}\r\n`
}

function cellOf(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  // Spaces before a sign, and the wide forms of it, are no obstacle to some spreadsheets; and some that split at `;`
  // take each line within a cell for a row of its own.
  const text = value.replace(/^(?=\s*[=+\-@＝＋－＠|%]|[\t\r\n])|(?<=[\r\n])(?=[^\S\r\n]*[=+\-@＝＋－＠|%])/g, "'")
  return `"${text.replaceAll('"', '""')}"`
}

/** Text as it may stand in HTML, also inside of quotes. */
export function escapeHtml(text: string): string {
  const named: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (letter) => named[letter] ?? letter)
}

/** A relative path as an address. */
export const addressOf = (file: string): string => file.toWellFormed().split('/').map(encodeURIComponent).join('/')

/** A page to print or to look at: every picture with its prompt, without a line of script. */
export function contactSheetOf(pictures: readonly TakenOut[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Contact sheet: ${pictures.length} pictures</title>
<style>${style}</style>
<main>
${pictures.map(figureOf).join('\n')}
</main>
</html>
`
}

const style = `
:root { color-scheme: light dark; font: 14px/1.45 system-ui, sans-serif }
body { margin: 24px }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 24px }
figure { margin: 0; break-inside: avoid }
img { width: 100%; height: auto; border-radius: 4px; background: #8883 }
figcaption { margin-top: 8px; overflow-wrap: anywhere }
p { margin: 0; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 24; overflow: hidden }
small { color: GrayText; display: block }
`

function figureOf({ picture, file }: TakenOut): string {
  const { prompt, width, height, seed, date } = picture
  const size = width && height ? ` width="${width}" height="${height}"` : ''
  const alt = escapeHtml((prompt ?? '').slice(0, 300))
  const image =
    file === null
      ? '<p>The image is missing.</p>'
      : `<a href="${escapeHtml(addressOf(file))}"><img src="${escapeHtml(addressOf(file))}" alt="${alt}"${size} loading="lazy"></a>`
  const day = new Date(date * 1000).toISOString().slice(0, 10)
  const facts = [day, width && height ? `${width}×${height}` : '', seed === null ? '' : `seed ${seed}`, picture.gen_id]
  const line = facts.filter((fact) => fact).join(' · ')
  return `<figure>${image}<figcaption><p dir="auto">${escapeHtml(prompt ?? '')}</p><small>${escapeHtml(line)}</small></figcaption></figure>`
}
