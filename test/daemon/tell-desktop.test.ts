import { chmodSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { noticeCommand, tellDesktop } from '../../src/daemon/tell-desktop.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

afterEach(() => vi.unstubAllEnvs())

const hostile = '--help $(touch made) `touch made` "; touch made; <b>&amp;\\n\u0007 %PATH% \' 語'

/** A program in place of notify-send that notes its arguments, each on a line, and ends with `code`. */
function stub(code = 0): string {
  const folder = temporaryFolder()
  const program = put(path.join(folder, 'notify-send'), `#!/bin/sh\nprintf '%s\\n' "$@" > "$0.said"\nexit ${code}\n`)
  chmodSync(program, 0o755)
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  return `${program}.said`
}

describe.skipIf(process.platform !== 'linux')('a notice on the desktop', () => {
  it('has the very words', async () => {
    const said = stub()
    expect(await tellDesktop('Nobody is logged in → log in')).toBe(true)
    expect(readFileSync(said, 'utf8').split('\n')).toEqual([
      '--app-name=dalle-archiver',
      '--',
      'dalle-archiver',
      'Nobody is logged in → log in',
      '',
    ])
  })

  it('runs nothing that is in its words, and shows them as they are', async () => {
    const said = stub()
    await tellDesktop(hostile)
    const [, stop, , text] = readFileSync(said, 'utf8').split('\n')
    expect(stop).toBe('--')
    expect(text).toBe('--help $(touch made) `touch made` "; touch made; &lt;b&gt;&amp;amp;\\\\n  %PATH% \' 語')
    expect(existsSync('made')).toBe(false)
  })

  it.each([
    ['the program refuses', () => void stub(1)],
    ['there is none', () => vi.stubEnv('PATH', temporaryFolder())],
  ])('is no error where %s, which is said', async (_, prepare) => {
    prepare()
    expect(await tellDesktop('Nobody is logged in')).toBe(false)
  })
})

describe('on other platforms', () => {
  it('AppleScript gets the words as arguments', () => {
    const { program, args } = noticeCommand(hostile, 'darwin')
    expect(program).toBe('osascript')
    const text = args.at(-1) ?? ''
    expect(text).toContain('touch made')
    expect(args.slice(0, -2).join('\n')).not.toContain('touch made')
    expect(args.slice(0, -2).filter((_, at) => at % 2 === 0)).toEqual(['-e', '-e', '-e'])
  })

  it('PowerShell finds them in its environment', () => {
    const { args, env } = noticeCommand(hostile, 'win32')
    expect(env?.DALLE_ARCHIVER_NOTICE_TEXT).toContain('touch made')
    expect(args.join('\n')).not.toContain('touch made')
    expect(args.join('\n')).toContain('$env:DALLE_ARCHIVER_NOTICE_TEXT')
  })
})
