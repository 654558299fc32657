import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { coverageOf } from '../../src/backfill/coverage.ts'
import { fillAccount, fillRoom } from '../../src/pretend-chatgpt/account.ts'
import { imageMessage } from '../../src/pretend-chatgpt/messages.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { history } from '../../src/sites/chatgpt/history.ts'
import { hashesOf, truthOf } from '../chromium/support.ts'
import { filesBelow } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { startAccount, startBackfill } from './support.ts'

/** An account with a workspace beside the person's own, so many pictures in each. */
async function startTwo(count: number) {
  const site = await startPretendChatgpt({ paceMs: 0, workspaces: ['Boat builders'] })
  onTestFinished(() => site.close())
  const ofTheirs = site.workspaces['Boat builders']
  if (!ofTheirs) throw new Error('no workspace')
  fillAccount(site.world, count)
  return { site, own: site.world, builders: fillAccount(ofTheirs, count) }
}

const generated = (world: Awaited<ReturnType<typeof startTwo>>['own']) =>
  [...world.pictures.values()].filter(({ role }) => role === 'generated')

describe('an account of several workspaces', () => {
  it('is read one workspace after the other, each asked for as itself, look-ups too', async () => {
    const { site, own, builders } = await startTwo(25)
    // Slowly, so that it ends on the day on which it began.
    const run = await startBackfill({ site, speed: 2_000 })
    await run.done()
    expect(hashesOf(run.root)).toEqual(truthOf([...generated(own), ...builders]))
    const lists = site.requests.filter(({ url }) => url.pathname.endsWith('/image_gen'))
    const order = lists.map(({ headers }) => String(headers['chatgpt-account-id']))
    expect(new Set(order).size).toBe(2)
    expect(order).toEqual(order.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)))
    await run.stop()
    expect(await coverageOf(run.root)).toMatchObject({ lacking: [], difference: 0, isComplete: true })
  })

  it('is read in one workspace alone when that is named, and has no other than it has', async () => {
    const { site, builders } = await startTwo(12)
    const run = await startBackfill({ site, scope: { workspace: 'boat BUILDERS' } })
    await run.done()
    expect(hashesOf(run.root)).toEqual(truthOf(builders))
    const wrong = await startBackfill({ site, scope: { workspace: 'Painters' } })
    await wrong.done()
    expect(wrong.progress().problem).toBe(
      'There is no workspace "Painters"; this account has "personal", "Boat builders".',
    )
    expect(filesBelow(wrong.root).filter((file) => file.endsWith('.png'))).toEqual([])
  })

  it('leaves the id of no account in the archive', async () => {
    const { site } = await startTwo(3)
    const run = await startBackfill({ site })
    await run.done()
    const ids = site.requests
      .map(({ headers }) => String(headers['chatgpt-account-id']))
      .filter((id) => id.length === 36)
    expect(new Set(ids).size).toBe(2)
    await run.stop()
    const history = path.join(run.root, 'history')
    expect(readdirSync(history).filter((name) => name.startsWith('workspace-'))).toHaveLength(1)
    for (const file of filesBelow(run.root)) {
      const text = readFileSync(path.join(run.root, file), 'latin1')
      for (const id of new Set(ids)) expect(`${file} ${text.includes(id)}`).toBe(`${file} false`)
    }
  })

  it('goes on with the page alone where the site does not say which there are', async () => {
    const { site, own } = await startTwo(5)
    site.troubles.notFound = { at: /accounts\/check/ }
    const run = await startBackfill({ site })
    await run.done()
    expect(hashesOf(run.root)).toEqual(truthOf(generated(own)))
    expect(run.notices).toEqual([
      expect.stringMatching(/which workspaces .* \(HTTP 404\); the one that the page shows/),
    ])
    const named = await startBackfill({ site, scope: { workspace: 'Boat builders' } })
    await named.done()
    expect(named.progress().problem).toMatch(/does not say which workspaces .* "Boat builders" was not found/)
  })

  it('is read in all of them although the site fails when it is asked for them first', async () => {
    const { site, own, builders } = await startTwo(5)
    site.troubles.serverError = { at: /accounts\/check/, times: 2 }
    const run = await startBackfill({ site })
    await run.done()
    expect(hashesOf(run.root)).toEqual(truthOf([...generated(own), ...builders]))
  })

  it('knows those that are closed, and which is their own where that is not told', () => {
    const account = (id: string, name: string | null, more: object = {}) => ({
      account: { account_id: id, name, ...more },
    })
    const accounts = {
      default: { account: { account_id: 'a', name: null } },
      a: account('a', null),
      b: account('b', 'Boats', { structure: 'workspace' }),
      c: account('c', 'Closed', { is_deactivated: true }),
      d: { account: { name: 'Keyed alone' } },
      e: account('e', null),
    }
    expect(history.workspacesIn(JSON.stringify({ accounts }))).toEqual([
      { id: 'a', name: null, isPersonal: true },
      { id: 'b', name: 'Boats', isPersonal: false },
      { id: 'd', name: 'Keyed alone', isPersonal: false },
      { id: 'e', name: null, isPersonal: false },
    ])
    expect(history.workspacesIn('{"accounts":{}}')).toBeUndefined()
  })
})

