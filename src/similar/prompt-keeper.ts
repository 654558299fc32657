import type { Catalogue } from '../catalogue/catalogue.ts'
import { indexPrompts, type PromptIndex } from './prompts.ts'

/** The index of a list that changes. */
export interface PromptKeeper {
  /** Waits for the first index, and no later one; undefined when closed before there was any. */
  current(): Promise<PromptIndex | undefined>
  close(): Promise<void>
}

/** A new index rests for so many times as long as it took to make, however much the list changes. */
const restFactor = 50

/** Makes the first index at once, and others when somebody asks after the list has changed. */
export function createPromptKeeper(catalogue: Catalogue): PromptKeeper {
  let isClosed = false
  let index: PromptIndex | undefined
  let nextAt = 0
  let making: Promise<void> | undefined
  const make = async () => {
    await catalogue.whole
    const began = performance.now()
    index = (await indexPrompts(catalogue.entries, () => isClosed)) ?? index
    nextAt = performance.now() + restFactor * (performance.now() - began)
    making = undefined
  }
  const isOld = () => index?.entries !== catalogue.entries && performance.now() >= nextAt
  making = make()
  return {
    async current() {
      if (isOld()) making ??= make()
      if (!index) await making
      return index
    },
    async close() {
      isClosed = true
      await making
    },
  }
}
