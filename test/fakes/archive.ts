import type { Archive } from '../../src/archive/archive.ts'
import { contentInMemory } from '../../src/archive/content.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import type { ImageKind } from '../../src/decode/image-bytes.ts'
import type { DatedFacts } from '../../src/sites/facts.ts'

/** Stores a picture as live capture does. */
export function storeLive(
  archive: Archive,
  facts: DatedFacts,
  bytes: Uint8Array,
  kind: ImageKind,
  host: string | null,
): Promise<PictureRecord> {
  return archive.store(facts, contentInMemory(bytes, kind), { origin: 'live', channel: facts.channel, host })
}
