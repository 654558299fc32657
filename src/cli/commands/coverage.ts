import { type Coverage, coverageOf, type LackReason, remedies } from '../../backfill/coverage.ts'
import { exitCodes } from '../../errors.ts'
import { createOutput, type Io, type OutputOptions } from '../output.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'

export interface CoverageCommandOptions extends OutputOptions, SettingsOptions {}

/** Says what the account is known to hold, what the archive holds, and what lies between; asks nobody. */
export async function coverageCommand(options: CoverageCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const coverage = await coverageOf(settingsOf(options).archivePath)
  output.result(tableOf(coverage).join('\n'), { event: 'coverage', ...coverage })
  return exitCodes.ok
}

const endNames: Record<string, string> = {
  cursor: 'read to its end',
  known: 'read as far as it was new',
  since: 'read as far back as was wanted',
  'nothing-new': 'goes in circles; its end was not seen',
  empty: 'was empty, though the account is not',
  refused: 'refused',
}

const reasonNames: Record<LackReason, string> = {
  'not-asked-yet': 'not asked for yet',
  refused: 'refused',
  'conversation-gone': 'nothing says what made them',
  'conversation-unread': 'their conversations were not read yet',
}

/** The table of a coverage, a line each. */
export function tableOf(coverage: Coverage): string[] {
  const { catalogues, listed, uploads, held, records, difference, waiting, lacking } = coverage
  const { facts, bytes } = waiting
  const inAll = `${count(records, 'picture')} in the archive in all; ${facts} wait for their image, ${bytes} for their facts`
  if (catalogues.length === 0 && coverage.counters === null) return [unasked, inAll]
  return [
    countersLine(coverage),
    ...catalogues.map(({ name, files, end, at }) => {
      const words = end === null ? 'not read to its end yet' : (endNames[end] ?? end)
      return `List "${name}": ${count(files, 'file')}, ${words} (${day(at)})`
    }),
    `${count(listed, 'file')} listed: ${held} in the archive, ${lacking.length} lacking, ${uploads} not generated`,
    ...(difference === null ? [] : [`Difference between the account's number and the archive: ${difference}`]),
    inAll,
    ...lackLines(coverage),
    ...(coverage.failedConversations > 0
      ? [`${count(coverage.failedConversations, 'conversation')} could not be read → dalle-archiver backfill`]
      : []),
    ...(coverage.isComplete ? ['Complete: every list was read to its end that day, and nothing is lacking.'] : []),
  ]
}

const unasked = 'The account was not asked yet what it holds → dalle-archiver backfill'

function countersLine({ counters }: Coverage): string {
  if (!counters) return 'The account has not said how many pictures it holds.'
  const { active, archived, at } = counters
  return `The account says: ${count(active, 'picture')}, and ${archived} archived (${day(at)})`
}

function lackLines({ lacking }: Coverage): string[] {
  const counts = new Map<LackReason, number>()
  for (const { reason } of lacking) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, many]) => `  ${many} ${reasonNames[reason]} → ${remedies[reason]}`)
}

const day = (at: string) => at.slice(0, 10)
const count = (many: number, noun: string) => `${many} ${noun}${many === 1 ? '' : 's'}`
