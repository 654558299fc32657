import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import puppeteer, { type Page } from 'puppeteer-core'
import { installedBrowsers } from '../src/browser/installed.ts'

/** The gallery of an archive while it is served. */
export interface Served {
  readonly url: string
  readonly began: number
  readonly child: ChildProcess
  readonly get: (place: string) => Promise<string>
}

/** The command itself, as it was built, in a process of its own. */
export async function start(root: string): Promise<Served> {
  const began = performance.now()
  const args = ['dist/cli/main.js', 'browse', '--no-open', '--json', '--archive', root]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line = ''] = (await once(createInterface({ input: child.stdout }), 'line')) as string[]
  const { url } = JSON.parse(line) as { url: string }
  let cookie: Promise<string> | undefined
  const enter = async () => (await fetch(url, { redirect: 'manual' })).headers.get('set-cookie')?.split(';')[0] ?? ''
  const get = async (place: string) => {
    cookie ??= enter()
    return (await fetch(new URL(place, url), { headers: { cookie: await cookie } })).text()
  }
  return { url, began, child, get }
}

/** Ends it as a person does. */
export async function end({ child }: Served): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

/** A page in a Chromium that is there already, as a person's own is, before the gallery is started. */
export async function withPage(root: string, use: (page: Page, served: Served) => Promise<void>): Promise<void> {
  const executablePath = installedBrowsers()[0]?.path ?? ''
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await puppeteer.launch({
    executablePath,
    args,
    headless: true,
    defaultViewport: { width: 1400, height: 800 },
  })
  const page = await browser.newPage()
  const served = await start(root)
  try {
    await use(page, served)
  } finally {
    await browser.close()
    await end(served)
  }
}
