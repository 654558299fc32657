import { afterEach, expect, it } from 'vitest'
import { statusOf } from '../../src/status/status.ts'
import { until } from '../fakes/until.ts'
import { startVisit, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit?.stop())

it('status says that nobody is logged in as soon as the page is refused, and no more when it is not', async () => {
  visit = await startVisit({ config: { fetchMissing: false } })
  const page = await visit.page()
  const { history } = visit.site
  const kinds = async () => (await statusOf(visit.archivePath, new Date())).troubles.map(({ kind }) => kind)
  const open = () => page.evaluate((id) => window.pretend.openConversation(id), history.conversation.id)

  await open()
  await visit.archived(5)
  // Reading pictures shows that somebody is.
  expect(await kinds()).toEqual([])

  visit.site.troubles.unauthorized = { at: /backend-api/ }
  await open().catch(() => {})
  await until(async () => ((await kinds()).includes('logged-out') ? true : undefined))

  delete visit.site.troubles.unauthorized
  await open()
  await until(async () => ((await kinds()).length === 0 ? true : undefined))
  expect(visit.events.filter(({ kind }) => kind === 'trouble')).toEqual([])
})
