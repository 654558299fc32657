import { PassThrough } from 'node:stream'
import { WriteStream } from 'node:tty'
import type { Io } from '../../src/cli/output.ts'

/** Standard streams that remember what was said on them. */
export interface FakeIo extends Io {
  readonly out: string
  readonly err: string
}

export function createFakeIo({ isTerminal = false, columns = 80 } = {}): FakeIo {
  const make = () => {
    const stream = new PassThrough()
    let text = ''
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    const terminal = Object.assign(
      stream,
      isTerminal
        ? { isTTY: true, columns, getColorDepth: WriteStream.prototype.getColorDepth, hasColors: () => true }
        : {},
    )
    return { stream: terminal as unknown as NodeJS.WriteStream, read: () => text }
  }
  const [stdout, stderr] = [make(), make()]
  return {
    stdout: stdout.stream,
    stderr: stderr.stream,
    get out() {
      return stdout.read()
    },
    get err() {
      return stderr.read()
    },
  }
}
