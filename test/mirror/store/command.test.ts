import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { newCollection, writeCollection } from '../../../src/archive/collections.ts'
import { main } from '../../../src/cli/main.ts'
import type { MirrorSettings } from '../../../src/config.ts'
import { hashOf, originalKey } from '../../../src/mirror/layout.ts'
import { filesBelow, put, temporaryFolder } from '../../fakes/folder.ts'
import { createFakeIo } from '../../fakes/io.ts'
import { swiftKeys } from '../../fakes/swift.ts'
import { type UnreliableStore, unreliableStore } from '../../fakes/unreliable-store.ts'
import { until } from '../../fakes/until.ts'
import { archiveOf, keepAll, nthFacts } from '../../gallery/support.ts'
import { flipBit } from '../../verify/support.ts'
import { contentsOf, endpoint, keysIn, newBucket, storeAt, withArchive } from './support.ts'

const keys = { AWS_ACCESS_KEY_ID: swiftKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: swiftKeys.secretAccessKey }

beforeEach(() => {
  for (const [name, value] of Object.entries(keys)) vi.stubEnv(name, value)
  return () => vi.unstubAllEnvs()
})

/** A config file of this archive and mirror. */
const configOf = (archivePath: string, mirror: MirrorSettings) =>
  put(path.join(temporaryFolder(), 'config.json'), JSON.stringify({ archivePath, mirror }))

async function run(...args: string[]) {
  const io = createFakeIo()
  const code = await main(args, io)
  return { code, out: io.out, err: io.err }
}

