/**
 * A small process between the daemon and the browser. It passes bytes on and listens for a heart beat; when the daemon
 * stalls – stopped, swapped out, busy – it ends the connection, and the browser lets every page go on that was waiting
 * for us. A thread of the daemon could not do that: a process is stopped with all its threads.
 *
 * Shape   arguments: host and port of the browser, milliseconds without a beat that are too many. It reports the port
 *         it listens on, takes the first connection and no other, and ends with either side.
 */
import { connect, createServer, type Socket } from 'node:net'

const [host = '127.0.0.1', port = '', patience = ''] = process.argv.slice(2)
const everyMs = 250
let beatless = 0
const sockets: Socket[] = []

process.on('message', () => {
  beatless = 0
})
process.on('disconnect', () => process.exit())

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
  process.send?.(typeof address === 'object' ? address?.port : 0)
})
