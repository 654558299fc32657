import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import puppeteer from 'puppeteer-core'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { watchConnection } from '../../src/daemon/connection.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { playback } from '../../src/observe/playback.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'
import { until } from '../fakes/until.ts'
import { hashesOf, imagesOf, machineArgs, recordsOf, truthOf } from './support.ts'

const program = path.resolve('dist/cli/main.js')
const running: ChildProcess[] = []
let site: PretendChatgpt

beforeAll(() => void execFileSync(process.execPath, ['scripts/setup.mjs'], { stdio: 'ignore' }))
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  await site?.close()
})

/** The program as a person starts it, with what it said and how it ended. */
function start(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...env } })
  running.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (data) => {
    said.out += data
  })
  child.stderr.on('data', (data) => {
    said.err += data
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return { child, said, ended }
}

/** A folder with a config for the pretend site. */
async function prepared(more: object = {}) {
  site = await startPretendChatgpt({ paceMs: 5 })
  const folder = temporaryFolder()
  const config = {
    archivePath: 'archive',
    profilePath: 'profile',
    headless: true,
    notices: false,
    chromiumArgs: [...site.chromiumArgs, ...machineArgs],
    ...more,
  }
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config))
  return folder
}

/** Plays a recording into an archive, with no browser anywhere. */
async function playInto(archivePath: string, text: string) {
  const archive = await openArchive(archivePath)
  const now = () => new Date()
  const intake = quietIntake(archive, { now })
  const wire = playback(text)
  const { observer, finish } = await watchConnection({ wire, intake, onEvent() {}, now })
  await wire.play(() => observer.waiting === 0)
  await finish()
  await intake.close()
}

