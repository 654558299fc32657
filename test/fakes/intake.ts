import path from 'node:path'
import { type Archive, openArchive } from '../../src/archive/archive.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { createIntake, type IntakeOptions } from '../../src/intake/intake.ts'
import { filesBelow } from './folder.ts'

type Wish = Pick<IntakeOptions, 'now' | 'maxWaitDays'> & Partial<IntakeOptions>

/** A run over an archive, as the daemon has one, that notes what it is told. */
export async function openRun(root: string, { now, ...wish }: Wish) {
  const archive = await openArchive(root, { now, isLocked: true })
  const [kept, notices, oddities] = [[] as PictureRecord[], [] as string[], [] as string[]]
  const intake = createIntake({
    archive,
    now,
    onStored: (record) => void kept.push(record),
    onNotice: (text) => void notices.push(text),
    onOddity: ({ kind, detail }) => void oddities.push(`${kind}: ${detail}`),
    ...wish,
  })
  const close = async () => {
    const left = await intake.close()
    await archive.close()
    return left
  }
  const images = () => filesBelow(path.join(root, 'images'))
  return { root, archive, intake, kept, notices, oddities, close, images }
}

/** An intake that waits long and tells nobody, unless `wish` says otherwise. */
export const quietIntake = (archive: Archive, wish: Partial<IntakeOptions> = {}) =>
  createIntake({ archive, now: () => new Date(), maxWaitDays: 1_000, onStored() {}, onOddity() {}, ...wish })
