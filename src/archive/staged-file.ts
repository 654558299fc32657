import { closeSync, fsync, openSync, unlinkSync, writeSync } from 'node:fs'

/** A new file that is being written, not yet under the name it shall have. */
export interface StagedFile {
  readonly path: string
  /** Writes at once, in the thread that asks. */
  write(bytes: Uint8Array): void
  /** Resolves when the disk has all of it: its later name never stands for nothing. Removes it when that fails. */
  finish(): Promise<void>
  /** Takes it back. */
  discard(): void
}

/** Begins a file that must not exist yet. Errors: what the file system says, here and in all that follows. */
export function beginStaged(path: string): StagedFile {
  const file = openSync(path, 'wx')
  const discard = () => {
    closeSync(file)
    unlinkSync(path)
  }
  return {
    path,
    write(bytes) {
      // One call may write a part and say so only in its answer.
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    },
    async finish() {
      try {
        // By the pool of threads: flushes that are asked for together share the trips to the disk.
        await new Promise<void>((resolve, reject) => fsync(file, (error) => (error ? reject(error) : resolve())))
      } catch (error) {
        discard()
        throw error
      }
      closeSync(file)
    },
    discard,
  }
}
