import { describe, expect, it } from 'vitest'
import { fileIdOf, isOursUrl, isSocketUrl, isTurnRequest, useOf } from '../../../src/sites/chatgpt/addresses.ts'
import type { ResponseHead } from '../../../src/sites/site.ts'

const cid = '6ab13b80-1234-83ea-9abc-def012345678'
const old = 'file-Qm4Zt1Yb8LxV0pKs7RcD2wEa'
const recent = 'file_00000000a1b2c3d4e5f60718293a4b5c'
const uuid = '00000000-a1b2-c3d4-e5f6-0718293a4b5c'
const home = 'https://chatgpt.com'
const sig = '0'.repeat(64)
/** As shared posts show their pictures. */
const posted = (id: string) =>
  `${home}/backend-api/estuary/public_content/enc/${Buffer.from(JSON.stringify({ id, ts: '20380', p: 'pyi', sig })).toString('base64url')}`

const estuary = (id: string, origin = home) =>
  `${origin}/backend-api/estuary/content?id=${id}&ts=497222&p=fs&cid=1&sig=${sig}&v=0`

const wants = (url: string, head: Partial<ResponseHead> = {}) =>
  useOf({ url, method: 'GET', status: 200, mimeType: 'application/json', ...head })
const image = (url: string, head: Partial<ResponseHead> = {}) => wants(url, { mimeType: 'image/png', ...head })

describe('streams', () => {
  const stream = (path: string, origin = home) =>
    wants(origin + path, { method: 'POST', mimeType: 'text/event-stream' })

  it.each([
    '/backend-api/conversation',
    '/backend-api/f/conversation',
    '/backend-api/sidebar/conversation',
    '/backend-anon/conversation',
    '/backend-anon/f/conversation',
  ])('of turns are wanted: %s', (path) => {
    expect(stream(path)).toEqual({ kind: 'stream', isResumed: false })
    expect(stream(path, 'https://chat.openai.com')).toEqual({ kind: 'stream', isResumed: false })
  })

  it('that continue a broken one are wanted as such', () => {
    expect(stream('/backend-api/f/conversation/resume')).toEqual({ kind: 'stream', isResumed: true })
  })

  it('are not wanted from other hosts', () => {
    for (const origin of [
      'https://evil.test',
      'https://chatgpt.com.evil.test',
      'http://chatgpt.com',
      'https://notchatgpt.com',
    ]) {
      expect(stream('/backend-api/conversation', origin)).toBeUndefined()
    }
    expect(stream('/elsewhere')).toBeUndefined()
  })
})

