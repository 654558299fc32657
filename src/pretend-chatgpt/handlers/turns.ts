import { bodyOf, type Handler, type Route, sendJson } from '../http.ts'
import { forms, playTurn } from '../turns.ts'
import { plantedSecret } from '../world.ts'

interface TurnRequest {
  readonly messages: readonly { id: string; content: { parts: string[] } }[]
  readonly pretend?: { readonly how?: string; readonly uploads?: string[] }
}

const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' }

const conversationTurn: Handler = async ({ request, response }, site) => {
  const { world, sockets, resumable, pause, options } = site
  const { messages, pretend } = JSON.parse(await bodyOf(request)) as TurnRequest
  const form = forms.find((one) => one === pretend?.how) ?? 'inline-2026'
  const isPubSub = form === 'pubsub-2024'
  if (isPubSub) {
    const wss_url = sockets.pubSub.address()
    sendJson(response, 200, { wss_url, conversation_id: 'pending', response_id: 'pending-SEA' })
  } else response.writeHead(200, { ...eventStream, 'cache-control': 'no-store' })
  await playTurn({
    world,
    form,
    prompt: messages[0]?.content.parts.join('\n') ?? '',
    userMessageId: messages[0]?.id ?? '',
    uploads: (pretend?.uploads ?? []).flatMap((id) => world.pictures.get(id) ?? []),
    write: (text) => void (isPubSub || response.write(text)),
    socket: sockets.celsius.broadcast,
    pubSub: sockets.pubSub.broadcast,
    keepForResume: (id, rest) => resumable.set(id, rest),
    pause,
    picture: options.picture,
  })
  if (!isPubSub) response.end()
}

const resume: Handler = async ({ request, response }, { resumable }) => {
  const { conversation_id } = JSON.parse(await bodyOf(request)) as { conversation_id: string }
  response.writeHead(200, eventStream)
  await resumable.get(conversation_id)?.((text) => void response.write(text))
  response.end()
}

/** A person sends a prompt, and the answer comes. */
export const turnRoutes: readonly Route[] = [
  ['POST', /^\/backend-api\/(?:f\/|sidebar\/)?conversation$/, conversationTurn],
  [
    'POST',
    /^\/backend-api\/f\/conversation\/prepare$/,
    ({ response }) => sendJson(response, 200, { status: 'ok', conduit_token: plantedSecret() }),
  ],
  ['POST', /^\/backend-api\/f\/conversation\/resume$/, resume],
]
