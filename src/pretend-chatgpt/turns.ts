import { randomUUID } from 'node:crypto'
import { callMessage, type ImageWish, imageMessage, type MessageWish, textMessage, userMessage } from './messages.ts'
import { type Conversation, type Era, type Message, type PretendPicture, plantedSecret, type World } from './world.ts'

/** How a turn reaches the page; each is one that was seen on the real site (docs/wire/). */
export const forms = [
  'dalle-2023',
  'pubsub-2024',
  'preview-2025',
  'inline-2026',
  'async-object',
  'async-array',
  'async-messages',
  'async-refetch',
  'handoff-socket',
  'handoff-resume',
  'two-in-one',
  'two-messages',
  'upload-edit',
  'refusal',
  'quota',
] as const
export type Form = (typeof forms)[number]

/** The era whose addresses and ids a form uses. */
export function eraOf(form: Form): Era {
  if (form === 'dalle-2023') return 'A'
  if (form === 'pubsub-2024') return 'B'
  return form === 'preview-2025' ? 'C' : 'D'
}

/** What a turn is given to answer with. */
export interface Turn {
  readonly world: World
  readonly form: Form
  readonly prompt: string
  readonly userMessageId: string
  readonly uploads: readonly PretendPicture[]
  /** Writes to the answer of the request itself. */
  readonly write: (text: string) => void
  /** Sends a frame over the sockets of this person. */
  readonly socket: (frame: unknown) => void
  /** Sends a frame over the older sockets. */
  readonly pubSub: (frame: unknown) => void
  /** Keeps the rest of a turn for the request that resumes it. */
  readonly keepForResume: (conversationId: string, rest: (write: (text: string) => void) => Promise<void>) => void
  /** A moment's work, as long as the pretend site takes its time. */
  readonly pause: () => Promise<void>
  readonly picture?: { readonly lengthBytes?: number; readonly size?: PretendPicture['size'] } | undefined
}

interface Scene extends Turn {
  readonly era: Era
  readonly conversation: Conversation
  readonly turnId: string
  readonly wish: (parentId: string, id?: string) => MessageWish
}

/** Plays one turn; resolves when all of it has been sent. */
export async function playTurn(turn: Turn): Promise<void> {
  const era = eraOf(turn.form)
  const conversation = turn.world.addConversation(`About ${turn.prompt.slice(0, 30)}`)
  const turnId = randomUUID()
  const scene: Scene = {
    ...turn,
    era,
    conversation,
    turnId,
    wish: (parentId, id) => ({ era, parentId, turnId, ...(id && { id }) }),
  }
  const user = userMessage(scene.wish(conversation.current, turn.userMessageId), turn.prompt, turn.uploads)
  turn.world.append(conversation, conversation.current, user)
  await stages[turn.form](scene, user)
}

const stages: Record<Form, (scene: Scene, user: Message) => Promise<void>> = {
  'dalle-2023': playV0,
  'pubsub-2024': playPubSub,
  'preview-2025': playPreview,
  'inline-2026': (scene) => playInline(scene, 1),
  'async-object': (scene) => playAsync(scene, (update) => scene.socket(update)),
  'async-array': (scene) =>
    playAsync(scene, (update, offset) =>
      scene.socket([{ type: 'message', topic_id: 'conversations', offset: `${offset}-0`, payload: update }]),
    ),
  'async-messages': (scene) => playAsync(scene, (update) => scene.socket([asMessages(update)])),
  'async-refetch': (scene) => playAsync(scene, undefined),
  'handoff-socket': playHandoffSocket,
  'handoff-resume': playHandoffResume,
  'two-in-one': (scene) => playInline(scene, 2),
  'two-messages': playTwoMessages,
  'upload-edit': (scene) => playInline(scene, 1),
  refusal: (scene) => playWords(scene, `I cannot draw that one: ${scene.prompt}`),
  quota: playQuota,
}

/** Era A: whole payloads, text growing; LF, padded data lines. */
async function playV0(scene: Scene, user: Message) {
  const send = (message: unknown) => scene.write(`data: ${JSON.stringify(payload(scene, message))}  \n\n`)
  send(user)
  await scene.pause()
  const { call, image, closing } = makeTurn(scene, 1, { callWish: { prompt: scene.prompt, size: '1024x1024' } })
  send({ ...call, status: 'in_progress', content: { content_type: 'code', language: 'json', text: '{"prompt":"' } })
  send(call)
  await scene.pause()
  send({ ...image, create_time: null })
  send(closing)
  scene.write('data: [DONE]\n\n')
}

