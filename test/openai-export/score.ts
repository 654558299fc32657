/** What one line of `matches.ndjson` says, as far as it is judged. */
export interface MatchLine {
  readonly conversation_id: string | null
  readonly message_id: string | null
  readonly pointer: string | null
  readonly kind?: string
  readonly status: 'exact' | 'probable' | 'ambiguous' | 'missing'
  readonly rule: string | null
  readonly evidence?: unknown
  readonly source: {
    readonly archive?: readonly string[]
    readonly entry?: string
    readonly bytes?: number
    readonly sha256: string
  } | null
  readonly stored: string | null
  readonly candidates: readonly { readonly entry?: string; readonly sha256: string }[]
  readonly reason: string | null
  /** Of the file `stored` names, put in by whoever read the line: a picture the archive had has no source. */
  readonly storedSha256?: string
}

export type Reason =
  | 'not_in_export'
  | 'part_missing'
  | 'era_omits_generated'
  | 'expired'
  | 'deleted_by_user'
  | 'placeholder'
  | 'unreadable'
  | 'damaged'
  | 'ambiguous'
  | 'conflict'

/** An answer that is right. */
export type Want =
  | {
      readonly kind: 'file'
      readonly sha256: string
      /** Where only these say the truth about how sure it is. */
      readonly statuses?: readonly MatchLine['status'][]
      readonly rules?: readonly string[]
    }
  | { readonly kind: 'missing'; readonly reasons: readonly Reason[] }
  /** One of these, and nobody can know which. */
  | { readonly kind: 'choice'; readonly among: readonly string[]; readonly reasons?: readonly Reason[] }

/** A reference of a conversation to a file. */
export interface Reference {
  /** Null: no conversation may be named. Undefined: any. */
  readonly conversation: string | null | undefined
  /** Ids of the messages that may be named; undefined where the placement is nobody's to know. */
  readonly messages?: readonly (string | null)[]
  /** Null for what is known to be missing without a pointer. */
  readonly pointer: string | null
  /** Any of these is right; the first is the one we hope for. */
  readonly wants: readonly Want[]
  /** Nobody is bound to speak of it; who does must be right. */
  readonly isOptional?: boolean
}

export interface Truth {
  readonly references: readonly Reference[]
}

export interface Verdict {
  readonly reference: string
  readonly detail: string
}

/**
 * Every reference is in exactly one of these lists, and every line that no reference asks for in the last, or in none.
 */
export interface Score {
  readonly right: readonly Verdict[]
  /** A file that is not the one: another's, one where there is none, or a guess where nobody can know. */
  readonly wrong: readonly Verdict[]
  /** Not a word about the reference. */
  readonly missed: readonly Verdict[]
  /** Could have been decided, and was not. */
  readonly ambiguous: readonly Verdict[]
  /** The file is there. */
  readonly falselyMissing: readonly Verdict[]
  /** Rightly undecided or missing, but with other candidates or for another reason. */
  readonly otherReason: readonly Verdict[]
  /** The right file, said to be surer than it is, or by another rule. */
  readonly overclaimed: readonly Verdict[]
  /** A file for something that is no reference to a file. */
  readonly unexpected: readonly Verdict[]
}

type Outcome = Exclude<keyof Score, 'unexpected' | 'missed'>

/** Of several lines about one reference, the worst counts. */
const worstFirst: readonly Outcome[] = ['wrong', 'falselyMissing', 'ambiguous', 'overclaimed', 'otherReason', 'right']

/**
 * Judges matches by the truth.
 *
 * Shape   a line belongs to a reference when conversation, message and pointer agree; pointers are compared without
 *         scheme and `.dat`, since a pointer and an attachment's id mean the same file.
 */
export function score(truth: Truth, lines: readonly MatchLine[]): Score {
  const lists: Record<keyof Score, Verdict[]> = {
    right: [],
    wrong: [],
    missed: [],
    ambiguous: [],
    falselyMissing: [],
    otherReason: [],
    overclaimed: [],
    unexpected: [],
  }
  const isAsked = new Set<MatchLine>()
  for (const reference of truth.references) {
    const about = lines.filter((line) => isAbout(line, reference))
    for (const line of about) isAsked.add(line)
    const judged = about.map((line) => ({ outcome: judge(reference.wants, line), detail: shown(line) }))
    if (reference.isOptional && judged.length === 0) continue
    const outcome = worstFirst.find((one) => judged.some((line) => line.outcome === one)) ?? 'missed'
    const detail = judged.find((line) => line.outcome === outcome)?.detail ?? ''
    lists[outcome].push({ reference: nameOf(reference), detail: `${detail} — wanted ${wantedOf(reference.wants)}` })
  }
  for (const line of lines) {
    if (isAsked.has(line) || matchedSha(line) === undefined) continue
    const others = truth.references.filter((one) => barePointer(one.pointer) === barePointer(line.pointer))
    const isTrue = others.some((one) => isRight(one.wants, line))
    // The right file in another place is no harm, nor a file told by its own id; another file is.
    if (isTrue || isItself(line)) continue
    lists[others.length > 0 ? 'wrong' : 'unexpected'].push({ reference: nameOfLine(line), detail: shown(line) })
  }
  return lists
}

