// Writes what a package has beside the program, and removes it again; npm runs both around packing.
// `npm-shrinkwrap.json`: the versions that the program was tested with, for whoever installs it.
// `sbom.cdx.json`: the same as a list of parts (CycloneDX), for whoever must know them.
// Usage: node scripts/package-lists.mjs write|remove [folder]
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const [what, target = root] = process.argv.slice(2)
const json = (name) => JSON.parse(readFileSync(path.join(root, name), 'utf8'))
const textOf = (value) => `${JSON.stringify(value, null, 2)}\n`
const lists = ['npm-shrinkwrap.json', 'sbom.cdx.json']

/** The lockfile without what only developers need. */
function shrinkwrap() {
  const { packages, ...head } = json('package-lock.json')
  const kept = Object.entries(packages).filter(([, { dev }]) => !dev)
  return { ...head, packages: Object.fromEntries(kept.map(([place, entry]) => [place, withoutDev(entry)])) }
}

/** What only developers and an optional package need, users need for the optional package. */
function withoutDev({ devDependencies, devOptional, ...entry }) {
  return devOptional ? { ...entry, optional: true } : entry
}

/**
 * From a folder in which there is nothing else: npm takes its name for that of the program, and with `--omit dev` it
 * leaves out what developers need, too.
 */
function sbomOf(shrinkwrapText) {
  const { devDependencies, ...manifest } = json('package.json')
  const above = mkdtempSync(path.join(tmpdir(), 'sbom-'))
  const folder = path.join(above, manifest.name)
  try {
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'package.json'), textOf(manifest))
    writeFileSync(path.join(folder, 'npm-shrinkwrap.json'), shrinkwrapText)
    return npm(folder, ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'])
  } finally {
    rmSync(above, { recursive: true })
  }
}

function npm(cwd, args) {
  const cli = process.env.npm_execpath
  const [command, before] = cli ? [process.execPath, [cli]] : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
  return execFileSync(command, [...before, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

if (what === 'write') {
  const text = textOf(shrinkwrap())
  const sbom = sbomOf(text)
  for (const [at, content] of [text, sbom].entries()) writeFileSync(path.join(target, lists[at]), content)
} else if (what === 'remove') {
  for (const name of lists) rmSync(path.join(target, name), { force: true })
} else {
  console.error('Usage: node scripts/package-lists.mjs write|remove [folder]')
  process.exit(2)
}
