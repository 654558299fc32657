import { randomInt } from 'node:crypto'
import { createDice, type Dice } from './mutate.ts'

/**
 * Printed, and named by every failure. The same damage in every ordinary run, so that a run that fails was caused by a
 * change; `FUZZ_SEED=random` explores, `FUZZ_SEED=<seed>` repeats.
 */
const given = process.env.FUZZ_SEED ?? '20261120'
export const seed = given === 'random' ? randomInt(2 ** 31) : Number(given)

/** Mutations over all decoders together; CI does 100,000. */
export const wanted = Number(process.env.FUZZ_COUNT ?? 20_000)

/** What was done to one face, and how a failure of it is told. */
export interface Mutation {
  readonly face: string
  readonly dice: Dice
  /** Remembers the input, so that a failure can show it. */
  shows(input: string): void
}

/**
 * Runs a number of mutations, each with dice of its own.
 *
 * Errors  throws at the first that fails, with the seed, the number of the mutation and the beginning of its input.
 */
export function fuzz(face: string, count: number, once: (mutation: Mutation) => void): number {
  for (let number = 0; number < count; number++) {
    let input = ''
    const shows = (text: string) => {
      input = text
    }
    try {
      once({ face, dice: diceFor(face, number), shows })
    } catch (error) {
      throw failure(face, number, error, input)
    }
  }
  return count
}

/** The dice of one mutation: of the seed, of what is fuzzed, and of its number. */
export function diceFor(face: string, number: number): Dice {
  let hash = seed ^ 0x9e37_79b9
  for (const char of `${face}/${number}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x0100_0193)
  return createDice(hash)
}

/** An error that tells how to see it again. */
export function failure(face: string, number: number, error: unknown, input = ''): Error {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const shown = JSON.stringify(input.length > 2_000 ? `${input.slice(0, 2_000)}… (${input.length})` : input)
  return new Error(`FUZZ_SEED=${seed}, ${face}, mutation ${number}: ${reason}\ninput ${shown}`, { cause: error })
}
