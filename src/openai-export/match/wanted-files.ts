import type { Spot, Talk } from '../read/conversations.ts'
import type { Reference } from '../read/references.ts'
import { placeOfReference, type ReferencePlace } from '../read/references.ts'
import type { LibraryRow, Sidecars } from '../read/sidecars.ts'
import type { Demand, Evidence } from './matches.ts'

/** What is asked for, and where it belongs. */
export interface Asked {
  readonly demand: Demand
  readonly places: readonly ReferencePlace[]
  /** Where a file that only the library knows was put, and how sure that is. */
  readonly placement: { readonly spot: Spot | undefined; readonly evidence: Evidence } | undefined
}

/**
 * Gathers references to the same file into one demand each, and adds the files that only the library knows.
 *
 * Shape   a file of the library belongs to the message that made it, if that is there; else to the message that says it
 *         followed it; else to the last one in its thread before it; else to no message.
 */
export function collectDemands(talk: Talk, sidecars: Sidecars): Asked[] {
  const groups = new Map<string, Reference[]>()
  for (const reference of talk.references.values()) {
    const id = reference.id ?? sidecars.libraryIds.get(reference.libraryId ?? '') ?? null
    const key = id === null ? nameKey(reference) : `${id} ${reference.derivative ?? ''}`
    const group = groups.get(key)
    if (group) group.push(reference)
    else groups.set(key, [reference])
  }
  const told = [...groups.values()].map((references): Asked => {
    const [first] = references
    const id = first?.id ?? sidecars.libraryIds.get(first?.libraryId ?? '') ?? null
    const library = id !== null && first?.derivative === null ? sidecars.library.get(id) : undefined
    const demand = { id, references, library }
    return { demand, places: references.map(placeOfReference), placement: undefined }
  })
  const known = new Set(told.map(({ demand }) => demand.id))
  const untold = [...sidecars.library.values()].filter(({ fileId }) => !known.has(fileId))
  return [...told, ...untold.map((row) => askedByLibrary(row, talk))]
}

const nameKey = ({ conversationId, messageId, pointer }: Reference) => `${conversationId}\n${messageId}\n${pointer}`

function askedByLibrary(row: LibraryRow, talk: Talk): Asked {
  const { spot, detail } = placeIn(row, talk)
  const isOf = row.generationId !== null
  const reference: Reference = {
    conversationId: spot?.conversationId ?? (row.hasConflict ? '' : (row.threadId ?? '')),
    messageId: row.messageId ?? spot?.messageId ?? null,
    pointer: row.fileId,
    kind: isOf ? 'generated' : 'attachment',
    id: row.fileId,
    libraryId: null,
    account: null,
    derivative: null,
    sizeBytes: row.sizeBytes,
    widthPx: null,
    heightPx: null,
    genId: null,
    name: row.name,
    createdAt: row.createdAt,
    expiresAt: null,
    isPlaceholder: false,
    place: 'library_files.json',
  }
  const place = { ...placeOfReference(reference), conversationId: reference.conversationId || null }
  const evidence = { rule: 'T3', says: row.hasConflict ? 'contradicts' : 'agrees', detail } as const
  return {
    demand: { id: row.fileId, references: [reference], library: row },
    places: [place],
    placement: { spot, evidence },
  }
}

function placeIn(row: LibraryRow, { spots, bridges, threads }: Talk): { spot: Spot | undefined; detail: string } {
  const told = row.hasConflict ? 'the library names two conversations; ' : ''
  const origin = row.messageId === null ? undefined : spots.get(row.messageId)
  if (origin) return { spot: origin, detail: `${told}placed by its own message` }
  const bridge = row.messageId === null ? undefined : bridges.get(row.messageId)
  if (bridge) return { spot: bridge, detail: `${told}placed before the message that followed its own` }
  const moment = row.createdAt
  const thread = row.threadId === null || row.hasConflict ? undefined : threads.get(row.threadId)
  const before = thread?.findLast(({ createdAt }) => moment !== null && createdAt !== null && createdAt <= moment)
  if (before) return { spot: before, detail: 'placed in its thread by time' }
  return { spot: undefined, detail: `${told}placed by its thread at most` }
}
