import { homedir } from 'node:os'
import path from 'node:path'

/** The absolute path of what a person wrote, from `base` on; `~` is their home. */
export function resolvePath(base: string, given: string): string {
  const home = /^~(?=$|[\\/])/.test(given) ? path.join(homedir(), given.slice(1)) : given
  return path.resolve(base, home)
}

/** The same for a program, which may also be a command that is looked for in the PATH. */
export const resolveProgram = (base: string, given: string): string =>
  /[\\/]/.test(given) ? resolvePath(base, given) : given

/** Where a person's own settings are, which count in every folder. */
export const userConfigFile = (): string => path.join(ownFolder('config'), 'config.json')

/** Folder of the browser profile where none is set; not in the archive, which people copy and share. */
export const defaultProfilePath = (name = 'profile'): string => path.join(ownFolder('data'), name)

/** The platform's folder for programs' own settings and data. */
function ownFolder(kind: 'config' | 'data'): string {
  const home = homedir()
  switch (process.platform) {
    case 'darwin':
      return path.join(home, 'Library', 'Application Support', program)
    case 'win32':
      return kind === 'config'
        ? path.join(process.env.APPDATA ?? path.join(home, 'AppData', 'Roaming'), program)
        : path.join(process.env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), program)
    default:
      return kind === 'config'
        ? path.join(baseFolder('XDG_CONFIG_HOME') ?? path.join(home, '.config'), program)
        : path.join(baseFolder('XDG_DATA_HOME') ?? path.join(home, '.local', 'share'), program)
  }
}

const program = 'dalle-archiver'

/** A relative path in one of these is to be ignored, by their specification. */
function baseFolder(variable: string): string | undefined {
  const value = process.env[variable]
  return value !== undefined && path.isAbsolute(value) ? value : undefined
}
