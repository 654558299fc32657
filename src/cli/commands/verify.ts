import type { Config, MirrorSettings } from '../../config.ts'
import { ArchiverError, exitCodes, messageOf } from '../../errors.ts'
import { openOriginals } from '../../mirror/originals.ts'
import { fileIdOfBare } from '../../sites/ids.ts'
import type { Broken } from '../../verify/repair.ts'
import type { Finding, Verification, VerifyProgress } from '../../verify/verify.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { createPace } from '../pace.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { interruptible } from '../signals.ts'
import { countWords, fetchedWords, numberWords, shareIn, sinceIn, sizeWords } from '../words.ts'

export interface VerifyCommandOptions extends OutputOptions, SettingsOptions {
  readonly since?: string
  readonly sample?: string
  readonly strict?: boolean
  readonly sums?: boolean
  readonly repair?: readonly string[]
  readonly changed?: boolean
  readonly mirror?: boolean
}

/** Compares every original with the hash in its record; writes sums, and puts originals back, where that is asked. */
export async function verifyCommand(options: VerifyCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const settings = settingsOf(options)
  const { archivePath, mirror } = settings
  const [since, sample] = [sinceIn(options.since), shareIn(options.sample)]
  if (options.changed && !options.repair)
    throw new ArchiverError('usage', '--changed says what to repair, and there is no --repair.', {
      hint: 'Say from what to put it back: --repair FROM --changed.',
    })
  const [{ verify }, { noteRepaired }] = await Promise.all([
    import('../../verify/verify.ts'),
    import('../../verify/last.ts'),
  ])
  const onFirst = () => output.notice('Stopping; the next verify begins with what was not looked at yet.')
  return interruptible(output, onFirst, async (signal) => {
    const pace = createPace(output, io)
    const onProgress = ({ looked, wanted, bytes }: VerifyProgress) =>
      pace(bytes, `${numberWords(looked)} of ${countWords(wanted, 'original')}`, { looked, wanted })
    const onFinding = (finding: Finding) => output.notice(wordsOf(finding), { event: 'finding', ...told(finding) })
    const originals = options.mirror ? openOriginals(archivePath, mirror, signal) : undefined
    const found = await verify({
      root: archivePath,
      now: () => new Date(),
      since,
      sample,
      signal,
      originals,
      onFinding,
      onProgress,
    })
    output.status('')
    if (originals && originals.fetched > 0) output.notice(fetchedWords(originals.fetched))
    for (const place of found.unreadable) output.notice(`${place}: is no record that can be read`)
    for (const { place, kind } of found.strays)
      output.notice(`${place}: ${strayWords[kind]}`, { event: 'stray', place, kind })
    if (signal.aborted && found.looked === 0) signal.throwIfAborted()
    const sums = options.sums ? await writeSumsOf(found, archivePath) : undefined
    const from = options.repair
    const repaired = from ? await repairFrom(from, found, options, settings, signal, output) : new Set<string>()
    const left = found.findings.filter(({ expected }) => !repaired.has(expected.image))
    const isPutBack = ({ verdict, expected }: Finding) => verdict === 'damaged' && repaired.has(expected.image)
    await noteRepaired(archivePath, found.findings.filter(isPutBack).length)
    const isDamage = ({ verdict }: Finding) => verdict === 'damaged' || (verdict === 'missing' && options.strict)
    const summary = { ...found, findings: found.findings.map(told), sums, repaired: repaired.size }
    const table = [...tableOf(found, sums), ...remedyLines(left, repaired.size, options)]
    output.result(table.join('\n'), { event: 'verified', ...summary })
    return left.some(isDamage) || found.unreadable.length > 0 ? exitCodes.damaged : exitCodes.ok
  })
}

