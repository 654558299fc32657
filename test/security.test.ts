import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../src/archive/archive.ts'
import { noteSession } from '../src/browser/session.ts'
import { writeNewConfig } from '../src/config-file.ts'
import { recordTo } from '../src/observe/recording.ts'
import { makePng } from '../src/pretend-chatgpt/pictures.ts'
import { chatgpt } from '../src/sites/chatgpt/chatgpt.ts'
import { createDecoder } from '../src/sites/chatgpt/decoder.ts'
import { fileId } from './fakes/facts.ts'
import { filesBelow, put, temporaryFolder } from './fakes/folder.ts'
import { quietIntake } from './fakes/intake.ts'

const rightsOf = (place: string) => (statSync(place).mode & 0o777).toString(8)

describe.skipIf(process.platform === 'win32')('what only the user may read', () => {
  it('is created so: config, profile, waiting halves, recordings', async () => {
    const folder = temporaryFolder()
    const at = (name: string) => path.join(folder, name)
    writeNewConfig(at('config.json'), {})
    noteSession(at('profile'), { endpoint: 'ws://127.0.0.1:1/devtools/browser/x', port: 1 })
    const archive = await openArchive(at('archive'), { isLocked: true })
    await recordTo(at('session.ndjson'), chatgpt).close()
    await archive.close()
    expect(
      ['config.json', 'profile', 'profile/dalle-archiver.json', 'archive/pending', 'session.ndjson'].map((name) => [
        name,
        rightsOf(at(name)),
      ]),
    ).toEqual([
      ['config.json', '600'],
      ['profile', '700'],
      ['profile/dalle-archiver.json', '600'],
      ['archive/pending', '700'],
      ['session.ndjson', '600'],
    ])
  })

  it('is changed to be so if it existed with other access rights', async () => {
    const root = temporaryFolder()
    put(path.join(root, 'pending', 'facts.ndjson'), '')
    chmodSync(path.join(root, 'pending'), 0o755)
    const recording = path.join(root, 'session.ndjson')
    writeFileSync(recording, '', { mode: 0o644 })
    await (await openArchive(root)).pending.tidy()
    await recordTo(recording, chatgpt).close()
    expect([rightsOf(path.join(root, 'pending')), rightsOf(recording)]).toEqual(['700', '600'])
    // Pictures and records are the person's to share: they get the rights of any other file.
    expect(rightsOf(path.join(root, 'images'))).toBe((0o777 & ~process.umask()).toString(8))
  })
})

