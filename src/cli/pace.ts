import type { Io, Output } from './output.ts'
import { sizeWords } from './words.ts'

const everyMs = 200
const noticeEveryMs = 10_000

/** Tells how far work is: on a terminal in its last line, elsewhere in a line now and then. */
export function createPace(output: Output, { stderr }: Io): (bytes: number, words: string, json: object) => void {
  const began = performance.now()
  let [lastAt, lastNotice] = [Number.NEGATIVE_INFINITY, began]
  return (bytes, words, json) => {
    const moment = performance.now()
    if (moment - lastAt < everyMs) return
    lastAt = moment
    const pace = sizeWords(bytes / ((moment - began) / 1_000 || 1))
    const line = `${words} · ${sizeWords(bytes)} · ${pace}/s`
    output.status(line)
    if (stderr.isTTY || moment - lastNotice < noticeEveryMs) return
    lastNotice = moment
    output.notice(line, { event: 'progress', bytes, ...json })
  }
}
