import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import puppeteer, { type Browser } from 'puppeteer-core'
import { expect } from 'vitest'
import { installedBrowsers } from '../../src/browser/installed.ts'
import { type Config, configFor } from '../../src/config.ts'
import { imageMessage, userMessage } from '../../src/pretend-chatgpt/messages.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import type { PictureWish } from '../../src/pretend-chatgpt/world.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { imagesOf, machineArgs, recordsOf } from './support.ts'

const program = path.resolve('dist/cli/main.js')
const started: ChildProcess[] = []
const sites: PretendChatgpt[] = []
const folders: string[] = []

/** Builds what the tests start. */
export const build = () => void execFileSync(process.execPath, ['scripts/setup.mjs'], { stdio: 'ignore' })

/** Ends what a test has started: programs, the browsers of its folders, its site. */
export async function endEverything() {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) for (const { pid } of processesWith(folder)) kill(pid, 'SIGKILL')
  for (const site of sites.splice(0)) await site.close()
}

export interface Run {
  readonly child: ChildProcess
  readonly pid: number
  readonly said: { out: string; err: string }
  readonly ended: Promise<number | null>
  /** Waits until it has said this. */
  says(words: string | RegExp): Promise<void>
}

/** A program as a person starts it, with what it says and how it ends. */
export function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (data) => {
    said.out += data
  })
  child.stderr.on('data', (data) => {
    said.err += data
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const hasSaid = (words: string | RegExp) => (said.out + said.err).match(words) !== null
  return {
    child,
    pid: child.pid ?? 0,
    said,
    ended,
    says: (words) =>
      until(
        () => hasSaid(words) || undefined,
        () => `${words} is not in: ${said.out}${said.err}`,
      ).then(() => {}),
  }
}

/** Our own program. */
export const start = (args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Run =>
  run(process.execPath, [program, ...args], cwd, env)

/**
 * The watch of our own program in a process that can be killed, stopped and continued, asking for missing pictures
 * faster than a person would like.
 */
export function startHasty(config: Partial<Config> & { archivePath: string }, more: object = {}): Run {
  const script = `
    import { watch } from ${JSON.stringify(path.resolve('dist/daemon/watch.js'))}
    const controller = new AbortController()
    process.on('SIGINT', () => controller.abort())
    const { config, ...more } = JSON.parse(process.argv[1])
    const onEvent = (event) => console.log(JSON.stringify(event.kind === 'kept' ? { kind: 'kept' } : event))
    console.log(JSON.stringify(await watch({ config, onEvent, signal: controller.signal, ...more })))
    process.exit(0)`
  const all = { config: { ...configFor(config.archivePath), ...config }, pace: hasty, ...more }
  return run(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(all)], process.cwd())
}

/** Missing pictures are asked for almost at once. */
export const hasty = { graceMs: 300, everyMs: 50, betweenMs: [10, 30] as const, tooManyMs: 1_000 }

export interface Prepared {
  readonly site: PretendChatgpt
  readonly folder: string
  readonly archive: string
  readonly profile: string
  readonly port: number
  readonly config: Partial<Config> & { archivePath: string }
}

/** A pretend site, and a folder with a config for it. */
export async function prepared(more: Partial<Config> = {}): Promise<Prepared> {
  const site = await startPretendChatgpt({ paceMs: 5 })
  sites.push(site)
  const folder = ownFolder()
  const port = await freePort()
  const [archive, profile] = [path.join(folder, 'archive'), path.join(folder, 'profile')]
  const config = {
    archivePath: archive,
    profilePath: profile,
    cdpPort: port,
    headless: true,
    chromiumArgs: [...site.chromiumArgs, ...machineArgs],
    ...more,
  }
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config))
  return { site, folder, archive, profile, port, config }
}

/** A temporary folder; a browser with its profile in there ends with the test. */
export function ownFolder(): string {
  const folder = temporaryFolder()
  folders.push(folder)
  return folder
}

/** A browser that somebody else has started. */
export async function foreignBrowser(site: PretendChatgpt, profile: string, port: number, url = 'about:blank') {
  const browser = run(
    installedBrowsers()[0]?.path ?? '',
    [
      ...site.chromiumArgs,
      ...machineArgs,
      '--headless=new',
      '--no-first-run',
      `--user-data-dir=${profile}`,
      `--remote-debugging-port=${port}`,
      '--site-per-process',
      url,
    ],
    profile,
  )
  await until(() => answers(port))
  return browser
}

