import { eraOf, forms } from './forms.ts'
import type { Era } from './world.ts'

/** The pretend page: a plain chat that asks for answers and pictures the ways the real one does. */
export function pageHtml(): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pretend ChatGPT</title><style>
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#fff;color:#111}
header{padding:.6em 1em;border-bottom:1px solid #ddd;font-weight:600}
main{max-width:46em;margin:0 auto;padding:1em 1em 7em}
.turn{margin:1em 0}.user{background:#f1f1f1;border-radius:1em;padding:.5em 1em;width:fit-content;margin-left:auto}
.answer{white-space:pre-wrap}img{max-width:16em;border-radius:.6em;display:block;margin:.6em 0}
form{position:fixed;bottom:0;left:0;right:0;background:#fff;border-top:1px solid #ddd;padding:.8em;display:flex;gap:.5em;justify-content:center}
input{width:28em;max-width:50vw;padding:.5em}select,button{padding:.5em}
</style></head><body><header>Pretend ChatGPT <small id="state"></small></header><main id="chat"></main>
<form id="form"><select id="how">${forms.map((form) => `<option>${form}</option>`).join('')}</select>
<input id="prompt" placeholder="Describe a picture" autocomplete="off"><button>Send</button></form>
<script>${clientScript}</script></body></html>`
}

/** Which look-up route and which way of showing a picture the page uses, by era. */
const ways: Record<Era, { lookUp: string; isBlob: boolean }> = {
  A: { lookUp: '/backend-api/files/{id}/download', isBlob: false },
  B: { lookUp: '/backend-api/files/{id}/download', isBlob: false },
  C: { lookUp: '/backend-api/conversation/{cid}/attachment/{id}/download', isBlob: false },
  D: {
    lookUp: '/backend-api/files/download/{id}?conversation_id={cid}&inline=true&download_intent=false',
    isBlob: true,
  },
}

const eraOfForm = Object.fromEntries(forms.map((form) => [form, eraOf(form)]))

const clientScript = `
const ways = ${JSON.stringify(ways)}, eraOfForm = ${JSON.stringify(eraOfForm)}
const chat = document.getElementById('chat'), state = document.getElementById('state')
const shown = new Set(), wait = (ms) => new Promise((done) => setTimeout(done, ms))
let token, sockets = {}
window.firstEventAfterMs = null; window.streamMs = null
const session = async () => (token ??= await (await fetch('/api/auth/session')).json())
const api = async (path, options = {}) => {
  const { accessToken, account } = await session()
  const answer = await fetch(path, { ...options, headers: { Authorization: 'Bearer ' + accessToken, 'ChatGPT-Account-Id': account.id, 'Content-Type': 'application/json', ...options.headers } })
  return answer
}
const add = (kind, text) => { const el = document.createElement('div'); el.className = 'turn ' + kind; el.textContent = text; chat.append(el); el.scrollIntoView(); return el }
const pointersIn = (text) => [...text.matchAll(/(?:sediment|file-service):\\/\\/(file[-_][A-Za-z0-9]+)/g)].map((m) => m[1])

async function show(id, cid, era, el) {
  if (shown.has(id)) return
  shown.add(id)
  const way = ways[id.startsWith('file-') && era === 'D' ? 'A' : era]
  const path = way.lookUp.replace('{id}', id).replace('{cid}', cid)
  let link
  for (let tries = 0; tries < 3 && !link; tries++) link = (await (await api(path)).json()).download_url
  if (!link) return
  const img = document.createElement('img')
  img.dataset.file = id
  const loaded = new Promise((done) => { img.onload = img.onerror = done })
  if (way.isBlob) {
    try { const blob = await (await fetch(link)).blob(); img.src = URL.createObjectURL(blob) } catch { return }
  } else img.src = link
  el.append(img)
  await loaded
  img.dataset.done = '1'
}
// With ?lazy pictures lie below the fold and are never scrolled to.
const isLazy = new URLSearchParams(location.search).has('lazy')
const showAll = (text, cid, era, el) => isLazy || Promise.all(pointersIn(text).map((id) => show(id, cid, era, el)))
const cidIn = (text) => /"conversation_id"\\s*:\\s*\\\\?"([^"\\\\]+)/.exec(text)?.[1]

function open(kind) {
  return sockets[kind] ??= (async () => {
    const answer = kind === 'celsius' ? await api('/backend-api/celsius/ws/user') : await api('/backend-api/register-websocket', { method: 'POST' })
    const body = await answer.json()
    const ws = new WebSocket(body.websocket_url ?? body.wss_url, kind === 'celsius' ? [] : ['json.reliable.webpubsub.azure.v1'])
    ws.listeners = new Set()
    ws.onmessage = (event) => { for (const listen of ws.listeners) listen(event.data) }
    await new Promise((done) => { ws.onopen = done })
    if (kind === 'celsius') ws.send(JSON.stringify([{ id: 1, command: { type: 'connect' } }, { id: 2, command: { type: 'subscribe', topic_id: 'conversations' } }]))
    return ws
  })()
}

async function readStream(answer, onText) {
  const reader = answer.body.getReader(), utf8 = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text
    text += utf8.decode(value, { stream: true })
    onText?.(text)
    if (/message_stream_complete/.test(text) && !/\\[DONE\\]/.test(text) && window.abortAfterComplete) { await reader.cancel(); return text }
  }
}

