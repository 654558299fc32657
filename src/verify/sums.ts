import path from 'node:path'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import type { Expected } from './expected.ts'

/**
 * Writes `images/yyyy/MM/SHA256SUMS` for each month, as `sha256sum -c` reads them in that folder.
 *
 * Shape   the sums are those of the records, of images that are there; a name with a backslash or a line end is written
 *         as sha256sum does it.
 * Errors  rejects when the disk refuses. Resolves with how many lists were written.
 */
export async function writeSums(root: string, images: readonly Expected[]): Promise<number> {
  const months = new Map<string, string[]>()
  for (const { image, sha256 } of images) {
    const [, month, rest] = /^(images\/\d{4}\/\d\d)\/(.+)$/s.exec(image) ?? []
    if (!month || !rest || sha256 === null) continue
    const lines = months.get(month) ?? []
    lines.push(lineOf(sha256, rest))
    months.set(month, lines)
  }
  for (const [month, lines] of months) {
    await ensureFolderIn(root, month)
    await writeOver(path.join(root, month, 'SHA256SUMS'), Buffer.from(`${[...new Set(lines)].toSorted().join('\n')}\n`))
  }
  return months.size
}

function lineOf(sha256: string, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `${escaped === name ? '' : '\\'}${sha256}  ${escaped}`
}
