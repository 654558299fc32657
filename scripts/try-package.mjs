// Packs the program and tries it as a user gets it: in an empty folder, with several versions of Node, each from npm.
// Usage: npm run try-package [-- version…], by default the oldest that is supported and the current ones. Linux, macOS.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.resolve(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const { name, version } = manifest
const oldest = `${manifest.engines.node.replace('>=', '')}.0`
const versions = process.argv.length > 2 ? process.argv.slice(2) : [oldest, '22', '24']
const work = mkdtempSync(path.join(tmpdir(), `${name}-package-`))

/** Nothing of the npm that may have started us reaches the one that is tried. */
const plainEnv = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)))

/** What a command prints on standard output; the other things it prints are part of the error if it fails. */
async function run(cwd, command, args, more = {}) {
  const { stdout } = await promisify(execFile)(command, args, { cwd, env: { ...plainEnv, ...more }, encoding: 'utf8' })
  return stdout.trim()
}

/** Into this very folder: npm would look for one with packages above an empty one. */
const install = (folder, args, env) =>
  run(folder, 'npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ...args], env)

/** In a copy, since packing builds, and whoever tries may have the program running from here. */
async function pack() {
  const copy = path.join(work, 'source')
  const leftOut = ['node_modules', 'dist', 'build', 'archive', '.git'].map((one) => path.join(root, one))
  cpSync(root, copy, { recursive: true, filter: (source) => !leftOut.includes(source) })
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  await run(copy, 'npm', ['pack', '--pack-destination', work])
  const leftBehind = ['npm-shrinkwrap.json', 'sbom.cdx.json'].filter((list) => existsSync(path.join(copy, list)))
  if (leftBehind.length > 0) throw new Error(`packing left ${leftBehind.join(', ')} behind`)
  const [file] = readdirSync(work).filter((one) => one.endsWith('.tgz'))
  return readFileSync(path.join(work, file))
}

/**
 * A registry in which the package is published; whatever else is asked for it sends to the real one. npm heeds the
 * shrinkwrap of a package only if its registry says that there is one, so a file alone would not do.
 */
async function startRegistry(tarball) {
  const elsewhere = await run(root, 'npm', ['config', 'get', 'registry'], process.env)
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const server = createServer(({ url }, response) => {
    const dist = { tarball: `${address()}${name}/-/${name}.tgz`, integrity }
    const packument = { name, 'dist-tags': { latest: version }, versions: {} }
    packument.versions[version] = { ...manifest, dist, _hasShrinkwrap: true }
    if (url === `/${name}`) response.end(JSON.stringify(packument))
    else if (url === `/${name}/-/${name}.tgz`) response.end(tarball)
    else response.writeHead(302, { location: new URL(url.slice(1), elsewhere).href }).end()
  })
  const address = () => `http://127.0.0.1:${server.address().port}/`
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { address: address(), close: () => server.close() }
}

/** The folder with the program `node`: npm's packages are named after the platform. */
async function installNode(wanted) {
  const system = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const packageName = `${system}-${process.platform}-${process.arch}`
  const folder = path.join(work, `node-${wanted}`)
  mkdirSync(folder)
  await install(folder, ['--ignore-scripts', `${packageName}@${wanted}`], process.env)
  return path.join(folder, 'node_modules', packageName, 'bin')
}

/** What the shrinkwrap names and is not installed just so. */
function othersThanTested(installed) {
  const { packages } = JSON.parse(readFileSync(path.join(installed, 'npm-shrinkwrap.json'), 'utf8'))
  return Object.entries(packages).flatMap(([place, { version: tested, optional }]) => {
    const file = path.join(installed, place, 'package.json')
    if (place === '' || (optional && !existsSync(file))) return []
    const found = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'none'
    return found === tested ? [] : [`${place} ${found} instead of ${tested}`]
  })
}

const listing = `
  import { readArchive } from '${name}'
  const archive = await readArchive('pictures')
  let count = 0
  for await (const { id } of archive.list()) if (await archive.pathOf(id)) count += 1
  await archive.close()
  console.log(count)`

/** By npx, and as a library; strict, so that it fails if any package is not for this Node. */
async function tryWith(wanted, registry) {
  const bin = await installNode(wanted)
  const folder = path.join(work, `empty-${wanted}`)
  const cache = path.join(work, 'cache')
  const env = {
    PATH: [bin, plainEnv.PATH].join(path.delimiter),
    npm_config_registry: registry,
    npm_config_cache: cache,
    npm_config_prefer_offline: 'true',
    npm_config_engine_strict: 'true',
  }
  mkdirSync(folder)
  // What npx installed for the Node before.
  rmSync(path.join(cache, '_npx'), { recursive: true, force: true })
  await run(folder, 'npx', ['--yes', name, 'demo', '--archive', 'pictures'], env)
  await install(folder, [name], env)
  const others = othersThanTested(path.join(folder, 'node_modules', name))
  if (others.length > 0) throw new Error(`other versions than those that were tested:\n${others.join('\n')}`)
  const count = Number(await run(folder, 'node', ['--input-type=module', '--eval', listing], env))
  if (!(count > 0)) throw new Error('the demo left no pictures in its archive')
  console.log(`Node ${await run(folder, 'node', ['--version'], env)}: installed, demo ran, ${count} pictures listed`)
}

try {
  const registry = await startRegistry(await pack())
  for (const wanted of versions) await tryWith(wanted, registry.address)
  registry.close()
} finally {
  rmSync(work, { recursive: true, force: true })
}
