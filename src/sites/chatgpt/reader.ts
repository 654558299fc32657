import { parseJson, textAt } from '../../decode/json.ts'
import { nothingFound, type OpenTurn } from '../findings.ts'
import type { SiteReader, Started, TextStream, Want } from '../site.ts'
import { type AddressUse, isTurnRequest, useOf } from './addresses.ts'
import { createDecoder, type Decoder } from './decoder.ts'

/** Makes the reader of all that ChatGPT sends; it remembers messages across channels until it is dropped. */
export function createReader(openTurns: readonly OpenTurn[]): SiteReader {
  const decoder = createDecoder(openTurns)
  return {
    wants(head) {
      const use = useOf(head)
      return use && wantOf(use, decoder)
    },
    request: ({ url, method, body, sentAt }) =>
      body !== null && isTurnRequest(url, method) ? decoder.turnRequest(body, sentAt).findings : nothingFound,
    frame: decoder.frame,
    socketClosed: decoder.socketClosed,
  }
}

function wantOf(use: AddressUse, decoder: Decoder): Want {
  switch (use.kind) {
    case 'image':
    case 'shown-image':
      return use
    case 'answer':
      return { kind: 'text', read: (text) => decoder.answer(text, use.conversationId) }
    case 'share-page':
      return { kind: 'text', read: decoder.sharePage }
    case 'download-link':
      return { kind: 'text', read: (text) => decoder.downloadLink(use.fileId, text) }
    case 'stream':
      return { kind: 'stream', open: (started) => openStream(started, use.isResumed, decoder) }
  }
}

/** A stream that goes on with a broken one names its conversation in its request. */
function openStream({ at, requestBody }: Started, isResumed: boolean, decoder: Decoder): TextStream {
  const conversationId = isResumed ? textAt(parseJson(requestBody ?? ''), 'conversation_id') : null
  const stream = decoder.stream(at, conversationId)
  return { feed: stream.feed, end: () => stream.end() }
}
