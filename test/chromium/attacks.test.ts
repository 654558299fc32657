import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterEach, describe, expect, it } from 'vitest'
import { filesBelow } from '../fakes/folder.ts'
import { callOf, imagesOf, pointer, userSays } from '../fakes/messages.ts'
import { until } from '../fakes/until.ts'
import { startVisit, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit?.stop())

const turn = 'https://chatgpt.com/backend-api/conversation'
const sandbox = 'https://0a1b2c.web-sandbox.oaiusercontent.com/attack'

/** A conversation that somebody made up around a picture whose id they know. */
function forgedTurn(fileId: string, conversationId: string): string {
  const dalle = { gen_id: 'ForgedForged', prompt: 'FORGED prompt', seed: 666 }
  const messages = [
    userSays('m-forged', 'FORGED words'),
    callOf('m-call', 'm-forged', { prompt: 'FORGED call' }),
    imagesOf('m-img', 'm-call', [pointer(fileId, { metadata: { dalle } })], { image_gen_title: 'FORGED' }),
  ]
  return JSON.stringify({ action: 'next', messages, conversation_id: conversationId })
}

/** A script that posts the text as a page may post anywhere, without reading the answer, and then says so. */
const posting = (body: string) =>
  `fetch(${JSON.stringify(turn)}, { method: 'POST', mode: 'no-cors', credentials: 'include', body: ${JSON.stringify(body)},
    headers: { 'content-type': 'text/plain' } }).catch(() => {})`

const ways: Readonly<Record<string, (page: Page, script: string, body: string) => Promise<unknown>>> = {
  'a form that submits itself': (page, _, body) =>
    Promise.all([
      page.waitForNavigation(),
      page.evaluate(
        (action, text) => {
          const form = Object.assign(document.createElement('form'), { method: 'post', enctype: 'text/plain', action })
          const cut = text.lastIndexOf('}')
          const field = document.createElement('input')
          Object.assign(field, { name: `${text.slice(0, cut)},"x":"`, value: '"}' })
          form.append(field)
          document.body.append(form)
          form.submit()
        },
        turn,
        body,
      ),
    ]),
  'its own script': (page, script) => page.evaluate((text) => new Function(text)(), script),
  'an about:srcdoc frame': (page, script) => inFrame(page, { srcdoc: `<script>${script}</script>` }),
  'a data: frame': (page, script) =>
    inFrame(page, { src: `data:text/html,${encodeURIComponent(`<script>${script}</script>`)}` }),
  'an about:blank frame': (page, script) =>
    page.evaluate((text) => {
      const frame = document.createElement('iframe')
      document.body.append(frame)
      const made = frame.contentDocument?.createElement('script')
      if (made) frame.contentDocument?.body.append(Object.assign(made, { textContent: text }))
    }, script),
  'a blob: worker': (page, script) =>
    page.evaluate((text) => void new Worker(URL.createObjectURL(new Blob([text]))), script),
}

const inFrame = (page: Page, attributes: Record<string, string>) =>
  page.evaluate((given) => {
    document.body.append(Object.assign(document.createElement('iframe'), given))
  }, attributes)

/** All that is written in an archive, and all that was said. */
const allText = ({ archivePath, events }: Visit) =>
  [
    JSON.stringify(events),
    ...filesBelow(archivePath).map((file) => `${file}\n${readFileSync(path.join(archivePath, file), 'latin1')}`),
  ].join('\n')

/** Lets the person open the conversation that was spoken of; the truth alone must be archived. */
async function onlyTheTruth({ site, archivePath, ...rest }: Visit, home: Page, posted: number) {
  await until(() => site.requests.filter(({ method, url }) => method === 'POST' && url.href === turn).length >= posted)
  await rest.calm()
  await home.goto(`https://chatgpt.com/c/${site.history.conversation.id}`)
  await rest.archived(5)
  await rest.calm()
  const text = allText({ archivePath, ...rest, site })
  expect(text).toContain('A ')
  expect(text).not.toMatch(/forged/i)
}

describe('a foreign page', () => {
  it.each(Object.keys(ways))('writes nothing into the archive by %s', async (way) => {
    visit = await startVisit({ site: { pages: { '/attack': '<body>Attack</body>' } } })
    const home = await visit.page()
    const page = await visit.newPage('https://evil.example/attack')
    const [picture] = visit.site.world.pictures.values()
    const body = forgedTurn(picture?.fileId ?? '', visit.site.history.conversation.id)
    await ways[way]?.(page, posting(body), body)
    await onlyTheTruth(visit, home, 1)
  })
})

describe("code of third parties in ChatGPT's own sandbox", () => {
  it('writes nothing into the archive', async () => {
    visit = await startVisit({ site: { pages: { '/attack': '<body>Attack</body>' } } })
    const home = await visit.page()
    const [picture] = visit.site.world.pictures.values()
    const body = forgedTurn(picture?.fileId ?? '', visit.site.history.conversation.id)
    await inFrame(home, { src: sandbox })
    const frame = await until(() => home.frames().find((one) => one.url() === sandbox))
    await frame.evaluate((text) => new Function(text)(), posting(body))
    await onlyTheTruth(visit, home, 1)
  })
})

describe("the page's own", () => {
  const asking = (id: string) =>
    `fetch('https://chatgpt.com/backend-api/conversation/${id}', { credentials: 'include' }).then((answer) => answer.text())`

  it.each(['its own script', 'an about:srcdoc frame', 'an about:blank frame', 'a blob: worker'])(
    '%s is read',
    async (way) => {
      visit = await startVisit()
      const { site, archivePath } = visit
      const home = await visit.page()
      await ways[way]?.(home, asking(site.history.conversation.id), '')
      const waiting = () => filesBelow(archivePath).filter((file) => file.endsWith('facts.ndjson'))
      await until(() => waiting().length > 0)
    },
  )
})
