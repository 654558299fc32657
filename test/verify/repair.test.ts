import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { statusOf } from '../../src/status/status.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { createFakeIo } from '../fakes/io.ts'
import { makeZip } from '../fakes/zip.ts'
import { archiveToVerify, flipBit } from './support.ts'

const run = async (...args: string[]) => {
  const io = createFakeIo()
  return { code: await main(['verify', ...args], io), out: io.out, err: io.err }
}

/** An export whose files say nothing by their names. */
const exportOf = (files: readonly Buffer[]) =>
  put(
    path.join(temporaryFolder(), 'export.zip'),
    makeZip(files.map((data, n) => ({ name: `user-x/file_${n}.dat`, data, method: 8 }))),
  )

describe('verify', () => {
  it('ends with 4 and names the damaged picture and the command, and that command repairs it from an export', async () => {
    const { root, images, records } = await archiveToVerify(3)
    const original = readFileSync(images[1] ?? '')
    flipBit(images[1] ?? '')
    const first = await run('--archive', root)
    expect(first.code).toBe(4)
    expect(first.err).toContain(`${records[1]?.image}: damaged`)
    expect(first.out).toContain('1 damaged')
    expect(first.out).toMatch(/→ dalle-archiver verify --repair </)
    expect((await statusOf(root, new Date())).last.damaged).toBe(1)
    const zip = exportOf([Buffer.alloc(original.length), original, Buffer.from('else')])
    const second = await run('--archive', root, '--repair', zip)
    expect(second.code).toBe(0)
    expect(second.err).toContain(`${records[1]?.image}: put back from export.zip`)
    expect(readFileSync(images[1] ?? '').equals(original)).toBe(true)
    // The damaged bytes are kept beside it.
    expect(readdirSync(path.dirname(images[1] ?? ''))).toContain(`${path.basename(images[1] ?? '')}.damaged`)
    expect((await statusOf(root, new Date())).last.damaged).toBe(0)
    const third = await run('--archive', root)
    expect(third.code).toBe(0)
    expect(third.err).toContain(`${records[1]?.image}.damaged: was set aside when its original was put back`)
    expect(third.out).toContain('1 file without a record')
  })

  it('repairs from a zip within a zip, and leaves nothing of what it unpacked', async () => {
    const { root, images } = await archiveToVerify(1)
    const inner = makeZip([{ name: 'x.dat', data: readFileSync(images[0] ?? '') }])
    const outer = makeZip([{ name: 'inner.zip', data: inner, method: 8 }])
    rmSync(images[0] ?? '')
    expect((await run('--archive', root, '--repair', put(path.join(temporaryFolder(), 'o.zip'), outer))).code).toBe(0)
    expect(readFileSync(images[0] ?? '').length).toBeGreaterThan(0)
    expect(readdirSync(path.join(root, 'verify'))).not.toContain('unpacked')
  })

  it('puts a missing picture back from another archive, and nothing in the place of one that the person changed', async () => {
    const [{ root, images }, copy] = [await archiveToVerify(3), temporaryFolder()]
    execFileSync('cp', ['-r', `${root}/.`, copy])
    rmSync(images[0] ?? '')
    writeFileSync(images[1] ?? '', 'my own version')
    const strict = await run('--archive', root, '--strict')
    expect(strict.code).toBe(4)
    expect((await run('--archive', root)).code).toBe(0)
    const repaired = await run('--archive', root, '--strict', '--repair', copy)
    expect(repaired.code).toBe(0)
    expect(readFileSync(images[0] ?? '')).toEqual(readFileSync((images[0] ?? '').replace(root, copy)))
    expect(readFileSync(images[1] ?? '', 'utf8')).toBe('my own version')
    await run('--archive', root, '--repair', copy, '--changed')
    expect(readFileSync(images[1] ?? '')).toEqual(readFileSync((images[1] ?? '').replace(root, copy)))
    expect(readFileSync(`${images[1]}.edited`, 'utf8')).toBe('my own version')
  })

  it('takes nothing that has other bytes, however it is called, and says that it is still damaged', async () => {
    const { root, images } = await archiveToVerify(1)
    const original = readFileSync(images[0] ?? '')
    flipBit(images[0] ?? '')
    const like = Buffer.from(original)
    like[500] = (like[500] ?? 0) ^ 1
    const folder = path.join(temporaryFolder(), path.basename(images[0] ?? ''))
    const { code, out } = await run('--archive', root, '--repair', path.dirname(put(folder, like)))
    expect(code).toBe(4)
    expect(out).not.toContain('put back')
    expect(readFileSync(images[0] ?? '').equals(original)).toBe(false)
  })

  it('says that nobody can ask the account where no watch runs', async () => {
    const { root, images } = await archiveToVerify(1)
    flipBit(images[0] ?? '')
    const { code, err } = await run('--archive', root, '--repair', 'account')
    expect(code).toBe(5)
    expect(err).toContain('Start dalle-archiver, log in, and run this beside it.')
  })

  it('does not put back what the person deleted in the gallery', async () => {
    const [{ root, images }, copy] = [await archiveToVerify(1), temporaryFolder()]
    execFileSync('cp', ['-r', `${root}/.`, copy])
    rmSync(images[0] ?? '')
    const record = execFileSync('find', ['database', '-name', '*.json'], { cwd: root, encoding: 'utf8' }).trim()
    put(path.join(root, record.replace(/\.json$/, '.marks.json')), JSON.stringify({ imageDeleted: true }))
    await run('--archive', root, '--repair', copy)
    expect(readdirSync(path.dirname(images[0] ?? ''))).toEqual([])
  })

  it('writes sums that the real sha256sum accepts, and refuses when a bit is another', async () => {
    const { root, images } = await archiveToVerify(40)
    rmSync(images[39] ?? '')
    const { code, out } = await run('--archive', root, '--sums')
    expect(code).toBe(0)
    expect(out).toMatch(/2 lists written|3 lists written/)
    const months = execFileSync('find', ['images', '-name', 'SHA256SUMS'], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n')
    const check = () =>
      months.map((file) =>
        execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], {
          cwd: path.join(root, path.dirname(file)),
          stdio: 'pipe',
        }),
      )
    expect(months.length).toBeGreaterThan(1)
    expect(() => check()).not.toThrow()
    const lines = months.flatMap((file) => readFileSync(path.join(root, file), 'utf8').trim().split('\n'))
    expect(lines).toHaveLength(39)
    flipBit(images[0] ?? '')
    expect(() => check()).toThrow()
    // The lists are no strays of the next run.
    expect((await run('--archive', root)).err).not.toContain('SHA256SUMS')
  })

  it('says all of it as JSON, and what it does not understand in one line', async () => {
    const { root, images } = await archiveToVerify(2)
    flipBit(images[0] ?? '')
    const { out } = await run('--archive', root, '--json')
    expect(JSON.parse(out)).toMatchObject({
      event: 'verified',
      counts: { intact: 1, damaged: 1 },
      originals: 2,
      repaired: 0,
    })
    const wrong = await run('--archive', root, '--sample', '0')
    expect([wrong.code, wrong.err]).toEqual([
      2,
      'dalle-archiver: --sample 0 is not understood.\n  Give it as --sample 5%.\n',
    ])
    expect((await run('--archive', path.join(root, 'nowhere'))).code).toBe(8)
    expect((await run('--archive', root, '--repair', path.join(root, 'nowhere.zip'))).code).toBe(2)
    const idle = await run('--archive', root, '--changed')
    expect([idle.code, idle.err.split('\n')[0]]).toEqual([
      2,
      'dalle-archiver: --changed says what to repair, and there is no --repair.',
    ])
  })
})
