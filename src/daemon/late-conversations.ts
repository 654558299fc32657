import type { Asker, Customer, Tab } from '../ask/asker.ts'
import { messageOf } from '../errors.ts'
import type { Questions } from '../sites/site.ts'

/** Conversations of tabs that were loading before we could listen: what they said then was not heard. */
export interface LateConversations extends Customer {
  /** False when nothing can be asked of that tab. */
  late(tab: Tab): boolean
}

export interface LateConversationsOptions {
  readonly asker: Asker
  readonly site: Questions
  readonly graceMs: number
  tabs(): readonly Tab[]
  onOddity(kind: string, detail: string): void
}

/**
 * A conversation is asked for again at most so often, a grace apart: a turn under way at first may have ended since.
 */
const maxTimes = 4
/** More late tabs than this nobody has in a day. */
const maxAsked = 200
/** After a day it is another visit. */
const forgottenAfterMs = 24 * 60 * 60 * 1000

/**
 * Makes the customer that asks for them; the answers are heard like any other of the page's.
 *
 * State   a conversation for a day after it was asked for last.
 */
export function createLateConversations(options: LateConversationsOptions): LateConversations {
  const { asker, site, graceMs, tabs, onOddity } = options
  const due = new Map<string, Tab>()
  const asked = new Map<string, { readonly times: number; readonly lastAt: number }>()

  const forgetOld = () => {
    const moment = performance.now()
    for (const [id, { lastAt }] of asked) if (moment - lastAt > forgottenAfterMs) asked.delete(id)
  }

  const ask = async (tab: Tab, conversationId: string) => {
    const { times = 0 } = asked.get(conversationId) ?? {}
    asked.set(conversationId, { times: times + 1, lastAt: performance.now() })
    try {
      const { status } = await asker.ask(tab, { path: site.conversationPath(conversationId) })
      if (status !== 200) throw new Error(`HTTP ${status}`)
    } catch (error) {
      if (asker.isStopped) return
      if (asker.isSilent) due.set(conversationId, tab)
      onOddity('conversation-missed', `${conversationId}: ${messageOf(error)}`)
    }
  }

  return {
    late(tab) {
      const conversationId = site.conversationOf(tab.url)
      if (!conversationId) return false
      forgetOld()
      const { times } = asked.get(conversationId) ?? { times: 0 }
      if (times > 0 ? times < maxTimes : asked.size < maxAsked) due.set(conversationId, tab)
      return times > 0 || due.has(conversationId)
    },
    next() {
      for (const [conversationId, { sessionId }] of due) {
        const { lastAt = Number.NEGATIVE_INFINITY } = asked.get(conversationId) ?? {}
        if (performance.now() < lastAt + graceMs) continue
        due.delete(conversationId)
        const tab = tabs().find((one) => one.sessionId === sessionId && site.mayAsk(one.url))
        if (tab) return () => ask(tab, conversationId)
      }
      return undefined
    },
  }
}
