import { readdirSync, readFileSync } from 'node:fs'

/** What a process and those it has started take, without the browser among them. */
export interface TreeMeter {
  /** Highest resident memory of all of them together so far, in MB, as sampled ten times a second. */
  readonly peakMb: number
  readonly residentMb: () => number
  /** Seconds of processor, user and system, since the start of each of them. */
  readonly processorS: () => number
  stop(): void
}

const sampleMs = 100
/** Linux counts processor time in these. */
const ticksPerS = 100

/** Measures by `/proc`, from outside; 0 for a tree that is not there. */
export function measureTree(pid: number | undefined): TreeMeter {
  let peakMb = 0
  const residentMb = () => sum(membersOf(pid).map(residentMbOf))
  const sample = () => {
    peakMb = Math.max(peakMb, residentMb())
  }
  const timer = setInterval(sample, sampleMs)
  return {
    get peakMb() {
      sample()
      return peakMb
    },
    residentMb,
    processorS: () => sum(membersOf(pid).map(processorSOf)),
    stop: () => clearInterval(timer),
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** The process and those below it; a browser is left out with all of its own. */
function membersOf(pid: number | undefined): number[] {
  if (pid === undefined) return []
  const children = childrenOf(pid).filter((child) => !isBrowser(child))
  return [pid, ...children.flatMap(membersOf)]
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'))
    return lists.join(' ').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

const isBrowser = (pid: number) => textOf(pid, 'cmdline').includes('--user-data-dir=')

const residentMbOf = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(textOf(pid, 'status'))?.[1] ?? 0) / 1024

function processorSOf(pid: number): number {
  // The name in brackets may hold anything; what follows it is numbers. Ended children count for their parent.
  const fields = textOf(pid, 'stat').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerS
}

function textOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
