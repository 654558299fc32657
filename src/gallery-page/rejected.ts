import type { Picture, Source } from './api.ts'
import { noFilters } from './state.ts'

/** Images that are to be deleted; null bytes are not known. */
export interface Doomed {
  readonly ids: readonly string[]
  readonly bytes: number | null
}

const pageSize = 500

/** All rejected pictures whose image is here, and how large those are together. */
export async function findRejected(source: Pick<Source, 'pictures'>): Promise<Doomed> {
  const found: Picture[] = []
  for (let offset = 0; ; offset += pageSize) {
    const page = await source.pictures({ ...noFilters, q: 'is:rejected' }, offset, pageSize)
    found.push(...page.filter(({ isMissing }) => !isMissing))
    if (page.length < pageSize) break
  }
  return { ids: found.map(({ id }) => id), bytes: found.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0) }
}