function remedyLines(left: readonly Finding[], repaired: number, { repair }: VerifyCommandOptions): string[] {
  const isLacking = left.some(({ verdict }) => verdict === 'damaged' || verdict === 'missing')
  return [
    ...(repaired > 0 ? [`${countWords(repaired, 'original')} put back`] : []),
    ...(isLacking && !repair
      ? ['→ dalle-archiver verify --repair <an export, another archive, any folder, mirror, or account>']
      : []),
  ]
}

const told = ({ expected, verdict, to }: Finding) => ({
  verdict,
  image: expected.image,
  record: expected.record,
  id: expected.id,
  ...(to !== undefined && { to }),
})

async function writeSumsOf({ findings }: Verification, archivePath: string): Promise<number> {
  const [{ readExpectations }, { writeSums }] = await Promise.all([
    import('../../verify/expected.ts'),
    import('../../verify/sums.ts'),
  ])
  const gone = new Set(findings.filter(({ verdict }) => isGone(verdict)).map(({ expected }) => expected.image))
  const { images } = await readExpectations(archivePath)
  return writeSums(
    archivePath,
    images.filter(({ image }) => !gone.has(image)),
  )
}

const isGone = (verdict: Finding['verdict']) => ['missing', 'away', 'deleted', 'moved'].includes(verdict)

async function repairFrom(
  from: readonly string[],
  { findings }: Verification,
  { changed }: VerifyCommandOptions,
  { archivePath: root, mirror }: Config,
  signal: AbortSignal,
  output: Output,
): Promise<Set<string>> {
  const repaired = new Set<string>()
  const asides: Partial<Record<Finding['verdict'], Broken['aside']>> = {
    damaged: '.damaged',
    missing: null,
    ...(changed && { changed: '.edited' as const }),
  }
  const broken = findings.flatMap(({ verdict, expected }): Broken[] => {
    const aside = asides[verdict]
    return aside === undefined || expected.sha256 === null ? [] : [{ expected, aside }]
  })
  if (broken.length === 0) return repaired
  const onAccount = (image: string) => {
    repaired.add(image)
    output.notice(`${image}: put back from the account`, { event: 'repaired', image, from: account })
  }
  const files = from.filter((one) => one !== account && one !== inMirror)
  const left = () => broken.filter(({ expected }) => !repaired.has(expected.image))
  if (from.includes(inMirror)) await repairFromMirror(root, broken, mirror, signal, output, repaired)
  if (from.includes(account)) await repairFromAccount(root, left(), signal, output, onAccount)
  const { repair } = await import('../../verify/repair.ts')
  if (files.length === 0) return repaired
  await repair({
    ...{ root, broken: left(), from: files, signal },
    onRepaired({ image }, source) {
      repaired.add(image)
      output.notice(`${image}: put back from ${source}`, { event: 'repaired', image, from: source })
    },
    onFlaw: (text) => output.notice(text, { event: 'flaw' }),
  })
  return repaired
}

/** Stand for the account that a watch shows, and for the mirror, in place of a file or folder. */
const [account, inMirror] = ['account', 'mirror']

async function repairFromMirror(
  root: string,
  broken: readonly Broken[],
  settings: MirrorSettings | undefined,
  signal: AbortSignal,
  output: Output,
  repaired: Set<string>,
): Promise<void> {
  const [{ openMirror }, { fetchOriginal }, { putBytesBack }] = await Promise.all([
    import('../../mirror/mirror.ts'),
    import('../../mirror/originals.ts'),
    import('../../verify/repair.ts'),
  ])
  const { store } = await openMirror(root, settings, { signal })
  for (const { expected, aside } of broken) {
    const { image, sha256 } = expected
    try {
      await putBytesBack(root, { image, sha256: sha256 ?? '', aside }, await fetchOriginal(store, sha256 ?? ''))
      repaired.add(image)
      output.notice(`${image}: put back from the mirror`, { event: 'repaired', image, from: inMirror })
    } catch (error) {
      if (error instanceof ArchiverError) throw error
      output.notice(`${image}: ${messageOf(error)}`, { event: 'flaw', image, reason: messageOf(error) })
    }
  }
}

