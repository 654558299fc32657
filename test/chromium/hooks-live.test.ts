import { afterEach, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import { namesIn, nodeProgram, reporter, reportIn } from '../hooks/support.ts'
import { startVisit, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit.stop())

it('a program is run for each picture of a watch, and one that hangs is in nobody’s way', async () => {
  const { command: onPicture, folder } = reporter()
  visit = await startVisit({ config: { onPicture } })
  await (await visit.page()).evaluate(() => window.pretend.send('inline-2026', 'A kite over the harbour'))
  const [record] = await visit.archived(1)
  const report = await until(() => reportIn(folder, record?.fileId ?? ''))
  expect(JSON.parse(report.stdin)).toMatchObject({ prompt: 'A kite over the harbour', source: { origin: 'live' } })
  await visit.stop()
  const hanging = nodeProgram(`fs.writeFileSync(folder + '/started', ''); setInterval(() => {}, 1000)`)
  visit = await startVisit({ config: { onPicture: hanging.command } })
  for (const prompt of ['One', 'Two', 'Three', 'Four'])
    await (await visit.page()).evaluate((words) => window.pretend.send('inline-2026', words), prompt)
  await visit.archived(4)
  await until(() => namesIn(hanging.folder).includes('started'))
  expect(await visit.stop()).toMatchObject({ archived: 4, unwritten: 0 })
  const notices = visit.events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []))
  expect(notices).toContain('onPicture is still to be run for 4 pictures; the next start goes on.')
})
