import { forms } from '../forms.ts'
import type { PretendSite } from '../site.ts'
import { broadcast, pubSubUrl } from '../sockets.ts'
import { playTurn } from '../turns.ts'
import { plantedSecret } from '../world.ts'
import { bodyOf, type Handler, type Route, sendJson } from './route.ts'

interface TurnRequest {
  readonly messages: readonly { id: string; content: { parts: string[] } }[]
  readonly pretend?: { readonly how?: string; readonly uploads?: string[] }
}

/** Where a person's message is sent, and where a turn that was handed off goes on. */
export const turnRoutes = (site: PretendSite): readonly Route[] => [
  ['POST', /^\/backend-api\/(?:f\/|sidebar\/)?conversation$/, conversationTurn(site)],
  ['POST', /^\/backend-api\/f\/conversation\/prepare$/, prepare],
  ['POST', /^\/backend-api\/f\/conversation\/resume$/, resume(site)],
]

const conversationTurn =
  (site: PretendSite): Handler =>
  async (request, response) => {
    const { messages, pretend = {} } = JSON.parse(await bodyOf(request)) as TurnRequest
    const form = forms.find((one) => one === pretend.how) ?? 'inline-2026'
    const isPubSub = form === 'pubsub-2024'
    if (isPubSub) {
      sendJson(response, 200, { wss_url: pubSubUrl(), conversation_id: 'pending', response_id: 'pending-SEA' })
    } else response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
    await playTurn({
      world: site.world,
      form,
      prompt: messages[0]?.content.parts.join('\n') ?? '',
      userMessageId: messages[0]?.id ?? '',
      uploads: (pretend.uploads ?? []).flatMap((id) => site.world.pictures.get(id) ?? []),
      write: (text) => void (isPubSub || response.write(text)),
      socket: (frame) => broadcast(site.sockets.celsius, frame),
      pubSub: (frame) => broadcast(site.sockets.pubSub, frame),
      keepForResume: (id, rest) => site.resumable.set(id, rest),
      pause: site.pause,
      picture: site.options.picture,
    })
    if (!isPubSub) response.end()
  }

const prepare: Handler = (_request, response) =>
  sendJson(response, 200, { status: 'ok', conduit_token: plantedSecret() })

const resume =
  ({ resumable }: PretendSite): Handler =>
  async (request, response) => {
    const { conversation_id } = JSON.parse(await bodyOf(request)) as { conversation_id: string }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    await resumable.get(conversation_id)?.((text) => void response.write(text))
    response.end()
  }