describe('hostile names', () => {
  const hostile = [
    '../../../../tmp/evil',
    '/etc/passwd',
    '..',
    'C:\\Windows\\evil',
    'CON',
    'a\u0000b',
    '\u202Egnp.exe',
    '%2e%2e%2fevil',
    '-rf --no-preserve-root',
    '$(touch evil)`touch evil`',
    '\n'.repeat(300),
    '.'.repeat(300),
    '界'.repeat(3_000),
    '__proto__',
  ]

  it('never become paths: invalid ids are ignored, and prompts lose everything but letters and digits', async () => {
    const home = temporaryFolder()
    const precious = put(path.join(home, 'precious'), 'precious')
    const root = path.join(home, 'archive')
    const archive = await openArchive(root)
    const now = () => new Date(2026, 4, 7)
    const intake = quietIntake(archive, { now })
    const good = (at: number) => `file-good${at}`
    const message = (at: number, pointer: string) => ({
      id: `${pointer.slice(0, 400)}${hostile[at]?.slice(0, 400)}`,
      author: { role: 'tool', name: hostile[at] },
      create_time: 1_778_150_000 + at,
      content: {
        content_type: 'multimodal_text',
        parts: [
          {
            content_type: 'image_asset_pointer',
            asset_pointer: pointer,
            metadata: {
              dalle: {
                gen_id: hostile[at],
                prompt: hostile[at],
                seed: 1,
                parent_gen_id: hostile[at],
                edit_op: hostile[at],
              },
            },
          },
        ],
      },
    })
    const messages = hostile.flatMap((text, at) => [
      message(at, `file-service://${good(at)}`),
      message(at, `file-service://file-${text}`),
    ])
    const mapping = Object.fromEntries(
      messages.map((one, at) => [`n${at}`, { id: `n${at}`, parent: null, children: [], message: one }]),
    )
    const conversation = { conversation_id: hostile[0], title: hostile[0], mapping }
    for (const facts of createDecoder().answer(JSON.stringify(conversation), null).facts) await intake.learn(facts)
    for (const [at] of hostile.entries())
      await intake.receive({
        fileId: fileId(good(at)),
        bytes: makePng({ widthPx: 8, heightPx: 8 }, 1_000 + at),
        host: '../../evil',
        receivedAt: now(),
      })
    expect(await intake.close()).toBe(0)
    const written = filesBelow(home)
    expect(written.filter((name) => name.startsWith('archive/images/'))).toHaveLength(hostile.length)
    const shapes = [
      /^archive\/images\/\d{4}\/\d\d\/\d\d\/\d{10}-(unknown|[\w-]{1,80})(-[\p{L}\p{M}\p{N}…-]+)?\.png$/u,
      /^archive\/database\/\d{4}\/\d\d\/\d\d\/(unknown|[\w-]{1,80})-[A-Za-z0-9_]+\.json$/,
      /^archive\/pending\/(facts\.ndjson|file[-_]\w+\.(bytes|origin\.json))$/,
      /^precious$/,
    ]
    expect(written.filter((name) => !shapes.some((shape) => shape.test(name)))).toEqual([])
    for (const name of written) expect(Buffer.byteLength(path.basename(name))).toBeLessThanOrEqual(255)
    expect(readFileSync(precious, 'utf8')).toBe('precious')
  })

  it('negative control: a careless name ends up outside', () => {
    const home = temporaryFolder()
    put(path.join(home, 'archive/images/2026/05', hostile[0] ?? ''), 'careless')
    expect(filesBelow(home).filter((name) => !name.startsWith('archive/'))).toEqual(['tmp/evil'])
  })
})

describe('the package', () => {
  const npm = process.env.npm_execpath
  const [command, before] = npm ? [process.execPath, [npm]] : ['npm', []]
  const packed = JSON.parse(
    execFileSync(command, [...before, 'pack', '--dry-run', '--json', '--ignore-scripts'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as { files: { path: string; mode: number }[] }[]
  const files = packed[0]?.files.map((file) => file.path) ?? []
  const may =
    /^(dist\/[\w/-]+\.(d\.ts|js)|dist\/gallery-page\/[\w/.-]+\.(html|js|css|svg|png|webmanifest)|docs\/[\w/.-]+\.(md|png|json)|config\.example\.json|package\.json|npm-shrinkwrap\.json|sbom\.cdx\.json|(README|CHANGELOG|SECURITY|THIRD-PARTY)\.md|LICENSE)$/

  it('contains the program and its documentation only: no tests, no sources, no recordings, no configuration', () => {
    expect(files.filter((file) => !may.test(file))).toEqual([])
    for (const due of ['package.json', 'README.md', 'LICENSE', 'config.example.json', 'docs/architecture.md'])
      expect(files).toContain(due)
    if (existsSync('dist/cli/main.js')) expect(files).toContain('dist/cli/main.js')
  })

  it('negative control: other files in it would be noticed', () => {
    const unwanted = [
      'test/intake/intake.test.ts',
      'src/intake/intake.ts',
      'dist/intake/intake.js.map',
      'config.json',
      'archive/images/1.png',
      '.env',
      'profile/Cookies',
    ]
    expect(unwanted.filter((file) => may.test(file))).toEqual([])
  })

  it('has no script that runs when it is installed', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([])
  })
})
