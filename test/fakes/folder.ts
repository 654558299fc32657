import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

const folders: string[] = []
const removeFolder = (folder: string) => rmSync(folder, { recursive: true, force: true })

/** A folder of its own for the running test, removed when the test is over. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'dalle-archiver-unit-')))
  folders.push(folder)
  onTestFinished(() => removeFolder(folder))
  return folder
}

/** A test that failed may have left something running, which makes its folder anew. */
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50))
  folders.forEach(removeFolder)
})

/** Every file below a folder, relative, with `/`, sorted; leftovers and hidden files too. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .map((name) => name.split(path.sep).join('/'))
    .sort()
}

/** Writes a file, with the folders above it. */
export function put(file: string, content: string | Uint8Array): string {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}
