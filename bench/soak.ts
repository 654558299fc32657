/**
 * A long visit with everything going wrong: a random person works on the pretend ChatGPT in a real browser while
 * processes are killed and stopped, connections cut and answers spoilt, from a printed seed. At the end everything is
 * opened once more in peace, and the archive is compared with the truth: nothing lost, nothing torn, nothing twice.
 *
 * `npm run soak` takes ten minutes; `npm run soak -- 2` two. SOAK_SEED repeats the choices of a run (not its timing).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { type PretendChatgpt, startPretendChatgpt } from '../src/pretend-chatgpt/server.ts'
import { type Form, forms } from '../src/pretend-chatgpt/turns.ts'
import type { Fault } from '../src/pretend-chatgpt/world.ts'
import { temporaryFolder } from './browsers.ts'

/** What the pretend page offers whoever steers it. */
declare global {
  interface Window {
    pretend: { send(how: string, prompt: string): Promise<string>; openLibrary(): Promise<void> }
    ready: Promise<void>
  }
}

const minutes = Number(process.argv[2] ?? 10)
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000_007)
const random = randomFrom(seed)
const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
const told = new Map<string, number>()
const count = (what: string) => told.set(what, (told.get(what) ?? 0) + 1)

const main = path.resolve('dist/cli/main.js')
const folder = temporaryFolder()
const port = 21_000 + Math.floor(Math.random() * 20_000)
let daemon: ChildProcess | undefined

