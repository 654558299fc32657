import { imageMessage, textMessage } from '../messages.ts'
import { deltaWriter, playDeltas } from './deltas.ts'
import { addPicture, makeTurn, type Scene } from './scene.ts'

/** Era D, the usual way: the answer of the request is the stream, with one picture. */
export const playInline = (scene: Scene) => playPictures(scene, 1)

/** Two pictures in one message. */
export const playTwoInOne = (scene: Scene) => playPictures(scene, 2)

async function playPictures(scene: Scene, count: number) {
  const deltas = deltaWriter(scene, { isCrlf: true })
  deltas.start()
  await playDeltas(scene, deltas, count)
  scene.write('data: [DONE]\r\n\r\n')
}

/** Two consecutive tool messages with one picture each. */
export async function playTwoMessages(scene: Scene) {
  const deltas = deltaWriter(scene)
  deltas.start()
  const { call, image } = makeTurn(scene, 1, { call: { prompt: scene.prompt, n: 2 } })
  const second = imageMessage(scene.head(String(image.id)), [addPicture(scene)], { title: 'The second of two' })
  scene.world.append(scene.conversation, scene.conversation.current, second)
  for (const message of [call, image, second]) {
    await scene.pause()
    deltas.add(message)
  }
  deltas.typed({ type: 'message_stream_complete' })
  scene.write('data: [DONE]\n\n')
}

/** The model answers in words alone. */
export const playRefusal = (scene: Scene) => playWords(scene, `I cannot draw that one: ${scene.prompt}`)

async function playWords(scene: Scene, words: string) {
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
  scene.write('data: [DONE]\n\n')
}

/** The tool answers that there are no images left for today. */
export async function playQuota(scene: Scene) {
  const deltas = deltaWriter(scene)
  deltas.start()
  const error = textMessage(scene.head(scene.userMessageId), 'tool', '')
  deltas.add({
    ...error,
    content: { content_type: 'system_error', name: 'ChatGPTAgentToolRateLimitException', text: 'No images left.' },
  })
  await playWords(scene, 'You have reached the limit for today.')
}
