import { mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createReadiness } from '../../src/archive/readiness.ts'
import { temporaryFolder } from '../fakes/folder.ts'

const day = 'images/2026/11/29'

function looking(readyForMs = 0) {
  const root = temporaryFolder()
  let checks = 0
  const lock = {
    check: async () => {
      checks += 1
    },
    release: async () => {},
  }
  return { root, ready: createReadiness(root, { lock, readyForMs }), checks: () => checks }
}

describe('the look before each write', () => {
  it('makes the folder, and asks for the lock each time', async () => {
    const { root, ready, checks } = looking()
    await ready(day)
    await ready(day)
    expect(statSync(path.join(root, day)).isDirectory()).toBe(true)
    expect(checks()).toBe(2)
  })

  it('asks once within a while for whoever writes many files in a row', async () => {
    const { ready, checks } = looking(60_000)
    await ready(day)
    await ready(day)
    expect(checks()).toBe(1)
  })

  it('makes the folder again that was removed a moment ago', async () => {
    const { root, ready } = looking()
    await ready(day)
    rmSync(path.join(root, 'images'), { recursive: true })
    await ready(day)
    expect(statSync(path.join(root, day)).isDirectory()).toBe(true)
  })

  it.each(['images', 'images/2026', day])('refuses a link that took the place of %s a moment ago', async (place) => {
    const { root, ready } = looking()
    await ready(day)
    const elsewhere = temporaryFolder()
    mkdirSync(path.join(elsewhere, path.relative(place, day)), { recursive: true })
    renameSync(path.join(root, place), path.join(root, 'real'))
    symlinkSync(elsewhere, path.join(root, place))
    await expect(ready(day)).rejects.toThrow('link')
  })
})
