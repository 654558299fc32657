import { homedir } from 'node:os'
import path from 'node:path'

/** The absolute path of what a person wrote, from `base` on; `~` is their home. */
export function resolvePath(base: string, given: string): string {
  const home = /^~(?=$|[\\/])/.test(given) ? path.join(homedir(), given.slice(1)) : given
  return path.resolve(base, home)
}