interface AccountNews {
  readonly done?: number
  readonly outcomes?: readonly { readonly image: string; readonly reason: string | null }[]
}

/** Lets the watch that runs ask the account for the very bytes. */
async function repairFromAccount(
  root: string,
  broken: readonly Broken[],
  signal: AbortSignal,
  output: Output,
  onRepaired: (image: string) => void,
): Promise<void> {
  const originals = broken.map(({ expected: { id, conversationId, profiles, sha256, image }, aside }) => ({
    ...{ fileId: fileIdOfBare(id) ?? id, conversationId, profiles, sha256, image, aside },
  }))
  let news: AccountNews = {}
  const onNews = (told: AccountNews) => {
    news = told
    output.status(`${told.done ?? 0} of ${countWords(originals.length, 'original')} asked for`)
  }
  const { handOver } = await import('../../daemon/door.ts')
  const isTaken = await handOver(root, { kind: 'originals', work: { originals }, signal, onNews })
  output.status('')
  if (!isTaken)
    throw new ArchiverError('browser-unreachable', 'No watch of this archive runs that could ask the account.', {
      hint: 'Start dalle-archiver, log in, and run this beside it.',
    })
  for (const { image, reason } of news.outcomes ?? [])
    if (reason === null) onRepaired(image)
    else output.notice(`${image}: the account does not give it: ${reason}`, { event: 'flaw', image, reason })
}

const verdictWords: Record<Finding['verdict'], string> = {
  changed: 'changed: somebody wrote to it, and its bytes are no longer those that were archived',
  damaged: 'damaged: its bytes are not those that were archived, though nobody wrote to it',
  missing: 'missing: it was deleted, or moved out of the archive',
  away: 'in the mirror',
  deleted: 'deleted in the gallery',
  moved: 'moved',
  unproven: 'cannot be proven: its record is of the 2023 tool and holds no hash',
}

const wordsOf = ({ expected, verdict, to }: Finding) =>
  `${expected.image || expected.record}: ${verdictWords[verdict]}${to === undefined ? '' : ` to ${to}`}`

const strayWords = {
  moved: 'is an original under another name',
  ours: 'is named like an original, and has no record; the next start of a watch looks after it',
  aside: 'was set aside when its original was put back; delete it if you have no use for it',
  foreign: 'is none of the archive’s',
} as const

/** What was found, a line each; what was not found is not told. */
function tableOf(
  { counts, credentials, originals, looked, bytes, unreadable, strays }: Verification,
  sums: number | undefined,
): string[] {
  const line = (count: number, words: string) => (count > 0 ? [`${numberWords(count)} ${words}`] : [])
  const counted = (count: number, one: string, many: string) => (count > 0 ? [countWords(count, one, many)] : [])
  const others = strays.filter(({ kind }) => kind !== 'moved')
  return [
    `${numberWords(looked)} of ${countWords(originals, 'original')} looked at (${sizeWords(bytes)}): ${numberWords(counts.intact)} intact`,
    ...line(counts.damaged, 'damaged: other bytes, though nobody wrote to them'),
    ...line(counts.changed, 'changed by somebody (--repair … --changed puts the original back beside it)'),
    ...line(counts.missing, 'missing'),
    ...line(counts.away, 'away: in the mirror, not on this disk (--mirror reads them there)'),
    ...line(counts.deleted, 'deleted in the gallery'),
    ...line(counts.moved, 'moved or renamed'),
    ...line(counts.unproven, 'of the 2023 tool, whose records hold no hash'),
    ...counted(unreadable.length, 'record that cannot be read', 'records that cannot be read'),
    ...counted(others.length, 'file without a record', 'files without a record'),
    `Content Credentials (C2PA): ${numberWords(credentials.there)} there, ${numberWords(credentials.gone)} gone, ${numberWords(credentials.never)} never there`,
    ...(sums === undefined ? [] : [`${countWords(sums, 'list')} written: images/<year>/<month>/SHA256SUMS`]),
  ]
}
