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
import type { Originals, WantedOriginal } from './originals.ts'
import type { ProfileWatch } from './profile-watch.ts'
import { realClock } from './waiting.ts'

const backfillWork = z.object({
  /** The label of the profile; left out where there is but one. */
  profile: z.string().nullish(),
  isOnlyLibrary: z.boolean().optional(),
  isAll: z.boolean().optional(),
  isUntilKnown: z.boolean().optional(),
  isDryRun: z.boolean().optional(),
  workspace: z.string().optional(),
  since: z.coerce.date().optional(),
  perHour: z.number().positive().optional(),
})

const importWork = z.object({
  paths: z.array(z.string()),
  onlyGenerated: z.boolean().optional(),
  profile: z.string().optional(),
})

const pullWork = z.object({ hasOriginals: z.boolean() })

const originalsWork = z.object({
  originals: z.array(
    z.object({
      fileId: z.string(),
      conversationId: z.string().nullable(),
      profiles: z.array(z.string()).optional(),
      sha256: z.string(),
      image: z.string(),
      aside: z.enum(asides).nullable(),
    }),
  ),
})

/** What of a profile that is watched serves other commands. */
type Served = Pick<ProfileWatch, 'label' | 'isOver'> & {
  readonly backfills: Pick<Backfills, 'begin' | 'end' | 'progress' | 'wanted'>
  readonly originals: Pick<Originals, 'want'>
}

export interface ServicesOptions {
  readonly archive: Archive
  readonly watches: readonly Served[]
  readonly now: () => Date
  readonly mirror: MirrorSettings | undefined
  /** Resolves when all that was received is on the disk. */
  drained(): Promise<void>
}

const everyMs = 300

/** What a watch does for other commands while it holds the archive. */
export function servicesOf(options: ServicesOptions): Readonly<Record<Kind, Service>> {
  const { archive, watches, now, drained, mirror: mirrorSettings } = options
  return {
    async backfill(work, tell, signal) {
      const { profile = null, ...scope } = backfillWork.parse(work)
      const watch = watches.find(({ label }) => label === profile)
      if (!watch) throw notWatched(profile)
      const { backfills } = watch
      if (backfills.wanted())
        throw new ArchiverError('archive-locked', 'A backfill of this archive is under way already.')
      await backfills.begin(scope)
      try {
        for (let isDone = false; !isDone && !signal.aborted; ) {
          // Whatever else is watched, nobody reads on in a browser that is gone.
          if (watch.isOver) throw notWatched(profile)
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
      const reasons = await Promise.all(wanted.map((one) => wantOf(one, watches, signal).finally(onDone)))
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
      const { paths, onlyGenerated = false, profile } = importWork.parse(work)
      const flaws: unknown[] = []
      const onEvent = (event: ImportEvent) => {
        if (event.kind === 'flaw') flaws.push(event.flaw)
        tell(event.kind === 'flaw' ? { flaws } : { progress: event })
      }
      // Sixty modules that a watch does without, and a start waits for each.
      const { importExports } = await import('../openai-export/import.ts')
      const into = { archive, archivePath: archive.root, now }
      tell({ summary: await importExports({ ...into, paths, onlyGenerated, profile, signal, onEvent }) })
    },
  }
}

const notWatched = (profile: string | null) =>
  new ArchiverError('browser-unreachable', `The watch that runs has no browser for ${aboutProfile(profile)}.`, {
    hint: 'End it and start it again, with the config that names this profile.',
  })

const aboutProfile = (profile: string | null) => (profile === null ? 'an account without a label' : `"${profile}"`)

/** Asks the profiles that have shown a picture, one after the other; all of them where that is not known. */
async function wantOf(
  original: WantedOriginal & { readonly profiles?: readonly string[] | undefined },
  watches: readonly Served[],
  signal: AbortSignal,
): Promise<string | null> {
  const own = watches.filter(({ label }) => label !== null && original.profiles?.includes(label))
  const asked = (own.length > 0 ? own : watches).filter(({ isOver }) => !isOver)
  let reason: string | null = 'no browser of its account is watched'
  for (const { originals } of asked) {
    reason = (await originals.want([original], signal, () => {}))[0] ?? null
    if (reason === null || signal.aborted) return reason
  }
  return reason
}
