import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { openArchive } from '../../src/archive/archive.ts'
import { type ImageKind, inspectImage } from '../../src/decode/image-bytes.ts'
import { type HooksOptions, runHooks } from '../../src/hooks/follower.ts'
import type { DatedFacts } from '../../src/sites/facts.ts'
import { storeLive } from '../fakes/archive.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { jpeg } from '../fakes/pictures.ts'

/** A program of Node with this text; it gets `folder`, where it may leave files, and the module `fs`. */
export function nodeProgram(text: string, folder = temporaryFolder()) {
  const file = put(
    path.join(temporaryFolder(), 'program.mjs'),
    `import fs from 'node:fs'\nconst folder = process.argv[2]\n${text}`,
  )
  return { command: [process.execPath, file, folder], folder }
}

/** A program that leaves what it was given in a file named after its picture. */
export const reporter = (folder?: string) =>
  nodeProgram(
    `const stdin = fs.readFileSync(0, 'utf8')
    const { env, argv } = process
    const place = folder + '/' + JSON.parse(stdin).fileId
    fs.writeFileSync(place + '.part', JSON.stringify({ stdin, env, argv, cwd: process.cwd() }))
    fs.renameSync(place + '.part', place)`,
    folder,
  )

export interface Report {
  readonly stdin: string
  readonly env: Readonly<Record<string, string>>
  readonly argv: readonly string[]
  readonly cwd: string
}

export const reportIn = (folder: string, name: string): Report | undefined =>
  existsSync(path.join(folder, name)) ? JSON.parse(readFileSync(path.join(folder, name), 'utf8')) : undefined

export const namesIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.endsWith('.part'))
    .sort()

const kind = inspectImage(jpeg) as ImageKind

/** An archive that a program follows, with what was said of it; at its end, all that runs may end. */
export async function openFollowed(
  options: Omit<HooksOptions, 'onNotice'>,
  root = path.join(temporaryFolder(), 'archive'),
) {
  const notices: string[] = []
  const archive = await openArchive(root, { isLocked: true })
  const following = runHooks({ drainMs: 20_000, ...options, onNotice: (text) => void notices.push(text) })(archive)
  return {
    ...{ root, archive, notices },
    /** Archives a picture; `number` makes its id. */
    store(number: number, more: Partial<DatedFacts> = {}) {
      const id = fileId(`file-${String(number).padStart(24, '0')}`)
      return storeLive(archive, facts({ genId: null, ...more, fileId: id }), jpeg, kind, null)
    },
    async close() {
      await following.close()
      await archive.close()
    },
  }
}

/** The bare id of such a picture, as records have it. */
export const idOf = (number: number) => String(number).padStart(24, '0')
