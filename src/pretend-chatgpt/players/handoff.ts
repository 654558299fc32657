import { deltaWriter } from '../delta-writer.ts'
import type { Scene } from '../scene.ts'
import { playDeltas } from './inline.ts'

/** The request answers with a hand-off; the turn comes as items of a topic, some of them twice. */
export async function playHandoffSocket(scene: Scene): Promise<void> {
  const topicId = `conversation-turn-${scene.turnId}`
  handOff(scene, [{ type: 'subscribe_ws_topic', topic_id: topicId }])
  const catchups: unknown[] = []
  const sendItem = (text: string) => {
    const item = streamItem(scene, topicId, catchups.length + 1, text)
    catchups.push(item)
    scene.socket([item])
  }
  const deltas = deltaWriter({ ...scene, write: sendItem })
  deltas.start()
  scene.socket([heartbeat])
  await playDeltas(scene, deltas, 1)
  scene.socket([{ id: 9, type: 'reply', reply: { type: 'subscribe', topic_id: topicId, recovered: true, catchups } }])
  const done = { type: 'done', conversation_id: scene.conversation.id, turn_id: scene.turnId }
  scene.socket([{ type: 'conversation-turn-stream', payload: done }])
  scene.socket([{ type: 'conversation-turn-complete', payload: { conversation_id: scene.conversation.id } }])
}

const heartbeat = {
  type: 'message',
  topic_id: 'x',
  offset: '1',
  payload: { type: 'conversation-turn-stream', payload: { type: 'heartbeat' } },
}

/** A piece of the stream as a message of the turn's topic; items count from 1. */
const streamItem = ({ conversation, turnId }: Scene, topicId: string, item: number, text: string) => ({
  type: 'message',
  topic_id: topicId,
  offset: `${conversation.createdAtS * 1000}-${item}`,
  payload: {
    type: 'conversation-turn-stream',
    payload: {
      type: 'stream-item',
      conversation_id: conversation.id,
      turn_id: turnId,
      encoded_item: text,
      stream_item_id: `${turnId}-${item}`,
      parent_stream_item_id: `${turnId}-${item - 1}`,
    },
  },
})

/** The request answers with a hand-off; another request goes on with the stream. */
export async function playHandoffResume(scene: Scene): Promise<void> {
  handOff(scene, [{ type: 'resume_sse_endpoint' }])
  scene.keepForResume(scene.conversation.id, async (write) => {
    const deltas = deltaWriter({ ...scene, write })
    deltas.start()
    await playDeltas(scene, deltas, 1)
    deltas.end()
  })
}

function handOff(scene: Scene, options: readonly object[]) {
  const deltas = deltaWriter(scene)
  deltas.start()
  deltas.typed({ type: 'stream_handoff', turn_exchange_id: scene.turnId, options })
  deltas.end()
}
