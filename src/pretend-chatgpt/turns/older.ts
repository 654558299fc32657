import { randomUUID } from 'node:crypto'
import { imageMessage } from '../messages.ts'
import type { Message, PretendPicture } from '../world.ts'
import { type Deltas, deltaWriter } from './deltas.ts'
import { addPicture, makeTurn, payload, type Scene } from './scene.ts'

/** Era A: whole payloads, text growing; LF, padded data lines. */
export async function playWholeMessages(scene: Scene) {
  const send = (message: unknown) => scene.write(`data: ${JSON.stringify(payload(scene, message))}  \n\n`)
  send(scene.user)
  await scene.pause()
  const { call, image, closing } = makeTurn(scene, 1, { call: { prompt: scene.prompt, size: '1024x1024' } })
  send({ ...call, status: 'in_progress', content: { content_type: 'code', language: 'json', text: '{"prompt":"' } })
  send(call)
  await scene.pause()
  send({ ...image, create_time: null })
  send(closing)
  scene.write('data: [DONE]\n\n')
}

/** Era B: the answer of the request is JSON; the stream comes in base64 pieces that cut events in two. */
export async function playPubSub(scene: Scene) {
  const { call, image, closing } = makeTurn(scene, 1, { call: { prompt: scene.prompt } })
  const text = [scene.user, call, image, closing]
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
export async function playPreview(scene: Scene) {
  const deltas = deltaWriter(scene, { isSpaced: true })
  deltas.start()
  const preview = addPicture(scene, { role: 'preview' })
  const { call, image, closing, pictures } = makeTurn(scene, 1, {
    call: { prompt: scene.prompt, size: '1024x1536', n: 1 },
    genId: preview.genId,
    // Only the live stream carries the prompt; what is stored has lost it.
    storedCall: { size: '1024x1536', n: 1, transparent_background: false },
  })
  growCall(deltas, call)
  await scene.pause()
  const early = imageMessage(scene.head(String(call.id), String(image.id)), [preview], { status: 'in_progress' })
  deltas.add({ ...early, metadata: { parent_id: call.id, turn_exchange_id: scene.turnId } })
  await scene.pause()
  deltas.delta({ p: '', o: 'patch', v: pictures.flatMap(finishingPatch) })
  deltas.add(closing)
  deltas.typed({ type: 'message_stream_complete' })
  // The connection stays open a while; a page that has what it wants aborts the request.
  await new Promise((resolve) => setTimeout(resolve, lingerMs))
}

const lingerMs = 150

/** The call of the tool comes a few letters at a time. */
function growCall(deltas: Deltas, call: Message) {
  const { text: callText } = call.content as { text: string }
  deltas.add({ ...call, status: 'in_progress', content: { ...(call.content as object), text: '' } })
  for (let at = 0; at < callText.length; at += 12) {
    const text = callText.slice(at, at + 12)
    if (at === 0) deltas.delta({ p: '/message/content/text', o: 'append', v: text })
    else deltas.delta({ v: text })
  }
  deltas.delta({ p: '/message/status', o: 'replace', v: 'finished_successfully' })
}

/** Puts the final picture where the preview was. */
const finishingPatch = ({ fileId, bytes }: PretendPicture) => [
  { p: '/message/content/parts/0/asset_pointer', o: 'replace', v: `sediment://${fileId}` },
  { p: '/message/content/parts/0/size_bytes', o: 'replace', v: bytes.length },
  { p: '/message/metadata/image_gen_title', o: 'add', v: 'A preview that was finished' },
  { p: '/message/status', o: 'replace', v: 'finished_successfully' },
]