describe('answers', () => {
  it('have the conversation that their address names, for pages that do not name it', () => {
    const id = '6ab13b80-1234-83ea-9abc-def012345678'
    const named = (path: string) => wants(`https://chatgpt.com/backend-api/${path}`)
    for (const path of [
      `conversations/${id}?num_turns=10`,
      `conversations/${id}/messages?before=c`,
      `conversation/${id}`,
    ]) {
      expect(named(path)).toEqual({ kind: 'answer', conversationId: id })
    }
    for (const path of ['conversations/batch', 'conversations', 'tasks', `share/${id}`]) {
      expect(named(path)).toEqual({ kind: 'answer', conversationId: null })
    }
  })

  it.each([
    `/backend-api/conversation/${cid}`,
    `/backend-api/conversations/${cid}?include_has_versions=true&num_turns=10`,
    `/backend-api/conversations/${cid}/messages?before=c&include_has_versions=true&num_turns=10`,
    '/backend-api/conversations/batch',
    '/backend-api/conversations?offset=0&limit=28&order=updated',
    '/backend-api/conversation',
    '/backend-api/f/conversation',
    '/backend-api/tasks',
    '/backend-api/my/recent/image_gen?limit=25&after=c',
    `/backend-api/share/${cid}`,
    `/backend-anon/share/${cid}`,
    '/backend-api/celsius/ws/user',
    '/backend-api/register-websocket',
  ])('that may be about images are wanted: %s', (path) => {
    for (const origin of [home, 'https://chat.openai.com'])
      expect(wants(origin + path)).toMatchObject({ kind: 'answer' })
  })

  it.each([
    '/api/auth/session',
    '/backend-api/me',
    '/backend-api/models',
    '/backend-api/accounts/check/v4-2023-04-27',
    '/backend-api/settings/user',
    '/backend-api/conversationish',
    '/backend-api/files/upload',
    `/backend-api/files/${recent}/simple`,
    '/conversation',
    '/',
  ])('of other things are not: %s', (path) => {
    expect(wants(home + path)).toBeUndefined()
  })

  it.each(['text/html', 'text/plain', 'application/javascript', ''])('that are not JSON are not: %s', (mimeType) => {
    expect(wants(`${home}/backend-api/conversation/${cid}`, { mimeType })).toBeUndefined()
  })

  it.each([
    'http://chatgpt.com',
    'https://chatgpt.com.evil.test',
    'https://evilchatgpt.com',
    'https://evil.test/https://chatgpt.com',
    'https://chatgpt.com@evil.test',
    'https://openai.com',
  ])('of other hosts and paths are not: %s', (origin) => {
    expect(wants(`${origin}/backend-api/conversation/${cid}`)).toBeUndefined()
  })

  it.each([0, 201, 204, 301, 304, 401, 403, 404, 422, 429, 500])('that failed are not: %i', (status) => {
    expect(wants(`${home}/backend-api/conversation/${cid}`, { status })).toBeUndefined()
    expect(image(estuary(recent), { status })).toBeUndefined()
  })

  it('may be a picture in a single part, but nothing else', () => {
    expect(image(estuary(recent), { status: 206, mimeType: 'image/png' })).toEqual(image(estuary(recent)))
    expect(wants(`${home}/backend-api/conversation/${cid}`, { status: 206 })).toBeUndefined()
  })

  it('to a navigation of a tab may only be a picture or a shared page', () => {
    const isNavigation = true
    expect(wants(`${home}/backend-api/conversation/${cid}`, { isNavigation })).toBeUndefined()
    const stream = { method: 'POST', mimeType: 'text/event-stream' }
    expect(wants(`${home}/backend-api/conversation`, { ...stream, isNavigation })).toBeUndefined()
    expect(wants(`${home}/backend-api/conversation`, stream)).toBeDefined()
    expect(image(estuary(recent), { isNavigation })).toBeDefined()
    expect(wants(`${home}/share/${cid}`, { mimeType: 'text/html', isNavigation })).toEqual({ kind: 'share-page' })
  })

  it('of the sandbox, where others run their code, are ignored', () => {
    const sandbox = 'https://0a1b.web-sandbox.oaiusercontent.com'
    expect(wants(`${sandbox}/${old}?se=x`, { mimeType: 'image/png' })).toBeUndefined()
    expect(isOursUrl(`${sandbox}/`)).toBe(false)
    expect(isOursUrl('https://files.oaiusercontent.com/')).toBe(true)
  })
})

describe('download look-ups', () => {
  it.each([
    [`/backend-api/files/${old}/download`, old],
    [`/backend-api/files/${recent}/download`, recent],
    [`/backend-api/files/download/${recent}?conversation_id=${cid}&inline=true&download_intent=false`, recent],
    [`/backend-api/files/download/${old}?inline=false`, old],
    [`/backend-api/conversation/${cid}/attachment/${recent}/download`, recent],
    [`/backend-anon/files/download/${recent}`, recent],
  ])('are read: %s', (path, fileId) => {
    expect(wants(home + path)).toEqual({ kind: 'download-link', fileId })
  })

  it.each([
    `/backend-api/files/download/0a1b2c%23${recent}%23p_0.0a1b.jpg`,
    `/backend-api/files/0a1b2c%23${recent}%23thumbnail/download`,
    `/backend-api/files/library/files/${recent}/thumbnail`,
  ])('of a derivative do not count as a look-up of its file: %s', (path) => {
    expect(wants(home + path)).not.toMatchObject({ kind: 'download-link' })
  })

  it.each(['..%2F..%2Fx', 'file_%00', '%zz', `file_${'a'.repeat(200)}`, '__proto__'])(
    'of hostile ids name no file: %s',
    (id) => {
      expect(wants(`${home}/backend-api/files/download/${id}`)).toBeUndefined()
    },
  )

  it('at other hosts are ignored', () => {
    expect(wants(`https://evil.test/backend-api/files/${recent}/download`)).toBeUndefined()
  })
})

