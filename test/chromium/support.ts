import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import type { PictureRecord } from '../../src/archive/records.ts'
import type { Pace } from '../../src/ask/asker.ts'
import type { BackfillScope } from '../../src/backfill/backfill.ts'
import type { Wire } from '../../src/browser/wire.ts'
import { type Config, configFor } from '../../src/config.ts'
import type { WatchEvent } from '../../src/daemon/events.ts'
import { type WatchSummary, watch } from '../../src/daemon/watch.ts'
import type { Follower } from '../../src/followers.ts'
import { type PretendChatgpt, type PretendOptions, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import type { PretendPicture } from '../../src/pretend-chatgpt/world.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { sha256Of } from '../fakes/sha256.ts'
import { until } from '../fakes/until.ts'
import { createTraffic } from './traffic.ts'

/** The functions of the pretend page that a test may call, as a person would by clicking. */
export interface PretendPage {
  send(how: string, prompt: string, uploads?: string[]): Promise<string>
  openConversation(id: string, form?: 'tree' | 'flat' | 'batch'): Promise<void>
  openLibrary(): Promise<void>
  show(id: string, cid: string, era: string, holder: Element): Promise<void>
}

declare global {
  interface Window {
    pretend: PretendPage
    ready: Promise<void>
    firstEventAfterMs: number | null
    streamMs: number | null
    abortAfterComplete: boolean
  }
}

/** What a running watch with its pretend site offers a test. */
export interface Visit {
  readonly site: PretendChatgpt
  readonly archivePath: string
  readonly events: readonly WatchEvent[]
  readonly port: number
  page(): Promise<Page>
  newPage(url?: string): Promise<Page>
  /** Waits until this many pictures are in the archive, or fails after a while. */
  archived(count: number): Promise<PictureRecord[]>
  oddities(kind: string): string[]
  /** Waits until the browser has nothing more to say and is asked nothing more, for so long. */
  calm(silentMs?: number): Promise<void>
  stop(): Promise<WatchSummary>
  /** How the watch ended by itself. */
  readonly ended: Promise<WatchSummary>
}

export interface VisitOptions {
  readonly site?: PretendOptions
  readonly config?: Partial<Config>
  readonly tap?: (wire: Wire) => Wire
  readonly startUrl?: string
  readonly archivePath?: string
  readonly pace?: Pace
  readonly backfill?: BackfillScope
  readonly followers?: readonly Follower[]
  readonly reuseSite?: PretendChatgpt
  /** Nobody steers: no second client is connected to the browser. */
  readonly isAlone?: boolean
}

/** The arguments a test's browser needs on this machine. */
export const machineArgs = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** Starts a pretend site and a watch in a real Chromium. */
export async function startVisit(options: VisitOptions = {}): Promise<Visit> {
  const site = options.reuseSite ?? (await startPretendChatgpt({ paceMs: 5, ...options.site }))
  const archivePath = options.archivePath ?? temporaryFolder()
  const events: WatchEvent[] = []
  const traffic = createTraffic()
  const controller = new AbortController()
  let onStarted = (_port: number) => {}
  const started = new Promise<number>((resolve) => {
    onStarted = resolve
  })
  const ended = watch({
    config: {
      ...configFor(archivePath),
      profilePath: temporaryFolder(),
      headless: true,
      startUrl: options.startUrl ?? 'https://chatgpt.com/',
      chromiumArgs: [...site.chromiumArgs, ...machineArgs],
      ...options.config,
    },
    signal: controller.signal,
    onEvent(event) {
      events.push(event)
      if (event.kind === 'watching') onStarted(event.port)
    },
    tap: (wire) => traffic.over(options.tap ? options.tap(wire) : wire),
    ...(options.pace && { pace: options.pace }),
    ...(options.backfill && { backfill: options.backfill }),
    ...(options.followers && { followers: options.followers }),
  })
  ended.catch(() => {})
  const port = await Promise.race([started, ended.then(() => Promise.reject(new Error('the watch ended at once')))])
  const browserURL = `http://127.0.0.1:${port}`
  const person = options.isAlone ? undefined : await puppeteer.connect({ browserURL, defaultViewport: null })
  const steered = (): Browser => person ?? failed('nobody steers this browser')
  let stopped: Promise<WatchSummary> | undefined

  const kept = () => events.flatMap((event) => (event.kind === 'kept' ? [event.record] : []))
  return {
    site,
    archivePath,
    ended,
    events,
    port,
    async page() {
      const page = await until(async () => (await steered().pages()).find((one) => one.url().startsWith('https://')))
      await page.waitForFunction(() => window.ready !== undefined)
      await page.evaluate(() => window.ready)
      return page
    },
    async newPage(url = 'https://chatgpt.com/') {
      const page = await steered().newPage()
      await page.goto(url)
      await page.evaluate(() => window.ready)
      return page
    },
    async archived(count) {
      await until(
        () => kept().length >= count || undefined,
        () => `${kept().length} of ${count} archived; ${JSON.stringify(events.slice(-5))}`,
      )
      return kept()
    },
    oddities: (kind) => events.flatMap((e) => (e.kind === 'oddity' && e.oddity.kind === kind ? [e.oddity.detail] : [])),
    calm: (silentMs) => traffic.calm(silentMs),
    stop() {
      stopped ??= (async () => {
        await person?.disconnect()
        controller.abort()
        const summary = await ended
        if (!options.reuseSite) await site.close()
        return summary
      })()
      return stopped
    },
  }
}

function failed(reason: string): never {
  throw new Error(reason)
}

/** Every image file of an archive: relative path → SHA-256. */
export function imagesOf(archivePath: string): Map<string, string> {
  return filesBelow(archivePath, 'images', (file) => sha256Of(readFileSync(file)))
}

/** Every record of an archive by its path. */
export function recordsOf(archivePath: string): Map<string, PictureRecord> {
  return filesBelow(archivePath, 'database', (file) => JSON.parse(readFileSync(file, 'utf8')) as PictureRecord)
}

function filesBelow<T>(archivePath: string, folder: string, read: (file: string) => T): Map<string, T> {
  const entries = readdirSync(path.join(archivePath, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  return new Map(files.map((file) => [path.relative(archivePath, file), read(file)]))
}

/** The hashes of the pictures that ought to be archived. */
export const truthOf = (pictures: Iterable<PretendPicture>) =>
  [...pictures]
    .filter((picture) => picture.role === 'generated')
    .map((picture) => picture.sha256)
    .sort()

export const hashesOf = (archivePath: string) => [...imagesOf(archivePath).values()].sort()
