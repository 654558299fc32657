/**
 * The watcher that anybody would write first, to be measured beside ours: network events on, each picture fetched when
 * its load has ended, and written as a file. It loses what a page leaves behind, knows no prompt and writes no record.
 *
 * Arguments: the browser's endpoint and a folder. It says when it watches, and ends with SIGTERM.
 */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { WebSocket } from 'ws'

const [endpoint = '', folder = ''] = process.argv.slice(2)
const socket = new WebSocket(endpoint, { maxPayload: 2 ** 28, perMessageDeflate: false })
const answers = new Map<number, (result: { body?: string }) => void>()
const pictures = new Set<string>()
let lastId = 0
let written = 0

function send(method: string, params: object, sessionId?: string): Promise<{ body?: string }> {
  lastId += 1
  const id = lastId
  socket.send(JSON.stringify({ id, method, params, sessionId }))
  return new Promise((resolve) => answers.set(id, resolve))
}

async function keep(requestId: string, sessionId: string) {
  const { body = '' } = await send('Network.getResponseBody', { requestId }, sessionId)
  written += 1
  await writeFile(path.join(folder, `${written}.png`), Buffer.from(body, 'base64'))
}

socket.on('message', (data) => {
  const { id, result, method, params, sessionId } = JSON.parse(String(data))
  if (id !== undefined) {
    answers.get(id)?.(result ?? {})
    answers.delete(id)
  } else if (method === 'Target.attachedToTarget') {
    void send('Network.enable', {}, params.sessionId)
    void send('Runtime.runIfWaitingForDebugger', {}, params.sessionId)
  } else if (method === 'Network.responseReceived') {
    if (String(params.response.mimeType).startsWith('image/')) pictures.add(params.requestId)
  } else if (method === 'Network.loadingFinished' && pictures.delete(params.requestId)) {
    void keep(params.requestId, sessionId)
  }
})
socket.on('open', async () => {
  const filter = [{ type: 'page' }, { exclude: true }]
  await send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter })
  process.stdout.write('watching\n')
})
socket.on('close', () => process.exit())
