import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { realFolder } from '../archive/confined.ts'
import { readRecordNames } from '../archive/record-names.ts'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import { profilesOf, type WatchedProfile } from '../profiles.ts'
import { checkClock, checkFileSystem, checkLeftovers, checkLock, checkRights, checkSpace } from './archive-checks.ts'
import { compareVisit } from './compare.ts'
import { type Check, type Finding, noted, sound, trouble } from './finding.ts'
import { checkBrowser, checkNode, checkPort, checkProfile, checkWindow } from './machine-checks.ts'
import { visitPretendSite } from './visit.ts'

export interface DoctorOptions {
  readonly config: Config
  readonly signal: AbortSignal
  /** Leaves out the try with the browser. */
  readonly isQuick?: boolean | undefined
  onFinding(finding: Finding): void
}

type NamedCheck = readonly [about: string, check: Check]

/**
 * Looks at everything that archiving needs, one thing after the other, and tries the whole way with the person's own
 * browser, a throw-away profile and the pretend ChatGPT.
 *
 * Errors  none: what cannot be looked at is a finding.
 */
export async function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  const { config, signal, isQuick, onFinding } = options
  const profiles = profilesOf(config)
  const root = await realFolder(config.archivePath)
  const pictures = root === undefined ? 0 : (await readRecordNames(path.join(root, 'database'))).size
  const checks: readonly NamedCheck[] = [
    ['Node', () => checkNode(pictures)],
    ...profiles.flatMap(browserChecks),
    ...(root === undefined ? [noArchive(config.archivePath)] : archiveChecks(root, pictures)),
    ...(isQuick
      ? []
      : [['The whole way', () => checkWholeWay(profiles[0]?.config ?? config, signal)] satisfies NamedCheck]),
  ]
  const findings: Finding[] = []
  for (const [about, check] of checks) {
    if (signal.aborted) break
    const finding = await Promise.resolve()
      .then(check)
      .catch((error: unknown) => trouble(about, messageOf(error), 'Please report this.'))
    findings.push(anonymous(finding))
    onFinding(anonymous(finding))
  }
  return findings
}

/** What one browser needs; its name tells it from others. */
function browserChecks({ label, config }: WatchedProfile): NamedCheck[] {
  const named = (about: string, check: Check): NamedCheck => {
    const name = label === null ? about : `${about} of "${label}"`
    return [name, async () => ({ ...(await check()), about: name })]
  }
  return [
    named('Browser', () => checkBrowser(config.chromiumPath)),
    named('Window', () => checkWindow(config)),
    named('Profile', () => checkProfile(config)),
    named('Port', () => checkPort(config.cdpPort)),
  ]
}

const noArchive = (place: string): NamedCheck => [
  'Archive',
  () =>
    existsSync(place)
      ? trouble('Archive', `${place} is a file, not a folder`, 'Move it away, or name another folder in "archivePath".')
      : noted('Archive', `there is none at ${place} yet`, 'The first start makes it.'),
]

const archiveChecks = (root: string, pictures: number): readonly NamedCheck[] => [
  ['Archive', () => sound('Archive', `${pictures} records in ${root}`)],
  ['Rights', () => checkRights(root)],
  ['Space', () => checkSpace(root)],
  ['File system', () => checkFileSystem(root)],
  ['Clock', () => checkClock(root)],
  ['Lock', () => checkLock(root)],
  ['Leftovers', () => checkLeftovers(root)],
]

async function checkWholeWay({ chromiumPath }: Config, signal: AbortSignal): Promise<Finding> {
  const about = 'The whole way'
  const archivePath = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-doctor-'))
  try {
    const visit = await visitPretendSite({ archivePath, chromiumPath, signal, onEvent: () => {} })
    const { live, past, isWhole } = await compareVisit(visit)
    const all = [...live, ...past]
    const same = all.filter(({ isSame }) => isSame).length
    if (isWhole) return sound(about, `${same} of ${all.length} pretend pictures archived, byte for byte`)
    const remedy = 'Run dalle-archiver demo -v, and report what it says.'
    return trouble(about, `only ${same} of ${all.length} pretend pictures were archived, byte for byte`, remedy)
  } finally {
    rmSync(archivePath, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Fit for a report that strangers read: without the name of the person's home folder. */
export function anonymous(finding: Finding, home = homedir()): Finding {
  const name = path.basename(home)
  const clean = (text: string) => {
    const short = home.length > 1 ? text.replaceAll(home, '~') : text
    return name.length > 2
      ? short.replaceAll(new RegExp(`(?<=[/\\\\])${escaped(name)}(?=[/\\\\]|$)`, 'g'), 'someone')
      : short
  }
  const { text, remedy } = finding
  return { ...finding, text: clean(text), ...(remedy !== undefined && { remedy: clean(remedy) }) }
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
