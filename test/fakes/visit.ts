import { randomUUID } from 'node:crypto'
import { treeOf } from '../../src/pretend-chatgpt/reads.ts'
import { eraOf, type Form, playTurn } from '../../src/pretend-chatgpt/turns.ts'
import { createWorld, type PretendPicture, plantedSecret } from '../../src/pretend-chatgpt/world.ts'
import { type FakeWire, soon } from './wire.ts'

/** What a visit carries that must never be written down, each as it stands on the wire. */
export const planted = {
  bearer: plantedSecret(),
  cookie: 'pretend-session=c00k1e5ecretc00k1e5ecret',
  signature: 'f00dsignaturef00dsignaturef00d',
  verification: plantedSecret(),
  socketToken: plantedSecret(),
  person: 'user-PretendPerson01',
  mail: 'alice.person@example.com',
} as const

export interface VisitOptions {
  readonly form: Form
  readonly prompt?: string
  /** Cuts the streamed answer into pieces of this many bytes. */
  readonly pieceBytes?: number
  /** Pieces overtake the start of the streamed answer, as they may on a wire. */
  readonly isOvertaking?: boolean
}

const page = 'https://chatgpt.com/'
const [main, plain] = ['S', 'P']

/**
 * Lets a watcher hear what a browser reports while a person has one picture drawn: tab, sockets, the streamed turn, the
 * look-ups and the bytes. Returns the pictures that ought to be archived.
 */