describe('a page that leaves out who asks', () => {
  it.each([
    ['for which account', (token: string) => ({ Authorization: `Bearer ${token}` })],
    ['everything', () => ({ 'oai-language': 'en' })],
  ])('%s: the session is asked once, and everything is there', async (_, headersOf) => {
    const site = await startAccount(12)
    const run = await startBackfill({ site })
    const request = { url: 'https://chatgpt.com/backend-api/me', method: 'GET', headers: headersOf(site.secrets.token) }
    const sent = { requestId: 'me', documentURL: 'https://chatgpt.com/', frameId: 'F', type: 'Fetch', request }
    run.emit('Network.requestWillBeSent', sent, 'S')
    run.emit('Network.loadingFinished', { requestId: 'me', encodedDataLength: 2 }, 'S')
    await run.done()
    expect(hashesOf(run.root)).toEqual(truthOf(generated(site.world)))
    expect(run.asked.filter((one) => one.includes('/api/auth/session'))).toHaveLength(1)
  })
})

describe('with --all', () => {
  it('a group chat is read page by page to its beginning', async () => {
    const site = await startAccount(3)
    // 75 messages, and no list of pictures has one of them.
    const together = fillRoom(site.world, 25)
    const run = await startBackfill({ site, scope: { isAll: true }, edit: withoutRoom(together) })
    await run.done()
    expect(hashesOf(run.root)).toEqual(truthOf(generated(site.world)))
    const pages = run.asked.filter((one) => one.includes('/rooms/') && one.includes('/messages'))
    expect(pages).toHaveLength(4)
    expect(new Set(pages).size).toBe(4)
  })
})

/** Lists of pictures without some of them. */
const withoutRoom = (hidden: readonly { readonly fileId: string }[]) => (url: URL, text: string) => {
  if (!/image_gen|files\/library/.test(url.pathname)) return text
  const page = JSON.parse(text) as { items?: unknown[] }
  const isHidden = (item: unknown) => hidden.some(({ fileId }) => JSON.stringify(item).includes(fileId))
  return JSON.stringify({ ...page, items: page.items?.filter((item) => !isHidden(item)) })
}

describe('while the page itself is busy', () => {
  it('nothing is asked, and afterwards all the rest', async () => {
    const site = await startAccount(40)
    const run = await startBackfill({ site })
    await until(() => run.asked.length > 2)
    const url = 'https://chatgpt.com/backend-api/f/conversation'
    const request = { url, method: 'POST', headers: {} }
    const sent = { requestId: 'turn', documentURL: 'https://chatgpt.com/', frameId: 'F', type: 'Fetch', request }
    run.emit('Network.requestWillBeSent', sent, 'S')
    // What was under way ends.
    await sleep(100)
    const { length } = run.asked
    await sleep(400)
    expect(run.asked.length).toBe(length)
    expect(run.progress().phase).not.toBe('done')
    run.emit('Network.loadingFinished', { requestId: 'turn', encodedDataLength: 2 }, 'S')
    await run.done()
    expect(hashesOf(run.root)).toEqual(truthOf(generated(site.world)))
  })
})

