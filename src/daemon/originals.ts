import { createHash } from 'node:crypto'
import type { Customer, Tab } from '../ask/asker.ts'
import { Refusal } from '../ask/refusal.ts'
import { messageOf } from '../errors.ts'
import { siteOf } from '../sites/ids.ts'
import type { ByteLadder, WantedFile } from './byte-ladder.ts'

/** An original of the archive whose bytes are wanted once more: just those. */
export interface WantedOriginal extends WantedFile {
  readonly sha256: string
  /** Puts them where they belong; resolves when they are there. */
  put(bytes: Buffer): Promise<void>
}

/** Originals that are asked for, over whichever connection there is. */
export interface Originals {
  /** Resolves with why each could not be had; null for those that are back. Stopped, the rest is left. */
  want(
    originals: readonly WantedOriginal[],
    signal: AbortSignal,
    onDone: () => void,
  ): Promise<readonly (string | null)[]>
  /** The customer of one site over one connection. */
  customer(siteName: string, ladder: ByteLadder, tabFor: (file: WantedFile) => Tab | undefined): Customer
  /** Nobody asks for them any more. */
  end(reason: string): void
}

/** So often a page may fail to ask for one. */
const maxAbsences = 5

interface Open {
  readonly original: WantedOriginal
  /** How often a page failed to ask for it. */
  absences: number
  finish(reason: string | null): void
}

/** Makes a place where they are wanted. */
export function createOriginals(): Originals {
  const open = new Set<Open>()

  const ask = async (tab: Tab, ladder: ByteLadder, one: Open) => {
    const { original } = one
    const take = async (bytes: Buffer) => {
      if (createHash('sha256').update(bytes).digest('hex') !== original.sha256) return 'other bytes than were archived'
      await original.put(bytes)
      return null
    }
    try {
      await ladder.get(tab, original, take, () => open.has(one))
      one.finish(null)
    } catch (error) {
      // A site that wants to be left alone says nothing of the file, and a page may have gone away.
      if (error instanceof Refusal && error.about === 'silence') return
      one.absences += 1
      const isAboutIt = !(error instanceof Refusal) || error.about === 'answer'
      if (isAboutIt || one.absences >= maxAbsences) one.finish(messageOf(error))
    }
  }

  return {
    want: (originals, signal, onDone) =>
      Promise.all(
        originals.map(
          (original) =>
            new Promise<string | null>((resolve) => {
              const one: Open = {
                original,
                absences: 0,
                finish(reason) {
                  if (!open.delete(one)) return
                  onDone()
                  resolve(reason)
                },
              }
              open.add(one)
              signal.addEventListener('abort', () => one.finish('stopped'), { once: true })
            }),
        ),
      ),
    customer: (siteName, ladder, tabFor) => ({
      next() {
        for (const one of open) {
          const tab = siteOf(one.original.fileId) === siteName ? tabFor(one.original) : undefined
          if (tab) return () => ask(tab, ladder, one)
        }
        return undefined
      },
    }),
    end(reason) {
      for (const one of open) one.finish(reason)
    },
  }
}
