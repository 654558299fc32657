import { randomInt } from 'node:crypto'
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format } from 'date-fns/format'
import { makePng } from '../src/pretend-chatgpt/pictures.ts'
import { lookBytes } from '../src/similar/look.ts'
import { keyFor, openRows } from '../src/similar/rows.ts'

const words =
  'a photo of oil painting watercolour cat dog mountain river city night neon portrait woman man child robot castle forest ' +
  'sunset light shadow dramatic cinematic wide angle close up detailed vintage futuristic minimal logo poster illustration ' +
  '東京 夜景 猫 café naïve Straße кот луна قطة القمر “quoted” — ocean desert snow rain storm bridge train ship astronaut'
const vocabulary = words.split(' ')
/** Any word of the prompts. */
export const pick = () => vocabulary[randomInt(vocabulary.length)] ?? ''
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** An id of so many letters and digits. */
export const idOf = (length: number) => Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
const uuid = () => crypto.randomUUID()
const perDay = 60
/** The newest pictures, whose images are real. */
export const realPictures = 3_000
const aPicture = makePng({ widthPx: 512, heightPx: 512 }, 20_000)

/** An archive as years of work leave it: 60 pictures a day, prompts of 10 to 70 words. */
export async function generate(root: string, count: number): Promise<void> {
  const images: string[] = []
  const hourAgo = new Date(Date.now() - 3_600_000)
  const folders = new Set<string>()
  let conversationId = uuid()
  for (let n = 0; n < count; n++) {
    if (n % 4 === 0) conversationId = uuid()
    const date = new Date(Date.now() - Math.floor(n / perDay) * 86_400_000 - (n % perDay) * 60_000)
    const folder = format(date, 'yyyy/MM/dd')
    const fileId = idOf(24)
    const prompt = `${Array.from({ length: randomInt(10, 70) }, pick).join(' ')} number${n}`
    const [genId, seconds] = [idOf(16), Math.floor(date.getTime() / 1000)]
    const image = `images/${folder}/${seconds}-${genId}.webp`
    images.push(image)
    const record = {
      gen_id: genId,
      prompt,
      seed: n % 3 ? randomInt(2 ** 32) : null,
      date: seconds,
      fileId,
      width: n % 2 ? 1792 : 1024,
      height: 1024,
      version: 1,
      promptSource: 'dalle',
      dateSource: 'message',
      conversationId,
      conversationTitle: `${pick()} ${pick()} ${pick()}`,
      messageId: uuid(),
      parent_gen_id: null,
      edit_op: null,
      source: { origin: 'live', channel: 'stream', host: 'files.oaiusercontent.com' },
      sha256: idOf(64),
      bytes: 1,
      mime: 'image/webp',
      image,
      archivedAt: date.toISOString(),
    }
    for (const kind of ['images', 'database'])
      if (!folders.has(`${kind}/${folder}`)) mkdirSync(path.join(root, kind, folder), { recursive: true })
    folders.add(`images/${folder}`).add(`database/${folder}`)
    writeFileSync(
      path.join(root, 'database', folder, `${genId}-${fileId}.json`),
      `${JSON.stringify(record, null, 2)}\n`,
    )
    // Those that come on the screen first are real; reading the others is no part of what is measured.
    writeFileSync(path.join(root, image), n < realPictures ? aPicture : 'x')
  }
  await writeLooks(root, images)
  const above = [...folders].flatMap((folder) => folder.split('/').map((_, at, all) => all.slice(0, at + 1).join('/')))
  for (const folder of new Set(above)) utimesSync(path.join(root, folder), hourAgo, hourAgo)
}

/** The hashes come first, and are of each picture alone. */
const hashBytes = 16

/** Looks as if every picture had been looked at: those of a conversation are near to each other. */
async function writeLooks(root: string, images: readonly string[]): Promise<void> {
  const rows = await openRows(root)
  let base = new Uint8Array(lookBytes)
  for (const [n, image] of images.entries()) {
    if (n % 4 === 0) base = crypto.getRandomValues(new Uint8Array(lookBytes))
    const own = crypto.getRandomValues(new Uint8Array(lookBytes))
    const look = base.map((byte, at) => (at < hashBytes ? (own[at] ?? 0) : byte ^ ((own[at] ?? 0) & 15)))
    rows.add(keyFor(image, statSync(path.join(root, image))), look)
  }
  await rows.save()
}
