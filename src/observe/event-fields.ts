import { isObject, type Json, objectAt, parseJson, textAt } from '../decode/json.ts'
import { cleanJson, cleanUrl } from './cleaning.ts'
import { cleanInnerStreams, type StreamCleaners } from './stream-cleaners.ts'

/** Says whether an address is one of the site that is recorded. */
type IsOurs = (url: string) => boolean

/** Of a target: which it is, and its address where that is ours. */
export function targetFields(params: Json, isOurs: IsOurs): Json {
  const { sessionId, waitingForDebugger } = params
  const { targetId, type, url } = objectAt(params, 'targetInfo')
  const address = typeof url === 'string' ? cleanAddress(url, isOurs) : ''
  return { sessionId, waitingForDebugger, targetInfo: { targetId, type, url: address } }
}

/** Of a request of ours: what is asked for, and what is sent where that is a turn of a conversation. */
export function requestFields(params: Json, isOurs: IsOurs): Json {
  const { requestId, frameId } = params
  const asked = objectAt(params, 'request')
  const documentUrl = textAt(params, 'documentURL')
  const body = parseJson(textAt(asked, 'postData') ?? '')
  return {
    requestId,
    frameId,
    documentURL: documentUrl && cleanAddress(documentUrl, isOurs),
    request: {
      url: cleanUrl(textAt(asked, 'url') ?? ''),
      method: asked.method,
      ...(isObject(body) && Array.isArray(body.messages) && { postData: JSON.stringify(cleanJson(body)) }),
    },
  }
}

/** Of a response: where it came from and what it is. */
export function responseFields(params: Json): Json {
  const response = objectAt(params, 'response')
  const { status, mimeType, fromDiskCache } = response
  const url = cleanUrl(textAt(response, 'url') ?? '')
  return { requestId: params.requestId, response: { url, status, mimeType, fromDiskCache } }
}

/** Of a chunk: text that was cleaned before, in place of its own. */
export function chunkFields(params: Json, text: string): Json {
  const bytes = Buffer.from(text)
  return { requestId: params.requestId, dataLength: bytes.length, data: bytes.toString('base64') }
}

/** Of the end of a response: how it ended. */
export function endFields({ requestId, errorText, canceled }: Json): Json {
  return { requestId, errorText, canceled }
}

/** Of a socket's frame: its JSON, with the streams within; undefined when it has none. */
export function frameFields(params: Json, streams: StreamCleaners, key: string): Json | undefined {
  const { opcode, payloadData } = objectAt(params, 'response')
  const value = typeof payloadData === 'string' ? parseJson(payloadData) : undefined
  if (value === undefined) return undefined
  const payload = JSON.stringify(cleanJson(cleanInnerStreams(value, streams, key), ['body', 'encoded_item']))
  return { requestId: params.requestId, response: { opcode, payloadData: payload } }
}

/** Where else a person is does not matter. */
const elsewhere = 'https://elsewhere.invalid/'

function cleanAddress(url: string, isOurs: IsOurs): string {
  if (url === '' || /^about:|^chrome:\/\/new/.test(url)) return url
  return isOurs(url) ? cleanUrl(url) : elsewhere
}
