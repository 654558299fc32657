import path from 'node:path'
import { readAway } from '../archive/away.ts'
import { archiveFolder } from '../archive/confined.ts'
import { readMarks } from '../archive/mark-files.ts'
import { ArchiverError } from '../errors.ts'
import type { Originals } from '../mirror/originals.ts'
import { type Expected, readExpectations } from './expected.ts'
import { type HashedFile, hashFiles } from './hash-files.ts'
import { type Credentials, credentialsOf, judge, type Verdict, verdicts } from './judge.ts'
import { noteVerify } from './last.ts'
import { openVerifyState, type VerifyState } from './state.ts'
import { explain, type Stray, straysIn } from './strays.ts'

/** An original that is not intact. */
export interface Finding {
  readonly expected: Expected
  readonly verdict: Exclude<Verdict, 'intact'>
  /** Where it lies now, if it was moved. */
  readonly to?: string
}

/** What a verification came to. */
export interface Verification {
  readonly counts: Readonly<Record<Verdict, number>>
  readonly credentials: Readonly<Record<Credentials, number>>
  readonly findings: readonly Finding[]
  readonly strays: readonly Stray[]
  /** Paths of files in the place of records that are none. */
  readonly unreadable: readonly string[]
  /** Of these many originals in all, so many were to be looked at, and were. */
  readonly originals: number
  readonly wanted: number
  readonly looked: number
  readonly bytes: number
}

/** How far it is. */
export interface VerifyProgress {
  readonly looked: number
  readonly wanted: number
  readonly bytes: number
}

export interface VerifyOptions {
  readonly root: string
  readonly now: () => Date
  /** Leaves out what was archived before. */
  readonly since?: Date | undefined
  /** Looks at so much of it, 0 to 1: what was not looked at for longest. */
  readonly sample?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Also reads originals that are away; else they are counted as that. */
  readonly originals?: Pick<Originals, 'read'> | undefined
  onFinding?(finding: Finding): void
  onProgress?(progress: VerifyProgress): void
}

/**
 * Compares every original with the hash in its record. Nothing in the archive is changed, but for what was seen
 * (`verify/state.ndjson`); a watch may run beside it.
 *
 * Shape   what was not looked at for longest comes first, so that a run that was interrupted is gone on with. Findings
 *         are told as they are made, but for what was moved: that is known at the end.
 * Errors  ArchiverError "disk" when there is no archive.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { now, since, sample = 1, signal, originals, onFinding = () => {}, onProgress = () => {} } = options
  const root = await archiveFolder(options.root)
  const [{ images, unreadable }, state] = await Promise.all([readExpectations(root), openVerifyState(root)])
  const wanted = selectedOf(images, state, since, sample)
  const counts = Object.fromEntries(verdicts.map((name) => [name, 0])) as Record<Verdict, number>
  const credentials: Record<Credentials, number> = { there: 0, gone: 0, never: 0, unknown: 0 }
  const findings: Finding[] = []
  const progress = { looked: 0, wanted: wanted.length, bytes: 0 }

  const take = async (expected: Expected, found: HashedFile | undefined) => {
    const seen = state.seen(expected.image)
    const judged = judge(expected, found, seen)
    const verdict = judged === 'missing' ? await judgeMissing(root, expected, originals) : judged
    counts[verdict] += 1
    if (found) credentials[credentialsOf(verdict, found, seen)] += 1
    if (verdict === 'intact' && found)
      await state.note(expected.image, { modifiedMs: found.modifiedMs, hadCredentials: found.hasCredentials }, now())
    progress.looked += 1
    if (verdict === 'intact') return
    findings.push({ expected, verdict })
    if (verdict !== 'missing' && verdict !== 'away') onFinding({ expected, verdict })
  }

  await hashFiles(root, wanted, ({ image }) => image, take, {
    signal,
    onBytes(count) {
      progress.bytes += count
      onProgress(progress)
    },
  })
  const missing = findings.flatMap(({ verdict, expected }) => (verdict === 'missing' ? [expected] : []))
  const named = new Set(images.map(({ image }) => image))
  const { strays, moved } = await explain(root, signal?.aborted ? [] : await straysIn(root, named), missing)
  const movedTo = new Map(moved.map(({ expected, to }) => [expected, to]))
  counts.missing -= moved.length
  counts.moved += moved.length
  const explained = findings.map((finding): Finding => {
    const to = movedTo.get(finding.expected)
    return to === undefined ? finding : { ...finding, verdict: 'moved', to }
  })
  for (const finding of explained) if (['missing', 'moved'].includes(finding.verdict)) onFinding(finding)
  const verification = {
    ...{ counts, credentials, findings: explained, strays, unreadable },
    ...{ originals: images.length, wanted: wanted.length, looked: progress.looked, bytes: progress.bytes },
  }
  if (progress.looked > 0) await noteVerify(root, now(), progress.looked, counts, unreadable.length)
  return verification
}

function selectedOf(images: readonly Expected[], state: VerifyState, since: Date | undefined, sample: number) {
  const young = images.filter(({ writtenAt }) => since === undefined || (writtenAt !== null && writtenAt >= since))
  const byAge = young.toSorted((a, b) => state.lookedAtMs(a.image) - state.lookedAtMs(b.image))
  return byAge.slice(0, Math.ceil(byAge.length * sample))
}

/** What is not on this disk is in the mirror, was deleted in the gallery, or is missing indeed. */
async function judgeMissing(
  root: string,
  expected: Expected,
  originals: Pick<Originals, 'read'> | undefined,
): Promise<Verdict> {
  if (!(await readAway(root, expected.image))) return (await isDeleted(root, expected)) ? 'deleted' : 'missing'
  if (!originals) return 'away'
  // Its hash was compared where it was fetched.
  const isWhole = await originals.read(expected.image).catch((error: unknown) => {
    if (error instanceof ArchiverError) throw error
    return undefined
  })
  return isWhole ? 'intact' : 'missing'
}

/** The person deleted the image in the gallery, and wants it to stay so. */
async function isDeleted(root: string, { record }: Expected): Promise<boolean> {
  const { dir, base } = path.posix.parse(record.slice('database/'.length))
  return (await readMarks(path.join(root, 'database'), dir, base)).imageDeleted === true
}
