// Installs what is missing – packages, the build, a browser – and nothing that is there. Run before demo and test.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const at = (...parts) => path.join(root, ...parts)
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: ['ignore', 2, 'inherit'] })

function fail(message, hint, exitCode) {
  console.error(`setup: ${message}\n  ${hint}`)
  process.exit(exitCode)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old.`, 'Install Node 20.19 or newer from https://nodejs.org.', 2)
  }
}

/** Whether node_modules holds just the versions that the lockfile names. */
function packagesAreThere() {
  if (!existsSync(at('node_modules', '.package-lock.json'))) return false
  const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(at('node_modules', '.package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(
    ([place, { version, optional }]) => place === '' || optional || installed[place]?.version === version,
  )
}

/** By the rule of the program itself, which is built by now. */
async function browserIsThere() {
  const { installedBrowsers } = await import('../dist/browser/installed.js')
  return installedBrowsers().length > 0
}

/** Programs that the tests try ours with, and Debian's packages of them; without one, its tests are left out. */
const forTests = {
  exiftool: 'libimage-exiftool-perl',
  exiv2: 'exiv2',
  zsh: 'zsh',
  fish: 'fish',
  'systemd-analyze': 'systemd',
  // A real store for the mirror; its configuration is the machine's.
  'swift-proxy-server': 'swift-proxy',
  'swift-account-server': 'swift-account',
  'swift-container-server': 'swift-container',
  'swift-object-server': 'swift-object',
  memcached: 'memcached',
}
const isThere = (name) => ['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(path.join(folder, name)))

const isDebian = () => existsSync('/usr/bin/apt-get') && process.getuid?.() === 0

function install(...packages) {
  console.error(`setup: installing ${packages.join(', ')}…`)
  run('apt-get', ['update', '-qq'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages])
}

async function ensureBrowser() {
  if (await browserIsThere()) return
  if (!isDebian()) {
    fail('No Chromium-based browser was found.', 'Install Chromium, Chrome, Edge or Brave and run this again.', 5)
  }
  install('chromium')
}

/** For tests alone, and only where it is easy. */
function ensureTestPrograms() {
  const missing = Object.keys(forTests).filter((name) => !isThere(name))
  if (process.env.npm_lifecycle_event !== 'test' || missing.length === 0 || !isDebian()) return
  try {
    install(...missing.map((name) => forTests[name]))
  } catch {
    console.error(`setup: ${missing.join(', ')} could not be installed; the tests that need them are left out.`)
  }
}

function newest(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Math.max(0, ...files.map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs))
}

function buildIsFresh() {
  const sources = Math.max(newest(at('src')), statSync(at('tsconfig.json')).mtimeMs)
  const built = [at('dist', 'cli', 'main.js'), at('dist', 'gallery-page', 'index.html')]
  return built.every((file) => existsSync(file) && statSync(file).mtimeMs > sources)
}

checkNode()
if (!packagesAreThere()) {
  console.error('setup: installing packages…')
  // What packing left behind if it was interrupted: npm would take it for the lockfile.
  rmSync(at('npm-shrinkwrap.json'), { force: true })
  const npm = process.env.npm_execpath
  if (npm) run(process.execPath, [npm, 'ci', '--no-audit', '--no-fund'])
  else run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund'])
}
if (!buildIsFresh()) {
  console.error('setup: building…')
  run(process.execPath, [at('scripts', 'build.mjs')])
}
await ensureBrowser()
ensureTestPrograms()
