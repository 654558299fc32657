import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { runWatch } from '../../src/service/run-watch.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'

/**
 * A watch that notes each start, then ends as the file `codes` says, a line for each start: with an exit code, by a
 * signal, or when it is asked to.
 */
const program = `#!/bin/sh
cd "$(dirname "$0")"
starts=$(wc -c < starts)
printf . >> starts
echo "start $((starts)) $*"
code=$(sed -n "$((starts + 1))p" codes)
case "$code" in
  SIGKILL) kill -9 $$ ;;
  run) trap 'printf T >> starts; exit 0' TERM; printf R >> starts; while :; do sleep 0.05; done ;;
  *) exit "\${code:-0}" ;;
esac
`

/** Runs such a watch; pauses between its starts are noted, not waited for. */
function running(...codes: string[]) {
  const folder = temporaryFolder()
  const [script, log] = [put(path.join(folder, 'watch'), program), path.join(folder, 'logs', 'watch.log')]
  chmodSync(script, 0o755)
  writeFileSync(path.join(folder, 'codes'), `${codes.join('\n')}\n`)
  writeFileSync(path.join(folder, 'starts'), '')
  const pauses: number[] = []
  const notices: string[] = []
  const stop = new AbortController()
  let moment = 0
  const ended = runWatch({
    command: [script, 'a b', '語'],
    ...{ log, signal: stop.signal },
    onNotice: (text) => void notices.push(text),
    clock: {
      nowMs: () => moment,
      async sleep(ms) {
        pauses.push(ms)
        moment += ms
      },
    },
  })
  const starts = () => readFileSync(path.join(folder, 'starts'), 'utf8')
  return { folder, log, pauses, notices, stop, ended, starts }
}

describe.skipIf(process.platform === 'win32')('a watch that is run by a service', () => {
  it('is started again after a crash and after what may be well again, but not when it is closed', async () => {
    const { ended, starts, pauses, notices } = running('SIGKILL', '1', '5', '7', '8', '0')
    await ended
    expect(starts()).toBe('......')
    expect(pauses).toEqual(Array(5).fill(20_000))
    expect(notices[0]).toBe('The watch ended (by a signal); it is started again soon.')
    expect(notices[1]).toContain('exit code 1')
  })

  it.each(['0', '2', '3', '6'])('is not started again after %s', async (code) => {
    const { ended, starts, pauses } = running(code)
    await ended
    expect([starts(), pauses]).toEqual(['.', []])
  })

  it('is given up when it ends again and again', async () => {
    const { ended, starts, notices } = running(...Array(30).fill('1'))
    await ended
    expect(starts()).toHaveLength(10)
    expect(notices.at(-1)).toContain('not started again')
  })

  it('ends with the service, in its own time', async () => {
    const { stop, ended, starts, pauses } = running('run')
    await until(() => starts() === '.R' || undefined)
    stop.abort()
    await ended
    expect([starts(), pauses]).toEqual(['.RT', []])
  })

  it('writes what it says into its log, which only its owner may read', async () => {
    const { log, ended } = running('1', '0')
    await ended
    expect(readFileSync(log, 'utf8')).toBe('start 0 a b 語\nstart 1 a b 語\n')
    expect(statSync(log).mode & 0o777).toBe(0o600)
  })
})
