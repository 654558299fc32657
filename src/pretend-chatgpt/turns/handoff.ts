import { deltaWriter, playDeltas } from './deltas.ts'
import type { Scene } from './scene.ts'

/** The request answers with a hand-off; the turn comes as items of a topic, some of them twice. */
export async function playHandoffSocket(scene: Scene) {
  const { turnId, conversation, socket } = scene
  const topic_id = topicOf(scene)
  handOff(scene, [{ type: 'subscribe_ws_topic', topic_id }])
  const catchups: unknown[] = []
  const sendItem = (text: string) => {
    const item = streamItem(scene, text, catchups.length + 1)
    catchups.push(item)
    socket([item])
  }
  const deltas = deltaWriter({ ...scene, write: sendItem })
  deltas.start()
  const heartbeat = { type: 'conversation-turn-stream', payload: { type: 'heartbeat' } }
  socket([{ type: 'message', topic_id: 'x', offset: '1', payload: heartbeat }])
  await playDeltas(scene, deltas, 1)
  socket([{ id: 9, type: 'reply', reply: { type: 'subscribe', topic_id, recovered: true, catchups } }])
  const done = { type: 'done', conversation_id: conversation.id, turn_id: turnId }
  socket([{ type: 'conversation-turn-stream', payload: done }])
  socket([{ type: 'conversation-turn-complete', payload: { conversation_id: conversation.id } }])
}

const topicOf = ({ turnId }: Scene) => `conversation-turn-${turnId}`

/** A piece of stream text as an item of the turn's topic; items are counted from 1. */
function streamItem(scene: Scene, text: string, count: number) {
  const { turnId, conversation } = scene
  const payload = {
    type: 'stream-item',
    conversation_id: conversation.id,
    turn_id: turnId,
    encoded_item: text,
    stream_item_id: `${turnId}-${count}`,
    parent_stream_item_id: `${turnId}-${count - 1}`,
  }
  return {
    type: 'message',
    topic_id: topicOf(scene),
    offset: `${conversation.createdAtS * 1000}-${count}`,
    payload: { type: 'conversation-turn-stream', payload },
  }
}

/** The request answers with a hand-off; another request goes on with the stream. */
export async function playHandoffResume(scene: Scene) {
  handOff(scene, [{ type: 'resume_sse_endpoint' }])
  scene.keepForResume(scene.conversation.id, async (write) => {
    const deltas = deltaWriter({ ...scene, write })
    deltas.start()
    await playDeltas(scene, deltas, 1)
    write('data: [DONE]\n\n')
  })
}

function handOff(scene: Scene, options: readonly object[]) {
  const deltas = deltaWriter(scene)
  deltas.start()
  deltas.typed({ type: 'stream_handoff', turn_exchange_id: scene.turnId, options })
  scene.write('data: [DONE]\n\n')
}
