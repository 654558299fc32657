import { styleText } from 'node:util'

/** Where a command speaks: stdout for results, stderr for everything else. */
export interface Output {
  /** A result: a line of words for people, or one JSON object. */
  result(words: string, json: object): void
  /** Something the person should know. */
  notice(words: string, json?: object): void
  /** Detail for `-v`. */
  detail(words: string, json?: object): void
  /** The line that stands at the bottom of a terminal and changes; nothing where there is no terminal. */
  status(words: string): void
}

export interface Io {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

export interface OutputOptions {
  readonly json?: boolean | undefined
  readonly quiet?: boolean | undefined
  readonly verbose?: boolean | undefined
}

type Style = 'dim' | 'yellow' | 'red' | 'green' | 'bold'

/** Text in a style, where the stream is a terminal that wants any (NO_COLOR, FORCE_COLOR and TERM=dumb are heeded). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, { stream, validateStream: true })
}

/** Two voices for the same news: words, and one JSON object a line. */
export function createOutput({ stdout, stderr }: Io, { json, quiet, verbose }: OutputOptions): Output {
  const isLive = stderr.isTTY === true && !json && !quiet && process.env.TERM !== 'dumb'
  let status = ''

  const say = (stream: NodeJS.WriteStream, line: string) => {
    if (status !== '') stderr.write('\r\x1b[K')
    stream.write(`${line}\n`)
    if (status !== '') stderr.write(status)
  }

  /** Words may come from the web: no control character of theirs reaches the terminal, but for colours. */
  const plain = (words: string) =>
    words.replace(/\p{Cc}(\[\d{1,2}m)?/gu, (found, colour?: string) =>
      found === '\n' || (colour !== undefined && found.startsWith('\u001b')) ? found : `\uFFFD${colour ?? ''}`,
    )

  const tell = (words: string, detail: object | undefined, kind: string) => {
    if (json) say(stderr, JSON.stringify({ event: kind, text: words, ...detail }))
    else say(stderr, words)
  }

  return {
    result(words, object) {
      if (json) say(stdout, JSON.stringify(object))
      else if (!quiet) say(stdout, plain(words))
    },
    notice(words, object) {
      if (!quiet) tell(json ? words : plain(words), object, 'notice')
    },
    detail(words, object) {
      if (verbose && !quiet) tell(json ? words : paint('dim', plain(words), stderr), object, 'detail')
    },
    status(words) {
      if (!isLive) return
      status = words === '' ? '' : paint('dim', words.slice(0, (stderr.columns || 80) - 1), stderr)
      stderr.write(`\r\x1b[K${status}`)
    },
  }
}
