import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { numberAt, textAt } from './decode/json.ts'

/** A running program, told apart from others that had or have its process id. */
export interface ProcessId {
  readonly host: string
  /** Which count of process ids its `pid` belongs to: machine, boot, container. */
  readonly machine: string
  readonly pid: number
  /** When the process began, in the system's own ticks; empty where the system does not say. */
  readonly processStart: string
}

/** The program a note speaks of; undefined when it speaks of none. */
export function processIn(json: unknown): ProcessId | undefined {
  const [host, machine, pid] = [textAt(json, 'host'), textAt(json, 'machine'), numberAt(json, 'pid')]
  if (host === null || machine === null || pid === null || !Number.isSafeInteger(pid) || pid < 1) return undefined
  return { host, machine, pid, processStart: textAt(json, 'processStart') ?? '' }
}

/** Whether a program on this machine still runs; another one with its process id does not count. */
export function isAlive({ pid, processStart }: ProcessId): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
  }
  const { state, start } = statOf(pid)
  // One that has ended but was not buried by its parent, as happens in containers, does nothing more.
  return state !== 'Z' && (processStart === '' || processStart === start)
}

/** Who we are. */
export const thisProcess = (): ProcessId => processWith(process.pid)

/** A program that runs on this machine now. */
export function processWith(pid: number): ProcessId {
  const host = hostname()
  const boot = quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const pids = quietly(() => readlinkSync('/proc/self/ns/pid'))
  return { host, machine: [host, boot, pids].join(' ').trim(), pid, processStart: statOf(pid).start }
}

/** The 3rd and the 22nd field of a process's `stat`, counted behind its name, which may hold anything. Linux only. */
function statOf(pid: number): { state: string; start: string } {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', start: fields[19] ?? '' }
}

function quietly(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
