import { afterEach, describe, expect, it } from 'vitest'
import type { Wire } from '../../src/browser/wire.ts'
import { WireError } from '../../src/browser/wire.ts'
import { imageMessage, userMessage } from '../../src/pretend-chatgpt/messages.ts'
import type { PictureWish, PretendPicture } from '../../src/pretend-chatgpt/world.ts'
import { until } from '../fakes/until.ts'
import { hashesOf, startVisit, truthOf, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit?.stop())

/** A stored conversation with pictures made as wished. */
function conversationWith(wishes: readonly Partial<PictureWish>[]) {
  const { world } = visit.site
  const conversation = world.addConversation('Hard loads')
  const pictures = wishes.map((wish, index) => {
    const picture = world.addPicture({
      era: 'D',
      prompt: `Hard load ${index}`,
      conversationId: conversation.id,
      ...wish,
    })
    const turn = { era: picture.era, parentId: conversation.current, turnId: `turn-${index}` }
    const asked = world.append(conversation, conversation.current, userMessage(turn, `Hard load ${index}`))
    world.append(conversation, asked, imageMessage({ ...turn, parentId: asked }, [picture]))
    return picture
  })
  return { conversation, pictures }
}

const hashes = (pictures: readonly PretendPicture[]) => pictures.map((picture) => picture.sha256).sort()

