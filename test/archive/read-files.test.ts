import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createTurns, readAtOnce } from '../../src/archive/read-files.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

const busy = (ms: number) => {
  for (const began = performance.now(); performance.now() - began < ms; );
}

describe('reading a file at once', () => {
  it('gives the bytes of a plain file, up to the length that is allowed', () => {
    const root = temporaryFolder()
    put(path.join(root, 'a.json'), '{}')
    expect(readAtOnce(path.join(root, 'a.json'), 2)?.toString()).toBe('{}')
    expect(readAtOnce(path.join(root, 'a.json'), 1)).toBeUndefined()
  })

  it('gives nothing for what is not there, for a folder and for a link', () => {
    const root = temporaryFolder()
    put(path.join(root, 'a.json'), '{}')
    mkdirSync(path.join(root, 'folder.json'))
    symlinkSync(path.join(root, 'a.json'), path.join(root, 'link.json'))
    for (const name of ['none.json', 'folder.json', 'link.json'])
      expect(readAtOnce(path.join(root, name), 100), name).toBeUndefined()
  })

  it.skipIf(process.platform === 'win32')('does not wait for a pipe in the file’s place', () => {
    const pipe = path.join(temporaryFolder(), 'pipe.json')
    execFileSync('mkfifo', [pipe])
    expect(readAtOnce(pipe, 100)).toBeUndefined()
  })
})

describe('turns', () => {
  it('let others work when enough time has passed, and cost nothing before', async () => {
    const turn = createTurns()
    expect(turn()).toBeUndefined()
    busy(25)
    let isOthersTurn = false
    setImmediate(() => {
      isOthersTurn = true
    })
    await turn()
    expect(isOthersTurn).toBe(true)
    expect(turn()).toBeUndefined()
  })

  it('are shared: a loop that comes while others have theirs waits with them', async () => {
    const turn = createTurns()
    busy(25)
    const first = turn()
    expect(first).toBeInstanceOf(Promise)
    expect(turn()).toBe(first)
    await first
  })
})
