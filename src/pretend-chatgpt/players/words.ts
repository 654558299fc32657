import { deltaWriter } from '../delta-writer.ts'
import { textMessage } from '../messages.ts'
import type { Scene } from '../scene.ts'

/** An answer without a picture, word by word. */
export async function playWords(scene: Scene, words: string): Promise<void> {
  const deltas = deltaWriter(scene)
  deltas.start()
  const answer = textMessage(scene.head(scene.userMessageId), 'assistant', '')
  deltas.add({ ...answer, status: 'in_progress' })
  for (const word of words.split(' ')) {
    await scene.pause()
    deltas.delta({ p: '/message/content/parts/0', o: 'append', v: `${word} ` })
  }
  deltas.typed({ type: 'moderation', moderation_response: { blocked: true } })
  deltas.typed({ type: 'message_stream_complete' })
  deltas.end()
}

/** The tool refuses since the person's images of the day are used up. */
export async function playQuota(scene: Scene): Promise<void> {
  const deltas = deltaWriter(scene)
  deltas.start()
  const error = textMessage(scene.head(scene.userMessageId), 'tool', '')
  deltas.add({
    ...error,
    content: { content_type: 'system_error', name: 'ChatGPTAgentToolRateLimitException', text: 'No images left.' },
  })
  await playWords(scene, 'You have reached the limit for today.')
}
