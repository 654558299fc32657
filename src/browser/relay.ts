/**
 * The guard of a system that hands no connection to a process it starts: it passes bytes on between the daemon and the
 * browser, and ends both ways when the daemon stalls (`guard-process.ts` says why that takes a process).
 *
 * Shape   arguments: milliseconds without a beat that are too many, host and port of the browser. It reports the port
 *         it listens on over descriptor 3, takes the first connection and no other, and ends with either side.
 */
import { connect, createServer, Socket } from 'node:net'

const [patience = '', host = '127.0.0.1', port = ''] = process.argv.slice(2)
const everyMs = 250
let beatless = 0
const sockets: Socket[] = []

process.stdin.on('data', () => {
  beatless = 0
})
process.stdin.on('end', () => process.exit())

// Counted in ticks of our own, not by the clock: after the computer has slept, nobody has missed anything.
setInterval(() => {
  beatless += everyMs
  if (beatless < Number(patience)) return
  for (const socket of sockets) socket.destroy()
}, everyMs)

const server = createServer((daemon) => {
  server.close()
  const browser = connect(Number(port), host)
  sockets.push(daemon, browser)
  for (const socket of sockets) socket.setNoDelay(true).on('error', () => {})
  daemon.pipe(browser).pipe(daemon)
  const end = () => {
    for (const socket of sockets) socket.destroy()
    setImmediate(() => process.exit())
  }
  daemon.on('close', end)
  browser.on('close', end)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  new Socket({ fd: 3 }).write(String(typeof address === 'object' ? address?.port : 0))
})
