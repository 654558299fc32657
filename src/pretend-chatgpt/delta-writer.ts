import { payload, type Scene } from './scene.ts'
import { plantedSecret } from './world.ts'

/** Writes a stream of deltas. */
export interface DeltaWriter {
  start(): void
  /** Adds a message on a channel of its own. */
  add(message: unknown): void
  /** Changes the message of the channel that is open. */
  delta(delta: object): void
  /** Says something that is no part of a message. */
  typed(event: object): void
  /** The marker that ends a stream. */
  end(): void
}

/** Writes a "v1" stream: each message on its own channel, path and operation left out where they are as before. */
export function deltaWriter(scene: Scene, style: { isSpaced?: boolean; isCrlf?: boolean } = {}): DeltaWriter {
  const newline = style.isCrlf ? '\r\n' : '\n'
  const encode = (value: unknown) =>
    style.isSpaced ? JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ') : JSON.stringify(value)
  const write = (name: string, value: unknown) =>
    scene.write(`${name ? `event: ${name}${newline}` : ''}data: ${encode(value)}${newline}${newline}`)
  const typed = (event: object) => write('', { ...event, conversation_id: scene.conversation.id })
  let channel = -1
  let isAfterAdd = false
  return {
    start() {
      write('delta_encoding', 'v1')
      typed({ type: 'resume_conversation_token', kind: 'topic', token: plantedSecret() })
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
    typed,
    end: () => scene.write(`data: [DONE]${newline}${newline}`),
  }
}
