import path from 'node:path'
import { ArchiverError } from '../errors.ts'
import { asXml, type Manager, notRunning, type ServiceSettings, type ServiceState } from './settings.ts'

/** A task of Windows' Task Scheduler; `folder` is where its file and its log are kept. */
export function taskManager(settings: ServiceSettings, folder: string, user: string): Manager {
  const { name } = settings
  const file = path.win32.join(folder, `${name}.xml`)
  // The names of states are not translated there, as they are in what schtasks prints. The name is plain.
  const script = `$task = Get-ScheduledTask -TaskName '${name}'; "$($task.State) $(($task | Get-ScheduledTaskInfo).LastTaskResult)"`
  return {
    file,
    // schtasks reads UTF-16 with its mark, and nothing else that holds more than ASCII.
    bytes: Buffer.from(`\uFEFF${taskText(settings, user)}`, 'utf16le'),
    probe: ['schtasks.exe', '/?'],
    before: [['schtasks.exe', '/End', '/TN', name]],
    install: [
      ['schtasks.exe', '/Create', '/TN', name, '/XML', file, '/F'],
      ['schtasks.exe', '/Run', '/TN', name],
    ],
    remove: [
      ['schtasks.exe', '/End', '/TN', name],
      ['schtasks.exe', '/Delete', '/TN', name, '/F'],
    ],
    afterRemove: [],
    state: ['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', script],
    stateIn,
    logs: settings.log,
  }
}

/**
 * The text of the task.
 *
 * Shape   Task Scheduler starts a task again only if it could not be started at all, so what it runs is our own
 *         `service run`, which starts the watch again and writes its log. `conhost --headless` opens no console window.
 * Errors  ArchiverError "usage" for a path that Task Scheduler would take for a variable of the environment, and for
 *         variables that the service shall have.
 * Source  [MS-TSCH] 2.5
 */
export function taskText({ archive, command, folder, environment }: ServiceSettings, user: string): string {
  const variable = Object.keys(environment).find((name) => name !== 'PATH')
  if (variable !== undefined) {
    throw new ArchiverError('usage', `A task of Task Scheduler has no environment of its own for ${variable}.`, {
      hint: 'Write that setting into config.json, or set the variable for your whole account.',
    })
  }
  const odd = [...command, folder].find((text) => /%[^%]+%|\$\(Arg\d+\)/.test(text))
  if (odd !== undefined) {
    throw new ArchiverError('usage', `Task Scheduler would take a part of this path for a variable: ${odd}`, {
      hint: 'Rename that folder, or keep config.json and archive in another one.',
    })
  }
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>dalle-archiver, ChatGPT pictures to ${asXml(archive)}</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>${asXml(user)}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${asXml(user)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>%SystemRoot%\\System32\\conhost.exe</Command>
      <Arguments>${asXml(['--headless', ...command].map(windowsArgument).join(' '))}</Arguments>
      <WorkingDirectory>${asXml(folder)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`
}

/** As programs on Windows take their command line apart: backslashes count only before a quote. */
export const windowsArgument = (text: string): string =>
  /^[\w.:\\/-]+$/.test(text) ? text : `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`

/** The code of a task that has never run, and of one that runs. */
const [neverRun, runs] = [0x41303, 0x41301]

function stateIn(printed: string | undefined): ServiceState {
  const [, state, result] = /^(\w+) (\d+)/.exec(printed?.trim() ?? '') ?? []
  if (state === undefined) return notRunning
  const code = Number(result)
  return { isRunning: state === 'Running', pid: null, lastExitCode: [neverRun, runs].includes(code) ? null : code }
}
