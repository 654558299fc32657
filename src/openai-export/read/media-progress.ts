import type { ImportEvent } from '../events.ts'
import { type ExportFile, flawOf, type InputFlaw } from '../inputs/export-file.ts'
import type { StageOptions } from './stage.ts'

/** Says how far the reading of assets is, and what cannot be read. */
export interface MediaProgress extends Pick<StageOptions, 'onBytes' | 'onAsset'> {
  /** From now on it is said, of all these files: before, the texts are what everybody waits for. */
  begin(all: readonly ExportFile[]): void
}

export function createMediaProgress(
  onFlaw: (flaw: InputFlaw) => void,
  onEvent: (event: ImportEvent) => void = () => {},
): MediaProgress {
  const done = { files: 0, bytes: 0 }
  let all: typeof done | undefined
  const tell = () => all && onEvent({ kind: 'progress', phase: 'media', done: { ...done }, all })
  return {
    begin(files) {
      all = { files: files.length, bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
      tell()
    },
    onBytes(count) {
      done.bytes += count
      tell()
    },
    onAsset(asset) {
      done.files += 1
      const { archive, path } = asset.file
      if ('flaw' in asset) onFlaw(flawOf(archive, path, asset.flaw))
      tell()
    },
  }
}
