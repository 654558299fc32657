import { textMessage } from '../messages.ts'
import { plantedSecret } from '../world.ts'
import { makeTurn, payload, type Scene } from './scene.ts'

/** A "v1" stream that is being written. */
export interface Deltas {
  start(): void
  add(message: unknown): void
  delta(delta: object): void
  typed(event: object): void
}

/** Writes a "v1" stream: each message on its own channel, path and operation left out where they are as before. */
export function deltaWriter(scene: Scene, style: { isSpaced?: boolean; isCrlf?: boolean } = {}): Deltas {
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

/**
 * An ordinary turn of era D.
 *
 * The image pipeline runs without the model, so the only prompt is what the person wrote.
 */
export async function playDeltas(scene: Scene, deltas: Deltas, count: number) {
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
