import { afterEach, describe, expect, it, vi } from 'vitest'
import { untilInterrupted } from '../../src/cli/signals.ts'

afterEach(() => vi.restoreAllMocks())

const names = ['SIGINT', 'SIGTERM'] as const

/** Begins to listen; `raise` calls what it has listened with, and nobody else's listeners. */
function listen(onFirst = () => {}) {
  const before = new Map(names.map((name) => [name, process.listeners(name)]))
  const stop = untilInterrupted(onFirst)
  const own = new Map(
    names.map((name) => [name, process.listeners(name).filter((one) => !before.get(name)?.includes(one))]),
  )
  const raise = (name: (typeof names)[number]) => {
    for (const listener of own.get(name) ?? []) listener(name)
  }
  return { ...stop, stop, raise, own }
}

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s', (name, code) => {
  it('lets work finish the first time, and ends the program the second', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((status) => {
      throw new Error(`the program ended with ${status}`)
    })
    const told = vi.fn()
    const { stop, signal, raise, dispose } = listen(told)
    expect(signal.aborted).toBe(false)
    raise(name)
    expect(signal.aborted).toBe(true)
    expect(told).toHaveBeenCalledOnce()
    expect(stop.exitCode).toBe(code)
    expect(exit).not.toHaveBeenCalled()
    expect(() => raise(name)).toThrow(`the program ended with ${code}`)
    expect(told).toHaveBeenCalledOnce()
    dispose()
  })
})

it('the signal handlers are removed', () => {
  const before = names.map((name) => process.listenerCount(name))
  const { dispose } = listen()
  expect(names.map((name) => process.listenerCount(name))).toEqual(before.map((count) => count + 1))
  dispose()
  expect(names.map((name) => process.listenerCount(name))).toEqual(before)
})
