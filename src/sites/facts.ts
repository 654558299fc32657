import { countAt, listAt, momentAt, numberAt, textAt } from '../decode/json.ts'
import { isLabel } from '../profile-rules.ts'
import { type FileId, type GenerationId, parseGenerationId, reviveFileId } from './ids.ts'

/** Where a prompt was found, best first (docs/wire/messages.md tells why this order). */
export const promptSources = [
  'dalle',
  'tool-call',
  'caption-file',
  'model-caption',
  'user-message',
  'library-recreation',
  'library-caption',
  'user-request',
  'library-title',
] as const
export type PromptSource = (typeof promptSources)[number]

/** Where a date was found, best first. */
export const dateSources = ['message', 'library', 'turn', 'stream', 'conversation', 'export', 'seen'] as const
export type DateSource = (typeof dateSources)[number]

/** Which form of delivery told us of an image. */
export const channels = ['stream', 'websocket', 'conversation', 'library', 'share', 'export'] as const
export type Channel = (typeof channels)[number]

/** All that is said of one generated image; `null` is "not said". */
export interface ImageFacts {
  readonly fileId: FileId
  readonly genId: GenerationId | null
  readonly prompt: string | null
  readonly promptSource: PromptSource | null
  readonly seed: number | null
  readonly createdAt: Date | null
  readonly dateSource: DateSource | null
  readonly widthPx: number | null
  readonly heightPx: number | null
  /** Exact length of the original file, as the pointer states it. */
  readonly sizeBytes: number | null
  readonly conversationId: string | null
  readonly conversationTitle: string | null
  readonly messageId: string | null
  readonly parentGenId: GenerationId | null
  readonly editOp: string | null
  readonly channel: Channel
  /**
   * Labels of the profiles that have shown it, first of all the first one; no site says that, but who listens to it.
   */
  readonly profiles: readonly string[] | null
}

/** Facts that have a date, as every archived picture has. */
export type DatedFacts = ImageFacts & {
  readonly createdAt: Date
  readonly dateSource: DateSource
}

/** How one field is read back from a journal of ours, and what two pieces of news say of it together. */
interface Field<Value> {
  revive(json: unknown): Value
  merge(known: ImageFacts, news: ImageFacts): Value
}

type Key = Exclude<keyof ImageFacts, 'fileId'>

/** What is known is never unlearned. */
const first =
  <K extends Key>(key: K) =>
  (known: ImageFacts, news: ImageFacts): ImageFacts[K] =>
    known[key] ?? news[key]

const text = <K extends Key>(key: K) => ({ revive: (json: unknown) => textAt(json, key), merge: first(key) })
const count = <K extends Key>(key: K) => ({ revive: (json: unknown) => countAt(json, key), merge: first(key) })
const generation = <K extends Key>(key: K) => ({
  revive: (json: unknown) => parseGenerationId(textAt(json, key)),
  merge: first(key),
})
const oneOf = <T extends string>(all: readonly T[], json: unknown, key: string): T | null =>
  all.find((one) => one === textAt(json, key)) ?? null

/**
 * Every field but the id, once. A new one is added here and in `ImageFacts`; then the compiler asks for it in
 * archive/records.ts. What reads it sets it: nothing else needs to know of it.
 */
