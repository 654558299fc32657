import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Archive } from '../archive/archive.ts'
import { createImageFolders } from '../catalogue/folders.ts'
import type { MirrorSettings } from '../config.ts'
import { messageOf } from '../errors.ts'
import { fileIdOfRecord } from '../sites/ids.ts'
import { pushCollections } from './collections.ts'
import { inLanes } from './lanes.ts'
import { noteLast } from './last.ts'
import { type Mirror, openMirror } from './mirror.ts'
import { mirrorName, placeOf } from './place.ts'
import { push } from './push.ts'
import { pushPicture } from './push-picture.ts'

export type MirrorFollowed = Pick<Archive, 'root' | 'onRecord' | 'onMarks' | 'recordOf'>

export interface KeepMirrorOptions {
  /** How long to wait before the first look through the archive: by then the first page is there. */
  readonly firstAfterMs?: number
  /** How long to rest before the next look, where the store was not to be had. */
  readonly everyMs?: number
  /** How long what came last may still take when the archive is closed. */
  readonly lastMs?: number
  /** As of the store. */
  readonly pauseMs?: number
  /** The mirror is behind, once for each trouble; it has all again. */
  readonly onNotice?: (text: string) => void
}

/** Few at a time: the person's own page uses the same line. */
const lanes = 2

/**
 * Sends each picture to the mirror when it was archived, or changed, and with it the collections that were; and, a
 * minute after the start, what of the past is not there yet. The archive waits for none of it.
 *
 * Errors  none: what the store refuses is reported once and tried again at the next look, and `status` says that the
 *         mirror is behind.
 */
export const keepMirror =
  (settings: MirrorSettings, options: KeepMirrorOptions = {}) =>
  (archive: MirrorFollowed): { close(): Promise<void> } => {
    const { firstAfterMs = 60_000, everyMs = 600_000, lastMs = 5_000, pauseMs, onNotice = () => {} } = options
    const { root } = archive
    const name = mirrorName(placeOf(settings))
    const [resting, closing] = [new AbortController(), new AbortController()]
    const { signal } = closing
    const waiting = new Set<string>()
    let opened: Promise<Mirror> | undefined
    let isBehind = true
    let trouble: string | undefined
    let working: Promise<void> = Promise.resolve()

    const inTurn = (work: (mirror: Mirror) => Promise<number>) => {
      working = working.then(async () => {
        try {
          opened ??= openMirror(root, settings, { signal, onNotice, ...(pauseMs !== undefined && { pauseMs }) })
          const failed = await work(await opened)
          await noteLast({ root, name, now: () => new Date() }, { failed })
          trouble = undefined
        } catch (error) {
          // Credentials may be put right meanwhile.
          opened = undefined
          isBehind = true
          if (signal.aborted) return
          if (trouble === undefined) onNotice(`${messageOf(error)} Pictures are archived all the same, and sent later.`)
          trouble = messageOf(error)
          await noteLast({ root, name, now: () => new Date() }, { failed: 0, trouble })
        }
      })
      return working
    }

    const sendWaiting = async (mirror: Mirror) => {
      const records = [...waiting]
      waiting.clear()
      let failed = 0
      const images = createImageFolders(root)
      const onFailed = () => {
        failed += 1
      }
      await inLanes(records, { lanes, signal, onFailed }, async (record) => {
        const { dir: folder, base } = path.posix.parse(record)
        await pushPicture(mirror, images, { folder, name: base })
      })
      // Whoever changes them tells nobody: they are looked at when there is something to send anyway.
      await pushCollections(mirror, { lanes, signal, onFailed })
      return failed
    }

    const send = (record: string | undefined) => {
      if (record === undefined) return
      waiting.add(record)
      if (waiting.size === 1) void inTurn(sendWaiting)
    }
    const forgetRecords = archive.onRecord((record, change) => {
      // What was pulled is there.
      const fileId = change === 'pulled' ? null : fileIdOfRecord(record)
      if (fileId) send(archive.recordOf(fileId))
    })
    const forgetMarks = archive.onMarks((folder, record) => send(path.posix.join(folder, record)))

    const look = async (mirror: Mirror) => {
      const { failed } = await push({ mirror, signal, lanes })
      isBehind = false
      return failed
    }
    const lookWhileBehind = async () => {
      for (let restMs = firstAfterMs; ; restMs = everyMs) {
        await pause(restMs, undefined, { signal: resting.signal, ref: false }).catch(() => {})
        if (resting.signal.aborted) return
        if (isBehind) await inTurn(look)
      }
    }
    const looking = lookWhileBehind()

    return {
      async close() {
        forgetRecords()
        forgetMarks()
        resting.abort()
        const timer = setTimeout(() => closing.abort(), lastMs)
        await Promise.allSettled([working, looking])
        clearTimeout(timer)
      },
    }
  }
