import { isObject, type Json, listAt, numberAt, objectAt, parseJson, shapeOf, textAt } from '../../decode/json.ts'
import { maxAnswerChars, maxUrlChars, overLimit } from '../../decode/limits.ts'
import { createDeltaDecoder, type DeltaDecoder } from '../../decode/stream-v1.ts'
import type { OpenTurn } from '../findings.ts'
import { type Findings, mergeFindings, nothingFound, odd, oddly } from '../findings.ts'
import type { FileId } from '../ids.ts'
import { findConversations } from './conversation-json.ts'
import { decodeDownloadLink } from './download-link.ts'
import { createStreamDecoder, type StreamDecoder } from './event-stream.ts'
import { decodeLibraryListing, isLibraryListing } from './library-listing.ts'
import { createMessageReader } from './messages.ts'
import { decodeSharePage } from './share-page.ts'
import { createSocketDecoder } from './websocket.ts'

/** The room's face: one decoder reads every form of delivery, because halves of one turn come by several. */
export interface Decoder {
  /**
   * Opens a streamed answer; `resumes` names the conversation whose broken stream it goes on with, `askedId` the
   * person's message that it answers.
   */
  stream(liveAt: Date, resumes: string | null, askedId?: unknown): StreamDecoder
  /** Reads one frame of a socket. */
  frame(text: string, receivedAt: Date, socketId: string): Findings
  /** A socket has closed. */
  socketClosed(socketId: string): Findings
  /** Reads a JSON answer; its shape decides what it is. `conversationId` is the one the request named, if it did. */
  answer(text: string, conversationId?: string | null): Findings
  /** Reads the answer of a download look-up for one file; `askedAt` is the address of the look-up. */
  downloadLink(fileId: FileId, text: string, askedAt: string): Findings
  /** Reads the page of a shared conversation. */
  sharePage(html: string): Findings
  /**
   * Reads the body of a request that begins a turn: what the person wrote is nowhere else on some days. It is believed
   * in that alone, and says nothing of images.
   */
  turnRequest(text: string, sentAt: Date): { findings: Findings; conversationId: string | null }
}

/** What a broken stream leaves to the one that goes on with it. */
interface Resumable {
  readonly deltas: DeltaDecoder
  readonly askedId: string | null
}

/** Streams whose state is kept in case they are resumed. */
const maxResumable = 32

const stored = { channel: 'conversation', liveAt: null, conversationUpdatedAt: null } as const

/** Makes the decoder of one site; it remembers messages across channels until it is dropped. */
export function createDecoder(openTurns: readonly OpenTurn[] = []): Decoder {
  const reader = createMessageReader(openTurns)
  const sockets = createSocketDecoder(reader)
  const resumable = new Map<string, Resumable>()

  const keepForResume = (conversationId: string, stream: Resumable) => {
    resumable.delete(conversationId)
    resumable.set(conversationId, stream)
    if (resumable.size > maxResumable) resumable.delete(resumable.keys().next().value ?? '')
  }

  return {
    stream(liveAt, resumes, asked = null) {
      const broken = resumes === null ? undefined : resumable.get(resumes)
      const askedId = broken ? broken.askedId : typeof asked === 'string' ? asked : null
      const stream = { deltas: broken?.deltas ?? createDeltaDecoder(), askedId }
      const onConversation = (conversationId: string) => keepForResume(conversationId, stream)
      return createStreamDecoder(reader, { channel: 'stream', liveAt, ...stream, onConversation })
    },
    frame: sockets.frame,
    socketClosed: sockets.closed,
    answer(text, conversationId = null) {
      if (text.length > maxAnswerChars) return tooLong('an answer', text)
      const value = parseJson(text)
      if (value === undefined) return odd('not-json', `answer of ${text.length} characters`)
      if (isLibraryListing(value)) {
        const listed = decodeLibraryListing(value, reader.isGenerated)
        reader.generated(listed.facts.map((facts) => facts.fileId))
        return listed
      }
      const socket = textAt(value, 'websocket_url') ?? textAt(value, 'wss_url')
      if (socket && socket.length > maxUrlChars) {
        return oddly([overLimit('characters of an address', socket.length, maxUrlChars)])
      }
      if (socket) return { ...nothingFound, sockets: [socket] }
      const found = findConversations(value, reader, stored, conversationId)
      if (found.messageCount > 0 || isSilent(value)) return found
      return mergeFindings([found, odd('unknown-answer', shapeOf(value))])
    },
    downloadLink(fileId, text, askedAt) {
      if (text.length > maxAnswerChars) return tooLong('a look-up answer', text)
      return decodeDownloadLink(fileId, parseJson(text), askedAt)
    },
    sharePage: (html) => decodeSharePage(html, reader, { ...stored, channel: 'share' }),
    turnRequest(text, sentAt) {
      if (text.length > maxAnswerChars) return { findings: tooLong('a request', text), conversationId: null }
      const body = parseJson(text)
      const conversationId = textAt(body, 'conversation_id')
      const messages = listAt(body, 'messages')
        .filter(isObject)
        .filter(isOfPerson)
        .map((message) => ({
          message: withoutImages(message, sentAt),
          nodeId: null,
          parentId: textAt(body, 'parent_message_id'),
          conversationId,
        }))
      const findings = reader.read(messages, { channel: 'stream', liveAt: sentAt, conversationUpdatedAt: null })
      return { findings, conversationId }
    },
  }
}

const tooLong = (what: string, text: string) => oddly([overLimit(`characters of ${what}`, text.length, maxAnswerChars)])

/** A message of a person's own, as a request holds it. */
export const isOfPerson = (message: Json): boolean =>
  textAt(message.author, 'role') === 'user' && isObject(message.content)

/** Of a message nothing but the words; it was written when it was sent, where it does not say when. */
function withoutImages(message: Json, sentAt: Date): Json {
  const { attachments, ...metadata } = objectAt(message, 'metadata')
  const parts = listAt(message.content, 'parts').filter((part) => typeof part === 'string')
  const content = { ...objectAt(message, 'content'), parts }
  const create_time = numberAt(message, 'create_time') || sentAt.getTime() / 1000
  return { ...message, metadata, content, create_time }
}

/** Answers of the same paths that may hold no messages: lists, limits, states of streams, errors, new conversations. */
function isSilent(value: unknown): boolean {
  if (!isObject(value)) return Array.isArray(value) && value.length === 0
  if (
    listAt(value, 'items')
      .filter(isObject)
      .some((row) => !isKnownRow(row))
  )
    return false
  const keys = ['items', 'status', 'detail', 'type', 'error', 'message', 'conduit_token', 'success', 'tasks', 'mapping']
  return keys.some((key) => key in value)
}

/** Rows of lists that hold no pictures: conversations in the sidebar and in searches, folders, group chats. */
const isKnownRow = (row: Json) =>
  'title' in row || 'conversation_id' in row || 'room_id' in row || row.kind === 'directory'
