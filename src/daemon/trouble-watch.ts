import type { Archive } from '../archive/archive.ts'
import { freeBytesAt } from '../archive/disk-space.ts'
import { openTroubles, type Trouble } from '../archive/troubles.ts'
import { ArchiverError } from '../errors.ts'
import { isDiskFull, troubleWords } from '../status/troubles.ts'
import type { OnEvent } from './events.ts'
import { createNotices, type Signs } from './notices.ts'
import { within } from './waiting.ts'

/** Looks out for what keeps pictures from coming, and tells the person. */
export interface TroubleWatch {
  /** `profile` is its label; null where there is one. */
  signsOf(profile: string | null): Signs
  /** The watch has ended with this error, or that of one of several profiles. */
  failed(error: unknown, profile?: string | null): void
  close(): Promise<void>
}

export interface TroubleWatchOptions {
  readonly archive: Pick<Archive, 'root' | 'check'>
  readonly now: () => Date
  readonly onEvent: OnEvent
  /** Shows a notice on the desktop; without it a line is all there is. */
  tellDesktop?(text: string): Promise<unknown>
  freeBytes?(folder: string): Promise<number | undefined>
}

const everyMs = 60_000
const lastMs = 2_000
/** A disk that is full and not, by turns, is one trouble. */
const hysteresis = 1.5

/** Begins to look out: at the disk at once and each minute, at all else when a sign of it comes. */
export async function watchForTrouble(options: TroubleWatchOptions): Promise<TroubleWatch> {
  const { archive, now, onEvent, tellDesktop, freeBytes = freeBytesAt } = options
  const telling = new Set<Promise<unknown>>()
  const tell = (trouble: Trouble) => {
    const { text, remedy } = troubleWords(trouble)
    const words = `${text} → ${remedy}`
    // With that one the watch ends, and whoever started it prints why.
    if (trouble.kind !== 'browser') onEvent({ kind: 'trouble', trouble: trouble.kind, text: words })
    if (tellDesktop) telling.add(tellDesktop(words))
  }
  const notices = createNotices({ troubles: await openTroubles(archive.root, archive.check), now, tell })
  const everybodys = notices.signsOf(null)

  const look = async () => {
    const free = await freeBytes(archive.root)
    if (free !== undefined && isDiskFull(free)) everybodys.seen('disk-full', `${gigabytes(free)} are left`)
    if (free !== undefined && !isDiskFull(free / hysteresis)) everybodys.over('disk-full')
    notices.look()
  }
  void look()
  const timer = setInterval(() => void look(), everyMs).unref()
  return {
    signsOf: notices.signsOf,
    failed(error, profile = null) {
      const isBrowsers = error instanceof ArchiverError && error.code.startsWith('browser-')
      if (isBrowsers) notices.signsOf(profile).seen('browser', error.message)
    },
    async close() {
      clearInterval(timer)
      await within(Promise.allSettled([notices.written(), ...telling]), lastMs)
    },
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
