import { folderFor, imageNameFor, recordNameFor } from '../../src/archive/names.ts'
import type { ImageKind } from '../../src/decode/image-bytes.ts'
import { parseFileId } from '../../src/sites/chatgpt/ids.ts'
import { channels, dateSources, type ImageFacts, promptSources } from '../../src/sites/facts.ts'
import type { Findings } from '../../src/sites/findings.ts'
import { parseGenerationId } from '../../src/sites/ids.ts'

const isText = (value: unknown) => value === null || (typeof value === 'string' && value !== '')
const isCount = (value: unknown) => value === null || (Number.isSafeInteger(value) && Number(value) > 0)
const isOneOf = (list: readonly unknown[], value: unknown) => list.includes(value)

/** What is wrong with facts, by field: nothing downstream checks them again. */
export function flawsOfFacts(facts: ImageFacts): string[] {
  const { createdAt } = facts
  const rules: [string, boolean][] = [
    ['fileId', parseFileId(facts.fileId) === facts.fileId],
    ['genId', facts.genId === null || parseGenerationId(facts.genId) === facts.genId],
    ['parentGenId', facts.parentGenId === null || parseGenerationId(facts.parentGenId) === facts.parentGenId],
    ['prompt', isText(facts.prompt) && (facts.prompt === null) === (facts.promptSource === null)],
    ['promptSource', facts.promptSource === null || isOneOf(promptSources, facts.promptSource)],
    ['seed', facts.seed === null || Number.isFinite(facts.seed)],
    ['createdAt', createdAt === null || (createdAt.getTime() > 0 && createdAt.getUTCFullYear() <= 2100)],
    ['dateSource', facts.dateSource === null || isOneOf(dateSources, facts.dateSource)],
    ['createdAt without source', (createdAt === null) === (facts.dateSource === null)],
    ['widthPx', isCount(facts.widthPx)],
    ['heightPx', isCount(facts.heightPx)],
    ['sizeBytes', isCount(facts.sizeBytes)],
    ['conversationId', isText(facts.conversationId)],
    ['conversationTitle', isText(facts.conversationTitle)],
    ['messageId', isText(facts.messageId)],
    ['editOp', isText(facts.editOp)],
    ['channel', isOneOf(channels, facts.channel)],
    ['names', namesAreSafe(facts)],
  ]
  return rules.filter(([, isKept]) => !isKept).map(([name]) => `${name} of ${facts.fileId}`)
}

/** Whether the places these facts would be written to are single names below a dated folder. */
export function namesAreSafe(facts: ImageFacts): boolean {
  const dated = { ...facts, createdAt: facts.createdAt ?? new Date(0) }
  const names = [recordNameFor(facts), imageNameFor(dated, 'png')]
  return /^\d{4}\/\d\d\/\d\d$/.test(folderFor(dated.createdAt)) && names.every(isSafeName)
}

const isSafeName = (name: string) =>
  Buffer.byteLength(name) <= 255 && /^[^/\\:*?"<>|\p{Cc}\p{Cs}.][^/\\:*?"<>|\p{Cc}\p{Cs}]*[^. ]$/u.test(name)

/** What is wrong with what a decoder found. */
export function flawsOf(findings: Findings): string[] {
  const { facts, dismissed, links, sockets, oddities } = findings
  return [
    ...facts.flatMap(flawsOfFacts),
    ...dismissed.filter((id) => parseFileId(id) !== id).map((id) => `dismissed ${id}`),
    ...links.filter(({ fileId, url }) => parseFileId(fileId) !== fileId || !URL.canParse(url)).map(() => 'link'),
    ...sockets.filter((socket) => typeof socket !== 'string' || socket === '').map(() => 'socket'),
    ...oddities
      .filter(({ kind, detail }) => !/^[a-z-]+$/.test(kind) || typeof detail !== 'string' || detail.length > 200)
      .map(({ kind }) => `oddity ${kind}`),
  ]
}

/** What is wrong with what was read from an image's bytes. */
export function flawsOfKind(kind: ImageKind | undefined): string[] {
  if (kind === undefined) return []
  const isRight = isCount(kind.widthPx) && isCount(kind.heightPx) && typeof kind.isWhole === 'boolean'
  return isRight ? [] : [JSON.stringify(kind)]
}
