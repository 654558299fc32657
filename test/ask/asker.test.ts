import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type Asker,
  type AskerOptions,
  type Customer,
  createAsker,
  gentle,
  type Pace,
  type Sleep,
} from '../../src/ask/asker.ts'
import type { Attempts } from '../../src/ask/attempts.ts'
import { Refusal } from '../../src/ask/refusal.ts'
import type { PageAnswer, PageRequest } from '../../src/browser/page.ts'
import { chatgpt } from '../../src/sites/chatgpt/chatgpt.ts'

const tab = { sessionId: 'S', url: 'https://chatgpt.com/c/1' }
const quick: Pace = { graceMs: 1, everyMs: 1, betweenMs: [1, 2], tooManyMs: 60_000 }
const session = JSON.stringify({ accessToken: 'token', account: { id: 'workspace', structure: 'workspace' } })

/** A page that answers by path, and attempts that are remembered in memory. */
function asking(
  answers: (path: string) => Partial<PageAnswer> | Error,
  { isQuiet = (): boolean => true, now = () => new Date(), pace = quick, sleep, ...more }: Partial<AskerOptions> = {},
) {
  const asked: { path: string; headers: Readonly<Record<string, string>> }[] = []
  const silences: number[] = []
  let [underWay, most, silentUntil] = [0, 0, 0]
  const attempts = {
    isSilent: (now: Date) => now.getTime() < silentUntil,
    silentUntil: () => undefined,
    wasSilentLately: (now: Date) => silentUntil > 0 && now.getTime() >= silentUntil,
    silence: async (ms: number, _: string, now: Date) => {
      silences.push(ms)
      silentUntil = now.getTime() + ms
    },
  } as Partial<Attempts> as Attempts
  const pages = {
    async ask(_: string, { url, headers }: PageRequest): Promise<PageAnswer> {
      underWay += 1
      most = Math.max(most, underWay)
      asked.push({ path: new URL(url).pathname, headers })
      await new Promise((resolve) => setTimeout(resolve, 2))
      underWay -= 1
      const answer = answers(new URL(url).pathname)
      if (answer instanceof Error) throw answer
      return { status: 200, text: '', mimeType: 'application/json', retryAfterS: null, ...answer }
    },
    getFile: () => Promise.reject(new Error('not asked for')),
  }
  const site = chatgpt.questions
  const asker = createAsker({ site, pages, attempts, now, pace, isQuiet, ...(sleep && { sleep }), ...more })
  onTestFinished(asker.stop)
  return { asker, asked, silences, paths: () => asked.map(({ path }) => path), most: () => most }
}

const withSession = (path: string) => (path === '/api/auth/session' ? { text: session } : { text: `of ${path}` })

/** What a question came to, in words. */
const outcomeOf = (answer: Promise<PageAnswer>) =>
  answer.then(
    ({ text }) => text,
    (error: unknown) => (error instanceof Refusal ? `${error.about}: ${error.message}` : String(error)),
  )

/** A customer with so many questions, each a job; what became of them. */
function customer(asker: Asker, paths: string[]) {
  const outcomes: string[] = []
  const ask = async (path: string) => void outcomes.push(await outcomeOf(asker.ask(tab, { path })))
  const one: Customer = {
    next() {
      const path = paths.shift()
      return path === undefined ? undefined : () => ask(path)
    },
  }
  return { one, outcomes }
}

/** A customer with one job that asks all its questions at once. */
function hasty(asker: Asker, paths: string[]) {
  const outcomes: string[] = []
  let jobs = [
    async () =>
      void outcomes.push(...(await Promise.all(paths.map((one) => outcomeOf(asker.ask(tab, { path: one })))))),
  ]
  const one: Customer = {
    next() {
      const [job] = jobs
      jobs = []
      return job
    },
  }
  return { one, outcomes }
}

async function until(isSo: () => boolean) {
  for (let tries = 0; tries < 2_000 && !isSo(); tries++) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(isSo()).toBe(true)
}

it('returns each answer to the customer that asked, in their order, and never makes two requests at a time', async () => {
  const { asker, paths, most } = asking(withSession)
  const [first, second] = [customer(asker, ['/a', '/b']), customer(asker, ['/c'])]
  asker.serve([first.one, second.one])
  await until(() => second.outcomes.length === 1)
  expect(first.outcomes).toEqual(['of /a', 'of /b'])
  expect(paths()).toEqual(['/api/auth/session', '/a', '/b', '/c'])
  expect(most()).toBe(1)
})