const fields: { readonly [K in Key]: Field<ImageFacts[K]> } = {
  genId: generation('genId'),
  // A prompt and a date travel with their source; the better source wins.
  prompt: {
    revive: (json) => (oneOf(promptSources, json, 'promptSource') === null ? null : textAt(json, 'prompt')),
    merge: (known, news) => withBetterPrompt(known, news).prompt,
  },
  promptSource: {
    revive: (json) => (textAt(json, 'prompt') === null ? null : oneOf(promptSources, json, 'promptSource')),
    merge: (known, news) => withBetterPrompt(known, news).promptSource,
  },
  seed: { revive: (json) => numberAt(json, 'seed'), merge: first('seed') },
  createdAt: {
    revive: (json) => (oneOf(dateSources, json, 'dateSource') === null ? null : momentAt(json, 'createdAt')),
    merge: (known, news) => withBetterDate(known, news).createdAt,
  },
  dateSource: {
    revive: (json) => (momentAt(json, 'createdAt') === null ? null : oneOf(dateSources, json, 'dateSource')),
    merge: (known, news) => withBetterDate(known, news).dateSource,
  },
  widthPx: count('widthPx'),
  heightPx: count('heightPx'),
  // A message may be changed from a preview to the final file, so the newest news counts.
  sizeBytes: { ...count('sizeBytes'), merge: (known, news) => news.sizeBytes ?? known.sizeBytes },
  conversationId: text('conversationId'),
  // Titles change, and the newest counts; which of two is newer an export does not tell, so there the known one stays.
  conversationTitle: {
    ...text('conversationTitle'),
    merge: (known, news) => {
      // Another account may show the picture in a conversation of its own.
      if (known.conversationId !== null && known.conversationId !== (news.conversationId ?? known.conversationId))
        return known.conversationTitle
      const [best, other] = news.channel === 'export' ? [known, news] : [news, known]
      return best.conversationTitle ?? other.conversationTitle
    },
  },
  messageId: text('messageId'),
  parentGenId: generation('parentGenId'),
  editOp: text('editOp'),
  channel: {
    revive: (json) => oneOf(channels, json, 'channel') ?? 'conversation',
    merge: (known) => known.channel,
  },
  profiles: {
    revive: (json) => labelsAt(json, 'profiles'),
    merge: ({ profiles }, news) => (profiles || news.profiles ? unionOf(profiles ?? [], news.profiles ?? []) : null),
  },
}

const unionOf = (known: readonly string[], news: readonly string[]) => [...new Set([...known, ...news])]

/** The labels that stand under a key; null where there are none. */
function labelsAt(json: unknown, key: string): readonly string[] | null {
  const labels = listAt(json, key).filter((one) => typeof one === 'string' && isLabel(one)) as string[]
  return labels.length > 0 ? labels : null
}

/** Whether facts may be of a profile: it has shown them, or it is not known which has. */
export const mayBeOf = ({ profiles }: Pick<ImageFacts, 'profiles'>, label: string | null): boolean =>
  profiles === null || (label !== null && profiles.includes(label))

const keys = Object.keys(fields) as Key[]

const unsaid = Object.fromEntries(keys.map((key) => [key, null])) as Record<Key, null>

/** Facts of which nothing is said yet. */
export function unsaidFacts(fileId: FileId, channel: Channel): ImageFacts {
  return { ...unsaid, fileId, channel }
}

/** Facts with a date: their own, or this one with what told it. */
export function dated(facts: ImageFacts, createdAt: Date, dateSource: DateSource): DatedFacts {
  return {
    ...facts,
    createdAt: facts.createdAt ?? createdAt,
    dateSource: facts.dateSource ?? dateSource,
  }
}

/** What two pieces of news about one image say together, field by field as the table says. */
export function mergeFacts(known: DatedFacts, news: ImageFacts): DatedFacts
export function mergeFacts(known: ImageFacts | undefined, news: DatedFacts): DatedFacts
export function mergeFacts(known: ImageFacts | undefined, news: ImageFacts): ImageFacts
export function mergeFacts(known: ImageFacts | undefined, news: ImageFacts): ImageFacts {
  if (!known) return news
  const merged = Object.fromEntries(keys.map((key) => [key, fields[key].merge(known, news)]))
  return { fileId: known.fileId, ...merged } as ImageFacts
}

/** Facts from a journal of ours; undefined for what is none, since a person may have edited it. */
export function reviveFacts(json: unknown): ImageFacts | undefined {
  const fileId = reviveFileId(textAt(json, 'fileId') ?? '')
  if (!fileId) return undefined
  return { fileId, ...Object.fromEntries(keys.map((key) => [key, fields[key].revive(json)])) } as ImageFacts
}

const withBetterPrompt = (known: ImageFacts, news: ImageFacts) =>
  rank(promptSources, news.promptSource) < rank(promptSources, known.promptSource) ? news : known

const withBetterDate = (known: ImageFacts, news: ImageFacts) =>
  rank(dateSources, news.dateSource) < rank(dateSources, known.dateSource) ? news : known

/** Position in a best-first list; no source at all comes last. */
function rank<Source extends PromptSource | DateSource>(order: readonly Source[], source: Source | null): number {
  return source === null ? order.length : order.indexOf(source)
}
