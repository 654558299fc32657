import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { hasSwift, startSwift } from '../../fakes/swift.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the real store; empty where there is none. */
    readonly store: string
  }
}

/** One real store for all tests of this folder. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  if (!hasSwift) {
    project.provide('store', '')
    return async () => {}
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-swift-'))
  const swift = await startSwift(folder)
  project.provide('store', swift.endpoint)
  return async () => {
    await swift.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}