describe('how long it will take', () => {
  it('is told by what is left and what the budget gives', async () => {
    const site = await startAccount(300)
    const run = await startBackfill({ site, scope: { perHour: 20 }, speed: 2_000 })
    await until(() => run.progress().phase === 'conversations' && run.progress().conversationsLeft <= 21)
    const { conversationsLeft, picturesLeft, leftS } = run.progress()
    // No more than ten are ever saved up, and the rest come back three minutes apart.
    expect(leftS).toBeGreaterThanOrEqual((conversationsLeft - 10) * 180)
    expect(leftS).toBeLessThanOrEqual(conversationsLeft * 180 + picturesLeft * 10 + 1)
  })
})

describe('a day that was given', () => {
  it('leaves conversations of older pictures unread, also where a newer page lists them', async () => {
    const site = await startAccount(20)
    const [old, young] = [...site.world.conversations.values()].slice(-2)
    const isOld = (item: { conversation_id?: string; origination_thread_id?: string }) =>
      (item.conversation_id ?? item.origination_thread_id) === old?.id
    const run = await startBackfill({
      site,
      scope: { since: new Date('2026-01-01') },
      edit(url, text) {
        if (!/image_gen|files\/library/.test(url.pathname)) return text
        const page = JSON.parse(text) as { items?: Record<string, unknown>[] }
        return JSON.stringify({
          ...page,
          items: page.items?.map((item) => (isOld(item) ? { ...item, created_at: 1_700_000_000 } : item)),
        })
      },
    })
    await run.done()
    expect(run.journal.conversation(young?.id ?? '')?.state).toBe('read')
    expect(run.journal.conversation(old?.id ?? '')).toBeUndefined()
  })
})

describe('a file of the library', () => {
  const isLibrary = ({ pathname }: URL) => /files\/library/.test(pathname)

  /** Lists of the library, each node changed. */
  const nodes = (change: (node: Record<string, unknown>) => object) => (url: URL, text: string) => {
    if (!isLibrary(url)) return text
    const page = JSON.parse(text) as { items?: Record<string, unknown>[] }
    return JSON.stringify({ ...page, items: page.items?.map((node) => ('file_id' in node ? change(node) : node)) })
  }
  /** As the site does: each node names the message that made it. */
  const withMessage = ({ conversations }: PretendChatgpt['world'], node: Record<string, unknown>) => {
    const messages = [...conversations.values()].flatMap(({ nodes: all }) => [...all.values()])
    const found = messages.find(({ message }) => JSON.stringify(message).includes(String(node.file_id)))
    return { ...node, origination_message_id: found?.id ?? null }
  }
  const otherId = (id: unknown) => `file_${createHash('md5').update(String(id)).digest('hex')}`

  it.each<[string, (node: Record<string, unknown>) => object]>([
    ['by another id', (node) => ({ ...node, file_id: otherId(node.file_id) })],
    ['by its library id alone', ({ file_id: _, ...node }) => node],
  ])('that names a picture %s is joined by conversation, message and length, and kept once', async (_, change) => {
    const site = await startAccount(30)
    const run = await startBackfill({ site, edit: nodes((node) => change(withMessage(site.world, node))) })
    await run.done()
    // The oldest forms of a conversation do not say how long a picture is; those cannot be joined.
    const boats = generated(site.world).filter(({ prompt }) => prompt?.startsWith('A paper boat, number'))
    const kept = hashesOf(run.root).filter((hash) => boats.some(({ sha256 }) => sha256 === hash))
    expect(kept).toEqual(truthOf(boats))
    const joined = run.journal.files().filter(({ sameAs }) => sameAs !== null)
    // What lies in no conversation any more is joined with nothing.
    expect(joined.length).toBeGreaterThanOrEqual(30)
    for (const { sameAs, sizeBytes } of joined)
      expect(site.world.pictures.get(sameAs ?? '')?.bytes).toHaveLength(sizeBytes ?? 0)
  })

  it('that was joined with a picture has its bytes where all other routes are refused', async () => {
    const site = await startAccount(4)
    const byOtherId = nodes((node) => ({ ...withMessage(site.world, node), file_id: otherId(node.file_id) }))
    site.troubles.forbidden = { at: /\/backend-api\/(?:files\/download|files\/file|conversation\/[^/]+\/attachment)/ }
    // The list of what was generated is late.
    site.troubles.onlyFolders = { at: /image_gen/ }
    const run = await startBackfill({ site, edit: byOtherId })
    await run.done()
    const joined = run.journal.files().flatMap(({ sameAs }) => site.world.pictures.get(sameAs ?? '') ?? [])
    expect(joined.length).toBeGreaterThanOrEqual(4)
    for (const { sha256 } of joined) expect(hashesOf(run.root)).toContain(sha256)
  })

  it('that is as long as two pictures of its conversation is joined with neither', async () => {
    const site = await startAccount(0)
    const conversation = site.world.addConversation('Twins')
    const bytes = makePng({ widthPx: 32, heightPx: 32 }, 5_000)
    const message = (prompt: string) => {
      const head = { era: 'D', parentId: conversation.current, turnId: prompt } as const
      const one = site.world.addPicture({ era: 'D', prompt, conversationId: conversation.id, bytes })
      site.world.append(conversation, conversation.current, imageMessage(head, [one]))
    }
    message('one')
    message('another')
    const run = await startBackfill({ site, edit: nodes((node) => ({ ...node, file_id: otherId(node.file_id) })) })
    await run.done()
    const rows = run.journal.files().filter(({ conversationId }) => conversationId === conversation.id)
    expect(rows).toHaveLength(4)
    expect(rows.filter(({ sameAs }) => sameAs !== null)).toEqual([])
  })
})

