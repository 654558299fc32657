import { spawn } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { sweepTemporary } from '../../src/archive/files.ts'
import { isTemporary } from '../../src/archive/temporary-names.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

type Write = 'writeNew' | 'writeOver'

const built = path.resolve('dist')
const oldBytes = Buffer.alloc(300_000, 'old ')
const newBytes = Buffer.alloc(400_000, 'new ')

/**
 * Writes through a build, over a disk that takes the first half of a file and then stands still; says so when it does.
 */
const program = `
  import fs from 'node:fs'
  const [, files, write, target] = process.argv
  const open = fs.promises.open
  fs.promises.open = async (place, flags, mode) => {
    const handle = await open(place, flags, mode)
    handle.writeFile = async (bytes) => {
      await handle.write(bytes, 0, bytes.length / 2)
      process.stdout.write('half')
      await new Promise(() => setInterval(() => {}, 1_000))
    }
    return handle
  }
  const door = await import(files)
  await door[write](target, Buffer.alloc(${newBytes.length}, 'new '))`

/** Kills a program in the middle of a write, as `kill -9` or the out-of-memory killer would. */
async function killedInTheMiddle(build: string, write: Write, target: string): Promise<void> {
  const files = path.join(build, 'archive', 'files.js')
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, files, write, target], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended])
  const sizes = () =>
    readdirSync(path.dirname(target)).map((name) => statSync(path.join(path.dirname(target), name)).size)
  expect(sizes()).toContain(newBytes.length / 2)
  child.kill('SIGKILL')
  expect(await ended).toBe('SIGKILL')
}

/** A build that writes where the file shall be, with no temporary file in between. */
function buildWithoutTemporaryFiles(): string {
  const folder = temporaryFolder()
  const build = path.join(folder, 'dist')
  cpSync(built, build, { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'), 'junction')
  const file = path.join(build, 'archive', 'files.js')
  const replaced = (text: string, from: string, to: string) => {
    // A control that sabotages nothing would prove nothing.
    expect(text.split(from)).toHaveLength(2)
    return text.replace(from, to)
  }
  const renamed = replaced(
    readFileSync(file, 'utf8'),
    "const temporary = path.join(path.dirname(target), temporaryNameFor());\n    const handle = await fs.promises.open(temporary, 'wx');",
    "const temporary = target;\n    const handle = await fs.promises.open(temporary, 'w');",
  )
  writeFileSync(file, renamed)
  return build
}

/** What a reader finds under the name afterwards. */
function found(target: string): 'nothing' | 'old' | 'new' | 'torn' {
  if (!readdirSync(path.dirname(target)).includes(path.basename(target))) return 'nothing'
  const bytes = readFileSync(target)
  return bytes.equals(oldBytes) ? 'old' : bytes.equals(newBytes) ? 'new' : 'torn'
}

const leftoversIn = (folder: string) => readdirSync(folder).filter(isTemporary)

describe('a write cut short', () => {
  it('leaves the old file whole, and a temporary file that nobody sees and the next run removes', async () => {
    const folder = temporaryFolder()
    const target = put(path.join(folder, 'record.json'), oldBytes)
    await killedInTheMiddle(built, 'writeOver', target)
    expect(found(target)).toBe('old')
    expect(leftoversIn(folder)).toHaveLength(1)
    expect(await sweepTemporary(folder)).toBe(1)
    expect(readdirSync(folder)).toEqual(['record.json'])
  })

  it('leaves no file at all if there was none', async () => {
    const folder = temporaryFolder()
    const target = path.join(folder, 'picture.png')
    await killedInTheMiddle(built, 'writeNew', target)
    expect(found(target)).toBe('nothing')
    expect(await sweepTemporary(folder)).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('the same write without a temporary file', () => {
  it.each([
    ['writeOver', oldBytes],
    ['writeNew', undefined],
  ] as const)('leaves a half-written file, which is what %s prevents', async (write, before) => {
    const target = path.join(temporaryFolder(), 'picture.png')
    if (before) put(target, before)
    await killedInTheMiddle(buildWithoutTemporaryFiles(), write, target)
    expect(found(target)).toBe('torn')
  })
})
