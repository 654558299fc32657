import { afterAll, beforeAll, expect, it } from 'vitest'
import { configFor } from '../../src/config.ts'
import { examine } from '../../src/doctor/doctor.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { build, endEverything } from './faults-support.ts'

beforeAll(build)
afterAll(endEverything)

it('doctor tries the whole way with a real browser, byte for byte', async () => {
  const findings: Finding[] = []
  await examine({
    config: { ...configFor(temporaryFolder()), headless: true, chromiumArgs: ['--no-sandbox'] },
    signal: new AbortController().signal,
    onFinding: (finding) => findings.push(finding),
  })
  expect(findings.at(-1)).toMatchObject({ about: 'The whole way', state: 'sound' })
  expect(findings.filter(({ state }) => state === 'trouble')).toEqual([])
})
