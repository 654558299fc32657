import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../../src/archive/archive.ts'
import { readMarks } from '../../../src/archive/mark-files.ts'
import { recordPlaces } from '../../../src/catalogue/record-places.ts'
import { main } from '../../../src/cli/main.ts'
import { put, temporaryFolder } from '../../fakes/folder.ts'
import { createFakeIo } from '../../fakes/io.ts'
import { archiveOf } from '../../gallery/support.ts'

async function run(...argv: string[]) {
  const io = createFakeIo()
  const code = await main(['sidecars', ...argv], io)
  return { code, out: io.out, err: io.err }
}

const rateFive = (file: string) =>
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('<xmp:CreateDate>', '<xmp:Rating>5</xmp:Rating><xmp:CreateDate>'),
  )

describe('sidecars', () => {
  it('are written, counted and removed, in words', async () => {
    const { root, records } = await archiveOf(2)
    const at = ['--archive', root]
    expect(await run('status', ...at)).toMatchObject({ code: 0, out: expect.stringContaining('0 sidecars as written') })
    expect(await run('write', ...at)).toMatchObject({ code: 0, out: '2 sidecars written, 0 right already\n' })
    expect((await run('status', ...at)).out).toBe('2 pictures: 2 sidecars as written, 0 edited, 0 missing\n')
    expect((await run('remove', ...at)).out).toBe('2 sidecars removed\n')
    expect(records.some(({ image }) => existsSync(path.join(root, `${image}.xmp`)))).toBe(false)
  })

  it('are written beside a process that holds the archive, and edits become marks', async () => {
    const { root, records } = await archiveOf(1)
    const archive = await openArchive(root, { isLocked: true })
    const at = ['--archive', root, '--json']
    expect(JSON.parse((await run('write', ...at)).out)).toMatchObject({ event: 'sidecars-written', written: 1 })
    rateFive(path.join(root, `${records[0]?.image}.xmp`))
    expect(JSON.parse((await run('write', ...at)).out)).toMatchObject({ written: 0, edited: 1, marked: 1 })
    expect(JSON.parse((await run('status', ...at)).out)).toMatchObject({ event: 'sidecars', edited: 1, missing: 0 })
    expect(JSON.parse((await run('remove', ...at)).out)).toEqual({
      ...{ event: 'sidecars-removed', removed: 0, left: 1, failed: 0 },
    })
    const [place] = await recordPlaces(root)
    expect(await readMarks(path.join(root, 'database'), place?.folder ?? '', place?.name ?? '')).toMatchObject({
      favourite: true,
    })
    await archive.close()
  })

  it('that are removed come back, it says, when the settings want them', async () => {
    const { root } = await archiveOf(1)
    const config = put(
      path.join(temporaryFolder(), 'config.json'),
      JSON.stringify({ archivePath: root, sidecars: true }),
    )
    await run('write', '--config', config)
    expect(await run('remove', '--config', config)).toMatchObject({ code: 0, err: expect.stringContaining('again') })
  })

  it.each([[[]], [['repair']], [['write', 'now']]])('with %j is a usage error', async (words) => {
    const { root } = await archiveOf(1)
    expect((await run(...words, '--archive', root)).code).toBe(2)
  })

  it('of an archive that is not there, or cannot be noted, are exit 8 and 3', async () => {
    expect((await run('status', '--archive', path.join(temporaryFolder(), 'none'))).code).toBe(8)
    const { root } = await archiveOf(1)
    put(path.join(root, 'sidecars'), 'a file in the place of the folder')
    expect((await run('write', '--archive', root)).code).not.toBe(0)
  })

  it('explain themselves', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const word of ['write', 'remove', 'status', 'Examples:', '--json', '--archive']) expect(out).toContain(word)
  })
})
