import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { createFakeIo } from '../fakes/io.ts'
import { until } from '../fakes/until.ts'
import { startVisit, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit.stop())

it('a picture gets its sidecar while the watch goes on, and commands work beside it', async () => {
  visit = await startVisit({ config: { sidecars: true } })
  await (await visit.page()).evaluate(() => window.pretend.send('inline-2026', 'A kite over the harbour'))
  const [record] = await visit.archived(1)
  const file = path.join(visit.archivePath, `${record?.image}.xmp`)
  await until(() => existsSync(file))
  expect(readFileSync(file, 'utf8')).toContain('A kite over the harbour')
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('<xmp:CreateDate>', '<xmp:Rating>5</xmp:Rating><xmp:CreateDate>'),
  )
  const io = createFakeIo()
  const run = (...argv: string[]) => main([...argv, '--archive', visit.archivePath, '--json'], io)
  expect(await run('sidecars', 'write')).toBe(0)
  expect(JSON.parse(io.out)).toMatchObject({ edited: 1, marked: 1 })
  const other = createFakeIo()
  expect(await main(['export', '--where', 'favourite', '--json', '--archive', visit.archivePath], other)).toBe(0)
  expect(JSON.parse(other.out)).toMatchObject({ fileId: record?.fileId, favourite: true })
  expect(readFileSync(file, 'utf8')).toContain('<xmp:Rating>5<')
})
