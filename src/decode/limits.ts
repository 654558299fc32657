import { type Oddity, oddity } from './oddity.ts'

/**
 * The longest, deepest and largest that is read. What exceeds a limit is skipped, with an oddity "over-limit" that says
 * which limit and how large; what stands around it is still read.
 *
 * Units   characters are UTF-16 code units. The largest seen on the site: an event of 60,000 characters, a conversation
 *         of some 20 million, JSON 20 levels deep, a picture of 8 MB.
 * Source  docs/wire/README.md, "Limits"
 */

const mebi = 1024 * 1024

/** One server-sent event, while its end has not come. */
export const maxEventChars = 32 * mebi

/** All that the streams inside sockets were fed while they are open; beyond it the oldest of them are ended. */
export const maxOpenStreamsChars = 64 * mebi

/** All deltas of one stream together; beyond it what they built is forgotten, and the next message begins anew. */
export const maxStreamChars = 32 * mebi

/** Channels of one delta stream, a few dozen in the longest turn; beyond it all are forgotten likewise. */
export const maxChannels = 1_000

/** One frame of a socket, which carries a few events at most. */
export const maxFrameChars = 16 * mebi

/** A JSON answer, a shared page, the body of a request: the worst JSON takes thirty times its length once parsed. */
export const maxAnswerChars = 64 * mebi

/** Levels of JSON that are looked into, steps of a delta's path, patches within patches: recursion stays shallow. */
export const maxDepth = 100

/** Values a shared page may unfold to, since it may name one value many times. */
export const maxSharedValues = 500_000

/** An id of a message, node or conversation: these are remembered by the thousand. */
export const maxIdChars = 1_000

/** A conversation's title, remembered likewise. */
export const maxTitleChars = 10_000

/** A prompt; those of the site hold thirty thousand at most. */
export const maxPromptChars = mebi

/** An address that an answer announces for bytes or for a socket. */
export const maxUrlChars = 32 * 1024

/** The body of any answer, so also a picture: in base64 it must fit into one string of the runtime, 512 MiB. */
export const maxBodyBytes = 190 * mebi

/** A file that we ask for ourselves, which comes in pieces; pictures of 229 MB were seen. */
export const maxFileBytes = 512 * mebi

/** That something exceeds its limit; of what is still arriving only a lower bound of its size is known. */
export function overLimit(what: string, size: number, limit: number): Oddity {
  return oddity('over-limit', `${what}: ${size} or more, the limit is ${limit}`)
}

/** That an id exceeds `maxIdChars`. */
export const idOverLimit = (chars: number) => overLimit('characters of an id', chars, maxIdChars)
