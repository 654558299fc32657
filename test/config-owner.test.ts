import fs, { chmodSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { configOf, fileLayer } from '../src/config.ts'
import { refuseForeignConfig } from '../src/config-owner.ts'
import { temporaryFolder } from './fakes/folder.ts'

const readConfig = (file: string) => configOf([fileLayer(file, 'user')])

function written(mode: number): string {
  const file = path.join(temporaryFolder(), 'config.json')
  writeFileSync(file, JSON.stringify({ archivePath: 'archive', chromiumPath: '/bin/true' }))
  chmodSync(file, mode)
  return file
}

const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]

describe.skipIf(process.platform === 'win32')('a config file', () => {
  it.each([0o600, 0o644, 0o664])('of our own is read with the mode %o', (mode) => {
    expect(readConfig(written(mode)).chromiumPath).toBe('/bin/true')
  })

  it.each([0o666, 0o602, 0o777])('that all may write is refused with the mode %o, in one line', (mode) => {
    const file = written(mode)
    expect(() => readConfig(file)).toThrow(`${file} can be changed by other users of this computer`)
    try {
      readConfig(file)
    } catch (error) {
      expect(error).toMatchObject({ code: 'config', hint: `Run: chmod go-w "${file}"` })
    }
  })

  it('is looked at as it is read, whatever stands in its place a moment later', () => {
    const [file, own] = [written(0o666), written(0o600)]
    const read = fs.readFileSync
    const spy = vi.spyOn(fs, 'readFileSync').mockImplementation((...asked: Parameters<typeof read>) => {
      const text = read(...asked)
      renameSync(own, file)
      return text
    })
    syncBuiltinESMExports()
    try {
      expect(() => readConfig(file)).toThrow('can be changed by other users')
    } finally {
      spy.mockRestore()
      syncBuiltinESMExports()
    }
  })

  it('of another user is refused, and one of the administrator is read', () => {
    const file = written(0o644)
    const isAdministrator = uid === 0
    if (isAdministrator) expect(() => refuseForeignConfig(file, statSync(file), [1_000, 1_000])).not.toThrow()
    else expect(() => refuseForeignConfig(file, statSync(file), [uid + 1, gid])).toThrow('belongs to another user')
  })
})
