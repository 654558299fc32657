import { createHash } from 'node:crypto'
import path from 'node:path'
import { moveAside, placeNew, remove, stage } from '../archive/files.ts'
import { ensureFolderIn, removeFolder } from '../archive/folders.ts'
import { temporaryNameFor } from '../archive/temporary-names.ts'
import { messageOf } from '../errors.ts'
import type { ExportFile } from '../openai-export/inputs/export-file.ts'
import { openInputs } from '../openai-export/inputs/inputs.ts'
import type { Expected } from './expected.ts'
import type { Aside } from './judge.ts'

/** An original that is not as it was. */
export interface Broken {
  readonly expected: Expected
  /** Null where there is no file in its place. */
  readonly aside: Aside | null
}

export interface RepairOptions {
  readonly root: string
  readonly broken: readonly Broken[]
  /** Exports, archives and folders of any kind. */
  readonly from: readonly string[]
  readonly signal?: AbortSignal | undefined
  onRepaired(expected: Expected, from: string): void
  onFlaw(text: string): void
}

/**
 * Puts originals back, from whatever holds just their bytes: they are known by hash alone, whatever they are called.
 *
 * Shape   the bytes are written beside the place and hashed on the way; the file that is there is set aside, never
 *         overwritten. Files of other lengths are not read.
 * Errors  a source that cannot be read is a flaw; rejects when the archive's own disk refuses.
 */
export async function repair(options: RepairOptions): Promise<void> {
  const { root, from, signal, onRepaired, onFlaw } = options
  const wanted = new Map<string, Broken[]>()
  for (const one of options.broken) {
    const sha256 = one.expected.sha256 ?? ''
    wanted.set(sha256, [...(wanted.get(sha256) ?? []), one])
  }
  const lengths = new Set(options.broken.map(({ expected }) => expected.lengthBytes))
  const workFolder = path.join(root, 'verify', 'unpacked')
  const inputs = await openInputs(from, {
    workFolder,
    own: root,
    onFlaw: ({ archive, path: place, reason }) => onFlaw(`${[archive, place].filter(Boolean).join(' › ')}: ${reason}`),
  })
  try {
    for (const file of inputs.files) {
      if (wanted.size === 0 || signal?.aborted) return
      if (!lengths.has(file.sizeBytes) && !lengths.has(null)) continue
      await putBack(root, file, wanted, onRepaired).catch((error: unknown) =>
        onFlaw(`${file.path}: ${messageOf(error)}`),
      )
    }
  } finally {
    await inputs.close()
    await removeFolder(workFolder)
  }
}

async function putBack(
  root: string,
  file: ExportFile,
  wanted: Map<string, Broken[]>,
  onRepaired: RepairOptions['onRepaired'],
): Promise<void> {
  const sha256 = await sha256In(file)
  for (const { expected, aside } of wanted.get(sha256) ?? []) {
    await place(root, { image: expected.image, sha256, aside }, file.open())
    onRepaired(expected, [...file.archive, file.path].join(' › '))
  }
  wanted.delete(sha256)
}

/** An original, and what is done with the file in its place. */
interface Place {
  readonly image: string
  readonly sha256: string
  readonly aside: Aside | null
}

/** Puts an original back whose bytes were had elsewhere. Errors: rejects for other bytes, and when the disk refuses. */
export function putBytesBack(root: string, to: Place, bytes: Buffer): Promise<void> {
  return place(
    root,
    to,
    (async function* () {
      yield bytes
    })(),
  )
}

async function place(root: string, { image, sha256, aside }: Place, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const target = path.join(root, image)
  await ensureFolderIn(root, path.posix.dirname(image))
  const staged = path.join(path.dirname(target), temporaryNameFor())
  const hash = createHash('sha256')
  await stage(staged, chunks, (chunk) => hash.update(chunk))
  try {
    if (hash.digest('hex') !== sha256) throw new Error('the source changed while it was read')
    if (aside !== null) await moveAside(target, aside)
    if ((await placeNew(staged, target)) === 'taken') throw new Error('its place was taken meanwhile')
  } finally {
    await remove(staged)
  }
}

async function sha256In(file: ExportFile): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of file.open()) hash.update(chunk)
  return hash.digest('hex')
}
