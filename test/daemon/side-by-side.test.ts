import { describe, expect, it } from 'vitest'
import { createBrowserClaims } from '../../src/daemon/browser-claims.ts'
import { type OnEnded, watchAll } from '../../src/daemon/side-by-side.ts'
import { ArchiverError } from '../../src/errors.ts'
import { createFakeBrowser } from '../fakes/browser.ts'

const refused = new ArchiverError('browser-unreachable', 'The browser crashed.', { hint: 'Try another.' })
const never = new AbortController().signal

const wordsOf = (...[label, failure, left]: Parameters<OnEnded>) =>
  `${label}: ${failure?.message ?? 'closed'} (${left} left)`

/** Profiles that end as told, and what was said of those that ended. */
function watchedAs(ends: Readonly<Record<string, Promise<void>>>, signal = never) {
  const ended: string[] = []
  const watches = Object.entries(ends).map(([label, end]) => ({ label, run: () => end }))
  return {
    ended,
    over: watchAll(watches, signal, (...told) => ended.push(wordsOf(...told))),
  }
}

describe('profiles that are watched side by side', () => {
  it('go on when one of them fails, which is said at once and by name', async () => {
    let close = () => {}
    const open = new Promise<void>((resolve) => {
      close = resolve
    })
    const { ended, over } = watchedAs({ work: Promise.reject(refused), home: open })
    let isOver = false
    void over.then(() => {
      isOver = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toEqual(['work: Profile "work": The browser crashed. (1 left)'])
    expect(isOver).toBe(false)
    close()
    expect(await over).toMatchObject([{ code: 'browser-unreachable', hint: 'Try another.', cause: refused }])
  })

  it('end by themselves when each browser was closed, which is said, and without a word when we are stopped', async () => {
    const closed = { work: Promise.resolve(), home: Promise.resolve() }
    const { ended, over } = watchedAs(closed)
    expect([await over, ended]).toEqual([[], ['work: closed (1 left)', 'home: closed (0 left)']])
    const stopped = watchedAs(closed, AbortSignal.abort())
    expect([await stopped.over, stopped.ended]).toEqual([[], []])
  })

  it('fail when all of them fail, with the error of the first', async () => {
    const { over } = watchedAs({ work: Promise.reject(refused), home: Promise.reject(new Error('a bug')) })
    await expect(over).rejects.toMatchObject({ code: 'browser-unreachable', message: /Profile "work"/ })
  })

  it('fail as they are where there is but one', async () => {
    const alone = { label: null, run: () => Promise.reject(refused) }
    await expect(watchAll([alone], never, () => {})).rejects.toBe(refused)
    await expect(watchAll([{ ...alone, label: 'work' }], never, () => {})).rejects.toBe(refused)
  })
})

describe('a browser', () => {
  it('is never watched for two profiles: what is heard of one account would bear the label of another', () => {
    const claims = createBrowserClaims()
    const [first, same] = [createFakeBrowser({ kind: 'attached' }), createFakeBrowser({ kind: 'attached' })]
    expect(claims.claim('work', first)).toBe(first)
    expect(() => claims.claim('home', same)).toThrow('The browser on port 9222 is that of profile "work" already.')
    expect(same.isTerminated).toBe(false)
    // The same profile may come back to it, and another when it has been left.
    expect(claims.claim('work', same)).toBe(same)
    claims.release('work')
    expect(claims.claim('home', same)).toBe(same)
  })

  it('of ours that has found its port taken is ended', () => {
    const claims = createBrowserClaims()
    claims.claim('work', createFakeBrowser())
    const ours = createFakeBrowser()
    expect(() => claims.claim('home', ours)).toThrow(ArchiverError)
    expect(ours.isTerminated).toBe(true)
  })

  it('over a pipe has no port that another could share', () => {
    const claims = createBrowserClaims()
    const piped = () => ({ ...createFakeBrowser(), port: 0 })
    for (const label of ['work', 'home']) expect(claims.claim(label, piped())).toMatchObject({ port: 0 })
  })
})