function startDaemon() {
  count('starts of the daemon')
  const child = spawn(process.execPath, [main, '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.resume()
  child.stderr.on('data', (text: Buffer) => process.env.SOAK_VERBOSE && process.stderr.write(text))
  child.once('exit', (code, signal) => {
    if (signal === null && code !== 0) count(`daemon ended with ${code}`)
    if (daemon === child) daemon = undefined
  })
  daemon = child
}

/** The browser as the person's hand reaches it; it may be gone, or coming back. */
async function person(): Promise<Browser | undefined> {
  for (let tries = 0; tries < 100; tries++) {
    if (!daemon) startDaemon()
    const browser = await puppeteer
      .connect({ browserURL: `http://127.0.0.1:${port}`, defaultViewport: null, protocolTimeout: 20_000 })
      .catch(() => undefined)
    if (browser) return browser
    await pause(200)
  }
  return undefined
}

async function somePage(browser: Browser): Promise<Page> {
  const pages = (await browser.pages()).filter((page) => page.url().startsWith('https://chatgpt.com'))
  if (pages.length > 0 && random() < 0.8) return pick(pages)
  if (pages.length > 4) await pages[0]?.close()
  const page = await browser.newPage()
  await page.goto('https://chatgpt.com/', { timeout: 15_000 })
  return page
}

async function act(site: PretendChatgpt): Promise<void> {
  const browser = await person()
  if (!browser) return
  try {
    const page = await somePage(browser)
    await page.evaluate(() => window.ready)
    await doSomething(site, page)
  } catch {
    // The person's page goes down with the browser; that is what is tried here.
    count('acts cut short')
  } finally {
    await browser.disconnect().catch(() => {})
  }
}

async function doSomething(site: PretendChatgpt, page: Page) {
  const dice = random()
  const conversations = [...site.world.conversations.keys()]
  if (dice < 0.55) {
    count('turns')
    const form = pick(forms.filter((one) => !['refusal', 'quota', 'upload-edit'].includes(one))) as Form
    const sent = page.evaluate((how) => window.pretend.send(how, `A picture by ${how}`), form)
    if (random() < 0.7) await sent
    else await Promise.race([sent.catch(() => {}), pause(random() * 400)])
  } else if (dice < 0.75) {
    count('conversations opened')
    const lazy = random() < 0.3 ? '?lazy' : ''
    await page.goto(`https://chatgpt.com/c/${pick(conversations)}${lazy}`, { timeout: 15_000 })
  } else if (dice < 0.85) {
    count('reloads')
    await page.reload({ timeout: 15_000 })
  } else if (dice < 0.93) {
    count('tabs closed')
    await page.close()
  } else {
    count('library opened')
    await page.evaluate(() => window.pretend.openLibrary())
  }
}

/** What goes wrong, how often by weight. */
const faults: readonly (readonly [weight: number, name: string, run: (site: PretendChatgpt) => Promise<void>])[] = [
  [4, 'daemon killed (-9)', async () => void daemon?.kill('SIGKILL')],
  [2, 'daemon stopped for 6 s', stopDaemon],
  [2, 'daemon ended (SIGINT)', async () => void daemon?.kill('SIGINT')],
  [3, 'connection cut', async () => signalTo('relay.js', 'KILL')],
  [1, 'browser killed (-9)', async () => signalTo(`--remote-debugging-port=${port}`, 'KILL')],
  [2, 'tab process killed', async () => signalTo('--type=renderer', 'KILL')],
  [4, 'picture spoilt', spoil],
]

async function stopDaemon() {
  const stopped = daemon
  stopped?.kill('SIGSTOP')
  await pause(6_000)
  stopped?.kill('SIGCONT')
}

/** Ends one process of this run whose command line says so; never another run's. */
function signalTo(mark: string, signal: string) {
  const lines = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n').slice(1)
  const rows = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
  const isOurs = ([, , parent, args = '']: string[]) => args.includes(folder) || Number(parent) === daemon?.pid
  const found = rows.filter(([, , , args = '']) => args.includes(mark)).filter((row) => isOurs(row as string[]))
  const target = mark === '--type=renderer' ? pick(found) : found.find(([, , , args = '']) => !args.includes('--type='))
  if (target?.[1]) process.kill(Number(target[1]), `SIG${signal}`)
}

async function spoil(site: PretendChatgpt) {
  const picture = pick([...site.world.pictures.values()])
  const fault: Fault = pick(['cut', 'cut-quietly', 'forbidden', 'html', 'empty', 'slow'])
  picture.faults.push(fault)
  setTimeout(() => picture.faults.splice(0), 3_000).unref()
}

async function breakSomething(site: PretendChatgpt) {
  const total = faults.reduce((sum, [weight]) => sum + weight, 0)
  let dice = random() * total
  for (const [weight, name, run] of faults) {
    dice -= weight
    if (dice >= 0) continue
    count(name)
    return run(site)
  }
}

/** Everything is opened once more, in peace. */
async function lookAgain(site: PretendChatgpt) {
  for (const picture of site.world.pictures.values()) picture.faults.splice(0)
  for (const id of site.world.conversations.keys()) {
    const browser = await person()
    try {
      const page = await browser?.newPage()
      await page?.goto(`https://chatgpt.com/c/${id}`, { timeout: 20_000 })
      await page?.evaluate(() => window.ready)
      await pause(500)
      await page?.close()
    } catch {
      count('acts cut short')
    }
    await browser?.disconnect().catch(() => {})
  }
  await waitForCalm(site)
}

async function waitForCalm(site: PretendChatgpt) {
  const due = truthOf(site).length
  for (let tries = 0, before = -1; tries < 120 && imagesIn().length < due; tries++) {
    const now = imagesIn().length
    if (now !== before) tries = 0
    before = now
    await pause(500)
  }
}

const truthOf = (site: PretendChatgpt) => [...site.world.pictures.values()].filter(({ role }) => role === 'generated')

function filesIn(name: string): string[] {
  const entries = readdirSync(path.join(folder, 'archive', name), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

const imagesIn = () => filesIn('images')
const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

function compare(site: PretendChatgpt) {
  const due = truthOf(site)
  const hashes = imagesIn().map(hashOf)
  const records = filesIn('database').map((file) => JSON.parse(readFileSync(file, 'utf8')))
  const whole = records.filter((record) => hashOf(path.join(folder, 'archive', record.image)) === record.sha256)
  const known = new Set(hashes)
  return {
    pictures: due.length,
    lost: due.filter(({ sha256 }) => !known.has(sha256)).length,
    torn: records.length - whole.length + filesIn('.').filter((file) => file.endsWith('.part')).length,
    twice: hashes.length - known.size + (records.length - new Set(records.map((record) => record.fileId)).size),
    strange: hashes.filter((hash) => !due.some(({ sha256 }) => sha256 === hash)).length,
  }
}

function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    // A linear congruential generator: the choices of a run can be made again.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const site = await startPretendChatgpt({ paceMs: 5 })
const isRoot = process.getuid?.() === 0
writeFileSync(
  path.join(folder, 'config.json'),
  JSON.stringify({
    archivePath: 'archive',
    profilePath: 'profile',
    cdpPort: port,
    headless: true,
    keepBrowser: true,
    chromiumArgs: [...site.chromiumArgs, ...(isRoot ? ['--no-sandbox'] : [])],
  }),
)
console.log(`soak: ${minutes} min, SOAK_SEED=${seed}`)
startDaemon()
const endsAt = performance.now() + minutes * 60_000
while (performance.now() < endsAt) {
  await act(site)
  if (random() < 0.25) await breakSomething(site)
  await pause(random() * 300)
  if (!daemon) startDaemon()
}
await lookAgain(site)
daemon?.kill('SIGINT')
await pause(5_500)
const outcome = compare(site)
signalTo(`--remote-debugging-port=${port}`, 'TERM')
await pause(1_500)
await site.close()
for (const [what, times] of [...told].sort()) console.log(`${String(times).padStart(6)}  ${what}`)
console.log(JSON.stringify(outcome))
const isGood = outcome.lost + outcome.torn + outcome.twice + outcome.strange === 0
if (isGood) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
else console.log(`The archive stays for a look: ${folder}`)
process.exit(isGood ? 0 : 1)
