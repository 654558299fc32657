/**
 * What reads and shrinks pictures, on one thread each and without a memory of its own; undefined where it is not
 * installed.
 */
export async function loadSharp() {
  try {
    const { default: sharp } = await import('sharp')
    sharp.concurrency(1)
    sharp.cache(false)
    return sharp
  } catch {
    // An optional package: it cannot be installed everywhere.
    return undefined
  }
}
