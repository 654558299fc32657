import { ArchiverError } from '../errors.ts'
import { type MirrorPlace, mirrorName } from './place.ts'

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

/** What an answer that is none means. */
export interface Refusal {
  /** The same may be answered the next time. */
  readonly isPassing: boolean
  readonly words: string
  readonly error: Error
}

const passingStatuses = [408, 429, 500, 502, 503, 504]
/** Refused with 400: what came was cut on its way, or is not what was sent. */
const passingCodes = ['RequestTimeout', 'IncompleteBody', 'BadDigest', 'XAmzContentSHA256Mismatch', 'SlowDown']

/**
 * Reads a refusal.
 *
 * Shape   XML with `<Code>` and `<Message>`; an answer to HEAD has a status alone.
 * Errors  ArchiverError "config" for a bucket or credentials that are not right, "disk" for a bucket that is full; an
 *         Error for what concerns this object alone.
 */
export function refusalOf({ status, bytes, headers }: Answer, place: MirrorPlace): Refusal {
  const text = bytes.toString()
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? ''
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? ''
  const words = [String(status), code, message].filter((part) => part !== '').join(' ')
  const full = isFull(status, `${code} ${message}`)
  return {
    isPassing: !full && (passingStatuses.includes(status) || passingCodes.includes(code)),
    words,
    error: full ? fullError(place, words) : errorOf(status, code, words, place, headers),
  }
}

const isFull = (status: number, text: string) =>
  status === 507 ||
  (status === 413 && !/MaxSize|ProposedSize/.test(text)) ||
  /quota|storage ?cap|InsufficientStorage|StorageFull/i.test(text)

const fullError = (place: MirrorPlace, words: string) =>
  new ArchiverError('disk', `The mirror ${mirrorName(place)} is full: ${words}`, {
    hint: 'Make room in it, and run this again: what is up there already is not sent again.',
  })

function errorOf(status: number, code: string, words: string, place: MirrorPlace, headers: Headers): Error {
  const region = headers.get('x-amz-bucket-region')
  if (code === 'NoSuchBucket' || (status === 404 && code === ''))
    return new ArchiverError('config', `There is no bucket ${mirrorName(place)}.`, {
      hint: 'Make it, or correct "mirror" in the config.',
    })
  if ((status >= 300 && status < 400) || code === 'AuthorizationHeaderMalformed')
    return new ArchiverError('config', `The mirror ${mirrorName(place)} is somewhere else: ${words}`, {
      hint: `Correct "region"${region ? ` ("${region}")` : ''} or "endpoint" of "mirror" in the config.`,
    })
  if (status === 401 || status === 403)
    return new ArchiverError('config', `The mirror ${mirrorName(place)} refuses: ${words}`, {
      hint: 'Check the credentials (AWS_ACCESS_KEY_ID, or ~/.aws/credentials) and what they may do in that bucket.',
    })
  return new Error(words)
}

/** The store was asked again and again, and was not to be had. */
export const unreachable = (place: MirrorPlace, reason: string): ArchiverError =>
  new ArchiverError('disk', `The mirror ${mirrorName(place)} cannot be used now: ${reason}`, {
    hint: 'Run this again later: it goes on where it stopped.',
  })
