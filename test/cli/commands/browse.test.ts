import { spawn } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { browseCommand, openerFor } from '../../../src/cli/commands/browse.ts'
import { main } from '../../../src/cli/main.ts'
import { createFakeIo } from '../../fakes/io.ts'
import { archiveOf } from '../../gallery/support.ts'

vi.mock('node:child_process', async (original) => ({
  ...(await original<typeof import('node:child_process')>()),
  spawn: vi.fn(() => ({ on() {}, unref() {} })),
}))

/** Serves until `work` is done with the address, then interrupts. */
async function browsing(args: readonly string[], work: (url: URL) => Promise<void>) {
  const io = createFakeIo()
  const ended = main(['browse', ...args], io)
  await vi.waitFor(() => expect(io.out).toContain('http://'), 10_000)
  await work(new URL(/http:\/\/[^"\s\\]+/.exec(io.out)?.[0] ?? ''))
  process.emit('SIGINT')
  return { code: await ended, io }
}

describe('browse', () => {
  it('prints the address, gives the browser one that works once, and ends with 0', async () => {
    const { root } = await archiveOf(1)
    vi.mocked(spawn).mockClear()
    const { code } = await browsing(['--archive', root], async (url) => {
      expect((await fetch(url, { redirect: 'manual' })).status).toBe(303)
    })
    expect(code).toBe(0)
    const opened = vi.mocked(spawn).mock.calls[0]?.[1]?.at(-1) ?? ''
    expect(opened).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=/)
  })

  it('with --json prints one object, with --no-open opens nothing', async () => {
    const { root } = await archiveOf(1)
    vi.mocked(spawn).mockClear()
    const { io } = await browsing(['--archive', root, '--json', '--no-open'], async () => {})
    expect(JSON.parse(io.out)).toEqual({ event: 'serving', url: expect.stringContaining('/?token=') })
    expect(spawn).not.toHaveBeenCalled()
  })

  it.each(['0', '65536', 'x', '80a'])('refuses the port %s', async (port) => {
    const { root } = await archiveOf(1)
    await expect(browseCommand({ archive: root, port }, createFakeIo())).rejects.toMatchObject({ code: 'usage' })
  })

  it('says what to do if there is no archive', async () => {
    const io = createFakeIo()
    expect(await main(['browse', '--archive', path.join('/nowhere', 'at', 'all')], io)).toBe(8)
    expect(io.err).toContain('There is no archive at')
  })
})

it('opens addresses with each platform’s own program', () => {
  expect([openerFor('linux')[0], openerFor('darwin')[0], openerFor('win32')[0]]).toEqual(['xdg-open', 'open', 'cmd'])
})
