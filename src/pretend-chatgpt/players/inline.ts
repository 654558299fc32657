import { type DeltaWriter, deltaWriter } from '../delta-writer.ts'
import { imageMessage, textMessage } from '../messages.ts'
import { addPicture, makeTurn, type Scene, store } from '../scene.ts'

/** Era D, the usual way: the image pipeline ran without the model, so the prompt is only in what the person wrote. */
export async function playInline(scene: Scene, count: number): Promise<void> {
  const deltas = deltaWriter(scene, { isCrlf: true })
  deltas.start()
  await playDeltas(scene, deltas, count)
  deltas.end()
}

/** The deltas of such a turn, whichever way they travel. */
export async function playDeltas(scene: Scene, deltas: DeltaWriter, count: number): Promise<void> {
  const { call, image, closing } = makeTurn(scene, count, { call: { skipped_mainline: true } })
  const context = textMessage(scene.head(scene.userMessageId), 'assistant', '')
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
export async function playTwoMessages(scene: Scene): Promise<void> {
  const deltas = deltaWriter(scene)
  deltas.start()
  const { call, image } = makeTurn(scene, 1, { call: { prompt: scene.prompt, n: 2 } })
  const second = imageMessage(scene.head(String(image.id)), [addPicture(scene)], { title: 'The second of two' })
  store(scene, second)
  for (const message of [call, image, second]) {
    await scene.pause()
    deltas.add(message)
  }
  deltas.typed({ type: 'message_stream_complete' })
  deltas.end()
}