async function send(how, prompt, uploads = []) {
  const era = eraOfForm[how] ?? 'D'
  add('user', prompt)
  const el = add('answer', '…')
  const listen = how === 'pubsub-2024' ? await open('pubsub') : /^async|^handoff-socket/.test(how) ? await open('celsius') : null
  const frames = []
  let wake = () => {}
  const onFrame = (data) => { frames.push(data); wake() }
  listen?.listeners.add(onFrame)
  const began = performance.now()
  const path = era === 'A' || era === 'B' ? '/backend-api/conversation' : '/backend-api/f/conversation'
  const body = { action: 'next', messages: [{ id: crypto.randomUUID(), author: { role: 'user' }, create_time: Date.now() / 1000, content: { content_type: 'text', parts: [prompt] }, metadata: {} }], parent_message_id: crypto.randomUUID(), model: 'auto', supported_encodings: ['v1'], pretend: { how, uploads } }
  const answer = await api(path, { method: 'POST', body: JSON.stringify(body) })
  window.firstEventAfterMs = null
  let text = await readStream(answer, () => { window.firstEventAfterMs ??= performance.now() - began })
  window.streamMs = performance.now() - began
  let cid = cidIn(text)
  if (how === 'handoff-resume') {
    const rest = await api('/backend-api/f/conversation/resume', { method: 'POST', body: JSON.stringify({ conversation_id: cid, offset: 0 }) })
    text += await readStream(rest)
  }
  if (listen) {
    const isOver = () => { const all = frames.join(' '); return how === 'pubsub-2024' ? /"more_body":false/.test(all) : how === 'async-refetch' ? all.includes('refetch-conversation') : how === 'handoff-socket' ? all.includes('conversation-turn-complete') : all.includes('finished_successfully') && pointersIn(all).length > 1 }
    while (!isOver()) { await new Promise((done) => { wake = done; setTimeout(done, 500) }); }
    listen.listeners.delete(onFrame)
    if (how === 'pubsub-2024') text += new TextDecoder().decode(Uint8Array.from(frames.map((f) => atob(JSON.parse(f).data?.body ?? '')).join(''), (c) => c.charCodeAt(0)))
    else text += frames.join(' ')
    cid = cidIn(text) ?? cid
    if (how === 'async-refetch') text += await (await api('/backend-api/conversation/' + cid)).text()
  }
  el.textContent = how
  await showAll(text, cid, era, el)
  return cid
}

async function openConversation(cid, form = 'tree') {
  const el = add('answer', 'conversation ' + cid)
  if (form === 'flat') {
    let page = await (await api('/backend-api/conversations/' + cid + '?include_has_versions=true&num_turns=3')).json(), text = JSON.stringify(page)
    while (page.page_info.has_previous_page) {
      page = await (await api('/backend-api/conversations/' + cid + '/messages?before=' + page.page_info.start_cursor + '&num_turns=3')).json()
      text += JSON.stringify(page)
    }
    return showAll(text, cid, 'D', el)
  }
  const answer = form === 'batch' ? await api('/backend-api/conversations/batch', { method: 'POST', body: JSON.stringify({ conversation_ids: [cid] }) }) : await api('/backend-api/conversation/' + cid)
  await showAll(await answer.text(), cid, 'D', el)
}

async function openLibrary() {
  const el = add('answer', 'library')
  for (let after = ''; after !== null;) {
    const page = await (await api('/backend-api/my/recent/image_gen?limit=25' + (after && '&after=' + after))).json()
    for (const item of page.items) {
      const thumbnail = document.createElement('img')
      thumbnail.src = item.encodings.thumbnail.path
      el.append(thumbnail)
      if (window.showLibraryOriginals) { const img = document.createElement('img'); const loaded = new Promise((done) => { img.onload = img.onerror = done }); img.src = item.url; el.append(img); await loaded }
    }
    after = page.cursor
  }
}

document.getElementById('form').onsubmit = async (event) => {
  event.preventDefault()
  const field = document.getElementById('prompt'), prompt = field.value
  field.value = ''
  state.textContent = 'working'
  await send(document.getElementById('how').value, prompt)
  state.textContent = 'idle'
}
window.pretend = { send, openConversation, openLibrary, show, open, wait }
const [, route, id] = location.pathname.split('/')
window.ready = (async () => {
  if (route === 'c' && id) await openConversation(id, new URLSearchParams(location.search).get('form') ?? 'tree')
  if (route === 'library') { window.showLibraryOriginals = true; await openLibrary() }
  if (route === 'share') await showAll(document.documentElement.innerHTML, id, 'D', add('answer', 'shared'))
  state.textContent = 'idle'
  if (location.hash === '#tour') { const tour = await (await fetch('/pretend/tour')).json(); for (const step of tour) await send(step.how, step.prompt, step.uploads); location.href = '/pretend/next?after=turns' }
  if (location.hash.startsWith('#tour-')) location.href = '/pretend/next?after=' + location.hash.slice(6)
})()
`
