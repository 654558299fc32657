import { deltaWriter } from '../delta-writer.ts'
import { callMessage, type ImageDetails, imageMessage, textMessage } from '../messages.ts'
import { addPicture, type Scene, store } from '../scene.ts'
import type { Message, PretendPicture } from '../world.ts'

type Update = ReturnType<typeof conversationUpdate>

/** Puts an update into a frame; `offset` grows from one to the next. */
type Framing = (update: Update, offset: number) => unknown

/** An update as a frame of its own. */
export const asObject: Framing = (update) => update

/** An update as a message of a topic, in a list. */
export const asArray: Framing = (update, offset) => [
  { type: 'message', topic_id: 'conversations', offset: `${offset}-0`, payload: update },
]

/** The same update with a list of wrappers in place of one message. */
export const asMessages: Framing = ({ type, payload }) => {
  const { message, ...content } = payload.update_content
  const update_content = { ...content, messages: [{ message }] }
  return [{ type, payload: { ...payload, update_type: 'add-messages', update_content } }]
}

/** Era D on busy days: a placeholder now, previews and the result later, under the placeholder's message id. */
export async function playAsync(scene: Scene, framing: Framing): Promise<void> {
  const { preview, final } = await playPlaceholder(scene)
  scene.socket(framing(conversationUpdate(scene, preview), Date.now()))
  await scene.pause()
  scene.socket(framing(conversationUpdate(scene, final), Date.now() + 1))
}

/** The page hears that it has to read the conversation again, and no more. */
export async function playRefetch(scene: Scene): Promise<void> {
  await playPlaceholder(scene)
  const payload = { conversation_id: scene.conversation.id, update_type: 'refetch-conversation' }
  scene.socket({ type: 'conversation-update', payload })
}

/** Ends the stream with a placeholder; returns the messages that are to take its place. */
async function playPlaceholder(scene: Scene): Promise<{ preview: Message; final: Message }> {
  const deltas = deltaWriter(scene)
  deltas.start()
  const call = callMessage(scene.head(scene.userMessageId), { skipped_mainline: true })
  const placeholder = textMessage(scene.head(String(call.id)), 'tool', 'Processing image', {
    image_gen_task_id: 'chatimagegen-a:user-PretendPerson01-1:US',
    image_gen_multi_stream: true,
  })
  deltas.add(call)
  deltas.typed({ type: 'conversation_async_status', async_status: 7 })
  deltas.add({ ...placeholder, end_turn: true })
  deltas.typed({ type: 'title_generation', title: scene.conversation.title })
  deltas.typed({ type: 'message_stream_complete' })
  deltas.end()
  store(scene, call)

  await scene.pause()
  const preview = addPicture(scene, { role: 'preview' })
  const final = addPicture(scene, { genId: preview.genId })
  const metadata = { async_task_type: 'image_gen', image_gen_title: 'A late picture' }
  const result = (picture: PretendPicture, status: NonNullable<ImageDetails['status']>): Message => ({
    ...imageMessage(scene.head('', String(placeholder.id)), [picture], { status }),
    metadata,
  })
  const finished = result(final, 'finished_successfully')
  store(scene, { ...finished, metadata: { parent_id: call.id, ...metadata } }, String(call.id))
  return { preview: result(preview, 'in_progress'), final: finished }
}

const conversationUpdate = ({ conversation }: Scene, message: unknown) => ({
  type: 'conversation-update',
  payload: {
    conversation_id: conversation.id,
    update_type: 'async-task-update-message',
    update_content: { async_task_id: 'imagegen_0000', message },
  },
})
