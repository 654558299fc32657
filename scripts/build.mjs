// Compiles src/ into dist/ and builds the gallery's page, from scratch, so that nothing stale is shipped.
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
const vite = path.join(path.dirname(require.resolve('vite/package.json')), 'bin', 'vite.js')

rmSync(path.join(root, 'dist'), { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', root], { cwd: root, stdio: 'inherit' })
copyTypes('library.d.ts')
chmodSync(path.join(root, 'dist', 'cli', 'main.js'), 0o755)
execFileSync(process.execPath, [vite, 'build', '--config', path.join(root, 'src', 'gallery-page', 'vite.config.ts')], {
  cwd: root,
  stdio: 'inherit',
})

/** Of all declarations, programs that import the package need those of its face, and what these name. */
function copyTypes(file) {
  const text = readFileSync(path.join(root, 'build', 'types', file), 'utf8')
  const named = /(?<=from ')(\.[^']*)\.ts(?=')/g
  writeFileSync(path.join(root, 'dist', file), text.replaceAll(named, '$1.js'))
  for (const [, other] of text.matchAll(named)) copyTypes(path.join(path.dirname(file), `${other}.d.ts`))
}