describe('the program', () => {
  it('archives while a person works, one line per picture, and ends with 0 on Ctrl-C', async () => {
    const folder = await prepared({ startUrl: 'https://chat.openai.com/#tour' })
    const { child, said, ended } = start([], folder)
    await site.tourEnded
    const truth = truthOf(site.world.pictures.values())
    await until(
      () => said.out.trim().split('\n').length >= truth.length || undefined,
      () => said.out + said.err,
    )
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(hashesOf(path.join(folder, 'archive'))).toEqual(truth)
    for (const line of said.out.trim().split('\n')) expect(line).toMatch(/^\d\d:\d\d:\d\d {2}\S+ {2}\d+×\d+ {2}\d+ kB$/)
    expect(said.err).toContain(`${truth.length} pictures archived this time`)
    expect(said.out + said.err).not.toMatch(/eyJ|sig=|verify=/)
  })

  it('prints each picture as a JSON object on request', async () => {
    const folder = await prepared({})
    const { child, said, ended } = start(['--json'], folder)
    await until(() => said.err.includes('"notice"') || undefined)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    for (const line of said.err.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('event')
  })

  it('makes its profile readable by its owner only, and opens its port to this machine only', async () => {
    const folder = await prepared({})
    const { child, said, ended } = start(['--json'], folder)
    const line = await until(() => said.err.split('\n').find((one) => one.includes('"port"')))
    expect(statSync(path.join(folder, 'profile')).mode & 0o777).toBe(0o700)
    const { port } = JSON.parse(line) as { port: number }
    const arguments_ = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    const browser = arguments_.split('\n').find((one) => one.includes(`--remote-debugging-port=${port}`)) ?? ''
    expect(port).toBeGreaterThan(0)
    expect(browser).not.toMatch(
      /remote-allow-origins|enable-automation|mock-keychain|disable-extensions|password-store/,
    )
    child.kill('SIGINT')
    await ended
  })

  it('ends with 0 when the person closes the browser', async () => {
    const folder = await prepared({ cdpPort: 20_000 + Math.floor(Math.random() * 20_000) })
    const { said, ended } = start(['-v'], folder)
    await until(
      () => said.err.includes('Watching') || undefined,
      () => said.err,
    )
    const { cdpPort } = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as { cdpPort: number }
    const person = await puppeteer.connect({ browserURL: `http://127.0.0.1:${cdpPort}` })
    await person.close()
    expect(await ended).toBe(0)
  })

  it('ends cleanly when its terminal is closed, and leaves no browser behind', async () => {
    const folder = await prepared({})
    const { child, said, ended } = start([], folder)
    await until(
      () => said.err.includes('Watching') || undefined,
      () => said.err,
    )
    child.kill('SIGHUP')
    expect(await ended).toBe(0)
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(path.join(folder, 'profile'))
  })

  it('joins halves across a restart', async () => {
    const folder = await prepared({ cdpPort: 20_000 + Math.floor(Math.random() * 20_000) })
    const { cdpPort } = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as { cdpPort: number }
    const visit = async (act: (page: import('puppeteer-core').Page) => Promise<unknown>, waiting: RegExp) => {
      const { child, said, ended } = start([], folder)
      await until(
        () => said.err.includes('Watching') || undefined,
        () => said.err,
      )
      const person = await puppeteer.connect({ browserURL: `http://127.0.0.1:${cdpPort}`, defaultViewport: null })
      const page = await until(async () => (await person.pages()).find((one) => one.url().startsWith('https')))
      await page.waitForFunction(() => window.ready !== undefined)
      await act(page)
      await new Promise((resolve) => setTimeout(resolve, 500))
      await person.disconnect()
      child.kill('SIGINT')
      expect(await ended).toBe(0)
      expect(said.err).toMatch(waiting)
    }
    const { conversation } = site.history
    const pictures = [...site.world.pictures.values()].filter(
      (one) => one.conversationId === conversation.id && one.era === 'A',
    )
    const ask = (id: string) => fetch(`/backend-api/conversation/${id}`).then((answer) => answer.text())
    const show = async (page: import('puppeteer-core').Page) => {
      for (const { fileId } of pictures)
        await page.evaluate((id) => window.pretend.show(id, 'x', 'A', document.body), fileId)
    }
    await visit((page) => page.evaluate(ask, conversation.id), /5 waiting/)
    await visit(show, /2 pictures archived this time, 2 in all; 3 waiting/)
    expect(hashesOf(path.join(folder, 'archive'))).toEqual(pictures.map((one) => one.sha256).sort())
    for (const record of recordsOf(path.join(folder, 'archive')).values())
      expect(record.conversationId).toBe(conversation.id)
  })

  it('leaves an archive of the 2023 tool as it is, and fetches nothing in it again', async () => {
    const folder = await prepared({})
    const { conversation } = site.history
    const old = [...site.world.pictures.values()].find(
      (one) => one.conversationId === conversation.id && one.era === 'A',
    )
    const bare = old?.fileId.slice(5)
    const record = { gen_id: old?.genId, prompt: 'p', seed: 1, date: 1698615600, fileId: bare, width: 1, height: 1 }
    const place = path.join(folder, 'archive', 'database', '2023', '10', '9', `${old?.genId}-${bare}.json`)
    execFileSync('mkdir', ['-p', path.dirname(place)])
    writeFileSync(place, JSON.stringify(record, null, 2))
    writeFileSync(
      path.join(folder, 'config.json'),
      JSON.stringify({
        ...JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')),
        startUrl: `https://chatgpt.com/c/${conversation.id}`,
      }),
    )
    const { child, said, ended } = start([], folder)
    await until(
      () => said.out.trim().split('\n').length >= 4 || undefined,
      () => said.out + said.err,
    )
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    child.kill('SIGINT')
    await ended
    expect(JSON.parse(readFileSync(place, 'utf8'))).toEqual(record)
    expect(hashesOf(path.join(folder, 'archive'))).not.toContain(old?.sha256)
    expect(imagesOf(path.join(folder, 'archive')).size).toBe(4)
  })

  // A recording keeps the order in which this machine happened to hear of two sessions; once in a while a second try is
  // due.
  it('writes a cleaned recording that plays back to the same pictures', async () => {
    const folder = await prepared({ startUrl: 'https://chat.openai.com/#tour' })
    const { child, said, ended } = start(['--record', 'session.ndjson'], folder)
    await site.tourEnded
    const truth = truthOf(site.world.pictures.values())
    await until(
      () => said.out.trim().split('\n').length >= truth.length || undefined,
      () => said.out + said.err,
    )
    child.kill('SIGINT')
    await ended
    const file = path.join(folder, 'session.ndjson')
    const text = readFileSync(file, 'utf8')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const inner = [...text.matchAll(/"(?:bufferedData|data|body)\\?":\\?"([A-Za-z0-9+/=]+)/g)].map(
      ([, code = '']) => code,
    )
    const spoken = [
      ...inner.map((code) => Buffer.from(code, 'base64')),
      Buffer.from(text.replaceAll(/[A-Za-z0-9+/=]{300,}/g, '')),
    ]
    const texts = spoken.filter((bytes) => !inspectImage(bytes)).map(String)
    for (const secret of [
      /eyJ[\w-]{8}/,
      /\bsig=/,
      /verify=/,
      /access_token=/,
      /user-Pretend/,
      /pretend-session/,
      /Bearer/,
    ]) {
      expect(texts.filter((one) => secret.test(one)).length).toBe(0)
    }

    // Larger pictures are left out of a recording, and so is the page of a shared conversation, since HTML cannot be
    // cleaned by a list of fields; all others come to rest as they did live.
    const shared = 'A boat to share'
    const live = [...recordsOf(path.join(folder, 'archive')).values()].filter(
      ({ bytes, prompt }) => bytes <= 65_536 && prompt !== shared,
    )
    const again = temporaryFolder()
    await playInto(again, text)
    const played = [...recordsOf(again).values()].filter(({ prompt }) => prompt !== shared)
    const told = ({ gen_id, prompt, seed, fileId, width, height, sha256, promptSource }: PictureRecord) =>
      JSON.stringify({ gen_id, prompt, seed, fileId, width, height, sha256, promptSource })
    expect(live.length).toBeGreaterThan(5)
    expect(played.map(told).sort()).toEqual(live.map(told).sort())
  })
})

describe('what is wrong is said in one line', () => {
  it('names the setting that lets a root user start Chromium', async () => {
    if (process.getuid?.() !== 0) return
    const folder = await prepared({ chromiumArgs: [] })
    const { said, ended } = start([], folder)
    expect(await ended).toBe(5)
    expect(said.err).toContain('"chromiumArgs": ["--no-sandbox"]')
    expect(said.err.trim().split('\n')).toHaveLength(2)
  })

  it('names "headless" when there is no display', async () => {
    const folder = await prepared({ headless: false })
    const { said, ended } = start([], folder, { DISPLAY: '', WAYLAND_DISPLAY: '' })
    expect(await ended).toBe(5)
    expect(said.err).toContain('"headless": true')
  })

  it('says that no browser was found', async () => {
    const folder = await prepared({ chromiumPath: '/nowhere/chromium' })
    const { said, ended } = start([], folder)
    expect(await ended).toBe(5)
    expect(said.err).toContain('"chromiumPath" names no program that can be run: /nowhere/chromium')
  })

  it('says that a program is not a browser', async () => {
    const folder = await prepared({ chromiumPath: '/bin/false' })
    const { said, ended } = start([], folder)
    expect(await ended).toBe(5)
    expect(said.err).not.toContain('    at ')
  })

  it('says that a profile is in use by another run', async () => {
    const folder = await prepared({})
    const first = start([], folder)
    await until(
      () => first.said.err.includes('Watching') || undefined,
      () => first.said.err,
    )
    const second = start(['--config', 'config.json'], await prepared({ profilePath: path.join(folder, 'profile') }))
    expect(await second.ended).toBe(5)
    expect(second.said.err).toContain('in use by another browser')
    first.child.kill('SIGINT')
    await first.ended
  })

  it('says that the archive cannot be written', async () => {
    const folder = await prepared({ archivePath: 'blocked/archive' })
    writeFileSync(path.join(folder, 'blocked'), 'a file where a folder should be')
    const { said, ended } = start([], folder)
    expect(await ended).toBe(8)
    expect(said.err).toContain('blocked/archive')
    chmodSync(folder, 0o755)
  })

  it('writes a first config that works, and says in two lines what to check', async () => {
    const folder = temporaryFolder()
    site = await startPretendChatgpt({})
    const { said, ended } = start([], folder)
    expect(await ended).toBe(0)
    expect(said.out.trim().split('\n')).toHaveLength(2)
    const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as Record<string, string>
    expect(config.archivePath).toBe(path.join(folder, 'archive'))
    expect(existsSync(config.chromiumPath ?? '')).toBe(true)
  })
})

describe('the demo', () => {
  it('archives every form of delivery byte for byte and older pictures by a backfill, and says where', async () => {
    site = await startPretendChatgpt({})
    const folder = temporaryFolder()
    const { said, ended } = start(['demo', '--archive', path.join(folder, 'demo')], folder)
    expect(await ended).toBe(0)
    const [, good, due] = /(\d+) of (\d+) pictures archived, byte for byte/.exec(said.out) ?? []
    expect(good).toBe(due)
    expect(Number(due)).toBeGreaterThan(20)
    const [, older, olderDue] = /and (\d+) of (\d+) older pictures by a backfill/.exec(said.out) ?? []
    expect([older, olderDue]).toEqual(['3', '3'])
    expect(imagesOf(path.join(folder, 'demo')).size).toBe(Number(due) + 3)
  })
})
