import type { ExportFile } from '../inputs/export-file.ts'
import { namePartsOf, roleOf } from './name-parts.ts'

/** Of a file whose name says nothing, this much is looked at. */
const sniffedBytes = 64 * 1024

/** JSON that bears another name, but begins as a list of conversations does; what people uploaded keeps its id. */
export async function conversationsByOtherNames(files: readonly ExportFile[]): Promise<Set<ExportFile>> {
  const found = new Set<ExportFile>()
  for (const file of files) {
    const isUnknown = /\.json$/i.test(file.path) && roleOf(file.path) === 'asset' && !/\/mnt\/data\//.test(file.path)
    if (isUnknown && namePartsOf(file.path).fileId === null && (await beginsAsConversations(file))) found.add(file)
  }
  return found
}

/** Errors: a file that cannot be read is none; whoever reads it later says why. */
async function beginsAsConversations(file: ExportFile): Promise<boolean> {
  let text = ''
  try {
    for await (const chunk of file.open()) {
      text += chunk.toString('latin1')
      if (text.length >= sniffedBytes) break
    }
  } catch {
    return false
  }
  return /^\s*(?:\u00ef\u00bb\u00bf)?\s*[[{]/.test(text) && /"mapping"\s*:\s*\{/.test(text)
}
