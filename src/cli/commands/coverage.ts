import type { Coverage, ListedCatalogue } from '../../backfill/coverage.ts'
import { type CoverageRow, endName, phraseOf, saidIn } from '../../backfill/coverage-rows.ts'
import { exitCodes } from '../../errors.ts'
import { archivePathOf } from '../archive-path.ts'
import { createOutput, type Io, type OutputOptions } from '../output.ts'
import { labelIn, type ProfileOptions } from '../profile.ts'
import type { SettingsOptions } from '../settings.ts'

export interface CoverageCommandOptions extends OutputOptions, SettingsOptions, ProfileOptions {}

/** Says what the account is known to hold, what the archive holds, and what lies between; asks nobody. */
export async function coverageCommand(options: CoverageCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const archivePath = await archivePathOf(options)
  const { coverageOf } = await import('../../backfill/coverage.ts')
  const first = await coverageOf(archivePath, labelIn(options))
  const others = options.profile === undefined ? first.profiles.filter((one) => one !== first.profile) : []
  for (const coverage of [first, ...(await Promise.all(others.map((one) => coverageOf(archivePath, one))))])
    output.result(tableOf(coverage).join('\n'), { event: 'coverage', ...coverage })
  return exitCodes.ok
}

/** The table of a coverage, a line each, with whose it is where there are several. */
export function tableOf(coverage: Coverage): string[] {
  const { profile, profiles } = coverage
  if (profile === null && profiles.length < 2) return linesOf(coverage)
  return [profile === null ? 'The account without a label' : `Profile "${profile}"`, ...linesOf(coverage)]
}

function linesOf(coverage: Coverage): string[] {
  const { catalogues, listed, held, lackingListed, uploads, records, difference, rows } = coverage
  const inAll = `${count(records, 'picture')} in the archive in all`
  if (!coverage.isAsked) return [unasked, inAll, ...rows.map(rowLine)]
  return [
    countersLine(coverage),
    ...catalogues.map(catalogueLine),
    `${count(listed, 'file')} listed: ${held} in the archive, ${lackingListed} lacking, ${uploads} not generated`,
    `Difference between the account's number and the archive: ${difference ?? 'not known'}`,
    inAll,
    ...rows.map(rowLine),
    ...(coverage.isComplete ? [completeLine(coverage)] : []),
  ]
}

const unasked = 'The account was not asked yet what it holds → dalle-archiver backfill'

function countersLine({ counters }: Coverage): string {
  if (!counters) return 'The account has not said how many pictures it holds.'
  const { active, archived, at } = counters
  return `The account says: ${count(active, 'picture')}, and ${archived} archived (${day(at)})`
}

function catalogueLine({ name, files, end, at }: ListedCatalogue): string {
  const when = at === null ? '' : ` (${day(at)})`
  return `List "${name}": ${count(files, 'file')}, ${endName(end, at !== null)}${when}`
}

function rowLine(row: CoverageRow): string {
  const said = saidIn(row)
  const remedy = row.remedy === null ? '' : ` → ${row.remedy}`
  return `  ${phraseOf(row)}${said && `; ${said}`}${remedy}`
}

const completeLine = ({ catalogues }: Coverage) =>
  `Complete on ${day(catalogues[0]?.at ?? '')}: every list was read to its end that day, and nothing is lacking.`

const day = (at: string) => at.slice(0, 10)
const count = (many: number, noun: string) => `${many} ${noun}${many === 1 ? '' : 's'}`
