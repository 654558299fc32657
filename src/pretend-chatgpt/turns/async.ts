import { callMessage, type ImageDetails, imageMessage, textMessage } from '../messages.ts'
import type { PretendPicture } from '../world.ts'
import { deltaWriter } from './deltas.ts'
import { addPicture, type Scene } from './scene.ts'

/** Hands a late update over to the page. */
type SendUpdate = (update: ReturnType<typeof conversationUpdate>, offset: number) => void

/** Each update as an object of its own. */
export const playAsyncObject = (scene: Scene) => playAsync(scene, scene.socket)

/** Each update as the message of a topic, in a list. */
export const playAsyncArray = (scene: Scene) =>
  playAsync(scene, (payload, offset) =>
    scene.socket([{ type: 'message', topic_id: 'conversations', offset: `${offset}-0`, payload }]),
  )

/** Each update with a list of wrappers in place of one message. */
export const playAsyncMessages = (scene: Scene) => playAsync(scene, (update) => scene.socket([asMessages(update)]))

/** No update but the request to read the conversation again. */
export const playAsyncRefetch = (scene: Scene) => playAsync(scene, undefined)

/** Era D on busy days: a placeholder now, previews and the result later, under the placeholder's message id. */
async function playAsync(scene: Scene, update: SendUpdate | undefined) {
  const { callId, placeholderId } = sendPlaceholder(scene)
  await scene.pause()
  const preview = addPicture(scene, { role: 'preview' })
  const final = addPicture(scene, { genId: preview.genId })
  const metadata = { async_task_type: 'image_gen', image_gen_title: 'A late picture' }
  const result = (picture: PretendPicture, status: NonNullable<ImageDetails['status']>) => ({
    ...imageMessage(scene.head('', placeholderId), [picture], { status }),
    metadata,
  })
  const stored = { ...result(final, 'finished_successfully'), metadata: { parent_id: callId, ...metadata } }
  scene.world.append(scene.conversation, callId, stored)
  if (!update) return scene.socket({ type: 'conversation-update', payload: refetch(scene) })
  update(conversationUpdate(scene, result(preview, 'in_progress')), Date.now())
  await scene.pause()
  update(conversationUpdate(scene, result(final, 'finished_successfully')), Date.now() + 1)
}

/** All of the answer that comes at once; the conversation stores the call alone. */
function sendPlaceholder(scene: Scene) {
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
  scene.write('data: [DONE]\n\n')
  scene.world.append(scene.conversation, scene.conversation.current, call)
  return { callId: String(call.id), placeholderId: String(placeholder.id) }
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

function asMessages({ type, payload }: ReturnType<typeof conversationUpdate>): unknown {
  const { message, ...content } = payload.update_content
  const update_content = { ...content, messages: [{ message }] }
  return { type, payload: { ...payload, update_type: 'add-messages', update_content } }
}