export async function visit(wire: FakeWire, options: VisitOptions): Promise<PretendPicture[]> {
  const { form, prompt = 'A paper boat', pieceBytes = Infinity, isOvertaking = false } = options
  const world = createWorld()
  const bodies = new Map<string, Buffer>()
  let lastId = 0
  const emit = async (method: string, params: object, sessionId?: string) => {
    wire.emit(method, params, sessionId)
    await soon()
  }
  wire.answer('Network.getResponseBody', ({ params, sessionId }) => {
    const body = sessionId === main ? bodies.get(String(params.requestId)) : undefined
    return body
      ? { body: body.toString('base64'), base64Encoded: true }
      : new Error('No resource with given identifier')
  })
  let letStart = () => {}
  const started = new Promise<void>((resolve) => {
    letStart = resolve
  })
  let sofar = ''
  wire.answer('Network.streamResourceContent', async () => {
    if (isOvertaking) await started
    return { bufferedData: Buffer.from(sofar).toString('base64') }
  })

  const request = async (url: string, mimeType: string, sessions: readonly string[], postData?: string) => {
    lastId += 1
    const requestId = `r${lastId}`
    const method = postData === undefined ? 'GET' : 'POST'
    const headers = {
      authorization: `Bearer ${planted.bearer}`,
      cookie: planted.cookie,
      'oai-device-id': planted.person,
    }
    for (const session of sessions) {
      const asked = { url, method, headers, ...(postData !== undefined && { postData }) }
      await emit('Network.requestWillBeSent', { requestId, documentURL: page, frameId: 'F', request: asked }, session)
      await emit(
        'Network.requestWillBeSentExtraInfo',
        { requestId, headers, associatedCookies: [planted.cookie] },
        session,
      )
      const answer = {
        url,
        status: 200,
        mimeType,
        headers: { 'set-cookie': planted.cookie, 'x-request': planted.person },
      }
      await emit('Network.responseReceived', { requestId, type: 'Fetch', response: answer }, session)
    }
    return requestId
  }

  const load = async (url: string, mimeType: string, body: Buffer, postData?: string) => {
    const requestId = await request(url, mimeType, [main], postData)
    bodies.set(requestId, body)
    await emit('Network.dataReceived', { requestId, dataLength: body.length }, main)
    await emit('Network.loadingFinished', { requestId, encodedDataLength: body.length }, main)
  }
  const loadJson = (path: string, value: unknown, postData?: string) =>
    load(`${page}backend-api/${path}`, 'application/json', Buffer.from(JSON.stringify(value)), postData)

  /** Streams what `write` is given, over both sessions as a browser does. */
  const stream = async (path: string, body: object, play: (write: (text: string) => void) => Promise<void>) => {
    sofar = ''
    const requestId = await request(
      `${page}backend-api/${path}`,
      'text/event-stream',
      [main, plain],
      JSON.stringify(body),
    )
    const pieces: Buffer[] = []
    await play((text) => {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes))
    })
    if (isOvertaking) {
      // The first piece lies in the start, which comes after the others.
      const first = pieces.shift() ?? Buffer.alloc(0)
      sofar = first.toString()
      for (const session of [main, plain])
        await emit('Network.dataReceived', { requestId, dataLength: first.length }, session)
    }
    for (const [at, piece] of pieces.entries()) {
      await emit('Network.dataReceived', { requestId, dataLength: piece.length }, main)
      await emit('Network.dataReceived', { requestId, dataLength: piece.length, data: piece.toString('base64') }, plain)
      if (at === pieces.length >> 1) letStart()
    }
    letStart()
    await soon()
    for (const session of [plain, main])
      await emit('Network.loadingFinished', { requestId, encodedDataLength: 0 }, session)
  }

  for (const sessionId of [main, plain]) {
    const targetInfo = { targetId: 'T', type: 'page', url: page, title: `${planted.mail} – ChatGPT` }
    await emit('Target.attachedToTarget', { sessionId, waitingForDebugger: true, targetInfo })
  }
  const sockets = {
    celsius: {
      requestId: 'ws1',
      url: `wss://ws.chatgpt.com/p07/ws/user/${planted.person}?verify=${planted.verification}`,
    },
    pubSub: {
      requestId: 'ws2',
      url: `wss://chatgpt-async-webps-prod-eastus-0.chatgpt.com/client/hubs/conversations?access_token=${planted.socketToken}`,
    },
  }
  await loadJson('celsius/ws/user', { websocket_url: sockets.celsius.url })
  for (const socket of Object.values(sockets)) await emit('Network.webSocketCreated', socket, main)
  const frames: Promise<void>[] = []
  const say =
    ({ requestId }: { requestId: string }) =>
    (frame: unknown) => {
      frames.push(
        emit(
          'Network.webSocketFrameReceived',
          { requestId, response: { opcode: 1, payloadData: JSON.stringify(frame) } },
          main,
        ),
      )
    }

  const userMessageId = randomUUID()
  const turnRequest = {
    action: 'next',
    messages: [{ id: userMessageId, author: { role: 'user' }, content: { content_type: 'text', parts: [prompt] } }],
    conversation_id: null,
    client_contextual_info: { person: planted.mail },
  }
  let rest: { conversationId: string; play: (write: (text: string) => void) => Promise<void> } | undefined
  const play = (write: (text: string) => void) =>
    playTurn({
      world,
      form,
      prompt,
      userMessageId,
      uploads: [],
      write,
      socket: say(sockets.celsius),
      pubSub: say(sockets.pubSub),
      keepForResume: (conversationId, goOn) => {
        rest = { conversationId, play: goOn }
      },
      pause: () => soon(),
      picture: { lengthBytes: 3_000, size: { widthPx: 48, heightPx: 32 } },
    })
  if (form === 'pubsub-2024') {
    await loadJson('conversation', { wss_url: sockets.pubSub.url, response_id: 'pending' }, JSON.stringify(turnRequest))
    await play(() => {})
  } else await stream('f/conversation', turnRequest, play)
  if (rest) await stream('f/conversation/resume', { conversation_id: rest.conversationId, offset: 0 }, rest.play)
  await Promise.all(frames)
  if (form === 'async-refetch') {
    for (const conversation of world.conversations.values())
      await loadJson(`conversation/${conversation.id}`, treeOf(conversation))
  }

  const shown = [...world.pictures.values()].filter((picture) => picture.role !== 'upload')
  for (const picture of shown) {
    const url = bytesUrl(picture)
    await loadJson(`files/download/${encodeURIComponent(picture.fileId)}?conversation_id=1`, {
      status: 'success',
      download_url: url,
      file_name: `${planted.person}/${picture.storageId}.png`,
      file_size_bytes: picture.bytes.length,
    })
    await load(url, picture.mime, picture.bytes)
  }
  for (const { requestId } of Object.values(sockets)) await emit('Network.webSocketClosed', { requestId }, main)
  return shown.filter((picture) => picture.role === 'generated')
}

/** The address of a picture's bytes in the form of its time, signed. */
function bytesUrl({ fileId, storageId, era }: PretendPicture): string {
  const signed = `sig=${planted.signature}&ts=490000`
  if (era === 'A' || era === 'B') return `https://files.oaiusercontent.com/${fileId}?${signed}`
  if (era === 'C') return `https://sdmntprwestus.oaiusercontent.com/files/${storageId}/raw?${signed}`
  return `${page}backend-api/estuary/content?id=${fileId}&${signed}`
}

/** Forms of delivery that end in a picture. */
export const drawn = (form: Form) => form !== 'refusal' && form !== 'quota' && eraOf(form) !== undefined
