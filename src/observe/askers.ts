import type { Exchange } from './exchanges.ts'
import type { Target } from './target.ts'
import type { Targets } from './targets.ts'

/** Who asked for a load, or opened a socket: a page at home, or somebody who is passed over unread. */
export interface Askers {
  isAtHome(exchange: Pick<Exchange, 'askedBy' | 'sessionId'>): boolean
  /** Whether a person, or a page at home, sends a tab to this address: pictures are opened in tabs of their own. */
  isOpened(exchange: Pick<Exchange, 'isNavigation' | 'sessionId'>): boolean
  /** Whether a target's own document is at home; sockets tell no more of who opened them. */
  isTargetAtHome(target: Target | undefined): boolean
}

/**
 * Tells who asked.
 *
 * Shape   an http address of the document decides. Where it says nothing (`about:`, `blob:`, `data:`), the document has
 *         the origin of whoever made it: that of its target, which the browser keeps apart for each site. A frame
 *         counts only in a page that is at home itself.
 * Source  docs/capture.md, "Who asked"
 */
export function createAskers(targets: Targets, isHome: (url: string) => boolean): Askers {
  const isTargetAtHome = (target: Target | undefined): boolean =>
    target !== undefined && isHome(target.origin) && isInHome(target)

  /** A frame or worker is asked for by its page; one that belongs to no page belongs to itself. */
  const isInHome = ({ parentSessionId }: Target): boolean => {
    const parent = targets.bySession(parentSessionId)
    return parent === undefined || isTargetAtHome(parent)
  }

  return {
    isAtHome({ askedBy, sessionId }) {
      const target = targets.bySession(sessionId) ?? targets.byPlainSession(sessionId)
      if (!target) return false
      if (!/^https?:/.test(askedBy)) return isTargetAtHome(target)
      // A page that comes from elsewhere asks before the browser tells of its new address, so its own word counts.
      return isHome(askedBy) && isInHome(target)
    },
    isOpened({ isNavigation, sessionId }) {
      const target = targets.bySession(sessionId)
      if (!isNavigation || target?.type !== 'page') return false
      return [target.openedBy ?? '', target.origin].every((origin) => origin === '' || isHome(origin))
    },
    isTargetAtHome,
  }
}
