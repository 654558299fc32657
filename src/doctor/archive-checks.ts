import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, link, open, readdir, stat, statfs, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readLockHolder } from '../archive/lock.ts'
import { maxNameBytes } from '../archive/names.ts'
import { walkFiles } from '../archive/read-files.ts'
import { isTemporary, temporaryNameFor } from '../archive/temporary-names.ts'
import { messageOf } from '../errors.ts'
import { type Finding, noted, sound, trouble } from './finding.ts'

const leastFreeBytes = 1e9

/** The folder may be written, and there is room. */
export async function checkRights(root: string): Promise<Finding> {
  try {
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return trouble(
      'Rights',
      `${root} cannot be written`,
      'Give yourself the right to write there, or use another folder.',
    )
  }
  return sound('Rights', `${root} can be written`)
}

/** Room is left for some hundred pictures. */
export async function checkSpace(root: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(root)
  const free = bavail * bsize
  const text = `${(free / 1e9).toFixed(1)} GB free`
  return free < leastFreeBytes ? trouble('Space', text, 'Make room on that disk.') : sound('Space', text)
}

/**
 * What the file system can do: links, long names, names that differ in capitals alone, flushing. Files are made for it
 * and removed; a watch beside it takes them for the temporary ones that they are.
 */
export async function checkFileSystem(root: string): Promise<Finding> {
  const name = temporaryNameFor()
  const file = path.join(root, name)
  const made: string[] = []
  try {
    const handle = await open(file, 'wx')
    made.push(file)
    try {
      await handle.writeFile('x')
      await handle.sync()
    } finally {
      await handle.close()
    }
    const second = path.join(root, temporaryNameFor())
    const hasLinks = await link(file, second).then(
      () => made.push(second) > 0,
      () => false,
    )
    const long = path.join(root, `.${'x'.repeat(maxNameBytes - 6)}.part`)
    const takesLongNames = await writeFile(long, '').then(
      () => made.push(long) > 0,
      () => false,
    )
    const isFolded = await stat(path.join(root, name.toUpperCase())).then(
      () => true,
      () => false,
    )
    return told(hasLinks, takesLongNames, isFolded)
  } catch (error) {
    return trouble('File system', `does not do what is needed: ${messageOf(error)}`, 'Use a folder on another disk.')
  } finally {
    for (const one of made) await unlink(one).catch(() => {})
  }
}

function told(hasLinks: boolean, takesLongNames: boolean, isFolded: boolean): Finding {
  const can = [
    hasLinks ? 'links' : 'no links (a name is looked at before it is taken)',
    takesLongNames ? `names of ${maxNameBytes} bytes` : 'short names only (prompts are cut in names)',
    isFolded ? 'capitals do not count' : 'capitals count',
    'flushes',
  ]
  return (hasLinks ? sound : noted)('File system', can.join(', '))
}

/** No disk's clock is far from this machine's: dates of files and the age of a lock depend on it. */
const mostMs = 5 * 60_000

/** This machine's clock and that of the disk agree, and say a year that can be. */
export async function checkClock(root: string, now = () => new Date()): Promise<Finding> {
  const probe = path.join(root, temporaryNameFor())
  try {
    await writeFile(probe, randomBytes(1))
    const apartMs = Math.abs((await stat(probe)).mtimeMs - now().getTime())
    if (apartMs > mostMs)
      return trouble(
        'Clock',
        `the disk's clock is ${Math.round(apartMs / 60_000)} minutes from this machine's`,
        'Set the clock of the machine, or of the server with the disk.',
      )
  } catch (error) {
    return noted('Clock', `that of the disk could not be read: ${messageOf(error)}`)
  } finally {
    await unlink(probe).catch(() => {})
  }
  if (now().getFullYear() < 2026)
    return trouble('Clock', `it says ${now().toISOString()}`, 'Set the clock of this machine.')
  return sound('Clock', 'agrees with the disk')
}

/** Nobody holds the archive, or somebody who is there. */
export async function checkLock(root: string): Promise<Finding> {
  const holder = await readLockHolder(root)
  if (!holder) return sound('Lock', 'nobody writes into the archive now')
  const who = `process ${holder.pid} on ${holder.host}`
  if (holder.isAlive === false) return noted('Lock', `left by ${who}, which has ended; the next start takes it over`)
  return sound('Lock', `held by ${who}`)
}

/** What runs that were killed have left, and what was put aside as it could not be read. */
export async function checkLeftovers(root: string): Promise<Finding> {
  let [temporary, aside] = [0, 0]
  const count = (_: string, name: string) => {
    if (isTemporary(name)) temporary += 1
    if (/\.(?:torn|damaged)\d*$/.test(name)) aside += 1
  }
  for (const folder of await readdir(root))
    if (['images', 'database', 'pending'].includes(folder)) await walkFiles(path.join(root, folder), count)
  if (temporary + aside === 0) return sound('Leftovers', 'none')
  const text = `unfinished files: ${temporary}, set aside because they were torn or damaged: ${aside}`
  return noted('Leftovers', text, 'The next watch removes the unfinished ones; those set aside are yours to look at.')
}