describe('bytes', () => {
  it.each([
    [
      `https://files.oaiusercontent.com/${old}?se=2024&sp=r&sv=2021&sr=b&rscc=max-age&rscd=attachment%3B%20filename%3Dx.webp&sig=y`,
      old,
    ],
    [
      `https://sdmntprwestus.oaiusercontent.com/files/${uuid}/raw?se=2025&sp=r&sv=2024&sr=b&scid=x&skoid=y&sig=z`,
      recent,
    ],
    [`https://sdmntpreastus2.oaiusercontent.com/files/${uuid.toUpperCase()}/raw?se=2025&sig=z`, recent],
    [estuary(recent), recent],
    [estuary(old), old],
    [estuary(recent, 'https://chat.openai.com'), recent],
    [`${home}/backend-api/estuary/content?id=${recent}&cp=pri&ma=90000&ts=497222&p=igh&cid=1&sig=${sig}&v=0`, recent],
    [posted(`m_68f4e405517081918${'0'.repeat(15)}:${recent}`), recent],
    [`${posted(`m_68f4e40551708191:${recent}`)}==`, recent],
  ])('are those of the file the address names: %s', (url, fileId) => {
    expect(image(url)).toEqual({ kind: 'image', fileId })
    expect(image(url, { mimeType: 'image/webp' })).toEqual({ kind: 'image', fileId })
  })

  it('are recognised by the file, whatever the signature of the address', () => {
    const later = estuary(recent).replace('497222', '497999').replace(sig, '1'.repeat(64))
    expect(image(later)).toEqual(image(estuary(recent)))
  })

  it.each([
    ['a thumbnail', estuary(`0a1b2c%23${recent}%23thumbnail`)],
    ['a thumbnail of the library', `${home}/backend-api/estuary/content?id=${recent}%23thumbnail&cp=pri`],
    ['the preview of a shared post', posted(`m_6a9c817be0208191:sediment://030519935f69a8a#${recent}#unfurl`)],
    ['a shared post that names no file', posted('m_6a9c817be0208191')],
    ['a shared post that is no JSON', `${home}/backend-api/estuary/public_content/enc/AAAA`],
    ['a page of a PDF', estuary(`0a1b2c%23${recent}%23p_0.0a1b.jpg`)],
    ['a web search thumbnail', 'https://images.openai.com/thumbnails/file_0a1b.png'],
    ['an asset', `https://cdn.oaistatic.com/${recent}`],
    ['a lasting asset', `https://persistent.oaistatic.com/${old}`],
    ['a picture of the API', `https://oaidalleapiprodscus.blob.core.windows.net/private/${old}.png`],
    ['another host', `https://evil.test/${old}`],
    ['a host that looks alike', `https://files.oaiusercontent.com.evil.test/${old}`],
    ['a host that ends alike', `https://evil-oaiusercontent.com/${old}`],
    ['another home', estuary(recent, 'https://chatgpt.com.evil.test')],
    ['a user of another home', estuary(recent, 'https://chatgpt.com@evil.test')],
    ['an open wire', estuary(recent, 'http://chatgpt.com')],
    ['an open wire to the storage', `http://files.oaiusercontent.com/${old}`],
    ["another page's own memory", `blob:https://evil.test/${uuid}`],
    ['the memory of a page over an open wire', `blob:http://chatgpt.com/${uuid}`],
    ['memory of nobody', 'blob:null/x'],
    ['data', 'data:image/png;base64,AAAA'],
    ['nothing', ''],
    ['no address', 'not an address'],
    ['no id', `${home}/backend-api/estuary/content?ts=1`],
    ['a hostile id', estuary('..%2F..%2Fetc%2Fpasswd')],
    ['a NUL', estuary('file_1%00')],
    ['an endless id', estuary(`file_${'a'.repeat(5000)}`)],
    ['an avatar', 'https://files.oaiusercontent.com/avatar.png'],
    ["the storage's front", 'https://files.oaiusercontent.com/'],
  ])('are ignored: %s', (_, url) => {
    expect(image(url)).toBeUndefined()
  })

  it('are not those of a refusal', () => {
    expect(image(estuary(recent), { status: 403, mimeType: 'application/json' })).toBeUndefined()
    expect(
      image(`https://files.oaiusercontent.com/${old}?se=2024`, { status: 403, mimeType: 'application/xml' }),
    ).toBeUndefined()
  })

  it('may be recognised by the address alone', () => {
    expect(fileIdOf(new URL(estuary(recent)))).toBe(recent)
    expect(fileIdOf(new URL(`${home}/backend-api/conversation/${cid}`))).toBeUndefined()
  })
})

