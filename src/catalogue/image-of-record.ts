import { unknownGenId } from '../archive/names.ts'
import type { ReadRecord } from './record-fields.ts'

/**
 * The name of the image that a record means which does not say it, as those of the 2023 tool: in the dated folder of
 * the record, `unix_time-gen_id`, then nothing, or the beginning of the prompt behind a dash or a space.
 *
 * Errors  undefined when no name begins so, and when several do: a wrong picture is worse than a missing one.
 */
export function imageOfRecord(
  record: Pick<ReadRecord, 'date' | 'gen_id'>,
  names: Iterable<string>,
): string | undefined {
  const beginning = `${record.date}-${record.gen_id ?? unknownGenId}`
  let found: string | undefined
  for (const name of names) {
    if (!name.startsWith(beginning) || !/^[-. ]/.test(name.slice(beginning.length))) continue
    if (found !== undefined) return undefined
    found = name
  }
  return found
}