describe.skipIf(endpoint === '')('mirror', () => {
  it('sends, looks after it, and is taken over by a second machine, each in a sentence or as JSON', async () => {
    const [settings, { root }, second] = [await newBucket(), await archiveOf(3), temporaryFolder()]
    const [here, there] = [configOf(root, settings), configOf(second, settings)]
    const sent = await run('mirror', 'push', '--config', here)
    expect(sent.code).toBe(0)
    expect(sent.out).toContain(`3 pictures: 3 originals and 3 records sent to ${endpoint}/${settings.bucket} (`)
    const verified = await run('mirror', 'verify', '--config', here, '--json')
    expect(JSON.parse(verified.out)).toMatchObject({ event: 'mirror-verified', objects: 6, byChecksum: 6, damaged: 0 })
    const pulled = await run('mirror', 'pull', '--originals', '--config', there)
    expect([pulled.code, pulled.out]).toEqual([0, expect.stringContaining('3 pictures added and 0 completed')])
    expect(contentsOf(second)).toEqual(contentsOf(root))
    expect((await run('status', '--config', here)).out).toContain(
      `Mirror: ${endpoint}/${settings.bucket}, sent just now`,
    )
  })

  it('sends and takes over collections, and says how many', async () => {
    const [settings, root, second] = [await newBucket(), temporaryFolder(), temporaryFolder()]
    const [here, there] = [configOf(root, settings), configOf(second, settings)]
    await writeCollection(root, undefined, () => newCollection({ name: 'Best', ids: ['a'] }))
    expect((await run('mirror', 'push', '--config', here)).out).toContain('\n1 collection sent\n')
    const again = await run('mirror', 'push', '--json', '--config', here)
    expect(JSON.parse(again.out)).toMatchObject({ event: 'mirror-pushed', collections: 0, failed: 0 })
    expect((await run('mirror', 'pull', '--config', there)).out).toContain('\n1 collection of another machine\n')
    const pulled = await run('mirror', 'pull', '--json', '--config', there)
    expect(JSON.parse(pulled.out)).toMatchObject({ event: 'mirror-pulled', collections: 0, failed: 0 })
  })

  it('ends with 4 and names what is damaged up there, and a push heals it', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(2)]
    const config = configOf(root, settings)
    await run('mirror', 'push', '--config', config)
    const key = originalKey(records[0]?.sha256 ?? '')
    await (await storeAt(settings)).put(key, Buffer.from('rot'), { type: 'image/webp' })
    const { code, out, err } = await run('mirror', 'verify', '--config', config)
    expect([code, err, out]).toEqual([
      4,
      `${key}: has other bytes\n`,
      expect.stringMatching(/1 with other bytes than were sent\n→ dalle-archiver mirror push/),
    ])
    expect((await run('mirror', 'push', '--config', config)).code).toBe(0)
    expect((await run('mirror', 'verify', '--config', config)).code).toBe(0)
  })

  it('ends with 3 where a picture could not be sent, and with 8 where the mirror is full or away', async () => {
    const { root, records } = await archiveOf(2)
    const settings = await newBucket()
    flipBit(path.join(root, records[0]?.image ?? ''))
    const { code, err } = await run('mirror', 'push', '--config', configOf(root, settings))
    expect([code, err]).toEqual([3, expect.stringContaining('"dalle-archiver verify" says more')])
    const large = temporaryFolder()
    await keepAll(large, [nthFacts(1)], 30_000)
    const full = await run('mirror', 'push', '--config', configOf(large, await newBucket(20_000)))
    expect([full.code, full.err]).toEqual([
      8,
      expect.stringMatching(/^dalle-archiver: The mirror .* is full: .*\n {2}Make room/),
    ])
  })

  it('says in one sentence what is not right before it asks anything', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(1)]
    const config = configOf(root, settings)
    const refused = async (...args: string[]) => {
      const { code, err } = await run(...args)
      return [code, err.split('\n')[0]]
    }
    expect(await refused('mirror', 'push', '--archive', root)).toEqual([
      2,
      'dalle-archiver: There is no "mirror" in the config.',
    ])
    expect(await refused('mirror', 'free', '--config', config)).toEqual([
      2,
      'dalle-archiver: mirror free needs --keep.',
    ])
    expect(await refused('mirror', 'free', '--keep', 'long', '--config', config)).toEqual([
      2,
      'dalle-archiver: --keep long is not understood.',
    ])
    vi.stubEnv('AWS_ACCESS_KEY_ID', '')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    expect(await refused('mirror', 'push', '--config', config)).toEqual([
      2,
      'dalle-archiver: There are no credentials for the mirror (profile "default").',
    ])
  })

  it('leaves no credential anywhere in the archive', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(2)]
    await run('mirror', 'push', '--config', configOf(root, settings))
    const texts = filesBelow(root).map((file) => readFileSync(path.join(root, file), 'latin1'))
    expect(texts.some((text) => text.includes(settings.bucket))).toBe(true)
    for (const secret of Object.values(swiftKeys)) expect(texts.some((text) => text.includes(secret))).toBe(false)
  })

  it('does not pull into an archive that another process writes', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(1)]
    const code = await withArchive(
      root,
      async () => (await run('mirror', 'pull', '--config', configOf(root, settings))).code,
    )
    expect(code).toBe(7)
  })

  it('frees, and verify, export and a static copy fetch what they need and say so', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(3)]
    const config = configOf(root, settings)
    await run('mirror', 'push', '--config', config)
    const dry = await run('mirror', 'free', '--keep', '0d', '--dry-run', '--config', config)
    expect([dry.code, dry.out]).toEqual([0, expect.stringContaining('3 originals could leave this disk')])
    const freed = await run('mirror', 'free', '--keep', '0d', '--config', config)
    expect([freed.code, freed.out]).toEqual([0, expect.stringContaining('3 originals left this disk')])
    expect(records.some(({ image }) => existsSync(path.join(root, image)))).toBe(false)
    const verified = await run('verify', '--strict', '--config', config)
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('3 away: in the mirror')])
    const read = await run('verify', '--mirror', '--json', '--config', config)
    expect(JSON.parse(read.out)).toMatchObject({ counts: { intact: 3, away: 0 }, strays: [] })
    expect(read.err).toContain('3 originals came from the mirror')
    const copies = temporaryFolder()
    const exported = await run('export', '--embed', copies, '--config', config)
    expect(exported.err).toContain('3 originals came from the mirror, since they are not on this disk')
    expect(filesBelow(copies)).toHaveLength(3)
    const target = path.join(temporaryFolder(), 'copy')
    const copied = await run('browse', '--static', target, '--config', config)
    expect([copied.code, copied.err]).toEqual([0, expect.stringContaining('originals came from the mirror')])
    expect(hashOf(readFileSync(path.join(target, records[1]?.image ?? '')))).toBe(records[1]?.sha256)
    const json = await run('export', '--json', '--config', config)
    expect(JSON.parse(json.out.split('\n')[0] ?? '')).toMatchObject({ isAway: true, isMissing: false })
    const back = await run('mirror', 'pull', '--originals', '--config', config)
    expect([back.code, back.out]).toEqual([0, expect.stringContaining('3 originals fetched')])
    expect((await run('verify', '--strict', '--config', config)).out).toContain('3 intact')
  })

  it('verify --mirror says what the mirror has lost, and --repair mirror puts back what this disk has lost', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(3)]
    const config = configOf(root, settings)
    await run('mirror', 'push', '--config', config)
    flipBit(path.join(root, records[0]?.image ?? ''))
    rmSync(path.join(root, records[1]?.image ?? ''))
    const repaired = await run('verify', '--strict', '--repair', 'mirror', '--config', config)
    expect([repaired.code, repaired.err]).toEqual([
      0,
      expect.stringContaining(`${records[0]?.image}: put back from the mirror`),
    ])
    expect((await run('verify', '--strict', '--config', config)).code).toBe(0)
    await run('mirror', 'free', '--keep', '0d', '--config', config)
    await (await storeAt(settings)).put(originalKey(records[2]?.sha256 ?? ''), Buffer.from('x'), { type: 'image/webp' })
    expect((await run('verify', '--strict', '--mirror', '--config', config)).code).toBe(4)
  })
})

