import type { ImageKind } from '../decode/image-bytes.ts'
import type { ImageFacts } from './facts.ts'

/**
 * Whether bytes are the whole original of the image the facts speak of; otherwise why not.
 *
 * Units   bytes and pixels. A stated length decides alone, because it is exact. Where none is stated, the file must be
 *         whole by its own structure and, where both are known, as large in pixels as the facts say.
 */
export function mismatch(facts: ImageFacts, kind: ImageKind, lengthBytes: number): string | undefined {
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
