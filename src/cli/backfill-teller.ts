import type { AccountProgress } from '../backfill/workspaces.ts'
import type { WatchEvent } from '../daemon/events.ts'
import { createTeller } from './commands/watch.ts'
import type { Io, Output } from './output.ts'
import { prefixOf } from './profile.ts'

/** How often it says how far it is, where no line changes in place. */
const everyMs = 30_000

/** What a watch says, and how far the backfill of a profile is. */
export function createBackfillTeller(
  output: Output,
  { stderr }: Io,
  label: string | null,
  onProgress: (progress: AccountProgress) => void,
): (event: WatchEvent) => void {
  const tell = createTeller(output)
  let lastWaiting = ''
  let lastAt = performance.now()
  return (event) => {
    if (event.kind !== 'backfill') return tell(event)
    const { progress } = event
    const [waiting, words] = [waitingWords(progress), prefixOf(label) + wordsOf(progress)]
    const of = label === null ? {} : { profile: label }
    if (waiting !== '' && waiting !== lastWaiting)
      output.notice(prefixOf(label) + waiting, { event: 'waiting', ...progress.waiting, ...of })
    lastWaiting = waiting
    output.status(words)
    const isTime = !stderr.isTTY && performance.now() - lastAt > everyMs
    if (isTime) lastAt = performance.now()
    output[isTime ? 'notice' : 'detail'](words, { event: 'progress', ...progress, ...of })
    onProgress(progress)
  }
}

function waitingWords({ waiting, phase }: AccountProgress): string {
  if (!waiting || phase === 'done') return ''
  const until = waiting.until ? ` until ${waiting.until.toLocaleTimeString()}` : ''
  return `Waiting${until}: ${waiting.reason}`
}

/** So short that it fits into 80 columns. */
function wordsOf(progress: AccountProgress): string {
  const { workspace, phase, listed, pagesRead, conversationsRead, conversationsLeft, picturesLeft, leftS } = progress
  const conversations = conversationsRead + conversationsLeft
  return [
    ...(workspace === null ? [] : [workspace]),
    `${listed} files listed`,
    ...(phase === 'lists' ? [`${pagesRead} pages read`] : []),
    ...(conversations > 0 ? [`${conversationsRead} of ${conversations} conversations`] : []),
    `${picturesLeft} pictures to get`,
    ...(leftS > 60 && phase !== 'lists' ? [`about ${timeOf(leftS)} left`] : []),
  ].join(' · ')
}

const timeOf = (seconds: number) =>
  seconds < 2 * 3_600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
