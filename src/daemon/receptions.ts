import { type ImageKind, inspectImage } from '../decode/image-bytes.ts'
import type { Intake } from '../intake/intake.ts'
import type { Exchange } from '../observe/exchanges.ts'
import type { BodyReception, Head, Reception, StreamReception } from '../observe/reception.ts'
import type { Findings } from '../sites/findings.ts'
import type { FileId } from '../sites/ids.ts'
import type { Want } from '../sites/site.ts'
import { hostOf, type SiteMemory } from './site-memory.ts'

export interface ReceptionsOptions {
  readonly memory: SiteMemory
  readonly intake: Intake
  readonly now: () => Date
  take(findings: Findings): void
  /** Bytes of a picture wait for somebody to say what they are. */
  onUnread?(lengthBytes: number): void
}

/** Answers what a load is good for: where its bytes or its text go. */
export function createReceptions(options: ReceptionsOptions): (head: Head) => Reception | undefined {
  const { memory, intake } = options
  const { links } = memory
  return (head) => {
    const isFile = (head.status === 200 || head.status === 206) && head.method === 'GET'
    // What a look-up announced is known better than what an address looks like.
    const linked = isFile ? (links.fileAt(head.firstUrl) ?? links.fileAt(head.url)) : undefined
    const want: Want | undefined = linked ? { kind: 'image', fileId: linked } : wantOf(memory, head)
    switch (want?.kind) {
      case 'image':
        if (!linked) links.guessed(head.url, want.fileId)
        return intake.wantsBytes(want.fileId) ? imageReception(want.fileId, head, options) : undefined
      case 'shown-image':
        return shownReception(options)
      case 'text':
        return textReception(want, options)
      case 'stream':
        return streamReception(want, options)
      default:
        return undefined
    }
  }
}

/** The first site that has a use for it. */
function wantOf({ sites }: SiteMemory, head: Head): Want | undefined {
  for (const { reader } of sites) {
    const want = reader.wants(head)
    if (want) return want
  }
  return undefined
}

function imageReception(
  fileId: FileId,
  { url }: Head,
  { intake, now, onUnread = () => {} }: ReceptionsOptions,
): BodyReception {
  return {
    delivery: 'when-quiet',
    isStillWanted: (receivedBytes) => intake.wantsBytes(fileId, receivedBytes),
    ...forImages((bytes, kind) => {
      // Not awaited: a slow disk must not hold up what the browser will soon forget.
      const received = intake.receive({ fileId, bytes, kind, host: hostOf(url), receivedAt: now() })
      void received.then((verdict) => verdict.kind === 'waiting' && onUnread(bytes.length))
      return intake.room()
    }),
  }
}

/** Which file it is, only its length can tell. */
function shownReception({ intake, now }: ReceptionsOptions): BodyReception {
  return {
    delivery: 'last-resort',
    isStillWanted: (receivedBytes) => intake.fileOfLength(receivedBytes) !== undefined,
    ...forImages(async (bytes, kind) => {
      const fileId = intake.fileOfLength(bytes.length)
      if (fileId) await intake.receive({ fileId, bytes, kind, host: null, receivedAt: now() })
    }),
  }
}

/** Looks at bytes once: whether they are an image, and then what they are. */
function forImages(accept: (bytes: Buffer, kind: ImageKind | undefined) => Promise<void>) {
  let kind: ImageKind | undefined
  return {
    flawOf(bytes: Buffer) {
      kind = inspectImage(bytes)
      return kind ? undefined : `no image, begins with ${JSON.stringify(bytes.toString('latin1', 0, 12))}`
    },
    accept: (bytes: Buffer) => accept(bytes, kind),
  }
}

function textReception(want: Extract<Want, { kind: 'text' }>, { take }: ReceptionsOptions): BodyReception {
  return {
    delivery: 'at-once',
    isStillWanted: () => true,
    flawOf: () => undefined,
    accept: async (bytes) => take(want.read(bytes.toString())),
  }
}

function streamReception(want: Extract<Want, { kind: 'stream' }>, { take }: ReceptionsOptions): StreamReception {
  return {
    delivery: 'stream',
    open({ startedAtMs, requestBody }: Exchange) {
      const stream = want.open({ at: new Date(startedAtMs), requestBody })
      // Characters may be cut in two by a chunk.
      const utf8 = new TextDecoder()
      return {
        chunk: (bytes) => take(stream.feed(utf8.decode(bytes, { stream: true }))),
        end: () => take(stream.end()),
      }
    },
  }
}