/** Era B: the answer is JSON (see the server); the stream comes in base64 pieces that cut events in two. */
async function playPubSub(scene: Scene, user: Message) {
  const { call, image, closing } = makeTurn(scene, 1, { callWish: { prompt: scene.prompt } })
  const text = [user, call, image, closing]
    .map((message) => `data: ${JSON.stringify(payload(scene, message))}\n\n`)
    .concat('data: [DONE]\n\n')
    .join('')
  const responseId = `${randomUUID().slice(0, 8)}-SEA`
  scene.pubSub({ type: 'system', event: 'connected', userId: 'user-PretendPerson01', connectionId: 'c-1' })
  const bytes = Buffer.from(text)
  const piece = Math.ceil(bytes.length / 7)
  for (let at = 0, sequenceId = 1; at < bytes.length; at += piece, sequenceId++) {
    await scene.pause()
    const body = bytes.subarray(at, at + piece).toString('base64')
    const data = { type: 'http.response.body', body, more_body: at + piece < bytes.length, response_id: responseId }
    scene.pubSub({ sequenceId, type: 'message', from: 'group', group: 'user-PretendPerson01', dataType: 'json', data })
  }
}

/** Era C: deltas with spaces in their JSON; a preview file first, then the final one by a patch; no `[DONE]`. */
async function playPreview(scene: Scene) {
  const deltas = deltaWriter(scene, { isSpaced: true })
  deltas.start()
  const preview = addPicture(scene, { role: 'preview' })
  const { call, image, closing, pictures } = makeTurn(scene, 1, {
    callWish: { prompt: scene.prompt, size: '1024x1536', n: 1 },
    genId: preview.genId,
    // Only the live stream carries the prompt; what is stored has lost it.
    storedCall: { size: '1024x1536', n: 1, transparent_background: false },
  })
  const callText = String((call.content as Message).text)
  deltas.add({ ...call, status: 'in_progress', content: { ...(call.content as object), text: '' } })
  for (let at = 0; at < callText.length; at += 12) {
    const text = callText.slice(at, at + 12)
    if (at === 0) deltas.delta({ p: '/message/content/text', o: 'append', v: text })
    else deltas.delta({ v: text })
  }
  deltas.delta({ p: '/message/status', o: 'replace', v: 'finished_successfully' })
  await scene.pause()
  const early = imageMessage(scene.wish(String(call.id), String(image.id)), [preview], { status: 'in_progress' })
  deltas.add({ ...early, metadata: { parent_id: call.id, turn_exchange_id: scene.turnId } })
  await scene.pause()
  const final = pictures[0]
  deltas.delta({
    p: '',
    o: 'patch',
    v: [
      { p: '/message/content/parts/0/asset_pointer', o: 'replace', v: `sediment://${final?.fileId}` },
      { p: '/message/content/parts/0/size_bytes', o: 'replace', v: final?.bytes.length },
      { p: '/message/metadata/image_gen_title', o: 'add', v: 'A preview that was finished' },
      { p: '/message/status', o: 'replace', v: 'finished_successfully' },
    ],
  })
  deltas.add(closing)
  deltas.typed({ type: 'message_stream_complete' })
  // The connection stays open a while; a page that has what it wants aborts the request.
  await new Promise((resolve) => setTimeout(resolve, lingerMs))
}

const lingerMs = 150

/** Era D, the usual way: the image pipeline ran without the model, so the prompt is only in what the person wrote. */
async function playInline(scene: Scene, count: number) {
  const deltas = deltaWriter(scene, { isCrlf: true })
  deltas.start()
  await playDeltas(scene, deltas, count)
  scene.write('data: [DONE]\r\n\r\n')
}

async function playDeltas(scene: Scene, deltas: Deltas, count: number) {
  const { call, image, closing } = makeTurn(scene, count, { callWish: { skipped_mainline: true } })
  const context = textMessage(scene.wish(scene.userMessageId), 'assistant', '')
  deltas.add({ ...context, content: { content_type: 'model_editable_context', model_set_context: '' } })
  deltas.add({ ...call, status: 'in_progress', metadata: { ...(call.metadata as object), parent_id: context.id } })
  deltas.delta({ p: '/message/status', o: 'replace', v: 'finished_successfully' })
  deltas.typed({ type: 'title_generation', title: scene.conversation.title })
  deltas.typed({ type: 'message_marker', marker: 'user_visible_token', event: 'first' })
  await scene.pause()
  deltas.add(image)
  deltas.add(closing)
  deltas.typed({ type: 'server_ste_metadata', metadata: { turn_use_case: 'image gen', tool_invoked: false } })
  deltas.typed({ type: 'message_stream_complete' })
}