describe("the page's own memory", () => {
  const blob = `blob:https://chatgpt.com/${uuid}`

  it('has pictures whose address does not name their file', () => {
    expect(image(blob)).toEqual({ kind: 'shown-image' })
    expect(image(blob, { mimeType: 'image/webp' })).toEqual({ kind: 'shown-image' })
  })

  it('has other things, which are not wanted', () => {
    for (const mimeType of ['text/javascript', 'application/json', 'text/event-stream', 'text/html', '']) {
      expect(image(blob, { mimeType })).toBeUndefined()
    }
    expect(image(blob, { status: 404 })).toBeUndefined()
  })
})

describe('share pages', () => {
  it('are wanted as pages', () => {
    expect(wants(`${home}/share/${cid}`, { mimeType: 'text/html' })).toEqual({ kind: 'share-page' })
    expect(wants(`${home}/s/m_68f4e405517081918`, { mimeType: 'text/html' })).toEqual({ kind: 'share-page' })
    expect(wants(`https://chat.openai.com/share/${cid}`, { mimeType: 'text/html' })).toEqual({ kind: 'share-page' })
  })

  it('are the only pages that are wanted', () => {
    for (const path of [`/c/${cid}`, '/library', '/images', '/', `/g/g-p-1/c/${cid}`, '/shared']) {
      expect(wants(home + path, { mimeType: 'text/html' })).toBeUndefined()
    }
    expect(wants(`https://evil.test/share/${cid}`, { mimeType: 'text/html' })).toBeUndefined()
  })
})

describe('the request of a turn', () => {
  it.each([
    '/backend-api/conversation',
    '/backend-api/f/conversation',
    '/backend-api/sidebar/conversation',
    '/backend-api/f/conversation/resume',
    '/backend-anon/conversation',
    '/backend-anon/f/conversation',
  ])('is a POST to %s', (path) => {
    expect(isTurnRequest(home + path, 'POST')).toBe(true)
    expect(isTurnRequest(home + path, 'GET')).toBe(false)
    expect(isTurnRequest(`https://evil.test${path}`, 'POST')).toBe(false)
    expect(isTurnRequest(`http://chatgpt.com${path}`, 'POST')).toBe(false)
  })

  it.each([
    '/backend-api/f/conversation/prepare',
    '/backend-api/conversation/init',
    '/backend-api/conversations/batch',
    `/backend-api/conversation/${cid}`,
    '/backend-api/share/create',
    '/conversation',
  ])('is not one to %s', (path) => {
    expect(isTurnRequest(home + path, 'POST')).toBe(false)
  })

  it('is not one without an address', () => {
    expect(isTurnRequest('', 'POST')).toBe(false)
  })
})

describe('sockets', () => {
  it.each([
    'wss://ws.chatgpt.com/p12/ws/user/user-x?verify=1',
    'wss://chatgpt-async-webps-prod-eastus-0.chatgpt.com/client/hubs/conversations?access_token=JWT',
    'wss://chatgpt-async-webps-prod-eastus-0.webpubsub.azure.com/client/hubs/conversations?access_token=JWT',
  ])('are wanted: %s', (url) => {
    expect(isSocketUrl(url)).toBe(true)
  })

  it.each([
    'wss://evil.test/ws.chatgpt.com',
    'wss://ws.chatgpt.com.evil.test/',
    'wss://evilchatgpt.com/',
    'wss://webpubsub.azure.com.evil.test/',
    '',
    'no address',
  ])('are not wanted: %s', (url) => {
    expect(isSocketUrl(url)).toBe(false)
  })
})

describe('what may be watched', () => {
  it.each([
    'https://chatgpt.com/',
    `https://chatgpt.com/c/${cid}`,
    'https://chat.openai.com/',
    `https://chatgpt.com/share/${cid}`,
    'https://chatgpt.com/backend-api/sw.js',
    `blob:https://chatgpt.com/${uuid}`,
    'https://files.oaiusercontent.com/',
  ])('is %s', (url) => {
    expect(isOursUrl(url)).toBe(true)
  })

  it.each([
    'http://chatgpt.com/',
    'https://chatgpt.com.evil.test/',
    'https://evil.test/?https://chatgpt.com/',
    'https://chatgpt.com@evil.test/',
    `blob:https://evil.test/${uuid}`,
    'blob:null/x',
    'https://openai.com/',
    'https://mail.example/',
    'about:blank',
    'chrome://settings/',
    '',
  ])('is not %s', (url) => {
    expect(isOursUrl(url)).toBe(false)
  })
})
