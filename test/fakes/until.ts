/**
 * Asks again and again until there is an answer that is neither undefined nor false; fails with `what` after 15
 * seconds, or whatever time is given.
 */
export async function until<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  what = () => 'timed out',
  patienceMs = 15_000,
): Promise<T> {
  for (const endsAt = performance.now() + patienceMs; performance.now() < endsAt; ) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(what())
}