/** Two consecutive tool messages with one picture each. */
async function playTwoMessages(scene: Scene) {
  const deltas = deltaWriter(scene, {})
  deltas.start()
  const { call, image } = makeTurn(scene, 1, { callWish: { prompt: scene.prompt, n: 2 } })
  const second = imageMessage(scene.wish(String(image.id)), [addPicture(scene)], { title: 'The second of two' })
  scene.world.append(scene.conversation, scene.conversation.current, second)
  for (const message of [call, image, second]) {
    await scene.pause()
    deltas.add(message)
  }
  deltas.typed({ type: 'message_stream_complete' })
  scene.write('data: [DONE]\n\n')
}

/** Era D on busy days: a placeholder now, previews and the result later, under the placeholder's message id. */
async function playAsync(scene: Scene, update: ((event: unknown, offset: number) => void) | undefined) {
  const deltas = deltaWriter(scene, {})
  deltas.start()
  const call = callMessage(scene.wish(scene.userMessageId), { skipped_mainline: true })
  const placeholder = textMessage(scene.wish(String(call.id)), 'tool', 'Processing image', {
    image_gen_task_id: 'chatimagegen-a:user-PretendPerson01-1:US',
    image_gen_multi_stream: true,
  })
  deltas.add(call)
  deltas.typed({ type: 'conversation_async_status', async_status: 7 })
  deltas.add({ ...placeholder, end_turn: true })
  deltas.typed({ type: 'title_generation', title: scene.conversation.title })
  deltas.typed({ type: 'message_stream_complete' })
  scene.write('data: [DONE]\n\n')
  scene.world.append(scene.conversation, scene.conversation.current, call)

  await scene.pause()
  const preview = addPicture(scene, { role: 'preview' })
  const final = addPicture(scene, { genId: preview.genId })
  const result = (picture: PretendPicture, status: NonNullable<ImageWish['status']>) => ({
    ...imageMessage(scene.wish('', String(placeholder.id)), [picture], { status }),
    metadata: { async_task_type: 'image_gen', image_gen_title: 'A late picture' },
  })
  scene.world.append(scene.conversation, String(call.id), {
    ...result(final, 'finished_successfully'),
    metadata: { parent_id: call.id, async_task_type: 'image_gen', image_gen_title: 'A late picture' },
  })
  if (!update) return scene.socket({ type: 'conversation-update', payload: refetch(scene) })
  update(conversationUpdate(scene, result(preview, 'in_progress')), Date.now())
  await scene.pause()
  update(conversationUpdate(scene, result(final, 'finished_successfully')), Date.now() + 1)
}

const refetch = ({ conversation }: Scene) => ({ conversation_id: conversation.id, update_type: 'refetch-conversation' })

const conversationUpdate = ({ conversation }: Scene, message: unknown) => ({
  type: 'conversation-update',
  payload: {
    conversation_id: conversation.id,
    update_type: 'async-task-update-message',
    update_content: { async_task_id: 'imagegen_0000', message },
  },
})

/** The same update with a list of wrappers in place of one message. */
function asMessages(update: unknown): unknown {
  const { type, payload } = update as ReturnType<typeof conversationUpdate>
  const { message, ...content } = payload.update_content
  return {
    type,
    payload: { ...payload, update_type: 'add-messages', update_content: { ...content, messages: [{ message }] } },
  }
}

/** The request answers with a hand-off; the turn comes as items of a topic, some of them twice. */
async function playHandoffSocket(scene: Scene) {
  handOff(scene, [{ type: 'subscribe_ws_topic', topic_id: `conversation-turn-${scene.turnId}` }])
  let item = 0
  const catchups: unknown[] = []
  const sendItem = (text: string) => {
    item += 1
    const envelope = {
      type: 'message',
      topic_id: `conversation-turn-${scene.turnId}`,
      offset: `${scene.conversation.createdAtS * 1000}-${item}`,
      payload: {
        type: 'conversation-turn-stream',
        payload: {
          type: 'stream-item',
          conversation_id: scene.conversation.id,
          turn_id: scene.turnId,
          encoded_item: text,
          stream_item_id: `${scene.turnId}-${item}`,
          parent_stream_item_id: `${scene.turnId}-${item - 1}`,
        },
      },
    }
    catchups.push(envelope)
    scene.socket([envelope])
  }
  const deltas = deltaWriter({ ...scene, write: sendItem }, {})
  deltas.start()
  scene.socket([
    {
      type: 'message',
      topic_id: 'x',
      offset: '1',
      payload: { type: 'conversation-turn-stream', payload: { type: 'heartbeat' } },
    },
  ])
  await playDeltas(scene, deltas, 1)
  const reply = { type: 'subscribe', topic_id: `conversation-turn-${scene.turnId}`, recovered: true, catchups }
  scene.socket([{ id: 9, type: 'reply', reply }])
  const done = { type: 'done', conversation_id: scene.conversation.id, turn_id: scene.turnId }
  scene.socket([{ type: 'conversation-turn-stream', payload: done }])
  scene.socket([{ type: 'conversation-turn-complete', payload: { conversation_id: scene.conversation.id } }])
}

