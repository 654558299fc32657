import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { put, temporaryFolder } from './fakes/folder.ts'

const markdownIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'))
const documents = [
  ...readdirSync('.').filter((file) => file.endsWith('.md')),
  ...markdownIn('docs').map((file) => path.join('docs', file)),
]

/** What a link names of a heading: lower case, no punctuation, a dash for each space. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
const anchorsIn = (text: string) => [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading ?? ''))

/** Links of a document that lead to no file, or to no heading of it. */
function deadLinks(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const links = [...text.matchAll(/\]\((?!\w[\w.+-]*:)([^)\s]+)\)/g)].map(([, link]) => link ?? '')
  return links.filter((link) => {
    const [place = '', anchor] = link.split('#')
    const target = place === '' ? file : path.join(path.dirname(file), place)
    return !existsSync(target) || (anchor !== undefined && !anchorsIn(readFileSync(target, 'utf8')).includes(anchor))
  })
}

describe('the documents', () => {
  it('link to files and headings that are there', () => {
    expect(documents).toContain('README.md')
    expect(documents.flatMap((file) => deadLinks(file).map((link) => `${file}: ${link}`))).toEqual([])
  })

  it('negative control: links that lead nowhere would be noticed', () => {
    const file = put(
      path.join(temporaryFolder(), 'a.md'),
      '# One & two\n[here](#one--two) [a](a.md#none) [b](b.md) [there](https://example.com/) ![c](c.png)',
    )
    expect(deadLinks(file)).toEqual(['a.md#none', 'b.md', 'c.png'])
  })
})

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((file) => file.split(path.sep).join('/'))
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

/** Files and scripts that a text names between backticks and that are not there; a place for a name is left open. */
function unknownIn(text: string): string[] {
  const named = [...text.replaceAll(/```.*?```/gs, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '')
  return named.filter((code) => {
    const [, script] = /^npm run (\w[\w:-]*)/.exec(code) ?? []
    if (script !== undefined) return scripts[script] === undefined
    if (code.includes('<') || !/^[\w./-]+\.\w+$|^[\w./-]+\/$/.test(code)) return false
    const isSource = sources.some((file) => file === code.replace(/\/$/, '') || file.endsWith(`/${code}`))
    return !isSource && !existsSync(code) && !madeLater.includes(code)
  })
}
/** By packing, by settings, or in an archive. */
const madeLater = ['npm-shrinkwrap.json', 'sbom.cdx.json']

describe('CONTRIBUTING.md', () => {
  const text = readFileSync('CONTRIBUTING.md', 'utf8')

  it('begins with three commands', () => {
    const commands = /```sh\n(.*?)```/s.exec(text)?.[1]?.trim().split('\n') ?? []
    expect(commands.map((line) => /^npm (?:run )?(\w+)/.exec(line)?.[1])).toEqual(['demo', 'test', 'check'])
    for (const name of ['demo', 'test', 'check']) expect(scripts).toHaveProperty(name)
  })

  it('names files and scripts that are there', () => {
    expect(unknownIn(text)).toEqual([])
  })

  it('negative control: others would be noticed', () => {
    expect(unknownIn('`src/no-such.ts`, `src/nowhere/`, `npm run nothing`, `src/config.ts`, `src/<new>.ts`')).toEqual([
      'src/no-such.ts',
      'src/nowhere/',
      'npm run nothing',
    ])
  })
})

describe('the table of rooms', () => {
  const [, table = ''] = /\n\| Room \|(.*?)\n\n/s.exec(readFileSync('docs/architecture.md', 'utf8')) ?? []
  const rows = [...table.matchAll(/^\| `([^`]+)` \|.*\| ([^|]+) \|$/gm)]

  it('has every room', () => {
    const rooms = readdirSync('src', { withFileTypes: true }).map((one) => one.name + (one.isDirectory() ? '/' : ''))
    expect(rooms.filter((room) => !table.includes(`\`${room}\``))).toEqual([])
    expect(rows.map(([, room]) => room).filter((room) => !rooms.includes(room ?? ''))).toEqual([])
  })

  it('names entry points that are there', () => {
    const missing = rows.flatMap(([, room = '', entries = '']) => {
      const files = sources.filter((file) => file.startsWith(room) && /\.tsx?$/.test(file))
      const all = files.map((file) => readFileSync(path.join('src', file), 'utf8')).join('\n')
      const names = [...entries.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')
      const isThere = (name: string) =>
        name.includes('.') ? files.includes(room + name) : new RegExp(`export .*\\b${name}\\b`).test(all)
      return names.filter((name) => !isThere(name)).map((name) => `${room} ${name}`)
    })
    expect(missing).toEqual([])
  })
})