/** What a browser on this port says of itself; undefined when none is there. */
export const answers = (port: number): Promise<{ webSocketDebuggerUrl: string } | undefined> =>
  fetch(`http://127.0.0.1:${port}/json/version`).then(
    (answer) => answer.json() as Promise<{ webSocketDebuggerUrl: string }>,
    () => undefined,
  )

/** A second client, which steers as a person would. */
export const steer = (port: number): Promise<Browser> =>
  puppeteer.connect({ browserURL: `http://127.0.0.1:${port}`, defaultViewport: null })

/** Addresses of the tabs, as the browser itself lists them. */
export async function tabsAt(port: number): Promise<string[]> {
  const list = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { type: string; url: string }[]
  return list.filter(({ type }) => type === 'page').map(({ url }) => url)
}

export interface Process {
  readonly pid: number
  readonly parent: number
  readonly args: string
}

/** Running processes whose command line holds these words. */
export function processesWith(words: string): Process[] {
  const lines = execFileSync('ps', ['-ww', '-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, parent, state = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    return args.includes(words) && !state.startsWith('Z') ? [{ pid: Number(pid), parent: Number(parent), args }] : []
  })
}

/** The main process of the browser with this profile. */
export const browserWith = (profile: string): Process | undefined =>
  processesWith(`--user-data-dir=${profile}`).find(({ args }) => !args.includes('--type='))

/** The process that holds a daemon's connection to its browser, too. */
export const guardOf = (pid: number): Process | undefined =>
  processesWith('browser/guard-process.js').find(({ parent }) => parent === pid)

export function kill(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}

/** Wishes for so many pictures of one kind. */
export const several = (count: number, wish: Partial<PictureWish> = {}) => Array.from({ length: count }, () => wish)

/** A stored conversation with pictures made as wished. */
export function conversationIn(
  { world }: PretendChatgpt,
  wishes: readonly Partial<PictureWish>[],
  title = 'A picture',
) {
  const conversation = world.addConversation(title)
  const add = (wish: Partial<PictureWish>, index: number) => {
    const prompt = `${title} ${index}`
    const picture = world.addPicture({ era: 'D', prompt, conversationId: conversation.id, ...wish })
    const turn = { era: picture.era, parentId: conversation.current, turnId: `turn-${index}` }
    const asked = world.append(conversation, conversation.current, userMessage(turn, prompt))
    world.append(conversation, asked, imageMessage({ ...turn, parentId: asked }, [picture]))
    return picture
  }
  const pictures = wishes.map(add)
  return { conversation, pictures, add, url: `https://chatgpt.com/c/${conversation.id}` }
}

/** The promise of an archive, whatever happened to those who wrote it: each record names a whole image of the truth. */
export function expectSound(archive: string, truth: readonly { readonly sha256: string; readonly fileId: string }[]) {
  const images = imagesOf(archive)
  const records = [...recordsOf(archive)].filter(([file]) => !file.endsWith('.part')).map(([, record]) => record)
  for (const record of records) expect([record.image, images.get(record.image)]).toEqual([record.image, record.sha256])
  const whole = new Set(truth.map(({ sha256 }) => sha256))
  const visible = [...images].filter(([file]) => !path.basename(file).startsWith('.'))
  for (const [file, sha256] of visible) expect([file, whole.has(sha256)]).toEqual([file, true])
  expect(new Set(records.map(({ fileId }) => fileId)).size).toBe(records.length)
  expect(new Set(visible.map(([, sha256]) => sha256)).size).toBe(visible.length)
}

/** Leftovers of writes that were cut short. */
export const leftoversIn = (archive: string): string[] =>
  readdirSync(archive, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part'))

/** Hashes of the pictures that can be seen in an archive, also while it is written. */
export function archivedIn(archive: string): string[] {
  const images = path.join(archive, 'images')
  const names = existsSync(images) ? readdirSync(images, { recursive: true, encoding: 'utf8' }) : []
  const visible = names.filter((name) => /(^|\/)[^./][^/]*\.\w+$/.test(name))
  return visible.map((name) => sha256Of(path.join(images, name))).sort()
}

const sha256Of = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
