import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import type { MirrorSettings } from '../../src/config.ts'
import { until } from './until.ts'

/**
 * A real store that speaks S3: OpenStack Swift on this machine, from Debian's packages. It wants root, its own
 * configuration in /etc/swift as the packages bring it, and memcached, where it keeps who is logged in.
 */
export const hasSwift =
  process.getuid?.() === 0 &&
  existsSync('/etc/swift/swift.conf') &&
  ['swift-proxy-server', 'memcached'].every((name) => spawnSync('which', [name]).status === 0)

if (!hasSwift && process.env.NEEDS_READERS === '1') throw new Error('OpenStack Swift is not installed')
if (!hasSwift)
  console.warn('Left out: tests of the mirror that need OpenStack Swift (Debian, as root: see scripts/setup.mjs)')

/** Who may write into the store of the tests. */
export const swiftKeys = { accessKeyId: 'test:tester', secretAccessKey: 'testing' }

export interface Swift {
  readonly endpoint: string
  stop(): Promise<void>
}

const servers = ['account', 'container', 'object'] as const

const serverConfig = (folder: string, kind: string, port: number) => `
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
swift_dir = ${folder}
devices = ${folder}/disks
mount_check = false
workers = 0
user = root
log_level = ERROR
[pipeline:main]
pipeline = ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
`

const proxyConfig = (folder: string, port: number, memcached: number) => `
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
swift_dir = ${folder}
workers = 0
user = root
log_level = ERROR
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth container-quotas copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${memcached}
connect_timeout = 10
pool_timeout = 10
io_timeout = 10
error_suppression_limit = 1000000
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
max_bucket_listing = 50
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
`

/** Starts a store of its own in a folder. */
export async function startSwift(folder: string): Promise<Swift> {
  const [port = 0, memcached = 0, ...others] = await freePorts(5)
  mkdirSync(path.join(folder, 'disks', 'd1'), { recursive: true })
  const ring = (...args: readonly string[]) => execFileSync('swift-ring-builder', args, { cwd: folder, stdio: 'pipe' })
  for (const [at, kind] of servers.entries()) {
    const own = others[at] ?? 0
    writeFileSync(path.join(folder, `${kind}.conf`), serverConfig(folder, kind, own))
    ring(`${kind}.builder`, 'create', '4', '1', '1')
    ring(`${kind}.builder`, 'add', `r1z1-127.0.0.1:${own}/d1`, '1')
    ring(`${kind}.builder`, 'rebalance')
  }
  writeFileSync(path.join(folder, 'proxy.conf'), proxyConfig(folder, port, memcached))
  const log = openSync(path.join(folder, 'log'), 'a')
  const begin = (program: string, ...args: readonly string[]) => spawn(program, args, { stdio: ['ignore', log, log] })
  const running = [
    begin('memcached', '-u', 'root', '-l', '127.0.0.1', '-p', String(memcached)),
    ...[...servers, 'proxy'].map((kind) => begin(`swift-${kind}-server`, path.join(folder, `${kind}.conf`))),
  ]
  const endpoint = `http://127.0.0.1:${port}`
  const stop = async () => void (await Promise.all(running.map(end)))
  try {
    // All servers answer when a bucket can be made; on a busy machine each takes its time to start.
    await until(
      () => makeBucket(endpoint, 'first').catch(() => undefined),
      () => 'Swift did not start',
      180_000,
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { endpoint, stop }
}

/** All at the same time, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const taken = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(taken.map((server) => once(server, 'listening')))
  const ports = taken.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(taken.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Makes a bucket that holds at most so many bytes: by Swift's own interface, which alone can set a quota. */
export async function makeBucket(endpoint: string, bucket: string, maxBytes?: number): Promise<MirrorSettings> {
  const login = await fetch(`${endpoint}/auth/v1.0`, {
    headers: { 'x-auth-user': swiftKeys.accessKeyId, 'x-auth-key': swiftKeys.secretAccessKey },
  })
  const token = login.headers.get('x-auth-token') ?? ''
  const quota = maxBytes === undefined ? {} : { 'x-container-meta-quota-bytes': String(maxBytes) }
  const made = await fetch(`${endpoint}/v1/AUTH_test/${bucket}`, {
    method: 'PUT',
    headers: { 'x-auth-token': token, ...quota },
  })
  if (!made.ok) throw new Error(`the bucket could not be made: ${made.status}`)
  return { endpoint, bucket, region: 'us-east-1', prefix: '', live: false }
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    if (child.exitCode !== null || !child.kill()) resolve()
  })
}
