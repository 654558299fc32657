import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, vi } from 'vitest'
import { startProcess } from '../../src/browser/start-process.ts'
import { configFor } from '../../src/config.ts'
import { temporaryFolder } from '../fakes/folder.ts'

it.skipIf(process.platform === 'win32')('a browser finds our environment, but no keys of a mirror', async () => {
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the secret')
  vi.stubEnv('MY_DISPLAY', 'the first')
  const folder = temporaryFolder()
  const [program, seen] = [path.join(folder, 'browser'), path.join(folder, 'seen')]
  writeFileSync(program, `#!/bin/sh\nenv > "${seen}.part" && mv "${seen}.part" "${seen}"\n`, { mode: 0o755 })
  const { ready, exited } = startProcess({ ...configFor(folder), profilePath: folder }, program, 0, [])
  ready.catch(() => {})
  await exited
  vi.unstubAllEnvs()
  expect(existsSync(seen)).toBe(true)
  expect(readFileSync(seen, 'utf8')).toContain('MY_DISPLAY=the first')
  expect(readFileSync(seen, 'utf8')).not.toMatch(/AWS_|the secret/)
})
