import { spawnSync } from 'node:child_process'
import { DOMParser, type Element } from '@xmldom/xmldom'
import { describe, expect, it } from 'vitest'
import { launchdManager, plistText } from '../../src/service/launchd.ts'
import { hostile, serviceOf } from './support.ts'

/** Keys that launchd.plist(5) documents, as far as we use any, with their types. */
const documented: Readonly<Record<string, string>> = {
  Label: 'string',
  ProgramArguments: 'array',
  WorkingDirectory: 'string',
  EnvironmentVariables: 'object',
  RunAtLoad: 'boolean',
  KeepAlive: 'object',
  ThrottleInterval: 'number',
  ProcessType: 'string',
  LimitLoadToSessionType: 'string',
  StandardOutPath: 'string',
  StandardErrorPath: 'string',
}

/** A value of a property list. */
function valueIn(element: Element): unknown {
  const children = Array.from(element.childNodes).filter((node): node is Element => node.nodeType === 1)
  switch (element.tagName) {
    case 'dict': {
      const [keys, values] = [0, 1].map((odd) => children.filter((_, at) => at % 2 === odd))
      return Object.fromEntries((keys ?? []).map((key, at) => [key.textContent, values?.[at] && valueIn(values[at])]))
    }
    case 'array':
      return children.map(valueIn)
    case 'integer':
      return Number(element.textContent)
    case 'true':
    case 'false':
      return element.tagName === 'true'
    default:
      return element.textContent
  }
}

function read(text: string): Record<string, unknown> {
  const root = new DOMParser().parseFromString(text, 'text/xml').documentElement
  const dict = root?.getElementsByTagName('dict')[0]
  if (root?.tagName !== 'plist' || !dict) throw new Error('no property list')
  return valueIn(dict) as Record<string, unknown>
}

const typeOf = (value: unknown) => (Array.isArray(value) ? 'array' : typeof value)
const plain = hostile.replace('\u0007', '')
const command = ['/usr/local/bin/node', plain, 'service', 'run', '--archive', `/data/${plain}`] as const

describe('the agent of launchd', () => {
  it('has the documented keys with their types, and no others', () => {
    const found = read(plistText(serviceOf()))
    expect(Object.fromEntries(Object.entries(found).map(([key, value]) => [key, typeOf(value)]))).toEqual(documented)
    expect(found).toMatchObject({
      Label: 'dalle-archiver-pictures-0123abcd',
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      EnvironmentVariables: { PATH: '/usr/local/bin:/usr/bin' },
    })
  })

  it('means what was meant, whatever the paths are called', () => {
    const found = read(
      plistText(
        serviceOf({ command, folder: `/${plain}`, environment: { PATH: `/${plain}`, DALLE_ARCHIVER_X: plain } }),
      ),
    )
    expect(found).toMatchObject({
      ProgramArguments: [...command],
      WorkingDirectory: `/${plain}`,
      EnvironmentVariables: { PATH: `/${plain}`, DALLE_ARCHIVER_X: plain },
    })
  })

  it.skipIf(spawnSync('python3', ['-c', 'import plistlib']).status !== 0)(
    'is read by a reader of property lists',
    () => {
      const script = 'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
      const input = plistText(serviceOf({ command }))
      const { stdout } = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' })
      expect(JSON.parse(stdout)).toEqual(read(input))
      const broken = spawnSync('python3', ['-c', script], { input: input.replace('</array>', ''), encoding: 'utf8' })
      expect(broken.status).not.toBe(0)
    },
  )

  it('needs no desktop where no window is opened', () => {
    expect(read(plistText(serviceOf({ isGraphical: false })))).not.toHaveProperty('LimitLoadToSessionType')
  })

  it('lies where launchd looks, and its state is read', () => {
    const { file, install, stateIn } = launchdManager(serviceOf(), '/Users/me', 501)
    expect(file).toBe('/Users/me/Library/LaunchAgents/dalle-archiver-pictures-0123abcd.plist')
    expect(install.at(-1)).toEqual(['launchctl', 'bootstrap', 'gui/501', file])
    expect(stateIn('x = {\n\tstate = running\n\tpid = 123\n\tlast exit code = (never exited)\n')).toEqual({
      ...{ isRunning: true, pid: 123, lastExitCode: null },
    })
    expect(stateIn('x = {\n\tstate = not running\n\tlast exit code = 5\n')).toMatchObject({ lastExitCode: 5 })
    expect(stateIn(undefined).isRunning).toBe(false)
  })
})
