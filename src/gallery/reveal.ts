import { spawn } from 'node:child_process'
import path from 'node:path'

/** The program that shows a file in its folder, on each platform; where none can point at a file, the folder opens. */
export function revealerFor(platform: NodeJS.Platform, file: string): readonly [command: string, ...string[]] {
  switch (platform) {
    case 'darwin':
      return ['open', '-R', file]
    case 'win32':
      // A name cannot hold quotes there.
      return ['explorer.exe', `/select,"${file}"`]
    default:
      return ['xdg-open', path.dirname(file)]
  }
}

/** How long an opener may take to say that it cannot. */
const patienceMs = 3_000

/** Shows a file in the file manager of this machine, without a shell; false where there is none to open. */
export function revealFile(file: string): Promise<boolean> {
  const [command, ...args] = revealerFor(process.platform, file)
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true, windowsVerbatimArguments: true })
    // One that goes on runs, and shows what it was asked for.
    setTimeout(() => resolve(true), patienceMs).unref()
    child.on('error', () => resolve(false))
    // Explorer ends with 1 whatever it did.
    child.on('exit', (code) => resolve(code === 0 || process.platform === 'win32'))
    child.unref()
  })
}
