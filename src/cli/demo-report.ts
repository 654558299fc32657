import type { Comparison } from '../doctor/compare.ts'
import { exitCodes } from '../errors.ts'
import { type Io, type Output, paint } from './output.ts'

/** Tells what became of each picture; returns the exit code. */
export function reportDemo(compared: Comparison, archivePath: string, io: Io, output: Output): number {
  const { live, past, pastDue, unexpected, isWhole } = compared
  for (const line of [...live, ...past]) {
    const mark = line.isSame ? paint('green', '✓', io.stdout) : paint('red', '✗', io.stdout)
    output.result(`${mark} ${line.prompt}\n    ${line.image ?? 'not archived'}`, { event: 'picture', ...line })
  }
  const [good, goodPast] = [live, past].map((some) => some.filter(({ isSame }) => isSame).length)
  const words = [
    `${good} of ${live.length} pictures archived, byte for byte, in ${archivePath}`,
    `and ${goodPast} of ${pastDue} older pictures by a backfill`,
  ]
  output.result(`\n${words.join('\n')}`, {
    event: 'demo-ended',
    archived: good,
    due: live.length,
    older: { archived: goodPast, due: pastDue },
    unexpected,
    archive: archivePath,
  })
  return isWhole ? exitCodes.ok : exitCodes['some-failed']
}
