import { DOMParser, type Element } from '@xmldom/xmldom'
import { describe, expect, it } from 'vitest'
import { taskManager, taskText, windowsArgument } from '../../src/service/task-scheduler.ts'
import { hostile, serviceOf } from './support.ts'

/**
 * Elements by their parents, in the order in which Task Scheduler itself writes them ([MS-TSCH] 2.5); where the schema
 * knows an order, as in a trigger and in an action, it is this one.
 */
const schema: Readonly<Record<string, readonly string[]>> = {
  Task: ['RegistrationInfo', 'Triggers', 'Principals', 'Settings', 'Actions'],
  RegistrationInfo: ['URI', 'Author', 'Description'],
  Triggers: ['LogonTrigger'],
  LogonTrigger: ['StartBoundary', 'EndBoundary', 'Enabled', 'Repetition', 'UserId', 'Delay'],
  Principals: ['Principal'],
  Principal: ['UserId', 'LogonType', 'GroupId', 'RunLevel'],
  Settings: [
    ...['AllowStartOnDemand', 'RestartOnFailure', 'MultipleInstancesPolicy', 'DisallowStartIfOnBatteries'],
    ...['StopIfGoingOnBatteries', 'AllowHardTerminate', 'StartWhenAvailable', 'RunOnlyIfNetworkAvailable'],
    ...['WakeToRun', 'Enabled', 'Hidden', 'IdleSettings', 'ExecutionTimeLimit', 'Priority'],
  ],
  Actions: ['Exec'],
  Exec: ['Command', 'Arguments', 'WorkingDirectory'],
}

const childrenOf = (element: Element) =>
  Array.from(element.childNodes).filter((node): node is Element => node.nodeType === 1)

/** Elements that the schema does not know, or not there. */
function strangers(element: Element): string[] {
  const children = childrenOf(element)
  const places = children.map(({ tagName }) => schema[element.tagName]?.indexOf(tagName) ?? -1)
  const odd = children.filter((_, at) => (places[at] ?? -1) <= (places[at - 1] ?? -1) || places[at] === -1)
  return [...odd.map(({ tagName }) => `${element.tagName}/${tagName}`), ...children.flatMap(strangers)]
}

function rootOf(text: string): Element {
  const root = new DOMParser().parseFromString(text, 'text/xml').documentElement
  if (!root) throw new Error('no XML')
  return root
}

const textAt = (root: Element, name: string) => root.getElementsByTagName(name)[0]?.textContent ?? ''

/** How programs on Windows take their command line apart, by the documented rules. */
function argumentsIn(line: string): string[] {
  const words: string[] = []
  let [word, isQuoted, isOpen] = ['', false, false]
  for (let at = 0; at < line.length; at++) {
    const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0
    const isBeforeQuote = line[at + slashes] === '"'
    if (slashes > 0) {
      word += '\\'.repeat(isBeforeQuote ? slashes >> 1 : slashes)
      isOpen = true
      at += slashes - 1
      if (isBeforeQuote && slashes % 2 === 1) {
        word += '"'
        at += 1
      }
    } else if (line[at] === '"') [isQuoted, isOpen] = [!isQuoted, true]
    else if (line[at] === ' ' && !isQuoted) {
      if (isOpen) words.push(word)
      ;[word, isOpen] = ['', false]
    } else [word, isOpen] = [word + line[at], true]
  }
  return isOpen ? [...words, word] : words
}

const user = 'HOME-PC\\Zoë & <me>'
const plain = hostile.replace('\u0007', '').replace('100% %h %n', '100%')
const command = [
  'C:\\Program Files\\nodejs\\node.exe',
  plain,
  '',
  'C:\\ends with\\',
  '--config',
  'C:\\a\\config.json',
] as const

describe('the task', () => {
  it('has elements of the schema only, in their order', () => {
    expect(strangers(rootOf(taskText(serviceOf(), user)))).toEqual([])
  })

  it('negative control: an element elsewhere, or of another name, would be noticed', () => {
    const text = taskText(serviceOf(), user)
    const swapped = text.replace(/(<Enabled>true<\/Enabled>)\s*(<UserId>[^/]*<\/UserId>)/, '$2$1')
    expect(strangers(rootOf(swapped))).toEqual(['LogonTrigger/Enabled'])
    expect(strangers(rootOf(text.replaceAll('RunLevel', 'RunLevels')))).toEqual(['Principal/RunLevels'])
  })

  it('means what was meant, whatever the paths are called', () => {
    const root = rootOf(taskText(serviceOf({ command, folder: plain }), user))
    expect(argumentsIn(textAt(root, 'Arguments'))).toEqual(['--headless', ...command])
    expect(textAt(root, 'WorkingDirectory')).toBe(plain)
    expect(textAt(root, 'UserId')).toBe(user)
  })

  it('runs for as long as it likes, on batteries too, once at a time', () => {
    const root = rootOf(taskText(serviceOf(), user))
    expect(
      ['ExecutionTimeLimit', 'DisallowStartIfOnBatteries', 'MultipleInstancesPolicy'].map((name) => textAt(root, name)),
    ).toEqual(['PT0S', 'false', 'IgnoreNew'])
  })

  it.each(['C:\\%USERNAME%\\x', 'C:\\$(Arg0)\\x'])(
    'is refused for a path that would be taken for a variable: %s',
    (odd) => {
      expect(() => taskText(serviceOf({ folder: odd }), user)).toThrow(/take a part of this path for a variable/)
    },
  )

  it('is refused for variables that it cannot have', () => {
    const environment = { PATH: 'C:\\', DALLE_ARCHIVER_HEADLESS: 'true' }
    expect(() => taskText(serviceOf({ environment }), user)).toThrow(
      /no environment of its own for DALLE_ARCHIVER_HEADLESS/,
    )
  })

  it('is a file that schtasks reads: UTF-16 with its mark', () => {
    const { bytes, file } = taskManager(serviceOf(), 'C:\\Users\\me\\AppData\\Local\\dalle-archiver', user)
    expect([...bytes.subarray(0, 4)]).toEqual([0xff, 0xfe, 0x3c, 0])
    expect(bytes.toString('utf16le', 2)).toBe(taskText(serviceOf(), user))
    expect(file).toBe('C:\\Users\\me\\AppData\\Local\\dalle-archiver\\dalle-archiver-pictures-0123abcd.xml')
  })

  it('tells how it is', () => {
    const { stateIn } = taskManager(serviceOf(), 'C:\\', user)
    expect(stateIn('Running 267009\r\n')).toEqual({ isRunning: true, pid: null, lastExitCode: null })
    expect(stateIn('Ready 5\r\n')).toEqual({ isRunning: false, pid: null, lastExitCode: 5 })
    expect(stateIn('Ready 267011\r\n')).toMatchObject({ lastExitCode: null })
    expect(stateIn(undefined).isRunning).toBe(false)
  })
})

it.each(['', 'a b', 'a"b', 'a\\"b', 'ends\\', 'a b\\', '\\\\server\\share', '"', '\\"\\'])(
  'quoting is undone: %j',
  (word) => {
    expect(argumentsIn(`x ${windowsArgument(word)} y`)).toEqual(['x', word, 'y'])
  },
)
