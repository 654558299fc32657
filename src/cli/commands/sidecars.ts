import { archiveFolder } from '../../archive/confined.ts'
import { writeMarks } from '../../archive/mark-files.ts'
import { exitCodes } from '../../errors.ts'
import type { Walk } from '../../sidecars/all.ts'
import type { Sidecars } from '../../sidecars/sidecars.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { interruptible } from '../signals.ts'
import { countWords, numberWords } from '../words.ts'

export interface SidecarsCommandOptions extends OutputOptions, SettingsOptions {}

type SidecarVerb = 'write' | 'remove' | 'status'

/** Writes, removes or counts the sidecars of an archive, also beside a watch. */
export async function sidecarsCommand(verb: SidecarVerb, options: SidecarsCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const settings = settingsOf(options)
  const root = await archiveFolder(settings.archivePath)
  const { openSidecars } = await import('../../sidecars/sidecars.ts')
  const onFirst = () => output.notice('Stopping; what is done stays, and the next run goes on.')
  return interruptible(output, onFirst, async (signal) => {
    const sidecars = await openSidecars({ root, mark: (...marked) => writeMarks(root, ...marked) })
    const code = await actions[verb](sidecars, walkOf(root, signal, output), output)
    if (verb === 'remove' && settings.sidecars)
      output.notice('"sidecars" is true in the config: the next watch writes them again.')
    signal.throwIfAborted()
    return code
  })
}

type Action = (sidecars: Sidecars, walk: Walk, output: Output) => Promise<number>

const codeOf = ({ failed }: { readonly failed: number }) => (failed > 0 ? exitCodes['some-failed'] : exitCodes.ok)

const actions: Readonly<Record<SidecarVerb, Action>> = {
  async write(sidecars, walk, output) {
    const { writeAll } = await import('../../sidecars/all.ts')
    const counts = await writeAll(sidecars, walk)
    const { written, kept, edited, left, none, marked } = counts
    output.status('')
    const words = [
      `${countWords(written, 'sidecar')} written, ${numberWords(kept)} right already`,
      ...line(edited, 'edited by a photo manager: what it wrote stays, and only our own part is refreshed'),
      ...line(marked, 'of them with changes that are marks in the gallery now'),
      ...line(left, 'that cannot be read, and were left alone'),
      ...line(none, 'pictures without an image'),
      ...line(counts.failed, 'failed'),
    ]
    output.result(words.join('\n'), { event: 'sidecars-written', ...counts })
    return codeOf(counts)
  },
  async remove(sidecars, walk, output) {
    const { removeAll } = await import('../../sidecars/all.ts')
    const counts = await removeAll(sidecars, walk)
    output.status('')
    const words = [
      `${countWords(counts.removed, 'sidecar')} removed`,
      ...line(counts.left, 'left alone, since somebody else wrote to them'),
      ...line(counts.failed, 'failed'),
    ]
    output.result(words.join('\n'), { event: 'sidecars-removed', ...counts })
    return codeOf(counts)
  },
  async status(sidecars, walk, output) {
    const { statusOf } = await import('../../sidecars/all.ts')
    const status = await statusOf(sidecars.noted(), walk)
    output.status('')
    const { pictures, written, edited, missing, orphaned } = status
    for (const place of orphaned) output.detail(`${place}: there is no such image`, { event: 'orphan', place })
    const words = [
      `${countWords(pictures, 'picture')}: ${countWords(written, 'sidecar')} as written, ${numberWords(edited)} edited, ${numberWords(missing)} missing`,
      ...line(orphaned.length, 'sidecars without an image (-v names them)'),
      ...(missing > 0 ? ['→ dalle-archiver sidecars write'] : []),
    ]
    output.result(words.join('\n'), { event: 'sidecars', ...status })
    return exitCodes.ok
  },
}

const line = (count: number, words: string) => (count > 0 ? [`${numberWords(count)} ${words}`] : [])

const everyMs = 200

function walkOf(root: string, signal: AbortSignal, output: Output): Walk {
  let lastAt = Number.NEGATIVE_INFINITY
  return {
    root,
    signal,
    onProgress(done, all) {
      const moment = performance.now()
      if (moment - lastAt < everyMs) return
      lastAt = moment
      output.status(`${numberWords(done)} of ${countWords(all, 'record')}`)
    },
    onFailed: (record, reason) => output.notice(`${record}: ${reason}`, { event: 'failed', record, reason }),
  }
}