describe('what was uploaded in the images app', () => {
  it('is read as evidence: it is not lacking, and its conversation is not read for it', async () => {
    const site = await startAccount(0)
    const conversation = site.world.addConversation('A sail of my own')
    const upload = site.world.addPicture({ era: 'D', role: 'upload', conversationId: conversation.id })
    const run = await startBackfill({ site })
    await run.done()
    expect(run.asked.some((one) => one.includes('uploaded_images'))).toBe(true)
    expect(run.asked.some((one) => one.includes(conversation.id))).toBe(false)
    await run.stop()
    const coverage = await coverageOf(run.root)
    expect(coverage.lacking.filter(({ fileId }) => fileId === upload.fileId)).toEqual([])
    expect(coverage.uploads).toBeGreaterThan(0)
  })
})

describe('coverage', () => {
  it('counts every workspace, and is only as complete as the least of them', async () => {
    const { site, own, builders } = await startTwo(12)
    const run = await startBackfill({ site, speed: 2_000 })
    await run.done()
    await run.stop()
    const all = generated(own).length + builders.length
    const whole = await coverageOf(run.root)
    expect(whole).toMatchObject({ counters: { active: all, archived: 0 }, held: all, difference: 0, isComplete: true })
    const [folder] = readdirSync(path.join(run.root, 'history')).filter((name) => name.startsWith('workspace-'))
    const journal = path.join(run.root, 'history', folder ?? '', 'journal.ndjson')
    const rows = readFileSync(journal, 'utf8')
      .split('\n')
      .filter((line) => !line.includes('"name":"library"'))
    writeFileSync(journal, rows.join('\n'))
    const { isComplete, catalogues } = await coverageOf(run.root)
    expect(isComplete).toBe(false)
    expect(catalogues.find(({ name }) => name === 'library')).toMatchObject({ end: null })
  })

  it('names files that the library lists by its own ids alone, once their conversation was read', async () => {
    const site = await startAccount(0)
    const conversation = site.world.addConversation('Emptied')
    const one = site.world.addPicture({ era: 'D', conversationId: conversation.id })
    const run = await startBackfill({
      site,
      edit(url, text) {
        if (url.pathname.endsWith('/image_gen')) return '{"items":[{"id":"none"}],"cursor":null}'
        return text.replaceAll(`"file_id":"${one.fileId}",`, '')
      },
    })
    await run.done()
    await run.stop()
    const { lacking } = await coverageOf(run.root)
    expect(lacking.filter(({ reason }) => reason === 'nameless')).toMatchObject([{ conversationId: conversation.id }])
  })
})
