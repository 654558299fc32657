import { spawnSync } from 'node:child_process'

/** Whether a program is installed here. */
const isThere = (name: string, argument: string) => spawnSync(name, [argument]).status === 0

/** Readers of metadata that are not ours. CI has both; elsewhere, what needs them is left out. */
export const hasReaders = isThere('exiftool', '-ver') && isThere('exiv2', '--version')

if (!hasReaders && process.env.NEEDS_READERS === '1') throw new Error('exiftool and exiv2 are not installed')
if (!hasReaders) console.warn('Left out: tests that need exiftool and exiv2 (Debian: libimage-exiftool-perl, exiv2)')

/** systemd's own reader of units; it needs no manager that runs. */
export const hasSystemd = isThere('systemd-analyze', '--version')

if (!hasSystemd) console.warn('Left out: tests of the unit that need systemd-analyze (Debian: systemd)')
if (!hasSystemd && process.env.NEEDS_READERS === '1') throw new Error('systemd-analyze is not installed')

/** Runs a program, and returns what it says; what it cannot read, it leaves out. */
export const run = (name: string, args: readonly string[]): string => spawnSync(name, args, { encoding: 'utf8' }).stdout

/** What exiftool reads of each file, by their order; `-validate` is among it. */
export function exiftool(files: readonly string[]): Record<string, unknown>[] {
  return JSON.parse(run('exiftool', ['-json', '-validate', '-all', '-a', '-struct', ...files])) as Record<
    string,
    unknown
  >[]
}

/** Values that exiv2 reads of a file, by their keys; those of a key with several lines are joined. */
export function exiv2(file: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  let last = ''
  for (const line of run('exiv2', ['-PXkv', file]).replace(/\n$/, '').split('\n')) {
    const [, key, value = ''] = /^(Xmp\.\S+)\s+(.*)$/.exec(line) ?? []
    if (key !== undefined) values.set(key, value)
    else if (last !== '') values.set(last, `${values.get(last)}\n${line}`)
    last = key ?? last
  }
  return values
}
