import path from 'node:path'
import { evidenceFile } from '../archive/imports.ts'
import { createLineCutter } from '../archive/lines.ts'
import { chunksOf, namesIn } from '../archive/read-files.ts'
import { isObject, parseJson } from '../decode/json.ts'
import { type ImageFacts, reviveFacts } from '../sites/facts.ts'

/** What else stands in that file is left unread. */
const beginning = '{"facts"'

/**
 * Facts of generated images that no export held when it was imported; whether another has brought them since is for the
 * archive to say.
 *
 * Errors  none: what cannot be read says nothing.
 */
export async function readExportFacts(root: string): Promise<readonly ImageFacts[]> {
  const found = new Map<string, ImageFacts>()
  const read = (line: string) => {
    const json = line.startsWith(beginning) ? parseJson(line) : undefined
    const facts = isObject(json) ? reviveFacts(json.facts) : undefined
    if (facts) found.set(facts.fileId, facts)
  }
  const folders = await namesIn(path.join(root, 'imports')).catch(() => [])
  for (const folder of folders) await readLines(path.join(root, 'imports', folder, evidenceFile), read).catch(() => {})
  return [...found.values()]
}

async function readLines(file: string, onLine: (line: string) => void): Promise<void> {
  const cutter = createLineCutter()
  for await (const chunk of chunksOf(file)) for (const line of cutter.push(chunk)) onLine(line)
  onLine(cutter.end())
}
