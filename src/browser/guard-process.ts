/**
 * A small process beside the daemon that holds the same connection to the browser and listens for a heart beat. When
 * the daemon stalls – stopped, swapped out, busy – it shuts the connection down for both, and the browser lets every
 * page go on that was waiting for us. A thread of the daemon could not do that: a process is stopped with all its
 * threads. No byte runs through here.
 *
 * Shape   argument: milliseconds without a beat that are too many. Descriptor 3 is the connection; each byte on the
 *         standard input is a beat, and its end is the end of the daemon.
 */
import { Socket } from 'node:net'

const patienceMs = Number(process.argv[2])
const everyMs = 250
const end = () => process.exit()
let beatlessMs = 0

// It may only be ended from here, never read: what comes is the daemon's.
const connection = new Socket({ fd: 3, readable: false, writable: true })
connection.on('error', end).on('finish', end)

process.stdin.on('error', end).on('end', end)
process.stdin.on('data', () => {
  beatlessMs = 0
})

// Counted in ticks of our own, not by the clock: after the computer has slept, nobody has missed anything.
setInterval(() => {
  beatlessMs += everyMs
  if (beatlessMs >= patienceMs) connection.end()
}, everyMs)
