import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { guarded } from '../../src/browser/guard.ts'
import { until } from '../fakes/until.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A browser that answers each piece with the same piece. */
async function startEcho() {
  const connections: Socket[] = []
  const server = createServer((connection) => {
    connections.push(connection)
    connection.on('error', () => {})
    connection.pipe(connection)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  return { endpoint: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/devtools/browser/1`, connections }
}

describe.each([
  ['that holds the same connection', false],
  ['through which the bytes run', true],
])('a guard %s', (_, isRelayed) => {
  it('lets every byte through, and ends the connection when it is stopped', async () => {
    const { endpoint, connections } = await startEcho()
    const guard = await guarded(endpoint, isRelayed)
    if (!guard) throw new Error('no guard')
    let received = ''
    guard.connection.on('data', (data) => {
      received += data
    })
    guard.connection.write('hello')
    await until(() => received === 'hello' || undefined)
    const closed = new Promise<void>((resolve) => guard.connection.once('close', () => resolve()))
    guard.stop()
    await closed
    await until(() => connections[0]?.destroyed || undefined)
  })

  it('is not needed for an address with TLS', async () => {
    expect(await guarded('wss://127.0.0.1:1/', isRelayed)).toBeUndefined()
  })
})

it('is refused when nothing listens there', async () => {
  await expect(guarded('ws://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED')
})
