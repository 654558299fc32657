import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { folderFor } from '../../src/archive/names.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'

/** The id of the n-th of many pictures; the first is the newest. */
export const manyIdOf = (n: number) => `Many${String(n).padStart(20, '0')}`

/** How large each of their images is. */
export const manyBytes = 3_000

/** Writes an archive of so many pictures as it stands when the daemon has ended, a minute between one and the next. */
export function writeMany(root: string, count: number) {
  const bytes = makePng({ widthPx: 64, heightPx: 64 }, manyBytes)
  const folders = new Set<string>()
  for (let n = 0; n < count; n++) {
    const date = new Date(Date.now() - (n + 1) * 60_000)
    const [folder, seconds, genId] = [folderFor(date), Math.floor(date.getTime() / 1000), `gen${manyIdOf(n)}`]
    for (const kind of ['images', 'database'].filter((kind) => !folders.has(`${kind}/${folder}`))) {
      mkdirSync(path.join(root, kind, folder), { recursive: true })
      folders.add(`${kind}/${folder}`)
    }
    const image = `images/${folder}/${seconds}-${genId}.png`
    const record = {
      version: 1,
      gen_id: genId,
      prompt: `Boat number ${n}`,
      promptSource: 'dalle',
      seed: n,
      date: seconds,
      dateSource: 'message',
      fileId: `file-${manyIdOf(n)}`,
      width: 64,
      height: 64,
      conversationId: `conversation-${n}`,
      messageId: `message-${n}`,
      source: { origin: 'live', channel: 'stream', host: 'files.oaiusercontent.com' },
      bytes: bytes.length,
      mime: 'image/png',
      image,
      archivedAt: date.toISOString(),
    }
    writeFileSync(path.join(root, 'database', folder, `${genId}-file-${manyIdOf(n)}.json`), JSON.stringify(record))
    writeFileSync(path.join(root, image), bytes)
  }
}