/** The program itself, which can be killed. */
function begin(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['dist/cli/main.js', ...args], { env: { ...process.env, ...keys }, stdio: 'ignore' })
}

/** Kills the program in the middle of its work: when so many requests have reached the store. */
async function killedAfter(requests: number, store: UnreliableStore, ...args: string[]): Promise<void> {
  const before = store.asked.length
  const child = begin(...args)
  await until(() => child.exitCode !== null || store.asked.length >= before + requests)
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
}

const manyPictures = process.env.ALL_TESTS ? 400 : 40

describe.skipIf(endpoint === '')('a kill', () => {
  it('in the middle of pushes and pulls leaves nothing half, nothing twice, and the next run goes on', async () => {
    const { root } = await archiveOf(manyPictures)
    const second = temporaryFolder()
    const settings = await newBucket()
    const slow = await unreliableStore(endpoint, () => undefined)
    const behind = { ...settings, endpoint: slow.endpoint }
    const [here, there] = [configOf(root, behind), configOf(second, behind)]
    const third = Math.floor(manyPictures / 3)
    for (let kill = 0; kill < 3; kill++) await killedAfter(third, slow, 'mirror', 'push', '--config', here)
    expect((await run('mirror', 'push', '--config', here)).code).toBe(0)
    // What a killed run had under way is sent once more, and nothing else.
    const puts = slow.asked.filter((asked) => asked.startsWith('PUT '))
    expect(puts.length).toBeLessThanOrEqual(2 * manyPictures + 3 * 8)
    expect(new Set(await keysIn(await storeAt(settings))).size).toBe(2 * manyPictures)

    for (let kill = 0; kill < 2; kill++)
      await killedAfter(third, slow, 'mirror', 'pull', '--originals', '--config', there)
    const whole = contentsOf(root)
    // Whatever is there is whole: a temporary file is none that anybody reads.
    for (const [file, bytes] of Object.entries(contentsOf(second)))
      if (!file.endsWith('.away') && !path.basename(file).startsWith('.')) expect(bytes).toBe(whole[file])
    await killedAfter(third, slow, 'mirror', 'pull', '--originals', '--config', there)
    expect((await run('mirror', 'pull', '--originals', '--config', there)).code).toBe(0)
    expect(contentsOf(second)).toEqual(whole)
    expect((await run('mirror', 'verify', '--config', there, '--sample', '100%')).code).toBe(0)
  }, 300_000)

  it('in the middle of freeing leaves each original here or in the mirror', async () => {
    const { root, records } = await archiveOf(40)
    const slow = await unreliableStore(endpoint, () => undefined)
    const settings = { ...(await newBucket()), endpoint: slow.endpoint }
    const config = configOf(root, settings)
    const whole = contentsOf(root)
    await run('mirror', 'push', '--config', config)
    for (let kill = 0; kill < 3; kill++)
      await killedAfter(8, slow, 'mirror', 'free', '--keep', '0d', '--config', config)
    expect(records.filter(({ image }) => existsSync(path.join(root, image))).length).toBeGreaterThan(0)
    const { code, out } = await run('verify', '--strict', '--json', '--config', config)
    expect([code, JSON.parse(out).counts]).toEqual([0, expect.objectContaining({ missing: 0, damaged: 0 })])
    await run('mirror', 'pull', '--originals', '--config', config)
    expect(contentsOf(root)).toEqual(whole)
  })
})