it('requests the token once, with the account it is for', async () => {
  const { asker, asked } = asking(withSession)
  const { one, outcomes } = customer(asker, ['/a', '/b'])
  asker.serve([one])
  await until(() => outcomes.length === 2)
  const headers = { authorization: 'Bearer token', 'chatgpt-account-id': 'workspace' }
  expect(asked.slice(1).map((question) => question.headers)).toEqual([headers, headers])
})

it('uses the headers of the page itself, and remembers the account that one request left out', async () => {
  const { asker, asked } = asking(withSession)
  const url = 'https://chatgpt.com/backend-api/me'
  asker.heard(url, { Authorization: 'Bearer page', 'ChatGPT-Account-ID': 'workspace', Cookie: 'secret', 'x-odd': '1' })
  asker.heard(url, { Authorization: 'Bearer newer' })
  const { one, outcomes } = customer(asker, ['/a'])
  asker.serve([one])
  await until(() => outcomes.length === 1)
  expect(asked).toEqual([{ path: '/a', headers: { Authorization: 'Bearer newer', 'ChatGPT-Account-ID': 'workspace' } }])
})

it("for another workspace bears its account in place of the page's, and is not taken for the page's own", async () => {
  const { asker, asked } = asking(withSession)
  const url = 'https://chatgpt.com/backend-api/images/bootstrap'
  asker.heard('https://chatgpt.com/backend-api/me', { authorization: 'Bearer page', 'ChatGPT-Account-ID': 'mine' })
  const question = { path: '/backend-api/images/bootstrap', headers: { 'chatgpt-account-id': 'theirs' } }
  await asker.ask(tab, question)
  // The browser tells of our own request as of any other.
  asker.heard(url, { authorization: 'Bearer page', 'chatgpt-account-id': 'theirs' })
  await asker.ask(tab, { path: '/backend-api/tasks' })
  expect(asked.map(({ headers }) => headers)).toEqual([
    { authorization: 'Bearer page', 'chatgpt-account-id': 'theirs' },
    { authorization: 'Bearer page', 'ChatGPT-Account-ID': 'mine' },
  ])
})

it('does not name a project that a later request of the page does not name', async () => {
  const { asker, asked } = asking(withSession)
  const url = 'https://chatgpt.com/backend-api/me'
  asker.heard(url, { authorization: 'Bearer page', 'chatgpt-project-id': 'g-p-1' })
  asker.heard(url, { authorization: 'Bearer page' })
  const { one, outcomes } = customer(asker, ['/a'])
  asker.serve([one])
  await until(() => outcomes.length === 1)
  expect(asked[0]?.headers).toEqual({ authorization: 'Bearer page' })
})

