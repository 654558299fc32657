import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Wire } from '../../src/browser/wire.ts'
import { recordTo } from '../../src/observe/recording.ts'
import { imageMessage, userMessage } from '../../src/pretend-chatgpt/messages.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { chatgpt } from '../../src/sites/chatgpt/chatgpt.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { machineArgs, startVisit, truthOf } from './support.ts'

const program = path.resolve('dist/cli/main.js')
const running: ChildProcess[] = []

beforeAll(() => void execFileSync(process.execPath, ['scripts/setup.mjs'], { stdio: 'ignore' }))
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** All that logs a person in, or says who they are, as it stands on the wire of this visit. */
function secretsOf(site: PretendChatgpt): string[] {
  const secrets = new Set<string>(Object.values(site.secrets))
  for (const { url } of site.requests) {
    for (const key of ['sig', 'verify', 'access_token']) {
      const value = url.searchParams.get(key)
      if (value && !/^0+$/.test(value)) secrets.add(value)
    }
  }
  return [...secrets]
}

/** Looks and sounds like a secret, whatever this visit had. */
const shapes = [
  /eyJ[\w-]{8,}\.[\w-]{8}/,
  /\bsig=[0-9a-f]/,
  /verify=\w/,
  /access_token=\w/,
  /user-\w{8}/,
  /Bearer \w/,
  /pretend-session/,
]

/** A text with everything that is written in it in base64, however often wrapped. */
function spoken(bytes: Buffer, depth = 0): string {
  const text = bytes.toString('latin1').replaceAll('\\"', '"')
  if (depth > 3) return text
  const inner = [...text.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)].map(([code]) => Buffer.from(code, 'base64'))
  return [text, ...inner.map((one) => spoken(one, depth + 1))].join('\n')
}

/** Which secrets are in what was written; pictures themselves are noise. */
function found(site: PretendChatgpt, written: readonly Buffer[]): string[] {
  const text = written.map((bytes) => spoken(bytes)).join('\n')
  return [...secretsOf(site).filter((one) => text.includes(one)), ...shapes.filter((one) => one.test(text)).map(String)]
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
}

/** Names and contents of all files below a folder, but for images: their content is what the site drew. */
const writtenBelow = (folder: string) =>
  filesBelow(folder).flatMap((file) => [
    Buffer.from(path.relative(folder, file)),
    ...(/\.(png|webp|bytes)$/.test(file) ? [] : [readFileSync(file)]),
  ])

describe('what logs a person in, and who they are', () => {
  it('is nowhere in what the program says and writes, though it went over the wire', async () => {
    const site = await startPretendChatgpt({ paceMs: 5 })
    const folder = temporaryFolder()
    const config = {
      archivePath: 'archive',
      profilePath: 'profile',
      headless: true,
      startUrl: 'https://chat.openai.com/#tour',
      chromiumArgs: [...site.chromiumArgs, ...machineArgs],
    }
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config))
    writeFileSync(path.join(folder, 'session.ndjson'), 'made before, for everybody', { mode: 0o644 })
    try {
      const child = spawn(process.execPath, [program, '-v', '--record', 'session.ndjson'], { cwd: folder })
      running.push(child)
      const said: Buffer[] = []
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => void said.push(data))
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
      await site.tourEnded
      const due = truthOf(site.world.pictures.values()).length
      const archive = path.join(folder, 'archive')
      await until(() => filesBelow(path.join(archive, 'database')).length >= due || undefined)
      child.kill('SIGINT')
      expect(await ended).toBe(0)
      const recording = readFileSync(path.join(folder, 'session.ndjson'))
      expect(recording.length).toBeGreaterThan(10_000)
      expect(found(site, [...said, recording, ...writtenBelow(archive)])).toEqual([])
      // The same search finds them where they were.
      const wire = Buffer.from(JSON.stringify(site.requests.map(({ url, headers }) => [url.href, headers])))
      expect(found(site, [wire])).toEqual(
        expect.arrayContaining([site.secrets.token, site.secrets.cookie, site.secrets.account, site.secrets.person]),
      )
      expect(secretsOf(site).length).toBeGreaterThan(20)

      const rights = (file: string) => (statSync(path.join(folder, file)).mode & 0o777).toString(8)
      expect(['profile', 'archive/pending', 'session.ndjson'].map(rights)).toEqual(['700', '700', '600'])
    } finally {
      await site.close()
    }
  })

  it('is nowhere in waiting halves, in the list of failed requests, and in what is reported about them', async () => {
    const raw: string[] = []
    const recording = path.join(temporaryFolder(), 'session.ndjson')
    const recorder = recordTo(recording, chatgpt)
    const noting = (wire: Wire): Wire => {
      wire.onEvent((event) => void raw.push(JSON.stringify(event)))
      return recorder.tap({
        ...wire,
        async send(...given) {
          const reply = await wire.send(...given)
          raw.push(JSON.stringify([given, reply]))
          return reply
        },
      })
    }
    const pace = { graceMs: 200, everyMs: 20, betweenMs: [5, 20], tooManyMs: 600_000 } as const
    const visit = await startVisit({ pace, tap: noting })
    const { site } = visit
    const conversation = site.world.addConversation('Refused')
    for (const era of ['A', 'C', 'D'] as const) {
      const picture = site.world.addPicture({
        era,
        prompt: `Refused ${era}`,
        conversationId: conversation.id,
        faults: ['forbidden'],
      })
      const turn = { era, parentId: conversation.current, turnId: `turn-${era}` }
      const asked = site.world.append(conversation, conversation.current, userMessage(turn, `Refused ${era}`))
      site.world.append(conversation, asked, imageMessage({ ...turn, parentId: asked }, [picture]))
    }
    const page = await visit.newPage(`https://chatgpt.com/c/${conversation.id}?lazy`)
    // One whose bytes come and whose facts do not.
    const stray = site.world.addPicture({ era: 'D', prompt: null, conversationId: conversation.id })
    await page.evaluate((id) => window.pretend.show(id, 'x', 'D', document.body), stray.fileId)
    await until(() => visit.oddities('picture-missed')[2])
    await visit.calm()
    await visit.stop()
    await recorder.close()
    const pending = path.join(visit.archivePath, 'pending')
    expect(readdirSync(pending).sort()).toEqual(
      [
        'attempts.ndjson',
        'days.json',
        'facts.ndjson',
        'oddities.ndjson',
        `${stray.fileId}.bytes`,
        `${stray.fileId}.origin.json`,
      ].sort(),
    )
    const events = Buffer.from(JSON.stringify(visit.events))
    expect(found(site, [events, readFileSync(recording), ...writtenBelow(visit.archivePath)])).toEqual([])
    // The same search finds all of it in what the browser told us.
    const heard = found(site, [Buffer.from(raw.join('\n'))])
    expect(heard).toEqual(expect.arrayContaining(Object.values(site.secrets)))
    expect(statSync(path.join(pending, 'attempts.ndjson')).mode & 0o777).toBe(0o600)
  })
})
