/** The longest name that is taken: what file systems and zips allow is more than any export uses. */
export const maxNameBytes = 4096

type SafePath = { readonly isSafe: true; readonly path: string } | { readonly isSafe: false; readonly reason: string }

/**
 * The path a name stands for, if it stays where it belongs.
 *
 * Shape   `\` is read as `/`; "." and empty steps are left out.
 * Errors  throws none; a name is refused, with the reason, if it is absolute, bears a drive letter, leads upwards,
 *         holds a NUL, is empty or longer than `maxNameBytes`.
 */
export function safePath(name: string): SafePath {
  const refuse = (reason: string): SafePath => ({ isSafe: false, reason })
  if (Buffer.byteLength(name) > maxNameBytes) return refuse(`has a name longer than ${maxNameBytes} bytes`)
  if (name.includes('\0')) return refuse('has a name that holds a NUL')
  const forward = name.replaceAll('\\', '/')
  if (forward.startsWith('/')) return refuse('has an absolute name')
  if (/^[a-z]:/i.test(forward)) return refuse('has a name with a drive letter')
  const steps = forward.split('/').filter((step) => step !== '' && step !== '.')
  if (steps.includes('..')) return refuse('has a name that leads upwards')
  return steps.length === 0 ? refuse('has no name') : { isSafe: true, path: steps.join('/') }
}

/** A refused name may be long, and hold what no terminal should see. */
export const shown = (name: string) => name.slice(0, 200).replace(/\p{Cc}/gu, '�')
