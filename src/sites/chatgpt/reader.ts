import { isObject, listAt, parseJson, textAt } from '../../decode/json.ts'
import { nothingFound, type OpenTurn } from '../findings.ts'
import type { SiteReader, Started, TextStream, Want } from '../site.ts'
import { type AddressUse, isTurnRequest, useOf } from './addresses.ts'
import { createDecoder, type Decoder, isOfPerson } from './decoder.ts'

/** Makes the reader of all that ChatGPT sends; it remembers messages across channels until it is dropped. */
export function createReader(openTurns: readonly OpenTurn[]): SiteReader {
  const decoder = createDecoder(openTurns)
  return {
    wants(head) {
      const use = useOf(head)
      return use && wantOf(use, decoder, head.url)
    },
    request: ({ url, method, body, sentAt }) =>
      body !== null && isTurnRequest(url, method) ? decoder.turnRequest(body, sentAt).findings : nothingFound,
    frame: decoder.frame,
    socketClosed: decoder.socketClosed,
  }
}

function wantOf(use: AddressUse, decoder: Decoder, askedAt: string): Want {
  switch (use.kind) {
    case 'image':
    case 'shown-image':
      return use
    case 'answer':
      return { kind: 'text', read: (text) => decoder.answer(text, use.conversationId) }
    case 'share-page':
      return { kind: 'text', read: decoder.sharePage }
    case 'download-link':
      return { kind: 'text', read: (text) => decoder.downloadLink(use.fileId, text, askedAt) }
    case 'stream':
      return { kind: 'stream', open: (started) => openStream(started, use.isResumed, decoder) }
  }
}

/** A stream that goes on with a broken one names its conversation in its request, any other what the person wrote. */
function openStream({ at, requestBody }: Started, isResumed: boolean, decoder: Decoder): TextStream {
  const body = parseJson(requestBody ?? '')
  const stream = isResumed
    ? decoder.stream(at, textAt(body, 'conversation_id'))
    : decoder.stream(at, null, listAt(body, 'messages').filter(isObject).filter(isOfPerson).at(-1)?.id)
  return { feed: stream.feed, end: () => stream.end() }
}
