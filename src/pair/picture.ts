import { type DateSource, dateSources, type ImageFacts, type PromptSource, promptSources } from '../decode/facts.ts'
import type { ImageKind } from '../decode/image-bytes.ts'

/**
 * What two pieces of news about one image say together: the richer value wins, and what is known is never unlearned.
 *
 * Shape   prompt and date travel with their source; the better source wins. The length in bytes is taken from the
 *         newest news that states it, since a message may be changed from a preview to the final file.
 */
export function learn(known: ImageFacts | undefined, news: ImageFacts): ImageFacts {
  if (!known) return news
  const prompt = rank(promptSources, news.promptSource) < rank(promptSources, known.promptSource) ? news : known
  const date = rank(dateSources, news.dateSource) < rank(dateSources, known.dateSource) ? news : known
  return {
    fileId: known.fileId,
    genId: known.genId ?? news.genId,
    prompt: prompt.prompt,
    promptSource: prompt.promptSource,
    seed: known.seed ?? news.seed,
    createdAt: date.createdAt,
    dateSource: date.dateSource,
    widthPx: known.widthPx ?? news.widthPx,
    heightPx: known.heightPx ?? news.heightPx,
    sizeBytes: news.sizeBytes ?? known.sizeBytes,
    conversationId: known.conversationId ?? news.conversationId,
    conversationTitle: news.conversationTitle ?? known.conversationTitle,
    messageId: known.messageId ?? news.messageId,
    parentGenId: known.parentGenId ?? news.parentGenId,
    editOp: known.editOp ?? news.editOp,
    channel: known.channel,
  }
}

/** Position in a best-first list; no source at all comes last. */
function rank<Source extends PromptSource | DateSource>(order: readonly Source[], source: Source | null): number {
  return source === null ? order.length : order.indexOf(source)
}

/**
 * Whether bytes are the whole original of the image the facts speak of; otherwise why not.
 *
 * Units   bytes and pixels. A stated length decides alone, because it is exact. Where none is stated, the file must be
 *         whole by its own structure and, where both are known, as large in pixels as the facts say.
 */
export function misfit(facts: ImageFacts, kind: ImageKind, lengthBytes: number): string | undefined {
  if (facts.sizeBytes !== null) {
    return facts.sizeBytes === lengthBytes ? undefined : `${lengthBytes} bytes where ${facts.sizeBytes} were stated`
  }
  if (!kind.isWhole) return `a ${kind.extension} file that was cut at ${lengthBytes} bytes`
  const isOther = (stated: number | null, found: number | null) => stated !== null && found !== null && stated !== found
  if (isOther(facts.widthPx, kind.widthPx) || isOther(facts.heightPx, kind.heightPx)) {
    return `${kind.widthPx}×${kind.heightPx} pixels where ${facts.widthPx}×${facts.heightPx} were stated`
  }
  return undefined
}
