import { expect, it, onTestFinished, vi } from 'vitest'
import type { Asker, Tab } from '../../src/ask/asker.ts'
import { createLateConversations } from '../../src/daemon/late-conversations.ts'
import { chatgpt } from '../../src/sites/chatgpt/chatgpt.ts'

const hourMs = 60 * 60 * 1000
const graceMs = 15_000
const tabNo = (number: number): Tab => {
  const id = `8c1d4e2a-5b6f-4a70-9c3e-${String(number).padStart(12, '0')}`
  return { sessionId: `S${number}`, url: `https://chatgpt.com/c/${id}` }
}

/** Late conversations of many tabs, an asker that answers at once, and a clock that stands still. */
function lateTabs() {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const asked: string[] = []
  const asker: Asker = {
    heard() {},
    refused: () => false,
    serve() {},
    stop() {},
    getFile: () => Promise.reject(new Error('no file is asked for')),
    async ask(tab: Tab) {
      asked.push(tab.sessionId)
      return { status: 200, text: '', mimeType: 'application/json', retryAfterS: null }
    },
    isSilent: false,
    isStopped: false,
  }
  const tabs = Array.from({ length: 500 }, (_, at) => tabNo(at))
  const site = chatgpt.questions
  const late = createLateConversations({ asker, site, graceMs, tabs: () => tabs, onOddity() {} })
  const askAll = async () => {
    for (let job = late.next(); job; job = late.next()) await job()
  }
  return { late, asked, askAll }
}

it('are asked for four times a day, a grace period apart, and again on the next day', async () => {
  const { late, asked, askAll } = lateTabs()
  const visit = async () => {
    for (let times = 0; times < 10; times++) {
      expect(late.late(tabNo(1))).toBe(true)
      await askAll()
      vi.advanceTimersByTime(graceMs)
    }
  }
  await visit()
  expect(asked).toHaveLength(4)
  vi.advanceTimersByTime(23 * hourMs)
  await visit()
  expect(asked).toHaveLength(4)
  vi.advanceTimersByTime(25 * hourMs)
  await visit()
  expect(asked).toHaveLength(8)
})

it('are two hundred a day and no more, however many days the browser stays open', async () => {
  const { late, asked, askAll } = lateTabs()
  const openTabs = async (from: number) => {
    for (let at = from; at < from + 250; at++) {
      late.late(tabNo(at))
      await askAll()
    }
  }
  await openTabs(0)
  expect(asked).toHaveLength(200)
  vi.advanceTimersByTime(25 * hourMs)
  await openTabs(250)
  expect(asked).toHaveLength(400)
})