it.each([
  ['as long as the site says', 120, 120_000],
  ['a good while where it names no time', null, quick.tooManyMs],
])('is silent after too many requests, for all customers: %s', async (_, retryAfterS, ms) => {
  const { asker, paths, silences } = asking((path) =>
    path === '/a' ? { status: 429, retryAfterS } : withSession(path),
  )
  const [first, second] = [customer(asker, ['/a']), customer(asker, ['/b'])]
  asker.serve([first.one, second.one])
  await until(() => first.outcomes.length === 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(first.outcomes).toEqual(['silence: HTTP 429'])
  expect(silences).toEqual([ms])
  expect(paths()).not.toContain('/b')
  expect(asker.isSilent).toBe(true)
})

it('forgets a token that is refused, and is silent', async () => {
  const { asker, silences } = asking((path) => (path === '/a' ? { status: 401 } : withSession(path)))
  const { one, outcomes } = customer(asker, ['/a'])
  asker.serve([one])
  await until(() => outcomes.length === 1)
  expect(outcomes).toEqual(['silence: HTTP 401'])
  expect(silences).toHaveLength(1)
})

it('requests another token when that silence is over', async () => {
  let [hours, isRefused] = [0, true]
  const now = () => new Date(Date.UTC(2026, 4, 7) + hours * 3_600_000)
  const { asker, paths } = asking((path) => (path === '/a' && isRefused ? { status: 401 } : withSession(path)), { now })
  asker.heard('https://chatgpt.com/backend-api/me', { authorization: 'Bearer old' })
  const { one, outcomes } = customer(asker, ['/a', '/b'])
  asker.serve([one])
  await until(() => outcomes.length === 1)
  isRefused = false
  hours = 1
  await until(() => outcomes.length === 2)
  expect(paths()).toEqual(['/a', '/api/auth/session', '/b'])
})

it('reports a failure caused by the tab as such: it says nothing about what was asked for', async () => {
  const { asker, silences } = asking((path) => (path === '/a' ? new Error('the tab is gone') : withSession(path)))
  const { one, outcomes } = customer(asker, ['/a', '/b'])
  asker.serve([one])
  await until(() => outcomes.length === 2)
  expect(outcomes).toEqual(['tab: the tab is gone', 'of /b'])
  expect(silences).toEqual([])
})

describe('a job that asks several questions at once', () => {
  it('still has its requests made one at a time, with one token', async () => {
    const { asker, paths, most } = asking(withSession)
    const { one, outcomes } = hasty(asker, ['/a', '/b', '/c'])
    asker.serve([one])
    await until(() => outcomes.length === 3)
    expect(most()).toBe(1)
    expect(paths()).toEqual(['/api/auth/session', '/a', '/b', '/c'])
  })

  it('has no more requests made once the site has refused', async () => {
    const { asker, paths } = asking((path) => (path === '/a' ? { status: 429 } : withSession(path)))
    const { one, outcomes } = hasty(asker, ['/a', '/b', '/c'])
    asker.serve([one])
    await until(() => outcomes.length === 3)
    const refused = 'silence: the site wants to be left alone'
    expect(outcomes).toEqual(['silence: HTTP 429', refused, refused])
    expect(paths()).not.toContain('/b')
  })

  it('has no more requests made once we are stopped', async () => {
    const { asker, paths } = asking((path) => {
      if (path === '/a') asker.stop()
      return withSession(path)
    })
    const { one, outcomes } = hasty(asker, ['/a', '/b'])
    asker.serve([one])
    await until(() => outcomes.length === 2)
    expect(outcomes).toEqual(['of /a', 'tab: stopped'])
    expect(paths()).toEqual(['/api/auth/session', '/a'])
  })
})

it('leaves time between any two requests, and looks for the next job only now and then', async () => {
  const events: (string | number)[] = []
  const sleep: Sleep = async (ms) => {
    events.push(ms)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const pace = { ...gentle, betweenMs: [1_500, 1_500] as const }
  const { asker } = asking(
    (path) => {
      events.push(path)
      return withSession(path)
    },
    { pace, sleep },
  )
  const [first, second] = [hasty(asker, ['/a', '/b']), customer(asker, ['/c'])]
  asker.serve([first.one, second.one])
  await until(() => second.outcomes.length === 1)
  asker.stop()
  expect(events.slice(0, 10)).toEqual([
    ...[gentle.everyMs, '/api/auth/session', 1_500, '/a', 1_500, '/b', 1_500],
    ...[gentle.everyMs, '/c', 1_500],
  ])
})

it('is silent if nobody is logged in', async () => {
  const { asker, paths } = asking(() => ({ text: '{}' }))
  const { one, outcomes } = customer(asker, ['/a'])
  asker.serve([one])
  await until(() => outcomes.length === 1)
  expect(outcomes).toEqual(['silence: nobody is logged in'])
  expect(paths()).toEqual(['/api/auth/session'])
})

it('makes no request while the page loads something itself', async () => {
  let isQuiet = false
  const { asker, paths } = asking(withSession, { isQuiet: () => isQuiet })
  const { one, outcomes } = customer(asker, ['/a'])
  asker.serve([one])
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(paths()).toEqual([])
  isQuiet = true
  await until(() => outcomes.length === 1)
})

it('takes a check in place of bytes for one when the site itself shows it, and is silent; storage shows its own pages', async () => {
  const page = { status: 403, mimeType: 'text/html', bytes: Buffer.alloc(0), retryAfterS: null }
  const { asker, silences } = asking(withSession, { pages: { ask: () => Promise.reject(), getFile: async () => page } })
  const outcome = (url: string) => asker.getFile(tab, url, 100).then(String, (error: Error) => error.message)
  expect(await outcome('https://files.oaiusercontent.com/file-a?sig=0')).toBe('[object Object]')
  expect(silences).toEqual([])
  expect(await outcome('https://chatgpt.com/backend-api/estuary/content?id=file-a')).toMatch('a check')
  expect(silences).toHaveLength(1)
})
