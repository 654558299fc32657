import type { Asker, Question, Tab } from '../ask/asker.ts'
import { Refusal } from '../ask/refusal.ts'
import { maxFileBytes } from '../decode/limits.ts'
import { messageOf } from '../errors.ts'
import type { FileId } from '../sites/ids.ts'
import type { Questions } from '../sites/site.ts'

/** A file whose bytes are wanted. */
export interface WantedFile {
  readonly fileId: FileId
  readonly conversationId: string | null
}

/** What lists of the account have said of a file. */
export interface PlaceOfFile {
  /** Those of the workspace it belongs to. */
  readonly headers: Question['headers']
  /** Where else an address for its bytes is told. */
  readonly path: string | undefined
}

/** Takes bytes that came from a host; resolves with why they are no good, or null. */
export type TakeBytes = (bytes: Buffer, host: string) => Promise<string | null>

export interface ByteLadderOptions {
  readonly asker: Pick<Asker, 'ask' | 'getFile'>
  readonly site: Pick<Questions, 'lookUpPaths' | 'addressIn'>
  readonly now: () => Date
  tabs(): readonly Tab[]
  placeOf?(fileId: FileId, conversationId: string | null): PlaceOfFile
  /** The address that a page itself has used, or was told. */
  addressOf?(fileId: FileId): { readonly url: string; readonly at: Date } | undefined
}

/** Gets the bytes of files, by whichever route has them. */
export interface ByteLadder {
  /**
   * One address after the other, until one of them answers with bytes that are taken: what one route refuses, another
   * may still have. Ends as well when they are wanted no more.
   *
   * Errors  `Refusal` with every reason; at once where it is not about an answer.
   */
  get(tab: Tab, file: WantedFile, take: TakeBytes, isWanted: () => boolean): Promise<void>
}

/** Addresses run out, some in less than three minutes. */
const freshMs = 2 * 60_000

/** Where bytes can be had, or why a route does not say; neither where nothing was asked. */
interface Address {
  readonly url?: string
  readonly reason?: string
}

/** Makes the ladder of one site over one connection. */
export function createByteLadder(options: ByteLadderOptions): ByteLadder {
  const { asker, site, now, tabs } = options

  const freshAddress = async (fileId: FileId): Promise<Address> => {
    const known = options.addressOf?.(fileId)
    return known && now().getTime() - known.at.getTime() < freshMs ? { url: known.url } : {}
  }

  const lookUp = async (tab: Tab, question: Question): Promise<Address> => {
    const { status, text } = await asker.ask(tab, question)
    const url = status === 200 ? site.addressIn(text, tab.url) : undefined
    return url === undefined ? { reason: status === 200 ? 'no address' : `HTTP ${status}` } : { url }
  }

  /** Why an address has no bytes that are taken; null when they are. */
  const getBytes = async (tab: Tab, url: string, take: TakeBytes): Promise<string | null> => {
    const file = await asker.getFile(tab, url, maxFileBytes).catch((error: unknown) => unreachable(tab, error))
    if (typeof file === 'string') return file
    if (file.status !== 200) return `HTTP ${file.status}`
    return take(file.bytes, new URL(url).host)
  }

  /** One host may be out of reach, or fail, and another not. Errors: what the tab is to blame for, or the length. */
  const unreachable = (tab: Tab, error: unknown): string => {
    const isTabThere = tabs().some(({ sessionId }) => sessionId === tab.sessionId)
    if (isTabThere && messageOf(error).startsWith('net::')) return messageOf(error)
    throw error
  }

  return {
    async get(tab, { fileId, conversationId }, take, isWanted) {
      const { headers, path } = options.placeOf?.(fileId, conversationId) ?? {}
      const paths = [...site.lookUpPaths(fileId, conversationId), ...(path ? [path] : [])]
      const rungs = [() => freshAddress(fileId), ...paths.map((one) => () => lookUp(tab, { path: one, headers }))]
      const reasons = new Set<string>()
      for (const addressAt of rungs) {
        const { url, reason } = await addressAt()
        if (url !== undefined && !isWanted()) return
        const refusal = url === undefined ? reason : await getBytes(tab, url, take)
        if (refusal === null) return
        if (refusal !== undefined) reasons.add(refusal)
      }
      throw new Refusal([...reasons].join(', '))
    },
  }
}
