import { z } from 'zod'
import type { Archive } from '../archive/archive.ts'
import { imagePlace } from '../catalogue/record.ts'
import type { MirrorSettings } from '../config.ts'
import { ArchiverError } from '../errors.ts'
import type { ImportEvent } from '../openai-export/events.ts'
import { reviveFileId } from '../sites/ids.ts'
import { asides } from '../verify/judge.ts'
import type { Backfills } from './backfills.ts'
import type { Kind, Service } from './door.ts'
import type { Originals } from './originals.ts'
import { realClock } from './waiting.ts'

const backfillScope = z.object({
  isOnlyLibrary: z.boolean().optional(),
  isAll: z.boolean().optional(),
  isUntilKnown: z.boolean().optional(),
  isDryRun: z.boolean().optional(),
  workspace: z.string().optional(),
  since: z.coerce.date().optional(),
  perHour: z.number().positive().optional(),
})

const importWork = z.object({ paths: z.array(z.string()), onlyGenerated: z.boolean().optional() })

const pullWork = z.object({ hasOriginals: z.boolean() })

const originalsWork = z.object({
  originals: z.array(
    z.object({
      fileId: z.string(),
      conversationId: z.string().nullable(),
      sha256: z.string(),
      image: z.string(),
      aside: z.enum(asides).nullable(),
    }),
  ),
})

export interface ServicesOptions {
  readonly archive: Archive
  readonly backfills: Pick<Backfills, 'begin' | 'end' | 'progress' | 'wanted'>
  readonly originals: Pick<Originals, 'want'>
  readonly now: () => Date
  readonly mirror: MirrorSettings | undefined
  /** Resolves when all that was received is on the disk. */
  drained(): Promise<void>
}

const everyMs = 300

/** What a watch does for other commands while it holds the archive. */
export function servicesOf(options: ServicesOptions): Readonly<Record<Kind, Service>> {
  const { archive, backfills, originals, now, drained, mirror: mirrorSettings } = options
  return {
    async backfill(work, tell, signal) {
      if (backfills.wanted())
        throw new ArchiverError('archive-locked', 'A backfill of this archive is under way already.')
      await backfills.begin(backfillScope.parse(work))
      try {
        for (let isDone = false; !isDone && !signal.aborted; ) {
          await realClock.sleep(everyMs, signal)
          const progress = backfills.progress()
          isDone = progress?.phase === 'done'
          if (isDone) await drained()
          if (progress) tell({ progress })
        }
      } finally {
        backfills.end()
      }
    },
    async originals(work, tell, signal) {
      const { putBytesBack } = await import('../verify/repair.ts')
      const wanted = originalsWork.parse(work).originals.flatMap((one) => {
        const fileId = reviveFileId(one.fileId)
        const put = (bytes: Buffer) => putBytesBack(archive.root, one, bytes)
        return fileId && imagePlace(one.image) ? [{ ...one, fileId, put }] : []
      })
      let done = 0
      const onDone = () => tell({ done: ++done })
      const reasons = await originals.want(wanted, signal, onDone)
      tell({ outcomes: wanted.map(({ image }, at) => ({ image, reason: reasons[at] ?? null })) })
    },
    async pull(work, tell, signal) {
      const { hasOriginals } = pullWork.parse(work)
      const [{ openMirror }, { pull }] = await Promise.all([import('../mirror/mirror.ts'), import('../mirror/pull.ts')])
      const failures: { what: string; reason: string }[] = []
      const mirror = await openMirror(archive.root, mirrorSettings, { signal, now })
      const onFailed = (what: string, reason: string) => {
        failures.push({ what, reason })
        tell({ failures })
      }
      const onProgress = (counts: object) => tell({ counts })
      tell({ counts: await pull({ archive, mirror, hasOriginals, signal, onProgress, onFailed }) })
    },
    async import(work, tell, signal) {
      const { paths, onlyGenerated = false } = importWork.parse(work)
      const flaws: unknown[] = []
      const onEvent = (event: ImportEvent) => {
        if (event.kind === 'flaw') flaws.push(event.flaw)
        tell(event.kind === 'flaw' ? { flaws } : { progress: event })
      }
      // Sixty modules that a watch does without, and a start waits for each.
      const { importExports } = await import('../openai-export/import.ts')
      const into = { archive, archivePath: archive.root, now }
      tell({ summary: await importExports({ ...into, paths, onlyGenerated, signal, onEvent }) })
    },
  }
}
