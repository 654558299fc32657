import { randomUUID } from 'node:crypto'
import { deltaWriter } from '../delta-writer.ts'
import { imageMessage } from '../messages.ts'
import { addPicture, makeTurn, payload, type Scene } from '../scene.ts'
import type { Message, PretendPicture } from '../world.ts'

/** Era A: whole payloads, text growing; LF, padded data lines. */
export async function playV0(scene: Scene, user: Message): Promise<void> {
  const send = (message: unknown) => scene.write(`data: ${JSON.stringify(payload(scene, message))}  \n\n`)
  send(user)
  await scene.pause()
  const { call, image, closing } = makeTurn(scene, 1, { call: { prompt: scene.prompt, size: '1024x1024' } })
  send({ ...call, status: 'in_progress', content: { content_type: 'code', language: 'json', text: '{"prompt":"' } })
  send(call)
  await scene.pause()
  send({ ...image, create_time: null })
  send(closing)
  scene.write('data: [DONE]\n\n')
}

/** Era B: the request is answered with JSON; the stream comes in base64 pieces that cut events in two. */
export async function playPubSub(scene: Scene, user: Message): Promise<void> {
  const { call, image, closing } = makeTurn(scene, 1, { call: { prompt: scene.prompt } })
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
export async function playPreview(scene: Scene): Promise<void> {
  const deltas = deltaWriter(scene, { isSpaced: true })
  deltas.start()
  const preview = addPicture(scene, { role: 'preview' })
  const { call, image, closing, pictures } = makeTurn(scene, 1, {
    call: { prompt: scene.prompt, size: '1024x1536', n: 1 },
    genId: preview.genId,
    // Only the live stream carries the prompt; what is stored has lost it.
    storedCall: { size: '1024x1536', n: 1, transparent_background: false },
  })
  const callText = String((call.content as Message).text)
  deltas.add({ ...call, status: 'in_progress', content: { ...(call.content as object), text: '' } })
  for (let at = 0; at < callText.length; at += 12) {
    const text = callText.slice(at, at + 12)
    deltas.delta(at === 0 ? { p: '/message/content/text', o: 'append', v: text } : { v: text })
  }
  deltas.delta({ p: '/message/status', o: 'replace', v: 'finished_successfully' })
  await scene.pause()
  const early = imageMessage(scene.head(String(call.id), String(image.id)), [preview], { status: 'in_progress' })
  deltas.add({ ...early, metadata: { parent_id: call.id, turn_exchange_id: scene.turnId } })
  await scene.pause()
  deltas.delta(patchTo(pictures[0]))
  deltas.add(closing)
  deltas.typed({ type: 'message_stream_complete' })
  // The connection stays open a while; a page that has what it wants aborts the request.
  await new Promise((resolve) => setTimeout(resolve, lingerMs))
}

const lingerMs = 150

/** Puts the final picture where the preview was. */
const patchTo = (final: PretendPicture | undefined) => ({
  p: '',
  o: 'patch',
  v: [
    { p: '/message/content/parts/0/asset_pointer', o: 'replace', v: `sediment://${final?.fileId}` },
    { p: '/message/content/parts/0/size_bytes', o: 'replace', v: final?.bytes.length },
    { p: '/message/metadata/image_gen_title', o: 'add', v: 'A preview that was finished' },
    { p: '/message/status', o: 'replace', v: 'finished_successfully' },
  ],
})
