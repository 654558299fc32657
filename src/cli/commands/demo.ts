import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compareVisit } from '../../doctor/compare.ts'
import { isRoot, visitPretendSite } from '../../doctor/visit.ts'
import { reportDemo } from '../demo-report.ts'
import { createOutput, type Io, type OutputOptions } from '../output.ts'
import { untilInterrupted } from '../signals.ts'
import { createTeller } from './watch.ts'

export interface DemoOptions extends OutputOptions {
  readonly archive?: string
  readonly chromium?: string
  readonly window?: boolean
}

/**
 * Shows the watch at work on a pretend ChatGPT, and a backfill of what it did not see, then compares what was archived
 * with what the site holds.
 */
export async function demoCommand(options: DemoOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const archivePath = path.resolve(options.archive ?? mkdtempSync(path.join(tmpdir(), 'dalle-archiver-demo-')))
  output.notice('A pretend ChatGPT runs on this machine; a browser with a throw-away profile visits it.')
  if (isRoot) output.notice('Running as root: this browser, which can reach only this machine, runs without a sandbox.')
  const visit = new AbortController()
  const stop = untilInterrupted(() => visit.abort())
  try {
    const outcome = await visitPretendSite({
      archivePath,
      chromiumPath: options.chromium,
      hasWindow: options.window,
      signal: visit.signal,
      onEvent: createTeller(output),
      onBackfill: () =>
        output.notice(
          'The visit is over; a backfill gets older pictures, which no page has shown, through the open page.',
        ),
    })
    output.status('')
    if (stop.signal.aborted) return stop.exitCode
    return reportDemo(await compareVisit(outcome), archivePath, io, output)
  } finally {
    stop.dispose()
  }
}