/** How many are in each list. */
export function tally(score: Score): Record<keyof Score, number> {
  return Object.fromEntries(Object.entries(score).map(([key, list]) => [key, list.length])) as Record<
    keyof Score,
    number
  >
}

export function isAbout(line: MatchLine, { conversation, messages, pointer }: Reference): boolean {
  if (conversation !== undefined && line.conversation_id !== conversation) return false
  if (messages && !messages.includes(line.message_id)) return false
  // What has no pointer is told by its reason; a line with a pointer is about a file.
  return pointer === null ? line.pointer === null : barePointer(line.pointer) === barePointer(pointer)
}

/** A pointer, an id or a name, as all of them can be compared. */
export function barePointer(pointer: string | null): string | null {
  if (pointer === null) return null
  return pointer
    .replace(/^(file-service|sediment):\/\//, '')
    .replace(/^sandbox:/, '')
    .replace(/^\/mnt\/data\//, '')
    .replace(/\.dat$/, '')
}

/** A library speaks of files by the id they are named after. */
function isItself({ pointer, source }: MatchLine): boolean {
  const name = source?.entry?.split('/').at(-1) ?? ''
  const id = barePointer(pointer) ?? ''
  return /^file[-_]/.test(id) && name.startsWith(id) && !/[A-Za-z0-9]/.test(name.charAt(id.length))
}

const matchedSha = (line: MatchLine) =>
  line.status === 'exact' || line.status === 'probable' ? (line.source?.sha256 ?? line.storedSha256) : undefined

function isRight(wants: readonly Want[], line: MatchLine): boolean {
  return wants.some((want) => want.kind === 'file' && want.sha256 === matchedSha(line))
}

function judge(wants: readonly Want[], line: MatchLine): Outcome {
  const outcomes = wants.map((want) => judgeOne(want, line))
  return [...worstFirst].reverse().find((outcome) => outcomes.includes(outcome)) ?? 'wrong'
}

function judgeOne(want: Want, line: MatchLine): Outcome {
  const isMatched = line.status === 'exact' || line.status === 'probable'
  if (want.kind === 'file') return judgeFile(want, line, isMatched)
  if (isMatched) return 'wrong'
  const offered = new Set(line.candidates.map((candidate) => candidate.sha256))
  if (want.kind === 'missing') {
    const isMissing = line.status === 'missing' && offered.size === 0
    return isMissing && want.reasons.some((reason) => reason === line.reason) ? 'right' : 'otherReason'
  }
  const isSame = offered.size === want.among.length && want.among.every((sha256) => offered.has(sha256))
  const isReason = (want.reasons ?? ['ambiguous']).some((reason) => reason === line.reason)
  return isSame && (isReason || (line.reason === null && !want.reasons)) ? 'right' : 'otherReason'
}

function judgeFile(want: Want & { kind: 'file' }, line: MatchLine, isMatched: boolean): Outcome {
  if (!isMatched) {
    const isOffered = line.candidates.some((candidate) => candidate.sha256 === want.sha256)
    return line.status === 'ambiguous' && isOffered ? 'ambiguous' : 'falselyMissing'
  }
  if (matchedSha(line) !== want.sha256) return 'wrong'
  const isHonest = want.statuses?.includes(line.status) ?? true
  const isByRule = want.rules?.some((rule) => line.rule?.startsWith(rule)) ?? true
  return isHonest && isByRule ? 'right' : 'overclaimed'
}

const short = (sha256: string | undefined) => sha256?.slice(0, 8) ?? 'no file'

function nameOf({ conversation, messages, pointer }: Reference): string {
  return [conversation ?? 'no conversation', messages?.join('|') ?? 'any message', pointer ?? 'no pointer'].join(' / ')
}

const nameOfLine = (line: MatchLine) =>
  nameOf({ conversation: line.conversation_id, messages: [line.message_id], pointer: line.pointer, wants: [] })

function shown(line: MatchLine): string {
  const { status, rule, reason, candidates } = line
  const entry = line.source?.entry ?? line.stored ?? ''
  const offered = candidates.map((candidate) => short(candidate.sha256)).join(' ')
  return `${status} ${rule ?? '-'} ${reason ?? '-'} ${short(matchedSha(line))} ${entry} [${offered}]`
}

function wantedOf(wants: readonly Want[]): string {
  return wants
    .map((want) => {
      if (want.kind === 'file') return `${short(want.sha256)} ${want.statuses?.join('|') ?? ''} ${want.rules ?? ''}`
      if (want.kind === 'missing') return `missing ${want.reasons.join('|')}`
      return `one of [${want.among.map(short).join(' ')}] ${want.reasons ?? ''}`
    })
    .join(', or ')
}
