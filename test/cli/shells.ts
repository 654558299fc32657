import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'

const isThere = (name: string) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0

/** The shells that can be tried here. CI has all; elsewhere, what needs a missing one is left out. */
export const shellsHere = ['bash', 'zsh', 'fish'].filter(isThere)
const missing = ['bash', 'zsh', 'fish', 'script'].filter((name) => !isThere(name))
if (missing.length > 0 && process.env.NEEDS_READERS === '1') throw new Error(`${missing.join(', ')} not installed`)
if (missing.length > 0) console.warn(`Left out: completion in real shells, for want of ${missing.join(', ')}`)
export const hasTerminal = isThere('script')

/**
 * A folder in which a program answers to our name: it completes as ours does, and everything else that it is given it
 * says.
 */
export function preparedFolder(): { folder: string; env: NodeJS.ProcessEnv } {
  const [folder, bin] = [temporaryFolder(), temporaryFolder()]
  const main = path.resolve('dist/cli/main.js')
  const program = put(
    path.join(bin, 'dalle-archiver'),
    `#!/bin/sh\nif [ "$1" = completion ]; then exec "${process.execPath}" "${main}" "$@"; fi\necho "GIVEN<$*>"\n`,
  )
  chmodSync(program, 0o755)
  mkdirSync(path.join(folder, 'pictures-2026'))
  put(path.join(folder, 'pictures.zip'), '')
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: folder, TERM: 'dumb' }
  return { folder, env }
}

/** How each shell is started without anybody's own settings, and made to read our completion. */
const starts: Readonly<Record<string, { command: string; lines: readonly string[] }>> = {
  bash: { command: 'bash --norc --noprofile -i', lines: ['source <(dalle-archiver completion bash)'] },
  zsh: {
    command: 'zsh -f -i',
    lines: ['autoload -U compinit && compinit -u -D', 'source <(dalle-archiver completion zsh)'],
  },
}

/** What a program is given by a shell at a terminal after these keys. */
export async function typed(shell: string, keys: string, isCompleted = true): Promise<string> {
  const { folder, env } = preparedFolder()
  const { command, lines } = starts[shell] ?? { command: shell, lines: [] }
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, env })
  let said = ''
  terminal.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  try {
    // The shell itself says when it is ready; what is typed shows too, but not with the sum.
    const read = isCompleted ? lines.map((line) => `${line}\n`).join('') : ''
    terminal.stdin.write(`${read}echo READY$((1+1))\n`)
    await until(
      () => said.includes('READY2'),
      () => `not ready: ${said}`,
    )
    terminal.stdin.write(keys)
    await until(
      () => said.includes('GIVEN<'),
      () => `nothing was run: ${said}`,
    )
    return /GIVEN<(.*)>/.exec(said)?.[1] ?? ''
  } finally {
    terminal.stdin.end('exit\n')
    terminal.kill('SIGKILL')
  }
}