/** The request answers with a hand-off; another request goes on with the stream. */
async function playHandoffResume(scene: Scene) {
  handOff(scene, [{ type: 'resume_sse_endpoint' }])
  scene.keepForResume(scene.conversation.id, async (write) => {
    const deltas = deltaWriter({ ...scene, write }, {})
    deltas.start()
    await playDeltas(scene, deltas, 1)
    write('data: [DONE]\n\n')
  })
}

function handOff(scene: Scene, options: readonly object[]) {
  const deltas = deltaWriter(scene, {})
  deltas.start()
  deltas.typed({ type: 'stream_handoff', turn_exchange_id: scene.turnId, options })
  scene.write('data: [DONE]\n\n')
}

async function playWords(scene: Scene, words: string) {
  const deltas = deltaWriter(scene, {})
  deltas.start()
  const answer = textMessage(scene.wish(scene.userMessageId), 'assistant', '')
  deltas.add({ ...answer, status: 'in_progress' })
  for (const word of words.split(' ')) {
    await scene.pause()
    deltas.delta({ p: '/message/content/parts/0', o: 'append', v: `${word} ` })
  }
  deltas.typed({ type: 'moderation', moderation_response: { blocked: true } })
  deltas.typed({ type: 'message_stream_complete' })
  scene.write('data: [DONE]\n\n')
}

async function playQuota(scene: Scene) {
  const deltas = deltaWriter(scene, {})
  deltas.start()
  const error = textMessage(scene.wish(scene.userMessageId), 'tool', '')
  deltas.add({
    ...error,
    content: { content_type: 'system_error', name: 'ChatGPTAgentToolRateLimitException', text: 'No images left.' },
  })
  await playWords(scene, 'You have reached the limit for today.')
}

interface TurnWish {
  readonly callWish: object
  readonly storedCall?: object
  readonly genId?: string | null
}

/** The messages of an ordinary turn, also put into the stored conversation. */
function makeTurn(scene: Scene, count: number, { callWish, storedCall, genId }: TurnWish) {
  const { world, conversation } = scene
  const call = callMessage(scene.wish(scene.userMessageId), callWish)
  const pictures = Array.from({ length: count }, () => addPicture(scene, genId === undefined ? {} : { genId }))
  const image = imageMessage(scene.wish(String(call.id)), pictures, { title: 'A finished picture' })
  const closing = textMessage(scene.wish(String(image.id)), 'assistant', 'Here it is.')
  const stored = storedCall ? callMessage(scene.wish(scene.userMessageId, String(call.id)), storedCall) : call
  for (const message of [stored, image, closing]) world.append(conversation, conversation.current, message)
  return { call, image, closing, pictures }
}

function addPicture(scene: Scene, more: { role?: 'preview'; genId?: string | null } = {}): PretendPicture {
  const { era, conversation, prompt, world, picture } = scene
  return world.addPicture({ era, conversationId: conversation.id, prompt, ...picture, ...more })
}

const payload = ({ conversation }: Scene, message: unknown) => ({
  message,
  conversation_id: conversation.id,
  error: null,
})

interface Deltas {
  start(): void
  add(message: unknown): void
  delta(delta: object): void
  typed(event: object): void
}

/** Writes a "v1" stream: each message on its own channel, path and operation left out where they are as before. */
function deltaWriter(scene: Scene, style: { isSpaced?: boolean; isCrlf?: boolean }): Deltas {
  const newline = style.isCrlf ? '\r\n' : '\n'
  const encode = (value: unknown) =>
    style.isSpaced ? JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ') : JSON.stringify(value)
  const write = (name: string, value: unknown) =>
    scene.write(`${name ? `event: ${name}${newline}` : ''}data: ${encode(value)}${newline}${newline}`)
  let channel = -1
  let isAfterAdd = false
  return {
    start() {
      write('delta_encoding', 'v1')
      write('', {
        type: 'resume_conversation_token',
        kind: 'topic',
        token: plantedSecret(),
        conversation_id: scene.conversation.id,
      })
    },
    add(message) {
      channel += 1
      const head = isAfterAdd ? {} : { p: '', o: 'add' }
      write('delta', { ...head, v: { ...payload(scene, message), error_code: null }, c: channel })
      isAfterAdd = true
    },
    delta(delta) {
      write('delta', delta)
      isAfterAdd = false
    },
    typed: (event) => write('', { ...event, conversation_id: scene.conversation.id }),
  }
}