describe('loads that are hard to catch', () => {
  it('archives pictures that the server forbids to cache', async () => {
    visit = await startVisit()
    const { conversation, pictures } = conversationWith([
      { faults: ['no-store'] },
      { era: 'C', faults: ['no-store'] },
      { era: 'A', faults: ['no-store'] },
    ])
    await visit.newPage(`https://chatgpt.com/c/${conversation.id}`)
    await visit.archived(3)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('archives a picture of 20 MB', async () => {
    visit = await startVisit()
    const { conversation, pictures } = conversationWith([
      { lengthBytes: 20_000_000 },
      { era: 'C', lengthBytes: 20_000_001 },
    ])
    await visit.newPage(`https://chatgpt.com/c/${conversation.id}`)
    await visit.archived(2)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('archives a picture whose bytes come before its facts', async () => {
    visit = await startVisit()
    const page = await visit.page()
    const { conversation, pictures } = conversationWith([{}, { era: 'A' }])
    for (const picture of pictures) {
      await page.evaluate(
        (id, cid, era) => window.pretend.show(id, cid, era, document.body),
        picture.fileId,
        conversation.id,
        picture.era,
      )
    }
    await visit.calm()
    expect(hashesOf(visit.archivePath)).toEqual([])
    await page.evaluate(
      (id) => fetch(`/backend-api/conversation/${id}`).then((answer) => answer.text()),
      conversation.id,
    )
    await visit.archived(2)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('archives a picture once when two tabs show it at the same time', async () => {
    visit = await startVisit()
    const { conversation, pictures } = conversationWith([{}, {}, { era: 'A' }])
    const url = `https://chatgpt.com/c/${conversation.id}`
    await Promise.all([visit.newPage(url), visit.newPage(url), visit.newPage(url)])
    await visit.archived(3)
    await visit.calm()
    const summary = await visit.stop()
    expect(summary.archived).toBe(3)
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('fetches nothing again when a conversation is opened again, and archives what the cache serves', async () => {
    visit = await startVisit()
    const { conversation, pictures } = conversationWith([
      { faults: ['immutable'] },
      { era: 'A', faults: ['immutable'] },
      { era: 'C' },
    ])
    const page = await visit.newPage(`https://chatgpt.com/c/${conversation.id}`)
    await visit.archived(3)
    await page.reload()
    await page.evaluate(() => window.ready)
    await visit.calm()
    await visit.stop()
    expect(visit.events.filter((event) => event.kind === 'kept')).toHaveLength(3)
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('archives a picture that the server answers with 304, from the browser cache', async () => {
    visit = await startVisit()
    const { conversation, pictures } = conversationWith([{ era: 'A' }])
    const picture = pictures[0]
    const page = await visit.page()
    // The address is the same both times, as it is for a signed address within its hour.
    const address = `https://files.oaiusercontent.com/${picture?.fileId}?se=2030&sig=0`
    const load = (url: string) =>
      page.evaluate(async (src) => void (await (await fetch(src, { cache: 'no-cache' })).blob()), url)
    await load(address)
    await visit.calm()
    await load(address)
    await page.evaluate(
      (id) => fetch(`/backend-api/conversation/${id}`).then((answer) => answer.text()),
      conversation.id,
    )
    await visit.archived(1)
    await visit.stop()
    expect(picture?.served).toBe(2)
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('archives pictures of a page that the user leaves the moment they are loaded', async () => {
    visit = await startVisit()
    const { conversation, pictures } = conversationWith(Array.from({ length: 12 }, () => ({ lengthBytes: 300_000 })))
    const page = await visit.newPage(`https://chatgpt.com/c/${conversation.id}`)
    await page.goto('https://chatgpt.com/')
    await visit.archived(12)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('negative control: loses some of those without durable bodies', async () => {
    let missed = 0
    const withoutDurable = (wire: Wire): Wire => ({
      ...wire,
      send: (method, ...rest) =>
        method === 'Network.configureDurableMessages'
          ? Promise.reject(new WireError(method, "'Network.configureDurableMessages' wasn't found"))
          : wire.send(method, ...rest),
    })
    visit = await startVisit({ tap: withoutDurable })
    const { conversation, pictures } = conversationWith(Array.from({ length: 12 }, () => ({ lengthBytes: 300_000 })))
    const page = await visit.newPage(`https://chatgpt.com/c/${conversation.id}`)
    await page.goto('https://chatgpt.com/')
    await visit.calm()
    await visit.stop()
    missed = pictures.length - hashesOf(visit.archivePath).length
    expect(missed).toBeGreaterThan(0)
    expect(visit.events.filter((event) => event.kind === 'notice')).toHaveLength(1)
    expect(visit.oddities('body-missed').length).toBe(missed)
  })

  it('archives the pictures of a popup that closes at once', async () => {
    visit = await startVisit()
    const { conversation, pictures } = conversationWith([{}, { era: 'A' }, { era: 'C' }])
    await visit.page()
    const popup = await visit.newPage(`https://chatgpt.com/c/${conversation.id}`)
    await popup.close()
    await visit.archived(3)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('archives a picture opened in its own tab', async () => {
    visit = await startVisit()
    const { conversation, pictures } = conversationWith([{ era: 'A' }])
    const page = await visit.page()
    await page.evaluate(
      (id) => fetch(`/backend-api/conversation/${id}`).then((answer) => answer.text()),
      conversation.id,
    )
    await page.evaluate((id) => {
      document.body.insertAdjacentHTML(
        'afterbegin',
        `<a id="own" target="_blank" rel="noopener" href="https://files.oaiusercontent.com/${id}?sig=0">own tab</a>`,
      )
    }, pictures[0]?.fileId)
    await page.click('#own')
    await visit.archived(1)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it.each(['noopener', 'opener'])(
    'archives the pictures of a conversation opened by a link in a new tab (%s)',
    async (rel) => {
      visit = await startVisit()
      const { conversation, pictures } = conversationWith([{}, { era: 'A' }, {}])
      const page = await visit.page()
      await page.evaluate(
        (href, how) => {
          document.body.insertAdjacentHTML(
            'afterbegin',
            `<a id="other" target="_blank" rel="${how}" href="${href}">other conversation</a>`,
          )
        },
        `/c/${conversation.id}`,
        rel,
      )
      await page.click('#other')
      await visit.archived(3)
      await visit.stop()
      expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
    },
  )

  it('archives what a service worker passes on', async () => {
    visit = await startVisit()
    const page = await visit.page()
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('/sw.js')
      await navigator.serviceWorker.ready
      while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 10))
    })
    const { conversation, pictures } = conversationWith([{}, { era: 'A' }])
    await page.evaluate((id) => window.pretend.openConversation(id), conversation.id)
    await visit.archived(2)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it.each(['Worker', 'SharedWorker'] as const)('archives what a %s fetches', async (kind) => {
    visit = await startVisit()
    const page = await visit.page()
    const { conversation, pictures } = conversationWith([{}, { era: 'A' }])
    await page.evaluate(
      (id) => fetch(`/backend-api/conversation/${id}`).then((answer) => answer.text()),
      conversation.id,
    )
    const urls = pictures.map(({ era, fileId }) =>
      era === 'A'
        ? `https://files.oaiusercontent.com/${fileId}?sig=0`
        : `https://chatgpt.com/backend-api/estuary/content?id=${fileId}&sig=0`,
    )
    const lengths = await page.evaluate(
      (how, addresses) =>
        Promise.all(
          addresses.map((address) => {
            const port = how === 'Worker' ? new Worker('/worker.js') : new SharedWorker('/worker.js').port
            return new Promise<number>((resolve) => {
              port.onmessage = (event: MessageEvent) => resolve(event.data)
              port.postMessage(address)
            })
          }),
        ),
      kind,
      urls,
    )
    expect(lengths).toEqual(pictures.map((picture) => picture.bytes.length))
    await visit.archived(2)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })
})

describe('answers that are not a whole picture', () => {
  it.each(['forbidden', 'html', 'cut', 'cut-quietly', 'empty'] as const)(
    'does not archive one that is %s, but archives the whole one later',
    async (fault) => {
      visit = await startVisit()
      const { conversation, pictures } = conversationWith([{ faults: [fault] }, { era: 'A', faults: [fault] }, {}])
      const page = await visit.newPage(`https://chatgpt.com/c/${conversation.id}`)
      await visit.archived(1)
      await visit.calm()
      expect(hashesOf(visit.archivePath)).toEqual([pictures[2]?.sha256])
      // A refused request brought no bytes that could be odd.
      const told = () => [...visit.oddities('body-missed'), ...visit.oddities('bytes-that-do-not-fit')].length
      if (fault !== 'forbidden')
        await until(
          () => told() > 0 || undefined,
          () => 'nothing was said of it',
        )
      for (const picture of pictures) picture.faults = []
      await page.reload()
      await visit.archived(3)
      await visit.stop()
      expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
    },
  )

  it('never archives a thumbnail as the picture', async () => {
    visit = await startVisit()
    const page = await visit.page()
    await page.evaluate(() => window.pretend.openLibrary())
    await visit.calm()
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual([])
    expect(truthOf(visit.site.world.pictures.values()).length).toBeGreaterThan(0)
  })

  it('goes on after odd JSON, hostile ids and hostile prompts', async () => {
    visit = await startVisit()
    const { world } = visit.site
    const { conversation, pictures } = conversationWith([
      { prompt: '../../../../etc/passwd\u0000\n<script>alert(1)</script>' },
      { genId: '../../evil', prompt: 'CON' },
      { prompt: '界'.repeat(5_000) },
    ])
    const strange = [
      {
        id: 'odd-1',
        author: { role: 'tool' },
        content: {
          content_type: 'multimodal_text',
          parts: [
            null,
            7,
            {
              content_type: 'image_asset_pointer',
              asset_pointer: 'sediment://file_../../../evil',
              metadata: { dalle: { gen_id: 'x' } },
            },
          ],
        },
      },
      {
        id: 'odd-2',
        author: { role: 'tool' },
        content: { content_type: 'multimodal_text', parts: { not: 'a list' } },
        metadata: null,
        create_time: 'yesterday',
      },
      {
        id: 'odd-3',
        author: { role: 'tool', name: 7 },
        content: {
          content_type: 'multimodal_text',
          parts: [{ content_type: 'image_asset_pointer', asset_pointer: { no: 'text' }, metadata: 3 }],
        },
      },
    ]
    for (const message of strange) world.append(conversation, conversation.current, message)
    await visit.newPage(`https://chatgpt.com/c/${conversation.id}`)
    await visit.archived(3)
    await visit.calm()
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
    expect(visit.oddities('image-without-pointer').length).toBeGreaterThan(0)
  })
})
